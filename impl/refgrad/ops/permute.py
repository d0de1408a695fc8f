"""The same elements with their dimensions in another order: `permute`, `transpose`, `.T` and its kin. All are views."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims as _dims
from ..notices import warn_once
from ..op import LINEAR, method, op
from ..sizes import whole
from ..tensor import Tensor
from .complex import conj


@op(kind=LINEAR, view=True, method=False, node="PermuteBackward0")
def _permute(x, order=()):
    """The dimensions in another order."""
    return x.transpose(order)


_permute.grads(x=lambda g, order: _permute(g, tuple(np.argsort(order).tolist())))


@method
def permute(x: Any, *dims: Any, **named: Any) -> Any:
    """The dimensions in the order `dims`."""
    order = whole(dims or (named["dims"],), "permute", "dims")
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
    return x.swapaxes(dim0, dim1) if x.ndim else x.view()


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
    rank = len(x.shape)
    if rank == 0:
        warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.", 2)
    elif rank != 2:
        warn_once(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            2,
        )
    return _permute(x, tuple(range(rank))[::-1])


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
    if not x.shape:
        warn_once("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().", 2)
    return conj(_transpose(x, 0, 1) if x.shape else x)


Tensor.T, Tensor.mT = property(_reversed), property(_matrices)  # type: ignore[attr-defined]
Tensor.H, Tensor.mH = property(_hermitian), property(adjoint)  # type: ignore[attr-defined]


@method
def movedim(x: Any, source: Any, destination: Any) -> Any:
    """The dimensions `source` at the places `destination`, the others in their order."""
    ndim = len(x.shape)
    starts, ends = (_dims.several(d, ndim) if d != () else () for d in (source, destination))
    if len(starts) != len(ends):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(starts)} dims) should contain the same number "
            f"of dims as destination ({list(ends)} dims)"
        )
    order = [d for d in range(ndim) if d not in starts]
    for end, start in sorted(zip(ends, starts, strict=True)):
        order.insert(end, start)
    return _permute(x, tuple(order))


moveaxis = movedim
Tensor.moveaxis = movedim  # type: ignore[attr-defined]
