"""The same elements in another shape or order: views where the memory allows it.

A view is a NumPy view, so writing through it writes to its base. `reshape` copies only where no view
exists; `view` refuses then. What joins, repeats and cuts into new memory is in join.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes, errors
from ..op import LINEAR, method, op
from ..tensor import Size, Tensor
from .complex import conj
from .fit import _expand


def _sizes(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """The sizes of a call: f(2, 3) and f((2, 3)) mean the same."""
    if len(shape) == 1 and isinstance(shape[0], Sequence):
        shape = tuple(shape[0])
    return tuple(int(n) for n in shape)


def _completed(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """`shape` with its -1 worked out; raises where `count` elements do not fit."""
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
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 can "
                "be any value and is ambiguous"
            )
        raise wrong
    if count % known:
        raise wrong
    return tuple(count // known if n == -1 else n for n in shape)


@op(kind=LINEAR, view=True, method=False, node="ViewBackward0")
def _view(x, shape=()):
    """x's memory in another shape; only for shapes that its strides allow."""
    return np.reshape(x, shape, copy=False)


@op(kind=LINEAR, method=False, node="UnsafeViewBackward0")
def _reshape(x, shape=()):
    """x in another shape, in C order; new memory where it needs to be."""
    return np.reshape(x, shape)


_view.grads(x=lambda g, x_shape: _reshape(g, x_shape))
_reshape.grads(x=lambda g, x_shape: _reshape(g, x_shape))


def _viewable(array: np.ndarray, shape: tuple[int, ...]) -> bool:
    try:
        np.reshape(array, shape, copy=False)
    except ValueError:
        return False
    return True


def view(x: Tensor, *shape: Any, dtype: Any = None) -> Tensor:
    """x in another shape without copying; raises RuntimeError where its strides do not allow that."""
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], dtypes.DType)):
        return _bits(x, (dtype or shape[0]).numpy)  # type: ignore[no-any-return]
    sizes = _completed(_sizes(shape), x._a.size)
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
    sizes = _completed(_sizes(shape or (named["shape"],)), array.size)
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
    start, end = _dims.one(start_dim, len(x.shape)), _dims.one(end_dim, len(x.shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not x.shape:
        return reshape(x, (1,))
    return (
        x if start == end else reshape(x, (*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))
    )


@method
def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension as several; one of `sizes` may be -1."""
    at = _dims.one(dim, len(x.shape))
    return reshape(x, (*x.shape[:at], *_completed(tuple(sizes), x.shape[at]), *x.shape[at + 1 :]))


@method
def ravel(x: Any) -> Any:
    """All elements in one dimension."""
    return reshape(x, (-1,))


@op(kind=LINEAR, view=True, method=False, node="PermuteBackward0")
def _permute(x, order=()):
    """The dimensions in another order."""
    return np.transpose(x, order)


_permute.grads(x=lambda g, order: _permute(g, tuple(np.argsort(order).tolist())))


@method
def permute(x: Any, *dims: Any, **named: Any) -> Any:
    """The dimensions in the order `dims`."""
    order = _sizes(dims or (named["dims"],))
    ndim = len(x.shape)
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple(_dims.one(d, ndim) for d in order)
    if len(set(order)) != ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(x, order)


@op(kind=LINEAR, view=True, method=False, node="TransposeBackward0")
def _transpose(x, dim0=0, dim1=1):
    """Two dimensions exchanged."""
    return np.swapaxes(x, dim0, dim1) if x.ndim else x.view()


_transpose.grads(x=lambda g, dim0, dim1: _transpose(g, dim0, dim1))


@method
def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged."""
    return _transpose(x, _dims.one(dim0, len(x.shape)), _dims.one(dim1, len(x.shape)))


swapaxes = swapdims = transpose
Tensor.swapaxes = Tensor.swapdims = transpose  # type: ignore[attr-defined]


@op(kind=LINEAR, view=True)
def t(x):
    """A matrix transposed; fewer dimensions stay as they are."""
    if x.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D")
    return x.T


t.grads(x=lambda g: t(g))


def _reversed(x: Any) -> Any:
    """x.T: the dimensions in reverse order."""
    return t(x) if len(x.shape) == 2 else _permute(x, tuple(range(len(x.shape)))[::-1])


def _matrices(x: Any) -> Any:
    """x.mT: every matrix of a batch transposed."""
    if len(x.shape) < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {len(x.shape)}-D tensor."
        )
    return _transpose(x, len(x.shape) - 2, len(x.shape) - 1)


@method
def adjoint(x: Any) -> Any:
    """Every matrix of a batch transposed and conjugated."""
    return conj(_matrices(x))


def _hermitian(x: Any) -> Any:
    """x.H: a matrix transposed and conjugated."""
    if len(x.shape) not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {len(x.shape)}-D tensor.")
    return conj(_reversed(x))


Tensor.T, Tensor.mT = property(_reversed), property(_matrices)  # type: ignore[attr-defined]
Tensor.H, Tensor.mH = property(_hermitian), property(adjoint)  # type: ignore[attr-defined]


@method
def movedim(x: Any, source: Any, destination: Any) -> Any:
    """The dimensions `source` at the places `destination`, the others in their order."""
    ndim = len(x.shape)
    starts, ends = (_dims.several(d, ndim) if d != () else () for d in (source, destination))
    if len(starts) != len(ends):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(starts)} dims) should contain the same number of "
            f"dims as destination ({list(ends)} dims)"
        )
    order = [d for d in range(ndim) if d not in starts]
    for end, start in sorted(zip(ends, starts, strict=True)):
        order.insert(end, start)
    return _permute(x, tuple(order))


moveaxis = movedim
Tensor.moveaxis = movedim  # type: ignore[attr-defined]


@op(kind=LINEAR, view=True, method=False, node="SqueezeBackward0")
def _squeeze(x, dims=()):
    """x without the given dimensions, of size 1."""
    return np.squeeze(x, dims)


_squeeze.grads(x=lambda g, x_shape: _reshape(g, x_shape))


@method
def squeeze(x: Any, dim: Any = None) -> Any:
    """x without its dimensions of size 1, or without those among `dim` that have it."""
    found = _dims.several(dim, len(x.shape)) if dim is None or dim != () else ()
    return _squeeze(x, tuple(d for d in found if x.shape[d] == 1))


@op(kind=LINEAR, view=True, method=False, node="UnsqueezeBackward0")
def _unsqueeze(x, dim=0):
    """x with a dimension of size 1 before `dim`."""
    return np.expand_dims(x, dim)


_unsqueeze.grads(x=lambda g, x_shape: _reshape(g, x_shape))


@method
def unsqueeze(x: Any, dim: int) -> Any:
    """x with a new dimension of size 1 at `dim`."""
    return _unsqueeze(x, _dims.one(dim, len(x.shape) + 1))


@method
def expand(x: Any, *sizes: Any) -> Any:
    """x repeated along dimensions of size 1 and new ones, without copying; -1 keeps a size."""
    shape, have = _sizes(sizes), tuple(x.shape)
    lead = len(shape) - len(have)
    if lead < 0:
        raise RuntimeError(
            f"expand({x.dtype if not isinstance(x, Tensor) else x.dtype.tensor_type}{{{list(have)}}}, size={list(shape)}): "
            f"the number of sizes provided ({len(shape)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(have)})"
        )
    full = list(shape)
    for i, n in reversed([*enumerate(shape)]):
        old = have[i - lead] if i >= lead else None
        if n == -1:
            if old is None:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}"
                )
            full[i] = old
        elif old not in (None, 1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton dimension "
                f"{i}.  Target sizes: {list(shape)}.  Tensor sizes: {list(have)}"
            )
    return _expand(x, tuple(full))


def broadcast_to(x: Any, size: Sequence[int]) -> Any:
    """x repeated to `size`, without copying."""
    return expand(x, size)


@method
def expand_as(x: Any, other: Any) -> Any:
    """x repeated to other's shape, without copying."""
    return expand(x, other.shape)


Tensor.broadcast_to = broadcast_to  # type: ignore[attr-defined]


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes meet in; raises RuntimeError where they do not."""
    return Size(errors.broadcast(*((s,) if isinstance(s, int) else tuple(s) for s in shapes)))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors repeated to the shape that they meet in."""
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


@op(kind=LINEAR, view=True, method=False, node="DiagonalBackward0")
def _diagonal(x, offset=0, dim1=0, dim2=1):
    """A diagonal of two dimensions, as the last dimension."""
    return np.diagonal(x, offset, dim1, dim2) if not isinstance(x, np.ndarray) else _writeable(x, offset, dim1, dim2)


def _writeable(x: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    """NumPy's diagonal is read-only; ours is to be written through."""
    rest = [d for d in range(x.ndim) if d not in (dim1, dim2)]
    y = x.transpose(*rest, dim1, dim2)
    rows, columns = y.shape[-2:]
    size = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    if size == 0:
        return y[..., 0, :0] if rows else y.reshape(*y.shape[:-2], 0)
    start = y[..., max(-offset, 0) :, max(offset, 0) :]
    strides = (*y.strides[:-2], y.strides[-2] + y.strides[-1])
    return np.lib.stride_tricks.as_strided(start, (*y.shape[:-2], size), strides)


@op(kind=LINEAR, method=False, node="DiagonalBackwardBackward0")
def _undiagonal(x, shape=(), offset=0, dim1=0, dim2=1):
    """Zeros of `shape` with x on a diagonal: what taking the diagonal transposes to."""
    out = np.zeros(shape, x.dtype)
    _writeable(out, offset, dim1, dim2)[...] = x
    return out


_diagonal.grads(x=lambda g, x_shape, offset, dim1, dim2: _undiagonal(g, x_shape, offset, dim1, dim2))
_undiagonal.grads(x=lambda g, offset, dim1, dim2: _diagonal(g, offset, dim1, dim2))


@method
def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A diagonal of two dimensions, as the last dimension; a view."""
    first, second = _dims.one(dim1, len(x.shape)), _dims.one(dim2, len(x.shape))
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diagonal(x, offset, first, second)


@op(kind=LINEAR, view=True, method=False, node="UnfoldBackward0")
def _unfold(x, dim=0, size=1, step=1):
    """Windows of `size` elements along `dim`, each `step` further, as a last dimension."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=dim, writeable=True)
    return windows[(slice(None),) * dim + (slice(None, None, step),)]


@op(kind=LINEAR, method=False)
def _folded(x, shape=(), dim=0, size=1, step=1):
    """Zeros of `shape` to which windows were added: what cutting them transposes to."""
    out = np.zeros(shape, x.dtype)
    for i in range(x.shape[dim]):
        place = (slice(None),) * dim + (slice(i * step, i * step + size),)
        out[place] += np.moveaxis(x[(slice(None),) * dim + (i,)], -1, dim)
    return out


_unfold.grads(x=lambda g, x_shape, dim, size, step: _folded(g, x_shape, dim, size, step))
_folded.grads(x=lambda g, dim, size, step: _unfold(g, dim, size, step))


def _unfold_method(x: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` elements along `dimension`, each `step` further, as a last dimension; a view."""
    at = _dims.one(dimension, len(x.shape))
    if size > (x.shape[at] if x.shape else 1):
        raise RuntimeError(f"maximum size for tensor at dimension {at} is {x.shape[at]} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _unfold(x if x.shape else reshape(x, (1,)), at, size, step)  # type: ignore[no-any-return]


Tensor.unfold = _unfold_method  # type: ignore[attr-defined]


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
