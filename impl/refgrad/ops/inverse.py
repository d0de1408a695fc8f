"""Undo a matrix: inverses, and solutions of linear equations.

The kernels are NumPy's and SciPy's (imported when first called); the rules are products of matrices, so they
work for batches and differentiate again. A singular matrix raises LinAlgError. Source of the rules: Giles,
"Collected matrix derivative results" (2008).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..op import GENERAL, method, op
from .diagonal import tril, triu
from .linalg import _kind, _matmul, _turned
from .permute import _transpose
from .shape import squeeze, unsqueeze


def _square(name: str, x: Any, low: bool = False) -> None:
    """Refuse what is no batch of square matrices of floating or complex numbers."""
    if len(x.shape) < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices"
        )
    _floating(name, x, low)


KERNELS = {
    "linalg.cholesky": "cholesky_cpu", "linalg.cond": "linalg_svd_cpu", "linalg.det": "lu_cpu",
    "linalg.eig": "linalg_eig_out_cpu", "linalg.eigh": "linalg_eigh_cpu", "linalg.eigvals": "linalg_eig_out_cpu",
    "linalg.householder_product": "orgqr_cpu", "linalg.lu_solve": "linalg.lu_solve_cpu", "linalg.qr": "geqrf_cpu",
    "linalg.solve": "lu_cpu", "linalg.solve_triangular": "triangular_solve_cpu", "linalg.svd": "linalg_svd_cpu",
    "linalg.svdvals": "linalg_svd_cpu", "torch.linalg.ldl_factor": "ldl_factor_kernel_cpu",
    "torch.linalg.ldl_factor_ex": "ldl_factor_kernel_cpu", "torch.linalg.ldl_solve": "ldl_solve_kernel_cpu",
}  # fmt: skip
"""Of torch's functions that do not look at half precision themselves: the kernel that refuses it."""


def refuse_halves(kernel: str, x: Any) -> None:
    """Refuse half precision in the words of torch's kernel."""
    if dtypes.numpy_of(x).itemsize == 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{_kind(x)}'")


def _floating(name: str, x: Any, low: bool = False) -> None:
    """Refuse integers and, unless `low`, the half precisions, which have no factorisation."""
    dtype = dtypes.numpy_of(x)
    if dtype.kind in "iub":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {_kind(x)}")
    if dtype.itemsize == 2 and not low:
        if name in KERNELS:
            refuse_halves(KERNELS[name], x)
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {_kind(x)}")


def _singular(name: str) -> errors.LinAlgError:
    return errors.LinAlgError(f"{name}: The solver failed because the input matrix is singular.")


@op(kind=GENERAL, method=False, node="LinalgInvExBackward0")
def _inv(x):
    """The inverse of every matrix."""
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise errors.LinAlgError(
            f"linalg.inv: {_first_zero_pivot(x)} is zero, the inversion could not be completed because the input "
            "matrix is singular."
        ) from None


def _first_zero_pivot(x: np.ndarray) -> str:
    """Which element of the diagonal of U is 0, in the LU decomposition of the first singular matrix of a batch."""
    from scipy.linalg import get_lapack_funcs

    getrf = get_lapack_funcs("getrf", (x,))
    pivots = [getrf(matrix)[2] for matrix in x.reshape(-1, *x.shape[-2:])]
    batch, pivot = next((i, p) for i, p in enumerate(pivots) if p > 0)
    return f"{f'(Batch element {batch}): ' if x.ndim > 2 else ''}The diagonal element {pivot}"


_inv.grads(x=lambda g, out: -_matmul(_turned(out), _matmul(g, _turned(out))))


@method
def inverse(x: Any) -> Any:
    """The inverse of every matrix; raises LinAlgError for a singular one."""
    _square("linalg.inv", x)
    return _inv(x)


def inv(A: Any) -> Any:
    """The inverse of every matrix; raises LinAlgError for a singular one."""
    return inverse(A)


@op(kind=GENERAL, method=False, node="LinalgSolveExBackward0")
def _solve(a, b):
    """x with a x = b, for matrices b."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise _singular("torch.linalg.solve") from None


_solve.grads(
    a=lambda g, a, out: -_matmul(_solve(_turned(a), g), _turned(out)),
    b=lambda g, a: _solve(_turned(a), g),
)


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B, or X A = B where left is False; B a matrix, a vector, or batches of them."""
    _square("linalg.solve", A)
    if dtypes.numpy_of(A) != dtypes.numpy_of(B):
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {_kind(A)} and B of type "
            f"{_kind(B)} instead"
        )
    vector = len(B.shape) == 1 or (len(A.shape) - 1 == len(B.shape) and tuple(B.shape) == tuple(A.shape[:-1]))
    if not left:
        turned = solve(_transpose_last(A), B if vector else _transpose_last(B))
        return turned if vector else _transpose_last(turned)
    if A.shape[-1] != B.shape[-1 if vector else -2]:
        have = f"{B.shape[-2]}x{B.shape[-1]}" if not vector else str(B.shape[-1])
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({A.shape[-2]}x{A.shape[-1]} and "
            f"{have})"
        )
    return squeeze(_solve(A, unsqueeze(B, -1)), -1) if vector else _solve(A, B)


def _transpose_last(x: Any) -> Any:
    return _transpose(x, len(x.shape) - 2, len(x.shape) - 1)


@op(kind=GENERAL, method=False, node="LinalgSolveTriangularBackward0")
def _solve_triangular(a, b, upper=False, unit=False):
    """x with a x = b, for triangular a."""
    from scipy.linalg import solve_triangular

    shape = errors.broadcast(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, shape + a.shape[-2:]), np.broadcast_to(b, shape + b.shape[-2:])
    if math.prod(shape) > a.shape[-1]:
        return _substituted(a, b, upper, unit)
    out = np.empty(b.shape, np.result_type(a, b))
    for at in np.ndindex(shape):
        try:
            out[at] = solve_triangular(a[at], b[at], lower=not upper, unit_diagonal=unit, check_finite=False)
        except np.linalg.LinAlgError:
            out[at] = np.inf
    return out


def _substituted(a: np.ndarray, b: np.ndarray, upper: bool, unit: bool) -> np.ndarray:
    """Substitution, row by row and all matrices of a batch at once."""
    out = np.array(b, np.result_type(a, b))
    rows = range(a.shape[-1])
    for i in reversed(rows) if upper else rows:
        known = slice(i + 1, None) if upper else slice(0, i)
        out[..., i, :] -= (a[..., i, None, known] @ out[..., known, :])[..., 0, :]
        if not unit:
            out[..., i, :] /= a[..., i, i, None]
    return out


_solve_triangular.grads(
    a=lambda g, a, out, upper, unit: _triangle(
        -_matmul(_solve_triangular(_turned(a), g, not upper, unit), _turned(out)), upper, unit
    ),
    b=lambda g, a, upper, unit: _solve_triangular(_turned(a), g, not upper, unit),
)


def _triangle(x: Any, upper: bool, unit: bool) -> Any:
    """The triangle that counts: without the diagonal where that is taken to be ones."""
    return triu(x, int(unit)) if upper else tril(x, -int(unit))


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """X with A X = B for triangular A (X A = B where left is False); the other triangle is not looked at."""
    _square("linalg.solve_triangular", A)
    if left:
        return _solve_triangular(A, B, upper, unitriangular)
    return _transpose_last(_solve_triangular(_transpose_last(A), _transpose_last(B), not upper, unitriangular))
