"""Read and write by index: `x[...]`, gather and scatter, masks, and the index_* family.

Reading with integers, slices, None and `...` is a view; reading with a tensor, a list or a mask
copies. Every read has a write as its transpose: a gradient is added back where the value was read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dims, dtypes, errors
from ..op import GENERAL, LINEAR, Overload, inplace_method, method, op
from ..tensor import Tensor, wrap
from .broadcast import expand
from .choose import _masked_fill, _where
from .complex import conj
from .diagonal import _undiagonal
from .fit import cast
from .shape import reshape
from .split import _select

# x[...]


def _reading(node: str) -> Any:
    """The op that reads by integers, slices, None and `...`, under one of torch's names for it."""

    @op(kind=LINEAR, view=True, method=False, node=node)
    def _read(x, key=None):
        """x[key], where a new dimension has the stride that torch gives it (NumPy's is 0)."""
        return x[tuple(k for k in key if k is not None)].reshape(x[key].shape) if None in key else x[key]

    _read.grads(x=lambda g, x_shape, key: _unindexed(g, x_shape, key))
    return _read


_basic, _of_integer, _of_none, _of_all = (
    _reading(f"{step}Backward0") for step in ("Slice", "Select", "Unsqueeze", "Alias")
)
"""torch reads item by item. Here that is one op, named after the last item that is not the whole of a dimension."""


@op(kind=LINEAR, method=False, node="IndexBackward0")
def _advanced(x, key=None):
    """x[key] where the key holds arrays."""
    return x[key]


@op(kind=LINEAR, method=False)
def _unindexed(x, shape=(), key=None):
    """Zeros of `shape` to which x was added at `key`: what reading transposes to."""
    out = np.zeros(shape, x.dtype)
    if any(isinstance(k, np.ndarray) for k in key):
        np.add.at(out, key, x)
    else:
        out[key] = x
    return out


_advanced.grads(x=lambda g, x_shape, key: _unindexed(g, x_shape, key))
_unindexed.grads(x=lambda g, key: _basic(g, key) if _is_basic(key) else _advanced(g, key))


def _is_basic(key: tuple[Any, ...]) -> bool:
    return not any(isinstance(k, np.ndarray) for k in key)


def _reader(key: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """The op that reads by a basic key."""
    found, at = _of_all, 0
    for k in key:
        if k is Ellipsis:
            at += len(shape) - sum(_rank(k) for k in key)
        elif k is None:
            found = _of_none
        else:
            if isinstance(k, int):
                found = _of_integer
            elif k.start or k.step not in (None, 1) or (k.stop is not None and k.stop < shape[at]):
                found = _basic  # else the slice is the whole of its dimension
            at += 1
    return found


def _key(x: Tensor, index: Any) -> tuple[Any, ...]:
    """`index` in NumPy's words: a tuple, tensors as arrays, masks checked, the last `...` written out."""
    items = list(index) if isinstance(index, tuple) else [index]
    items = [_item(k) for k in items]
    used = sum(_rank(k) for k in items)
    if used and not x._a.ndim and isinstance(index, int):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
            "tensor to a number"
        )
    if used and not x._a.ndim and isinstance(index, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if used > x._a.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x._a.ndim}")
    at = 0
    for k in items:
        if k is Ellipsis:
            at += x._a.ndim - used
        elif isinstance(k, int):
            size = x._a.shape[at]
            if not -size <= k < size:
                raise IndexError(f"index {k} is out of bounds for dimension {at} with size {size}")
            at += 1
        elif isinstance(k, np.ndarray) and k.dtype.kind == "b":
            _check_mask(k, x._a.shape, at)
            at += k.ndim
        elif isinstance(k, np.ndarray):
            _check_bounds(k, x._a.shape[at], at)
            at += 1
        else:
            at += _rank(k)
    return tuple(items) if Ellipsis in [k for k in items if not isinstance(k, np.ndarray)] else (*items, Ellipsis)


def _item(k: Any) -> Any:
    if isinstance(k, Tensor):
        k = k._a
    if isinstance(k, bool):
        return np.asarray(k)
    if isinstance(k, list | range):
        k = np.asarray([i._a if isinstance(i, Tensor) else i for i in k])
        k = k.astype(np.int64) if k.size == 0 else k
    if isinstance(k, np.ndarray | np.generic):
        k = np.asarray(k)
        if k.dtype == np.uint8:
            return k.astype(bool)
        if k.dtype.kind not in "iub":
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        return int(k) if k.ndim == 0 and k.dtype.kind != "b" else k
    if isinstance(k, slice):
        bounds = [b if b is None else int(b) for b in (k.start, k.stop, k.step)]
        if bounds[2] is not None and bounds[2] <= 0:
            raise ValueError("step must be greater than zero")
        return slice(*bounds)
    if isinstance(k, str):
        raise TypeError(f"new(): invalid data type '{type(k).__name__}'")
    if k is not None and k is not Ellipsis and not isinstance(k, int):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(k).__name__})"
        )
    return k


def _rank(k: Any) -> int:
    """How many dimensions an index uses up."""
    if k is None or k is Ellipsis:
        return 0
    return k.ndim if isinstance(k, np.ndarray) and k.dtype.kind == "b" else 1


def _check_mask(mask: np.ndarray, shape: tuple[int, ...], at: int) -> None:
    for i, n in enumerate(mask.shape):
        if n != shape[at + i]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {i} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {at + i}"
            )


def _check_bounds(index: np.ndarray, size: int, at: int) -> None:
    outside = (index < -size) | (index >= size)
    if outside.any():
        raise IndexError(f"index {index[outside].flat[0]} is out of bounds for dimension {at} with size {size}")


def _getitem(x: Tensor, index: Any) -> Tensor:
    """x[index]: a view for integers, slices, None and `...`, else a copy."""
    key = _key(x, index)
    if len(key) == 2 and isinstance(key[0], int) and key[1] is Ellipsis:
        return _select(x, 0, key[0] % x._a.shape[0])  # type: ignore[no-any-return]
    if not _is_basic(key):
        return _advanced(x, key)  # type: ignore[no-any-return]
    read = _basic if isinstance(index, slice) else _reader(key, x._a.shape)
    return read(x, key)  # type: ignore[no-any-return]


def _setitem(x: Tensor, index: Any, value: Any) -> None:
    """x[index] = value, in the graph as in memory."""
    key = _key(x, index)
    value = _as_value(x, value)
    if not _is_basic(key):
        _write_at(x, _without_ones(value), key, False)
        return
    read = _reader(key, x._a.shape)
    place = x if read is _of_all else read(x, key)
    _copy_in(place, value if value._a.shape == place._a.shape else expand(_without_ones(value), place._a.shape))


def _as_value(x: Tensor, value: Any) -> Tensor:
    """`value` as a tensor of x's dtype."""
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(value, x._a.dtype))
    return value if value._a.dtype == x._a.dtype else cast(value, x._a.dtype)  # type: ignore[no-any-return]


def _without_ones(value: Tensor) -> Tensor:
    """The value without leading dimensions of size 1, of which torch lets it have more than the place it goes to."""
    shape = value._a.shape
    lead = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return reshape(value, shape[lead:]) if lead else value


Tensor.__getitem__, Tensor.__setitem__ = _getitem, _setitem  # type: ignore[attr-defined]


@op(kind=LINEAR, method=False, node="IndexPutBackward0")
def _put_at(x, value, key=None, accumulate=False):
    """x with `value` written, or added, at `key`."""
    out = np.array(x, copy=True)
    try:
        if accumulate:
            np.add.at(out, key, value)
        else:
            out[key] = value
    except ValueError:
        have, want = list(np.shape(value)), list(out[key].shape)
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {have} cannot be broadcast to indexing result of shape {want}"
        ) from None
    return out


# A plain write with an index twice keeps one of the values, but every value gets the gradient: as torch documents.
_put_at.grads(
    x=lambda g, key, accumulate: g if accumulate else _put_at(g, 0.0, key),
    value=lambda g, key: _basic(g, key) if _is_basic(key) else _advanced(g, key),
)
_write_at = inplace_method(_put_at.op, "index_put_")


@method
def index_put(x: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """x with `values` written, or added, at the indices."""
    return _put_at(x, values, _key(x, tuple(indices)), accumulate)  # type: ignore[no-any-return]


def _index_put_(x: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """In-place version of `index_put`."""
    return _write_at(x, values, _key(x, tuple(indices)), accumulate)


Tensor.index_put_ = _index_put_  # type: ignore[attr-defined]


# Writing everywhere


@op(kind=LINEAR, method=False, node="CopyBackwards")
def _copied_from(x, source):
    """source, broadcast to x's shape and in x's dtype."""
    shape = x.shape if source.shape == x.shape else errors.broadcast(x.shape, source.shape)
    if shape != x.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(shape)}")
    if source.dtype.kind == "c" and x.dtype.kind != "c":
        source = source.real
    return np.broadcast_to(source, x.shape).astype(x.dtype)


_copied_from.grads(x=lambda g: _filled(g, 0), source=lambda g: g)
_copy_in = inplace_method(_copied_from.op, "copy_")
Tensor.copy_ = lambda x, source, non_blocking=False: _copy_in(x, source)  # type: ignore[attr-defined]


@op(kind=LINEAR, method=False, node="FillBackward0")
def _filled(x, value=0):
    """x's shape full of one number."""
    return np.full_like(x, value)


_filled.grads(x=lambda g: _filled(g, 0))
_filled.jvp(lambda dx: _filled(dx, 0))
_fill_in = inplace_method(_filled.op, "fill_")


def _fill_(x: Tensor, value: Any) -> Tensor:
    """Every element becomes `value`, a number or a 0-dim tensor."""
    if not isinstance(value, Tensor):
        return _fill_in(x, value)
    if value._a.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._a.ndim} dimensions."
        )
    return _copy_in(x, value)


Tensor.fill_ = _fill_  # type: ignore[attr-defined]
Tensor.zero_ = lambda x: _fill_in(x, 0)  # type: ignore[attr-defined]


# One dimension, by a list of places


def _along(index: np.ndarray, dim: int) -> tuple[Any, ...]:
    return (*(slice(None),) * dim, index)


@op(kind=LINEAR, method=False, node="IndexSelectBackward0")
def _index_select(x, index, dim=0):
    """The slices of x at `index` along dim."""
    return np.take(x, index, axis=dim) if np.ndim(x) else x.copy()


@op(kind=LINEAR, method=False, node="IndexAddBackward0")
def _index_add(x, index, source, dim=0):
    """x with slices added at `index` along dim."""
    out = np.array(x, copy=True)
    np.add.at(out, _along(index, dim) if out.ndim else (), source)
    return out


@op(kind=LINEAR, method=False)
def _index_sum(x, index, shape=(), dim=0):
    """Zeros of `shape` to which slices of x were added at `index`: what selecting transposes to."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, _along(index, dim) if out.ndim else (), x)
    return out


@op(kind=LINEAR, method=False, node="IndexCopyBackward0")
def _index_copy(x, index, source, dim=0):
    """x with slices replaced at `index` along dim."""
    out = np.array(x, copy=True)
    out[_along(index, dim) if out.ndim else ()] = source
    return out


@op(kind=LINEAR, method=False, node="IndexFillBackward0")
def _index_fill(x, index, dim=0, value=0):
    """x with `value` in the slices at `index` along dim."""
    out = np.array(x, copy=True)
    out[_along(index, dim) if out.ndim else ()] = value
    return out


_index_select.grads(x=lambda g, index, x_shape, dim: _index_sum(g, index, x_shape, dim))
_index_sum.grads(x=lambda g, index, dim: _index_select(g, index, dim))
_index_add.grads(x=lambda g: g, source=lambda g, index, dim: _index_select(g, index, dim))
_index_copy.grads(
    x=lambda g, index, dim: _index_fill(g, index, dim), source=lambda g, index, dim: _index_select(g, index, dim)
)
_index_fill.grads(x=lambda g, index, dim: _index_fill(g, index, dim))
_index_fill.jvp(lambda dx, index, dim: _index_fill(dx, index, dim))


def _places(name: str, x: Any, dim: int, index: Any) -> tuple[int, Any]:
    """dim counted from the left and the index, checked: integers, in range."""
    at = dims.one(dim, len(x.shape))
    array = getattr(index, "_a", index)
    if array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if array.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    size = x.shape[at] if x.shape else 1
    if array.size and (array.min() < 0 or array.max() >= size):
        raise IndexError("index out of range in self")
    return at, reshape(index, (-1,))


@method
def index_select(x: Any, dim: int, index: Any) -> Any:
    """The slices of x at `index` along dim, copied."""
    at, places = _places("index_select", x, dim, index)
    return _index_select(x, places, at)


def _added(write: Any, x: Any, dim: int, index: Any, source: Any, alpha: Any) -> Any:
    at = dims.one(dim, len(x.shape))
    length, count = source.shape[at] if source.shape else 1, math.prod(index.shape)
    if count != length:
        raise RuntimeError(
            f"index_add_(): Number of indices ({count}) should be equal to source.size(dim): ({length}), for dim: {at}"
        )
    at, places = _places("index_add_", x, dim, index)
    return write(x, places, source if alpha == 1 else source * alpha, at)


@method
def index_add(x: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """x with `alpha` times the slices of `source` added at `index`; an index may come twice."""
    return _added(_index_add, x, dim, index, source, alpha)


@method
def index_copy(x: Any, dim: int, index: Any, source: Any) -> Any:
    """x with its slices at `index` replaced by those of `source`."""
    at, places = _places("index_copy_", x, dim, index)
    return _index_copy(x, places, source, at)


@method
def index_fill(x: Any, dim: int, index: Any, value: Any) -> Any:
    """x with `value` in its slices at `index`."""
    at, places = _places("index_fill_", x, dim, index)
    return _index_fill(x, places, at, value.item() if isinstance(value, Tensor) else value)


def _attach_in_place() -> None:
    """The spellings with an underscore of the functions above."""
    add, copy, fill = (inplace_method(f.op, name) for f, name in (
        (_index_add, "index_add_"), (_index_copy, "index_copy_"), (_index_fill, "index_fill_"),
    ))  # fmt: skip

    def index_add_(x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
        """In-place version of `index_add`."""
        return _added(add, x, dim, index, source, alpha)  # type: ignore[no-any-return]

    def index_copy_(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """In-place version of `index_copy`."""
        at, places = _places("index_copy_", x, dim, index)
        return copy(x, places, source, at)

    def index_fill_(x: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
        """In-place version of `index_fill`."""
        at, places = _places("index_fill_", x, dim, index)
        return fill(x, places, at, value.item() if isinstance(value, Tensor) else value)

    for function in (index_add_, index_copy_, index_fill_):
        method(function)


_attach_in_place()


# An element for every place of an index tensor


def _grid(index: np.ndarray, dim: int) -> tuple[np.ndarray, ...]:
    """The full index of every place, with `index` in the dimension `dim`."""
    grid = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    return tuple(grid)


@op(kind=LINEAR, method=False, node="GatherBackward0")
def _gather(x, index, dim=0):
    """out[i, j] = x[index[i, j], j], for dim 0."""
    return x[_grid(index, dim)] if index.ndim and np.ndim(x) else np.reshape(x, index.shape)


def _without_index(name: str) -> Overload:
    """torch does not count the index among the inputs of a node."""

    def named(tensors: Any, settings: Any) -> tuple[str, slice]:
        return name, slice(0, 2)

    return named


@op(kind=LINEAR, method=False, node=_without_index("ScatterAddBackward0"))
def _scatter_add(x, source, index, dim=0):
    """x with out[index[i, j], j] += source[i, j], for dim 0."""
    out = np.array(x, copy=True)
    if not out.ndim:
        return out + np.sum(source)
    np.add.at(out, _grid(index, dim), source[tuple(slice(n) for n in index.shape)])
    return out


@op(kind=LINEAR, method=False)
def _gathered_sum(x, index, shape=(), dim=0):
    """Zeros of `shape` to which x was added where it was gathered."""
    return _scatter_add.op.kernel(np.zeros(shape, x.dtype), x, index.reshape(x.shape), dim)


@op(kind=LINEAR, method=False, node=_without_index("ScatterBackward0"))
def _scatter(x, source, index, dim=0):
    """x with out[index[i, j], j] = source[i, j], for dim 0."""
    out = np.array(x, copy=True)
    if not out.ndim:
        return np.reshape(source, ()).astype(out.dtype)
    out[_grid(index, dim)] = source[tuple(slice(n) for n in index.shape)] if np.ndim(source) else source
    return out


_gather.grads(x=lambda g, index, x_shape, dim: _gathered_sum(g, index, x_shape, dim))
_gathered_sum.grads(x=lambda g, index, dim: _gather(g, index, dim))
_scatter_add.grads(x=lambda g: g, source=lambda g, index, dim: _gather(g, index, dim))
# An index that comes twice keeps one value, yet all of them get the gradient: as torch documents.
_scatter.grads(
    x=lambda g, index, dim: _scatter(g, 0.0, index, dim), source=lambda g, index, dim: _gather(g, index, dim)
)


def _checked(name: str, x: Any, dim: int, index: Any) -> int:
    """dim counted from the left; the index has x's rank, is int64 and in range."""
    at = dims.one(dim, len(x.shape))
    array = getattr(index, "_a", index)
    if array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if array.size and max(array.ndim, 1) != max(len(x.shape), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    size = x.shape[at] if x.shape else 1
    if array.size and (array.min() < 0 or array.max() >= size):
        bad = array[(array < 0) | (array >= size)].flat[0]
        raise RuntimeError(f"index {bad} is out of bounds for dimension {at} with size {size}")
    return at


@method
def gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i, j] = x[index[i, j], j] for dim 0, and so on."""
    return _gather(x, index, _checked("gather", x, dim, index))


def _source(x: Any, src: Any, value: Any, index: Any) -> Any:
    """What is scattered: a tensor, or a number in every place."""
    src = value if src is None else src
    return src if hasattr(src, "shape") else wrap(np.full(index.shape, src, dtypes.numpy_of(x)))


@method
def scatter(x: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """x with out[index[i, j], j] = src[i, j] for dim 0; `reduce="add"` adds instead."""
    at = _checked("scatter", x, dim, index)
    return (_scatter_add if reduce == "add" else _scatter)(x, _source(x, src, value, index), index, at)


@method
def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with out[index[i, j], j] += src[i, j] for dim 0."""
    return _scatter_add(x, src, index, _checked("scatter_add", x, dim, index))


_scatter_in, _scatter_add_in = (
    inplace_method(f.op, n) for f, n in ((_scatter, "scatter_"), (_scatter_add, "scatter_add_"))
)


def _scatter_(
    x: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """In-place version of `scatter`."""
    at = _checked("scatter", x, dim, index)
    return (_scatter_add_in if reduce == "add" else _scatter_in)(x, _source(x, src, value, index), index, at)


def _scatter_add_(x: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """In-place version of `scatter_add`."""
    return _scatter_add_in(x, src, index, _checked("scatter_add", x, dim, index))


Tensor.scatter_, Tensor.scatter_add_ = _scatter_, _scatter_add_  # type: ignore[attr-defined]


@op(kind=GENERAL, method=False, node=_without_index("ScatterReduceBackward0"))
def _scatter_extreme(x, source, index, dim=0, largest=True):
    """The largest (or smallest) of x and what source brings to each place."""
    out = np.array(x, copy=True)
    (np.maximum if largest else np.minimum).at(out, _grid(index, dim), source[tuple(slice(n) for n in index.shape)])
    return out


def _tie_shares(g: Any, x: Any, index: Any, source: Any, out: Any, dim: int) -> tuple[Any, Any]:
    """g shared among the elements that equal the extreme one: what was in x, what came from source."""
    own = cast(x == out, dtypes.numpy_of(x))
    brought = cast(source == _gather(out, index, dim), dtypes.numpy_of(x))
    g = g / _scatter_add(own, brought, index, dim)
    return g * own, _gather(g, index, dim) * brought


_scatter_extreme.grads(
    x=lambda g, x, index, source, out, dim: _tie_shares(g, x, index, source, out, dim)[0],
    source=lambda g, x, index, source, out, dim: _tie_shares(g, x, index, source, out, dim)[1],
)


@op(kind=GENERAL, method=False, node=_without_index("ScatterReduceBackward0"))
def _scatter_prod(x, source, index, dim=0):
    """x times whatever source brings to each place."""
    out = np.array(x, copy=True)
    np.multiply.at(out, _grid(index, dim), source[tuple(slice(n) for n in index.shape)])
    return out


def _product_of_the_others(x: Any, index: Any, source: Any, dim: int) -> tuple[Any, Any]:
    """For each factor of a place (x's own, those of source) the product of all others: exact where factors are 0."""
    kind = dtypes.numpy_of(x)
    none, one = x == 0, source == 0
    zeros = _scatter_add(cast(none, kind), cast(one, kind), index, dim)
    rest = _scatter_prod(_where(none, 1.0, x), _where(one, 1.0, source), index, dim)
    own = _where(zeros == cast(none, kind), rest / _where(none, 1.0, x), 0.0)
    here, product = _gather(zeros, index, dim), _gather(rest, index, dim)
    brought = _where(here == cast(one, kind), product / _where(one, 1.0, source), 0.0)
    return own, brought


_scatter_prod.grads(
    x=lambda g, x, index, source, dim: g * conj(_product_of_the_others(x, index, source, dim)[0]),
    source=lambda g, x, index, source, dim: (
        _gather(g, index, dim) * conj(_product_of_the_others(x, index, source, dim)[1])
    ),
)


@method
def scatter_reduce(x: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """x with src folded in at the index: "sum", "prod", "mean", "amax" or "amin".

    Without x's own values where `include_self` is False.
    """
    at = _checked("scatter_reduce", x, dim, index)
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}.")
    if not include_self:
        start = {"amax": -math.inf, "amin": math.inf, "prod": 1.0}.get(reduce, 0.0)
        x = _scatter(x, wrap(np.full(tuple(index.shape), start, dtypes.numpy_of(x))), index, at)
    if reduce in ("amax", "amin"):
        return _scatter_extreme(x, src, index, at, reduce == "amax")
    if reduce == "prod":
        return _scatter_prod(x, src, index, at)
    total = _scatter_add(x, src, index, at)
    if reduce == "sum":
        return total
    ones = wrap(np.ones(tuple(index.shape), dtypes.numpy_of(x)))
    count = _scatter_add(wrap(np.full(tuple(x.shape), float(include_self), dtypes.numpy_of(x))), ones, index, at)
    return total / wrap(np.maximum(count._a, 1))


@method
def take(x: Any, index: Any) -> Any:
    """The elements at `index`, counted through x in C order; negative from the end."""
    array = getattr(index, "_a", index)
    size = getattr(x, "_a", x).size
    if array.size and (array.min() < -size or array.max() >= size):
        raise IndexError(f"out of range: tried to access index {array.max()} on a tensor of {size} elements.")
    return reshape(_gather(reshape(x, (-1,)), wrap(array.reshape(-1) % max(size, 1))), array.shape)


@method
def put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """x with `source` written, or added, at `index`, counted through x in C order."""
    flat, places, values = reshape(x, (-1,)), reshape(index, (-1,)), reshape(source, (-1,))
    return reshape((_index_add if accumulate else _index_copy)(flat, places, values), x.shape)


@method
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """gather, with x and the indices broadcast against each other in the other dimensions."""
    if dim is None:
        return gather(reshape(x, (-1,)), 0, reshape(indices, (-1,)))
    at = dims.one(dim, len(x.shape))
    meet = list(errors.broadcast(
        tuple(1 if d == at else n for d, n in enumerate(x.shape)), tuple(1 if d == at else n for d, n in enumerate(indices.shape))
    ))  # fmt: skip
    of_x, of_index = ([*meet[:at], t.shape[at], *meet[at + 1 :]] for t in (x, indices))
    return gather(expand(x, of_x), at, expand(indices, of_index))


@method
def select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    """x with one slice along dim replaced by `src`."""
    at = dims.one(dim, len(x.shape))
    return _put_at(x, src, ((slice(None),) * at + (index, Ellipsis)))


@method
def slice_scatter(
    x: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """x with part of one dimension replaced by `src`."""
    at = dims.one(dim, len(x.shape))
    return _put_at(x, src, ((slice(None),) * at + (slice(start, end, step), Ellipsis)))


@method
def diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """x with a diagonal replaced by `src`."""
    first, second = dims.one(dim1, len(x.shape)), dims.one(dim2, len(x.shape))
    mask = _undiagonal(wrap(np.ones(tuple(src.shape), bool)), tuple(x.shape), offset, first, second)
    return _where(mask, _undiagonal(src, tuple(x.shape), offset, first, second), x)


# Masks


@op(kind=LINEAR, method=False, node="MaskedSelectBackward0")
def _masked_select(x, mask):
    """The elements where the mask holds, in C order."""
    return x[mask]


@op(kind=LINEAR, method=False)
def _unmasked(x, mask):
    """Zeros of the mask's shape, with x's elements where it holds."""
    out = np.zeros(mask.shape, x.dtype)
    out[mask] = x.reshape(-1)[: int(np.count_nonzero(mask))]
    return out


_masked_select.grads(x=lambda g, mask: _unmasked(g, mask))
_unmasked.grads(x=lambda g, mask, x_shape: _first_where(g, mask, x_shape))


@method
def masked_select(x: Any, mask: Any) -> Any:
    """The elements where the mask holds, in one dimension; x and the mask broadcast."""
    if dtypes.numpy_of(mask) != np.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = errors.broadcast(tuple(x.shape), tuple(mask.shape))
    return _masked_select(expand(x, shape), expand(mask, shape))


@op(kind=LINEAR, method=False, node="MaskedScatterBackward0")
def _masked_scatter(x, mask, source):
    """x with the elements of `source`, one after another, where the mask holds."""
    need = int(np.count_nonzero(mask))
    if np.size(source) < need:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes and at least {need} elements in source"
        )
    out = np.array(x, copy=True)
    out[mask] = np.reshape(source, -1)[:need]
    return out


@op(kind=LINEAR, method=False)
def _first_where(x, mask, shape=()):
    """x's elements where the mask holds, at the beginning of zeros of `shape`."""
    out = np.zeros(shape, x.dtype).reshape(-1)
    found = x[mask]
    out[: found.size] = found
    return out.reshape(shape)


_masked_scatter.grads(
    x=lambda g, mask: _masked_fill(g, mask, 0),
    source=lambda g, mask, source_shape: _first_where(g, mask, source_shape),
)
_first_where.grads(x=lambda g, mask: _unmasked(g, mask))


@method
def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """x with the elements of `source`, one after another, where the mask holds."""
    shape = errors.broadcast(tuple(x.shape), tuple(mask.shape))
    return _masked_scatter(expand(x, shape), expand(mask, shape), source)


@op(method=False)
def _nonzero(x):
    """The indices of the elements that are not 0, a row each."""
    return np.argwhere(x)


def nonzero(x: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: a row each, or a tensor for every dimension."""
    return tuple(wrap(i) for i in np.nonzero(np.atleast_1d(x._a))) if as_tuple else _nonzero(x)


argwhere = _nonzero
Tensor.nonzero, Tensor.argwhere = nonzero, _nonzero  # type: ignore[attr-defined]


def one_hot(x: Tensor, num_classes: int = -1) -> Tensor:
    """A row for every class index, 1 at the index."""
    a = x._a
    if a.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if a.size and a.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        if not a.size:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = int(a.max()) + 1
    if a.size and num_classes <= a.max():
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((a[..., None] == np.arange(num_classes)).astype(np.int64))
