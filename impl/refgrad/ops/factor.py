"""Matrices as products with a triangle: Cholesky's factor, and Q R.

The rules solve with the triangle and keep what the factor's form lets move. Source: Giles, "Collected matrix
derivative results" (2008).
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..op import GENERAL, method, op
from ..tensor import wrap
from .arithmetic import sub
from .complex import real
from .diagonal import _diagonal, _undiagonal, tril
from .fit import cast
from .inverse import _floating, _solve_triangular, _square, refuse_halves
from .join import cat
from .linalg import _matmul, _turned
from .split import narrow

Qr = namedtuple("linalg_qr", ("Q", "R"))  # noqa: PYI024 - torch.return_types' names


@op(kind=GENERAL, method=False, node="LinalgCholeskyExBackward0")
def _cholesky(x):
    """The lower triangular L with L L^H = x; only x's lower triangle is looked at."""
    try:
        return np.linalg.cholesky(np.tril(x) + np.conj(np.swapaxes(np.tril(x, -1), -1, -2)))
    except np.linalg.LinAlgError:
        raise errors.LinAlgError(
            f"linalg.cholesky: {_which(x)}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {_bad_minor(x)} is not positive-definite)."
        ) from None


def _which(x: np.ndarray) -> str:
    """The first matrix of a batch that is not positive definite, as errors name it."""
    bad = (i for i, m in enumerate(x.reshape(-1, *x.shape[-2:])) if _bad_minor(m))
    return f"(Batch element {next(bad, 0)}): " if x.ndim > 2 else ""


def _bad_minor(x: np.ndarray) -> int:
    """The order of the first leading minor that is not positive definite."""
    for matrix in x.reshape(-1, *x.shape[-2:]):
        full = np.tril(matrix) + np.conj(np.tril(matrix, -1)).T
        for k in range(1, len(full) + 1):
            try:
                np.linalg.cholesky(full[:k, :k])
            except np.linalg.LinAlgError:
                return k
    return 0


_cholesky.grads(x=lambda g, out: _cholesky_grad(g, out))


def _cholesky_grad(g: Any, l: Any) -> Any:  # noqa: E741 - the factor's name everywhere
    """L^-H phi(L^H g) L^-1, made Hermitian; phi keeps the lower triangle with half of the diagonal."""
    low = tril(_matmul(_turned(l), g))
    half = sub(low, _on_diagonal(low) * 0.5)
    inner = _solve_triangular(_turned(l), _turned(_solve_triangular(_turned(l), _turned(half), True)), True)
    inner = _turned(inner)
    return (inner + _turned(inner)) * 0.5


def _on_diagonal(x: Any) -> Any:
    """x's diagonal, zeros elsewhere."""
    rank = len(x.shape)
    return _undiagonal(_diagonal(x, 0, rank - 2, rank - 1), tuple(x.shape), 0, rank - 2, rank - 1)


def cholesky(x: Any, upper: bool = False) -> Any:
    """The lower triangular L with L L^H = x, or its adjoint; raises LinAlgError where x is not positive definite."""
    _square("linalg.cholesky", x)
    low = _cholesky(x)
    return _turned(low) if upper else low


@op(kind=GENERAL, method=False, node="CholeskySolveBackward0")
def _cholesky_solve(b, low):
    """x with L L^H x = b; of L, only the lower triangle is looked at."""
    solve = _solve_triangular.op.kernel
    return solve(_turned(low), solve(low, b), True)


_cholesky_solve.grads(
    b=lambda g, low: _cholesky_solve(g, low),
    low=lambda g, low, out: _cholesky_solve_grad(_cholesky_solve(g, low), low, out),
)


def _cholesky_solve_grad(g_b: Any, low: Any, x: Any) -> Any:
    """-(g_b x^H + x g_b^H) L, in both triangles: as torch has it, the form of L is not imposed on it."""
    half = _matmul(g_b, _turned(x))
    return -_matmul(half + _turned(half), low)


@method
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """X with A X = B, where A = L L^H (with `upper`, L^H L) is given by its factor."""
    if len(B.shape) < 2:
        raise RuntimeError(f"b should have at least 2 dimensions, but has {len(B.shape)} dimensions instead")
    rows, columns = L.shape[-2:]
    if rows != columns:
        raise RuntimeError(f"A must be batches of square matrices, but they are {rows} by {columns} matrices")
    if B.shape[-2] != rows:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {rows} by {rows} but each b matrix is "
            f"{B.shape[-2]} by {B.shape[-1]}"
        )
    refuse_halves("cholesky_solve_cpu", B)
    return _cholesky_solve(B, _turned(L) if upper else L)


@method
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of L L^H (with `upper`, of L^H L)."""
    refuse_halves("cholesky_inverse_out_cpu", L)
    one = np.eye(L.shape[-1], dtype=dtypes.numpy_of(L))
    return cholesky_solve(wrap(np.array(np.broadcast_to(one, tuple(L.shape)))), L, upper)


@op(kind=GENERAL, outputs=2, method=False, node="LinalgQrBackward0")
def _qr(x, mode="reduced"):
    """Q with orthonormal columns and upper triangular R, Q R = x; for the mode "r" an empty Q."""
    if mode == "r":
        return np.zeros(0, x.dtype), np.linalg.qr(x, "r")
    q, r = np.linalg.qr(x, mode)
    return q, r


_qr.grads(x=lambda g0, g1, out0, out1, mode: _qr_grad_of_mode(g0, g1, out0, out1, mode))


def _qr_grad_of_mode(g_q: Any, g_r: Any, q: Any, r: Any, mode: str) -> Any:
    """The gradient, where the mode leaves one: it needs Q, and of Q only the columns that x determines."""
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    if mode == "complete" and r.shape[-2] > r.shape[-1]:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    return _qr_grad(g_q, g_r, q, r)


def _qr_grad(g_q: Any, g_r: Any, q: Any, r: Any) -> Any:
    """For no more columns than rows; a wide matrix is its square part and what follows from it."""
    rows, columns = q.shape[-2], r.shape[-1]
    if columns <= r.shape[-2]:
        m = sub(_matmul(r, _turned(g_r)), _matmul(_turned(g_q), q))
        low = tril(m, -1)
        both = low + _turned(low) + _real_on_diagonal(m)
        return _turned(_solve_triangular(r, _turned(g_q + _matmul(q, both)), True))
    x1 = narrow(r, -1, 0, rows)
    g_rest = narrow(g_r, -1, rows, columns - rows)
    rest = narrow(r, -1, rows, columns - rows)
    g_q = g_q + _matmul(_matmul(q, rest), _turned(g_rest))
    return cat([_qr_grad(g_q, narrow(g_r, -1, 0, rows), q, x1), _matmul(q, g_rest)], -1)


def _real_on_diagonal(x: Any) -> Any:
    """The real part of x's diagonal, zeros elsewhere."""
    on = _on_diagonal(x)
    return cast(real(on), dtypes.numpy_of(x)) if dtypes.numpy_of(x).kind == "c" else on


def qr(x: Any, mode: str = "reduced") -> Any:
    """(Q, R): orthonormal columns and an upper triangle whose product is x."""
    _floating("linalg.qr", x)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    return Qr(*_qr(x, mode))
