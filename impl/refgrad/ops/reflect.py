"""Householder's reflections: the orthogonal matrix that a QR factorisation keeps as vectors and factors.

Column i of `A` holds, below the diagonal, the rest of v_i = (0, ..., 0, 1, ...); H_i = 1 - tau_i v_i v_i^H, and the
matrix meant is H_1 H_2 ... = 1 - V (1 + D S)^-1 D V^H, where D has the factors on its diagonal and S is V^H V above its
own (Schreiber and Van Loan, 1989): products and one triangular solve, whose derivatives are known.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import method
from ..tensor import Tensor, wrap
from .arithmetic import sub
from .complex import conj
from .diagonal import tril, triu
from .inverse import _floating, refuse_halves, solve_triangular
from .linalg import _matmul, _turned
from .shape import unsqueeze
from .split import narrow


def _vectors(A: Any, count: int) -> Any:
    """The first vectors, ones on the diagonal and zeros above."""
    low = tril(narrow(A, -1, 0, count), -1)
    return low + wrap(np.eye(A.shape[-2], count, dtype=dtypes.numpy_of(A)))


def _reflected(A: Any, tau: Any, x: Any, adjoint: bool = False) -> Any:
    """H_1 H_2 ... x, or its adjoint's product with x."""
    v = _vectors(A, tau.shape[-1])
    mixing = _eye(tau) + unsqueeze(tau, -1) * triu(_matmul(_turned(v), v), 1)
    seen = _matmul(_turned(v), x)
    if adjoint:
        seen = unsqueeze(conj(tau), -1) * solve_triangular(_turned(mixing), seen, upper=False)
        return sub(x, _matmul(v, seen))
    return sub(x, _matmul(v, solve_triangular(mixing, unsqueeze(tau, -1) * seen, upper=True)))


def _eye(tau: Any) -> Any:
    """The identity that tau's reflections are counted in."""
    return wrap(np.eye(tau.shape[-1], dtype=dtypes.numpy_of(tau)))


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
    refuse_halves("ormqr_cpu", input)
    if left:
        return _reflected(input, tau, other, transpose)
    return _turned(_reflected(input, tau, _turned(other), not transpose))
