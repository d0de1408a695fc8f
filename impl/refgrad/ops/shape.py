"""The same elements, in the same order, in another shape: views where the memory allows it.

A view is a NumPy view, so writing through it writes to its base. `reshape` copies only where no view
exists; `view` refuses then. Other orders are in permute.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes
from ..op import LINEAR, method, op
from ..sizes import whole
from ..tensor import Tensor


def _completed(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """`shape` with its -1 worked out; raises where `count` elements do not fit."""
    if math.prod(shape) == count and min(shape, default=0) >= 0:
        return shape
    known = math.prod(n for n in shape if n != -1)
    wrong = RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if min(shape, default=0) < -1:
        raise RuntimeError(f"invalid shape dimension {min(shape)}")
    if -1 not in shape:
        if known != count:
            raise wrong
        return shape
    if known == 0:
        if count == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size "
                "-1 can be any value and is ambiguous"
            )
        raise wrong
    if count % known:
        raise wrong
    return tuple(count // known if n == -1 else n for n in shape)


@op(kind=LINEAR, view=True, method=False, node="ViewBackward0")
def _view(x, shape=()):
    """x's memory in another shape; only for shapes that its strides allow."""
    return x.reshape(shape, copy=False)


@op(kind=LINEAR, method=False, node="UnsafeViewBackward0")
def _reshape(x, shape=()):
    """x in another shape, in C order; new memory where it needs to be."""
    return x.reshape(shape)


_view.grads(x=lambda g, x_shape: _reshape(g, x_shape))
_view.jvp(lambda dx, shape: reshape(dx, shape))  # a tangent may lie in memory as its tensor does not
_reshape.grads(x=lambda g, x_shape: _reshape(g, x_shape))


def _viewable(array: np.ndarray, shape: tuple[int, ...]) -> bool:
    if array.flags.c_contiguous:
        return True
    try:
        array.reshape(shape, copy=False)
    except ValueError:
        return False
    return True


def view(x: Tensor, *shape: Any, dtype: Any = None) -> Tensor:
    """x in another shape without copying; raises RuntimeError where its strides do not allow that."""
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], dtypes.DType)):
        return _bits(x, (dtype or shape[0]).numpy)  # type: ignore[no-any-return]
    sizes = _completed(whole(shape, "view", "size"), x._a.size)
    if not _viewable(x._a, sizes):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return _view(x, sizes)  # type: ignore[no-any-return]


Tensor.view = view  # type: ignore[attr-defined]  # a method alone: torch has no function of this name
del view


@op(view=True, method=False)
def _bits(x, dtype=None):
    """x's bytes read as another dtype."""
    return x.view(dtype)


@method
def reshape(x: Any, *shape: Any, **named: Any) -> Any:
    """x in another shape: a view where its strides allow one, else a copy."""
    array = getattr(x, "_a", x)
    sizes = _completed(whole(shape or (named["shape"],), "reshape", "shape"), array.size)
    if not isinstance(x, Tensor):
        return array.reshape(sizes)
    return _view(x, sizes) if _viewable(array, sizes) else _reshape(x, sizes)


@op(kind=LINEAR, method=False, node="CloneBackward0")
def _copied(x):
    """x in memory of its own, in C order."""
    return x.copy(order="C")


_copied.grads(x=lambda g: g)


@method
def contiguous(x: Tensor, memory_format: Any = None) -> Tensor:
    """x itself where it lies in memory in C order, else a copy that does."""
    return x if x.is_contiguous() else _copied(x)


def _view_as(x: Tensor, other: Tensor) -> Tensor:
    """x in other's shape, without copying."""
    return x.view(other.shape)  # type: ignore[attr-defined, no-any-return]


def _reshape_as(x: Tensor, other: Tensor) -> Tensor:
    """x in other's shape."""
    return reshape(x, other.shape)  # type: ignore[no-any-return]


Tensor.view_as, Tensor.reshape_as = _view_as, _reshape_as  # type: ignore[attr-defined]


@method
def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from start to end as one; x itself where that changes nothing."""
    shape = tuple(x.shape)
    start, end = _dims.one(start_dim, len(shape)), _dims.one(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(x, (1,))
    return x if start == end else reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@method
def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension as several; one of `sizes` may be -1."""
    shape = tuple(x.shape)
    at = _dims.one(dim, len(shape))
    return reshape(x, (*shape[:at], *_completed(tuple(sizes), shape[at]), *shape[at + 1 :]))


@method
def ravel(x: Any) -> Any:
    """All elements in one dimension."""
    return reshape(x, (-1,))


def _which_squeeze(_: Any, settings: Any) -> tuple[str, slice]:
    """torch has an overload for all dimensions, one for one, and one for several."""
    return f"SqueezeBackward{settings[1]}", slice(None)


@op(kind=LINEAR, view=True, method=False, node=_which_squeeze)
def _squeeze(x, dims=(), overload=0):
    """x without the given dimensions, of size 1."""
    return x.squeeze(dims)


_squeeze.grads(x=lambda g, x_shape: _reshape(g, x_shape))


@method
def squeeze(x: Any, dim: Any = None) -> Any:
    """x without its dimensions of size 1, or without those among `dim` that have it."""
    shape = tuple(x.shape)
    found = _dims.several(dim, len(shape)) if dim is None or dim != () else ()
    overload = 0 if dim is None else 1 if isinstance(dim, int) else 2
    return _squeeze(x, tuple([d for d in found if shape[d] == 1]), overload)


@op(kind=LINEAR, view=True, method=False, node="UnsqueezeBackward0")
def _unsqueeze(x, dim=0):
    """x with a dimension of size 1 before `dim`."""
    return x.reshape((*x.shape[:dim], 1, *x.shape[dim:]))


_unsqueeze.grads(x=lambda g, x_shape: _reshape(g, x_shape))


@method
def unsqueeze(x: Any, dim: int) -> Any:
    """x with a new dimension of size 1 at `dim`."""
    return _unsqueeze(x, _dims.one(dim, len(x.shape) + 1))


def _size(x: Tensor, dim: int | None = None) -> Any:
    """The shape, or the size of one dimension."""
    return x.shape if dim is None else x.shape[_dims.one(dim, len(x.shape))]


Tensor.size = _size  # type: ignore[attr-defined]


def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with one dimension or more."""
    return _each(tensors, lambda x: x if len(x.shape) else reshape(x, (1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with two dimensions or more; new ones come in front."""
    return _each(tensors, lambda x: x if len(x.shape) > 1 else reshape(x, (1, *x.shape) if len(x.shape) else (1, 1)))


def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with three dimensions or more; a row gets one on either side, a matrix one behind."""
    return _each(tensors, lambda x: unsqueeze(atleast_2d(x), -1) if len(x.shape) < 3 else x)


def _each(tensors: tuple[Any, ...], change: Any) -> Any:
    if len(tensors) == 1:
        return tuple(map(change, tensors[0])) if isinstance(tensors[0], list | tuple) else change(tensors[0])
    return tuple(map(change, tensors))


def is_tensor(x: Any) -> bool:
    """Is it a Tensor?"""
    return isinstance(x, Tensor)


def numel(x: Tensor) -> int:
    """The number of elements."""
    return x.numel()
