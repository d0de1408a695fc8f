"""Householder's reflections: the orthogonal matrix that a QR factorisation keeps as vectors and factors.

Column i of `A` holds, below the diagonal, the rest of v_i = (0, ..., 0, 1, ...); H_i = 1 - tau_i v_i v_i^H, and the
matrix meant is H_1 H_2 ... They are multiplied one after the other, so that every derivative is that of a product.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import method
from ..tensor import Tensor, wrap
from .arithmetic import mul, sub
from .complex import conj
from .diagonal import tril
from .inverse import _floating
from .linalg import _matmul, _turned
from .split import narrow


def _vectors(A: Any, count: int) -> Any:
    """The first vectors, ones on the diagonal and zeros above."""
    low = tril(narrow(A, -1, 0, count), -1)
    return low + wrap(np.eye(A.shape[-2], count, dtype=dtypes.numpy_of(A)))


def _reflected(A: Any, tau: Any, x: Any, adjoint: bool = False) -> Any:
    """H_1 H_2 ... x, or its adjoint's product with x: the last factor is applied first, or the first."""
    count = tau.shape[-1]
    vectors = _vectors(A, count)
    for i in range(count) if adjoint else reversed(range(count)):
        v = narrow(vectors, -1, i, 1)
        factor = narrow(tau, -1, i, 1)[..., None]
        factor = conj(factor) if adjoint else factor
        x = sub(x, mul(factor, _matmul(v, _matmul(_turned(v), x))))
    return x


def householder_product(A: Any, tau: Any) -> Any:
    """The first columns of H_1 H_2 ..., as many as A has."""
    name = "torch.linalg.householder_product"
    if len(A.shape) < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    rows, columns = A.shape[-2:]
    if rows < columns:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if columns < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    _floating("linalg.householder_product", A)
    one = np.broadcast_to(np.eye(rows, columns, dtype=dtypes.numpy_of(A)), tuple(A.shape))
    return _reflected(A, tau, wrap(one.copy()))


orgqr = householder_product
Tensor.orgqr = orgqr  # type: ignore[attr-defined]


@method
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """H_1 H_2 ... times `other`, or `other` times it; with `transpose`, the adjoint in its place."""
    if left:
        return _reflected(input, tau, other, transpose)
    return _turned(_reflected(input, tau, _turned(other), not transpose))
