"""An element for every place of an index tensor: read (`gather`), written (`scatter`), or folded in (`scatter_reduce`).

out[i, j] = x[index[i, j], j] for dim 0, and so on; scattering is the transpose of that.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dims, dtypes, errors
from ..op import GENERAL, LINEAR, Overload, inplace_method, method, op
from ..places import fold_at, places, read_at
from ..tensor import Tensor, wrap
from .broadcast import expand
from .complex import conj
from .fit import cast
from .index import _advanced, _put_at
from .scan import _products_of_others
from .shape import reshape


def _grid(index: np.ndarray, dim: int) -> tuple[np.ndarray, ...]:
    """The full index of every place, with `index` in the dimension `dim`."""
    grid = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    return tuple(grid)


@op(kind=LINEAR, method=False, node="GatherBackward0")
def _gather(x, index, dim=0):
    """out[i, j] = x[index[i, j], j], for dim 0."""
    return read_at(x, index, dim) if index.ndim and np.ndim(x) else np.reshape(x, index.shape)


def _without_index(name: str) -> Overload:
    """torch does not count the index among the inputs of a node."""

    def named(tensors: Any, settings: Any) -> tuple[str, slice]:
        return name, slice(0, 2)

    return named


@op(kind=LINEAR, method=False, node=_without_index("ScatterAddBackward0"))
def _scatter_add(x, source, index, dim=0):
    """x with out[index[i, j], j] += source[i, j], for dim 0."""
    return fold_at(np.add, x, index, source, dim) if x.ndim else x + np.sum(source)


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
_scatter_add.grads(
    x=lambda g: g, source=lambda g, index, dim: _gather(g, index, dim)
)  # An index that comes twice keeps one value, yet all of them get the gradient: as torch documents.
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
    return fold_at(np.maximum if largest else np.minimum, np.atleast_1d(x), index, source, dim).reshape(x.shape)


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
    return fold_at(np.multiply, np.atleast_1d(x), index, source, dim).reshape(x.shape)


def _product_of_the_others(x: Any, index: Any, source: Any, dim: int) -> tuple[Any, Any]:
    """For each factor of a place (x's own, those of source) the product of all others, without dividing.

    The factors of a place stand in a column of their own, as many rows as the place with the most factors needs.
    """
    grid = _grid(getattr(index, "_a", index), dim)
    turn = _turns(places(getattr(index, "_a", index), tuple(x.shape), dim))
    rows = int(turn.max(initial=-1)) + 2
    ones = np.ones((rows, *x.shape), dtypes.numpy_of(x))
    source = _advanced(source, tuple(slice(n) for n in index.shape))
    table = _put_at(wrap(ones) if hasattr(x, "_a") else ones, x, (0, ...))
    others = _products_of_others(_put_at(table, source, (turn + 1, *grid)), 0)
    return _advanced(others, (0, ...)), _advanced(others, (turn + 1, *grid))


def _turns(at: np.ndarray) -> np.ndarray:
    """The how-manieth of those with the same place each one is, from 0."""
    flat = at.reshape(-1)
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    turn = np.empty(flat.size, np.int64)
    turn[order] = np.arange(flat.size) - np.repeat(first, np.diff(first, append=flat.size))
    return turn.reshape(at.shape)


_scatter_prod.grads(
    x=lambda g, x, index, source, out, dim: g * conj(_others(x, index, source, out, dim)[0]),
    source=lambda g, x, index, source, out, dim: _gather(g, index, dim) * conj(_others(x, index, source, out, dim)[1]),
)


def _others(x: Any, index: Any, source: Any, out: Any, dim: int) -> tuple[Any, Any]:
    """For each factor of a place the product of all others: by division, where no product is zero or infinite."""
    array = getattr(out, "_a", out)
    if np.all(np.isfinite(array) & (array != 0)):
        return out / x, _gather(out, index, dim) / _advanced(source, tuple(slice(n) for n in index.shape))
    return _product_of_the_others(x, index, source, dim)


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
def index_reduce(x: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """x with slices of `source` folded in at `index` along dim: by "prod", "mean", "amax" or "amin"."""
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    at = dims.one(dim, len(x.shape))
    column = reshape(index, (-1, *(1,) * (len(x.shape) - at - 1))) if x.shape else index
    return scatter_reduce(x, at, expand(column, source.shape), source, reduce, include_self=include_self)


@method
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """gather, with x and the indices broadcast against each other in the other dimensions."""
    if dim is None:
        return gather(reshape(x, (-1,)), 0, reshape(indices, (-1,)))
    at = dims.one(dim, len(x.shape))
    meet = list(errors.broadcast(
        tuple(1 if d == at else n for d, n in enumerate(x.shape)),
        tuple(1 if d == at else n for d, n in enumerate(indices.shape))
    ))  # fmt: skip
    of_x, of_index = ([*meet[:at], t.shape[at], *meet[at + 1 :]] for t in (x, indices))
    return gather(expand(x, of_x), at, expand(indices, of_index))
