"""Read and write by index: `x[...]`, `x[...] = value`, `index_put`.

Reading with integers, slices, None and `...` is a view; reading with a tensor, a list or a mask copies. Every
read has a write as its transpose: a gradient is added back where the value was read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import LINEAR, inplace_method, method, op
from ..tensor import Tensor, wrap
from .broadcast import expand
from .fill import _copy_in
from .fit import cast
from .index_along import _add_at
from .index_key import _is_basic, _key, _rank
from .shape import reshape
from .split import _select


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
        _added_at(out, key, x)
    else:
        out[key] = x
    return out


def _added_at(out: np.ndarray, key: tuple[Any, ...], value: Any) -> None:
    """out[key] += value, an index that comes twice counting twice; one plain index is gone through slice by slice."""
    index = key[0]
    plain = len(key) == 2 and key[1] is Ellipsis and isinstance(index, np.ndarray) and index.dtype.kind != "b"
    if plain and np.shape(value) == (*index.shape, *out.shape[1:]):
        _add_at(out, index.reshape(-1), value.reshape(index.size, *out.shape[1:]), 0)
    else:
        np.add.at(out, key, value)


_advanced.grads(x=lambda g, x_shape, key: _unindexed(g, x_shape, key))
_unindexed.grads(x=lambda g, key: _basic(g, key) if _is_basic(key) else _advanced(g, key))


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


def _getitem(x: Tensor, index: Any) -> Tensor:
    """x[index]: a view for integers, slices, None and `...`, else a copy."""
    key = _key(x, index)
    if len(key) == 2 and isinstance(key[0], int) and key[1] is Ellipsis:
        return _select(x, 0, key[0] % x._a.shape[0])  # type: ignore[no-any-return]
    if not _is_basic(key):
        return _advanced(*_arrays_last(x, key))  # type: ignore[no-any-return]
    read = _basic if isinstance(index, slice) else _reader(key, x._a.shape)
    return read(x, key)  # type: ignore[no-any-return]


def _arrays_last(x: Tensor, key: tuple[Any, ...]) -> tuple[Tensor, tuple[Any, ...]]:
    """What is left when integers and None are taken, as a view, before the arrays: so torch reads x[0, :, [1, 2]].

    NumPy counts an integer among the arrays, and puts their dimension in front where they do not stand together.
    """
    if not any(k is None or isinstance(k, int) for k in key):
        return x, key
    whole = slice(None)
    first = tuple(k for item in key for k in ((whole,) * _rank(item) if isinstance(item, np.ndarray) else (item,)))
    last = [k if isinstance(k, np.ndarray) or k is Ellipsis else whole for k in key if not isinstance(k, int)]
    return _reader(first, x._a.shape)(x, first), tuple(last)


def _setitem(x: Tensor, index: Any, value: Any) -> None:
    """x[index] = value, in the graph as in memory."""
    key = _key(x, index)
    value = _as_value(x, value)
    if not _is_basic(key):
        place, arrays = _arrays_last(x, key)
        _write_at(place, _without_ones(value), arrays, False)
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
            _added_at(out, key, value)
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
