"""Join tensors: one after another in a dimension that they have (`cat`), or side by side in a new one (`stack`).

The gradient of each is its part of the gradient of the whole. Source: torch.cat and its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes
from ..op import LINEAR, op
from .fit import cast
from .shape import _reshape, atleast_1d, atleast_2d, atleast_3d, reshape


@op(kind=LINEAR, method=False)
def _slice(x, dim=0, start=0, stop=0, step=1):
    """Part of one dimension, copied where it is no view (for rules)."""
    return x[(slice(None),) * dim + (slice(start, stop, step),)]


@op(kind=LINEAR, method=False, node="SliceBackward1")
def _unslice(x, shape=(), dim=0, start=0, stop=0, step=1):
    """Zeros of `shape` with x in part of one dimension: what slicing transposes to."""
    out = np.zeros(shape, x.dtype)
    out[(slice(None),) * dim + (slice(start, stop, step),)] = x
    return out


_slice.grads(x=lambda g, x_shape, dim, start, stop, step: _unslice(g, x_shape, dim, start, stop, step))
_unslice.grads(x=lambda g, dim, start, stop, step: _slice(g, dim, start, stop, step))


@op(kind=LINEAR, method=False, node="CatBackward0")
def _cat(*tensors, dim=0):
    """The tensors one after another along `dim`."""
    return np.concatenate(tensors, axis=dim)


_cat.grads(each=lambda g, shapes, dim, index: _part(g, shapes, dim, index))


def _part(g: Any, shapes: list[tuple[int, ...]], dim: int, index: int) -> Any:
    start = sum(shape[dim] for shape in shapes[:index])
    return _slice(g, dim, start, start + shapes[index][dim])


def _alike(tensors: Sequence[Any]) -> list[Any]:
    """The tensors in the dtype that they share."""
    arrays = [getattr(x, "_a", x) for x in tensors]
    common = dtypes.promote(arrays, [])
    return [x if a.dtype == common else cast(x, common) for x, a in zip(tensors, arrays, strict=True)]


def _check(tensors: Any, call: str) -> None:
    """Raise TypeError for what is no sequence of tensors (or of arrays, at work in a rule)."""
    if not isinstance(tensors, list | tuple):
        what = type(tensors).__name__
        raise TypeError(f"{call}(): argument 'tensors' (position 1) must be tuple of Tensors, not {what}")
    for i, x in enumerate(tensors):
        if not hasattr(x, "shape"):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")


def cat(tensors: Sequence[Any], dim: int = 0, **named: Any) -> Any:
    """The tensors one after another along `dim`; their other sizes are equal. Empty 1-d tensors are left out."""
    dim = named.get("axis", dim)
    _check(tensors, "cat")
    if not len(tensors):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not x.shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    kept = [x for x in _alike(tensors) if tuple(x.shape) != (0,)] or list(tensors)
    first = kept[0].shape
    at = _dims.one(dim, len(first))
    for i, x in enumerate(kept):
        if len(x.shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(x.shape)}")
        for d, (n, m) in enumerate(zip(first, x.shape, strict=True)):
            if n != m and d != at:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {at}. Expected size {n} but got size {m} for "
                    f"tensor number {i} in the list."
                )
    return _cat(*kept, dim=at)


concat = concatenate = cat


@op(kind=LINEAR, method=False, node="StackBackward0")
def _stack(*tensors, dim=0):
    """The tensors side by side in a new dimension."""
    return np.stack(tensors, axis=dim)


_stack.grads(each=lambda g, shapes, dim, index: _reshape(_slice(g, dim, index, index + 1), shapes[index]))


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors, of one shape, side by side in a new dimension."""
    _check(tensors, "stack")
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tuple(tensors[0].shape)
    for i, x in enumerate(tensors):
        if tuple(x.shape) != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(x.shape)} at "
                f"entry {i}"
            )
    return _stack(*_alike(tensors), dim=_dims.one(dim, len(first) + 1))


def hstack(tensors: Sequence[Any]) -> Any:
    """The tensors beside each other: along the columns, or the one dimension that they have."""
    wide = atleast_1d(tuple(tensors))
    return cat(wide, 0 if len(wide[0].shape) == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """The tensors below each other, each a row or rows."""
    return cat(atleast_2d(tuple(tensors)), 0)


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Any:
    """The tensors behind each other, along the third dimension."""
    return cat(atleast_3d(tuple(tensors)), 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """The tensors beside each other, each a column or columns."""
    return hstack([reshape(x, (-1, 1)) if len(x.shape) < 2 else x for x in tensors])
