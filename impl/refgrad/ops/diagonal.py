"""Diagonals and triangles of matrices.

`diagonal` shows one as a view, `diag_embed` and `diag` build a matrix around one, `tril` and `triu` keep what
lies on one side of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims as _dims
from ..op import LINEAR, method, op
from .shape import _copied, reshape


@op(kind=LINEAR, view=True, method=False, node="DiagonalBackward0")
def _diagonal(x, offset=0, dim1=0, dim2=1):
    """A diagonal of two dimensions, as the last dimension."""
    return _writeable(x, offset, dim1, dim2)


def _writeable(x: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    """NumPy's diagonal is read-only; ours is to be written through."""
    found = x.diagonal(offset, dim1, dim2)
    found.flags.writeable = x.flags.writeable
    return found


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


@method
def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Zeros with the last dimension of x on the diagonal of two new dimensions."""
    ndim = len(x.shape) + 1
    first, second = _dims.one(dim1, ndim), _dims.one(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    if first > second:
        first, second, offset = second, first, -offset
    side = x.shape[-1] + abs(offset)
    shape = list(x.shape[:-1])
    shape.insert(first, side)
    shape.insert(second, side)
    return _undiagonal(x, tuple(shape), offset, first, second)


@method
def diag(x: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with this diagonal."""
    if len(x.shape) not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {len(x.shape)}D")
    return diag_embed(x, diagonal) if len(x.shape) == 1 else _copied(_diagonal(x, diagonal))


@method
def diagflat(x: Any, offset: int = 0) -> Any:
    """A matrix with all elements of x on a diagonal, zeros elsewhere."""
    return diag_embed(reshape(x, (-1,)), offset)


@op(kind=LINEAR, inplace=True)
def tril(x, diagonal=0):
    """The lower triangle of every matrix, zeros above `diagonal`."""
    return np.tril(x, diagonal)


@op(kind=LINEAR, inplace=True)
def triu(x, diagonal=0):
    """The upper triangle of every matrix, zeros below `diagonal`."""
    return np.triu(x, diagonal)


tril.grads(x=lambda g, diagonal: tril(g, diagonal))
triu.grads(x=lambda g, diagonal: triu(g, diagonal))
