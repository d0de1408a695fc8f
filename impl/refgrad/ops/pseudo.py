"""Undo a matrix as far as that is possible: the pseudo-inverse, least squares, and equations between tensors.

What is small beside the largest singular value counts as zero; the rules hold while the rank does not change. Source:
Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems" (1973).
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..op import GENERAL, method, op
from ..tensor import Tensor, wrap
from .arithmetic import sub
from .complex import abs
from .inverse import _floating, inverse, solve
from .linalg import _kind, _matmul, _turned
from .permute import movedim
from .reduce import sum
from .shape import reshape, squeeze, unsqueeze

Lstsq = namedtuple("linalg_lstsq", ("solution", "residuals", "rank", "singular_values"))  # noqa: PYI024 - torch's name


def _number(value: Any) -> Any:
    """A tolerance: a number, or one for each matrix."""
    return value._a[..., None] if isinstance(value, Tensor) else value


def _cutoff(sizes: np.ndarray, shape: tuple[int, ...], atol: Any, rtol: Any) -> Any:
    """Up to which size a singular value counts as zero: torch's max(atol, rtol * the largest)."""
    atol, rtol = _number(atol), _number(rtol)
    if rtol is None:
        default = max(shape[-2:]) * np.finfo(sizes.dtype).eps
        rtol = default if atol is None else np.where(np.asarray(atol) > 0, 0.0, default)
    top = np.max(sizes, axis=-1, keepdims=True, initial=0.0)
    return np.maximum(0.0 if atol is None else atol, rtol * top)


@op(kind=GENERAL, method=False, node="LinalgPinvBackward0")
def _pinv(x, atol=None, rtol=None, hermitian=False):
    """The pseudo-inverse of every matrix, from its singular values, or its eigenvalues if it is Hermitian."""
    if x.size == 0:
        return np.zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    if hermitian:
        s, v = np.linalg.eigh(x)
        uh = np.conj(np.swapaxes(v, -1, -2))
    else:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        v, uh = (np.conj(np.swapaxes(part, -1, -2)) for part in (vh, u))
    counts = np.abs(s) > _cutoff(np.abs(s), x.shape, atol, rtol)
    return (v * np.where(counts, 1 / np.where(counts, s, 1), 0)[..., None, :]) @ uh


_pinv.grads(x=lambda g, x, out: _pinv_grad(g, x, out))


def _pinv_grad(g: Any, x: Any, p: Any) -> Any:
    """How the inverse moves where it is one, and how its null spaces do."""
    gh, ph = _turned(g), _turned(p)
    inside = _matmul(_matmul(ph, g), ph)
    left = _matmul(sub(gh, _matmul(x, _matmul(p, gh))), _matmul(p, ph))
    right = _matmul(_matmul(ph, p), sub(gh, _matmul(_matmul(gh, p), x)))
    return left + right - inside


def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The pseudo-inverse; singular values up to max(atol, rtol * the largest) count as zero."""
    if len(A.shape) < 2 or dtypes.numpy_of(A).kind not in "fc" or dtypes.numpy_of(A).itemsize == 2:
        raise RuntimeError(
            f"linalg.pinv({_kind(A)}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of float, "
            "double, cfloat or cdouble types"
        )
    return _pinv(A, atol, rcond if rtol is None else rtol, hermitian)


@method
def pinverse(x: Any, rcond: float = 1e-15) -> Any:
    """The pseudo-inverse under its older name, with a smaller tolerance."""
    return pinv(x, rcond)


def _not_half(A: Any) -> None:
    if dtypes.numpy_of(A).itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """How many singular values are above max(atol, rtol * the largest); `tol` is an absolute tolerance."""
    _not_half(A)
    x = getattr(A, "_a", A)
    s = np.abs(np.linalg.eigvalsh(x)) if hermitian else np.linalg.svd(x, compute_uv=False)
    return wrap(np.asarray(np.sum(s > _cutoff(s, x.shape, atol if tol is None else tol, rtol), -1), np.int64))


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """(solution, residuals, rank, singular_values) of the X that makes A X nearest to B, for A of full rank.

    The residuals are the squared distances, for more rows than columns; what a driver does not compute is empty:
    "gelsy" the residuals and singular values, "gels" the rank and singular values.
    """
    _floating("torch.linalg.lstsq", A, low=True)
    _not_half(A)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    driver = driver or "gelsy"
    vector = len(A.shape) - 1 == len(B.shape) and tuple(B.shape) == tuple(A.shape[:-1])
    x = _matmul(pinv(A, rcond), unsqueeze(B, -1) if vector else B)
    sizes = np.linalg.svd(A._a, compute_uv=False)
    rank = np.asarray(np.sum(sizes > _cutoff(sizes, A.shape, None, rcond), -1), np.int64)
    x = squeeze(x, -1) if vector else x
    empty = wrap(np.zeros(0, sizes.dtype))
    rows, columns = A.shape[-2:]
    known = rows > columns and driver != "gelsy" and (driver == "gels" or bool(np.all(rank == columns)))
    return Lstsq(
        x,
        _squared(A, x, B, vector) if known else empty,
        wrap(np.zeros(0, np.int64)) if driver == "gels" else wrap(rank),
        wrap(sizes) if driver in ("gelsd", "gelss") else empty,
    )


def _squared(A: Any, x: Any, B: Any, vector: bool) -> Any:
    """The squared distance of A x from B, for every column."""
    away = abs(sub(_matmul(A, unsqueeze(x, -1) if vector else x), unsqueeze(B, -1) if vector else B))
    return sum(away * away, -2)


def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse with respect to tensordot(., ind): the first `ind` dimensions are the rows of a matrix."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    rows, columns = math.prod(first), math.prod(last)
    if rows != columns:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows}"
        )
    return reshape(inverse(reshape(A, (rows, columns))), (*last, *first))


def tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """X with tensordot(A, X, X.ndim) = B; the dimensions `dims` of A are moved to its end first."""
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(len(A.shape) - len(dims), len(A.shape))))
    at = len(B.shape)
    shape = tuple(A.shape[at:])
    count = math.prod(shape)
    if count != math.prod(B.shape):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {count} != {math.prod(B.shape)}"
        )
    return reshape(solve(reshape(A, (count, count)), reshape(B, (count,))), shape)
