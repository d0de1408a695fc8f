"""Read and write slices along one dimension, by a list of places: `index_select`, `index_add` and their kin.

What selecting transposes to is adding: a slice that was read twice gets two gradients.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dims
from ..op import LINEAR, inplace_method, method, op
from ..tensor import Tensor
from .shape import reshape


def _along(index: np.ndarray, dim: int) -> tuple[Any, ...]:
    return (*(slice(None),) * dim, index)


LONG = 16
"""Slices of so many elements are added faster one by one than element by element."""


def _add_at(out: np.ndarray, index: np.ndarray, source: np.ndarray, dim: int) -> None:
    """Add slices to `out` at `index` along dim, in their order."""
    if np.ndim(index) != 1 or source.ndim != out.ndim or source.size < LONG * index.size:
        np.add.at(out, _along(index, dim) if out.ndim else (), source)
        return
    slices = np.moveaxis(out, dim, 0)
    for place, added in zip(index.tolist(), np.moveaxis(source, dim, 0), strict=True):
        slices[place] += added


@op(kind=LINEAR, method=False, node="IndexSelectBackward0")
def _index_select(x, index, dim=0):
    """The slices of x at `index` along dim."""
    return np.take(x, index, axis=dim) if np.ndim(x) else x.copy()


@op(kind=LINEAR, method=False, node="IndexAddBackward0")
def _index_add(x, index, source, dim=0):
    """x with slices added at `index` along dim."""
    out = np.array(x, copy=True)
    _add_at(out, index, source, dim)
    return out


@op(kind=LINEAR, method=False)
def _index_sum(x, index, shape=(), dim=0):
    """Zeros of `shape` to which slices of x were added at `index`: what selecting transposes to."""
    out = np.zeros(shape, x.dtype)
    _add_at(out, index, x, dim)
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
