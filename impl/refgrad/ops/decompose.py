"""Matrices taken apart: inverses, determinants, solutions, factorisations, spectra.

The kernels are NumPy's and SciPy's (imported when first called); the rules are products of
matrices, so they work for batches and differentiate again. A singular matrix raises LinAlgError.
Sources of the rules: Giles, "Collected matrix derivative results" (2008); Townsend, "Differentiating
the singular value decomposition" (2016); torch.linalg for what is differentiable.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes, errors
from ..op import GENERAL, method, op
from ..tensor import wrap
from .arithmetic import mul, sub
from .compare import _where, isinf
from .complex import abs, conj, real
from .fit import cast
from .join import cat
from .split import narrow
from .diagonal import tril, triu
from .linalg import _kind, _matmul, _turned
from .reduce import amax, amin, sum, vector_norm
from .diagonal import _diagonal, _undiagonal
from .permute import _transpose, movedim
from .shape import reshape, squeeze, unsqueeze

Slogdet = namedtuple("slogdet", ("sign", "logabsdet"))  # noqa: PYI024 - torch.return_types' names
Eigh = namedtuple("linalg_eigh", ("eigenvalues", "eigenvectors"))  # noqa: PYI024
Qr = namedtuple("linalg_qr", ("Q", "R"))  # noqa: PYI024
Svd = namedtuple("linalg_svd", ("U", "S", "Vh"))  # noqa: PYI024


def _square(name: str, x: Any) -> None:
    """Refuse what is no batch of square matrices of floating or complex numbers."""
    if len(x.shape) < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices"
        )
    _floating(name, x)


def _floating(name: str, x: Any) -> None:
    if dtypes.numpy_of(x).kind not in "fc":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {_kind(x)}")


def _singular(name: str) -> errors.LinAlgError:
    return errors.LinAlgError(f"{name}: The solver failed because the input matrix is singular.")


def _tri(x: Any, upper: bool) -> Any:
    return triu(x) if upper else tril(x)


@op(kind=GENERAL, method=False, node="LinalgInvExBackward0")
def _inv(x):
    """The inverse of every matrix."""
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise errors.LinAlgError(
            f"linalg.inv: {_first_zero_pivot(x)} is zero, the inversion could not be completed because the input matrix is "
            "singular."
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
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {_kind(A)} and B of type {_kind(B)} "
            "instead"
        )
    vector = len(B.shape) == 1 or (len(A.shape) - 1 == len(B.shape) and tuple(B.shape) == tuple(A.shape[:-1]))
    if not left:
        turned = solve(_transpose_last(A), B if vector else _transpose_last(B))
        return turned if vector else _transpose_last(turned)
    if A.shape[-1] != B.shape[-1 if vector else -2]:
        have = f"{B.shape[-2]}x{B.shape[-1]}" if not vector else str(B.shape[-1])
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({A.shape[-2]}x{A.shape[-1]} and {have})"
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
    out = np.empty(b.shape, np.result_type(a, b))
    for at in np.ndindex(shape):
        try:
            out[at] = solve_triangular(a[at], b[at], lower=not upper, unit_diagonal=unit, check_finite=False)
        except np.linalg.LinAlgError:
            out[at] = np.inf
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


@op(kind=GENERAL, method=False, node="LinalgDetBackward0")
def _det(x):
    """The determinant of every matrix."""
    return np.linalg.det(x)


_det.grads(x=lambda g, x: reshape(g, (*x.shape[:-2], 1, 1)) * conj(_transpose_last(_adjugate(x))))


def _adjugate(x: Any) -> Any:
    """The matrix of cofactors, transposed: what the inverse is times the determinant; defined for singular x too.

    By the Faddeev-LeVerrier recurrence: products and traces alone, so it differentiates again.
    """
    n = x.shape[-1]
    one = _identity_like(x)
    m = one
    for k in range(1, n):
        product = _matmul(x, m)
        trace = sum(_diagonal(product, 0, len(x.shape) - 2, len(x.shape) - 1), -1)
        m = sub(product, mul(one, reshape(trace, (*x.shape[:-2], 1, 1)) / k))
    return m if n % 2 else -m


@op(method=False)
def _identity_like(x):
    """The identity, in x's shape and dtype."""
    return np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape).copy()


@method
def det(x: Any) -> Any:
    """The determinant of every matrix; its gradient is right for singular matrices too."""
    _square("linalg.det", x)
    return _det(x)


@op(kind=GENERAL, outputs=2, method=False, node="LinalgSlogdetBackward0")
def _slogdet(x):
    """The sign of the determinant and the logarithm of its size."""
    return tuple(np.linalg.slogdet(x))


_slogdet.grads(x=lambda g0, g1, x, out0: _slogdet_grad(g0, g1, x, out0))


def _slogdet_grad(g_sign: Any, g_log: Any, x: Any, sign: Any) -> Any:
    """g_log times the inverse's adjoint; a complex sign also turns."""
    if dtypes.numpy_of(x).kind == "c":
        turn = conj(sign) * g_sign
        g_log = cast(g_log, dtypes.numpy_of(x)) - (turn - conj(turn)) * -0.5
    return reshape(g_log, (*x.shape[:-2], 1, 1)) * _turned(_inv(x))


@method
def slogdet(x: Any) -> Any:
    """(sign, logabsdet) of every matrix's determinant."""
    _square("linalg.slogdet", x)
    return Slogdet(*_slogdet(x))


@method
def logdet(x: Any) -> Any:
    """The logarithm of every matrix's determinant; NaN where that is negative."""
    from .compare import where

    sign, log = slogdet(x)
    return where(sign == -1, np.nan, log)


@op(kind=GENERAL, method=False, node="LinalgCholeskyExBackward0")
def _cholesky(x):
    """The lower triangular L with L L^H = x; only x's lower triangle is looked at."""
    try:
        return np.linalg.cholesky(np.tril(x) + np.conj(np.swapaxes(np.tril(x, -1), -1, -2)))
    except np.linalg.LinAlgError:
        raise errors.LinAlgError(
            "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the "
            f"leading minor of order {_bad_minor(x)} is not positive-definite)."
        ) from None


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


@op(kind=GENERAL, outputs=2, method=False, node="LinalgQrBackward0")
def _qr(x, mode="reduced"):
    """Q with orthonormal columns and upper triangular R, Q R = x; for the mode "r" an empty Q."""
    if mode == "r":
        return np.zeros(0, x.dtype), np.linalg.qr(x, "r")
    q, r = np.linalg.qr(x, mode)
    return q, r


_qr.grads(x=lambda g0, g1, out0, out1, mode: _qr_grad_of_mode(g0, g1, out0, out1, mode))


def _qr_grad_of_mode(g_q: Any, g_r: Any, q: Any, r: Any, mode: str) -> Any:
    """The gradient, where the mode leaves one: without Q there is none, and columns of Q may turn that x does not fix."""
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


@op(kind=GENERAL, outputs=2, method=False, node="LinalgEighBackward0")
def _eigh(x, upper=False):
    """The eigenvalues, ascending, and orthonormal eigenvectors of a Hermitian matrix, of which one triangle is read."""
    return tuple(np.linalg.eigh(x, "U" if upper else "L"))


_eigh.grads(x=lambda g0, g1, out0, out1: _eigh_grad(g0, g1, out0, out1))


def _eigh_grad(g_values: Any, g_vectors: Any, values: Any, vectors: Any) -> Any:
    """V (diag g_values + (V^H g_vectors) / (l_j - l_i)) V^H, off the diagonal."""
    apart = _apart(_matmul(_turned(vectors), g_vectors), _one_over_gaps(values))
    return _matmul(_matmul(vectors, apart + _undiagonal_of(g_values, apart)), _turned(vectors))


def _undiagonal_of(values: Any, like: Any) -> Any:
    rank = len(like.shape)
    return _undiagonal(cast(values, dtypes.numpy_of(like)), tuple(like.shape), 0, rank - 2, rank - 1)


def _apart(turn: Any, gaps: Any) -> Any:
    """turn times gaps; nothing where values coincide and nobody asks how their vectors turn."""
    return _where(isinf(gaps) & (turn == 0), 0.0, turn * gaps)


@op(kind=GENERAL, method=False)
def _one_over_gaps(x):
    """1 / (x_j - x_i), and 0 on the diagonal."""
    gaps = x[..., None, :] - x[..., :, None]
    here = np.eye(x.shape[-1], dtype=bool)
    return np.where(here, x.dtype.type(0), 1 / np.where(here, 1, gaps))


_one_over_gaps.grads(x=lambda g, out: _gap_grad(g * out * out))


def _gap_grad(m: Any) -> Any:
    return sub(sum(m, -1), sum(m, -2))


def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of a Hermitian matrix, of which one triangle is read; ascending."""
    _square("linalg.eigh", A)
    if UPLO not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return Eigh(*_eigh(A, UPLO == "U"))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a Hermitian matrix, ascending."""
    _square("linalg.eigh", A)
    return _eigvalsh(A, UPLO == "U")


@op(kind=GENERAL, method=False, node="LinalgEighBackward0")
def _eigvalsh(x, upper=False):
    """The eigenvalues of a Hermitian matrix; alone, they have gradients where they coincide."""
    return np.linalg.eigvalsh(x, "U" if upper else "L")


_eigvalsh.grads(x=lambda g, x, upper: _between(g, _eigh(x, upper)[1]))


def _between(g: Any, vectors: Any) -> Any:
    return _matmul(mul(vectors, unsqueeze(g, -2)), _turned(vectors))


@op(kind=GENERAL, outputs=3, method=False, node="LinalgSvdBackward0")
def _svd(x):
    """U, S and V^H with U diag(S) V^H = x, as few columns as there are singular values."""
    return tuple(np.linalg.svd(x, full_matrices=False))


_svd.grads(x=lambda g0, g1, g2, out0, out1, out2: _svd_grad(g0, g1, g2, out0, out1, out2))


def _svd_grad(g_u: Any, g_s: Any, g_vh: Any, u: Any, s: Any, vh: Any) -> Any:
    """U (skew parts over s_j^2 - s_i^2, plus diag g_s) V^H, and what leaves the spaces that U and V span."""
    rows, columns, count = u.shape[-2], vh.shape[-1], s.shape[-1]
    across = _one_over_gaps(mul(s, s))
    s_row, s_column = unsqueeze(s, -2), unsqueeze(s, -1)
    skew_u = _apart(_skew(_matmul(_turned(u), g_u)), across)
    skew_v = _apart(_skew(_matmul(vh, _turned(g_vh))), across)
    inner = skew_u * s_row + s_column * skew_v + _undiagonal_of(g_s, skew_u)
    if dtypes.numpy_of(u).kind == "c":
        turn = _on_diagonal(_matmul(_turned(u), g_u))
        inner = inner + sub(turn, _turned(turn)) * 0.5 / s_row
    out = _matmul(_matmul(u, inner), vh)
    if rows > count:
        rest = g_u / s_row
        out = out + _matmul(sub(rest, _matmul(u, _matmul(_turned(u), rest))), vh)
    if columns > count:
        rest = g_vh / s_column
        out = out + _matmul(u, sub(rest, _matmul(_matmul(rest, _turned(vh)), vh)))
    return out


def _skew(x: Any) -> Any:
    return sub(x, _turned(x))


def svd(A: Any, full_matrices: bool = True) -> Any:
    """(U, S, Vh) with U diag(S) Vh = A; differentiable for full_matrices=False."""
    _floating("linalg.svd", A)
    if full_matrices and A.shape[-1] != A.shape[-2]:
        return Svd(*(wrap(part) for part in np.linalg.svd(getattr(A, "_a", A))))
    return Svd(*_svd(A))


def svdvals(A: Any) -> Any:
    """The singular values, descending."""
    _floating("linalg.svdvals", A)
    return _svdvals(A)


@op(kind=GENERAL, method=False, node="LinalgSvdBackward0")
def _svdvals(x):
    """The singular values; alone, they have gradients where they coincide."""
    return np.linalg.svd(x, compute_uv=False)


_svdvals.grads(x=lambda g, x: _with_factors(g, *_svd(x)))


def _with_factors(g: Any, u: Any, s: Any, vh: Any) -> Any:
    return _matmul(mul(u, unsqueeze(g, -2)), vh)


def pinv(A: Any, *, rcond: float | None = None) -> Any:
    """The pseudo-inverse; its rule (Golub and Pereyra, 1973) holds while the rank does not change."""
    _floating("linalg.pinv", A)
    return _pinv(A, rcond)


@op(kind=GENERAL, method=False, node="LinalgPinvBackward0")
def _pinv(x, rcond=None):
    """The pseudo-inverse of every matrix."""
    default = max(x.shape[-2:]) * np.finfo(x.dtype).eps
    return np.linalg.pinv(x, default if rcond is None else rcond)


_pinv.grads(x=lambda g, x, out: _pinv_grad(g, x, out))


def _pinv_grad(g: Any, x: Any, p: Any) -> Any:
    """How the inverse moves where it is one, and how its null spaces do."""
    gh, ph = _turned(g), _turned(p)
    inside = _matmul(_matmul(ph, g), ph)
    left = _matmul(sub(gh, _matmul(x, _matmul(p, gh))), _matmul(p, ph))
    right = _matmul(_matmul(ph, p), sub(gh, _matmul(_matmul(gh, p), x)))
    return left + right - inside


pinverse = pinv


def lstsq(A: Any, B: Any) -> Any:
    """The X that makes A X nearest to B, for A of full rank."""
    kind = namedtuple("linalg_lstsq", ("solution", "residuals", "rank", "singular_values"))  # noqa: PYI024
    vector = len(B.shape) == len(A.shape) - 1
    x = _matmul(pinv(A), unsqueeze(B, -1) if vector else B)
    return kind(squeeze(x, -1) if vector else x, None, None, None)


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """A norm of every matrix: fro, nuc, 1 and inf (columns and rows), 2 (the largest singular value), and negatives."""
    _floating("linalg.matrix_norm", A)
    A = A if dtype is None else cast(A, dtypes.of(dtype).numpy)
    rows, columns = (_dims.one(d, len(A.shape)) for d in dim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    pick = amax if ord in ("nuc",) or ord > 0 else amin
    moved = movedim(A, (rows, columns), (-2, -1))
    if ord in ("nuc", 2, -2):
        values = svdvals(moved)
        out = sum(values, -1) if ord == "nuc" else pick(values, -1)
    elif ord in (1, -1):
        out = pick(sum(abs(moved), -2), -1)
    elif ord in (np.inf, -np.inf):
        out = pick(sum(abs(moved), -1), -1)
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    for d in sorted((rows, columns)) if keepdim else ():
        out = unsqueeze(out, d)
    return out


def linalg_norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """torch.linalg.norm: of a vector, of a matrix, or of all elements."""
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    pair = dim if dim is not None and not isinstance(dim, int) and len(dim) == 2 else None
    if isinstance(ord, str) or pair is not None or (dim is None and len(A.shape) == 2):
        return matrix_norm(A, ord, (-2, -1) if pair is None else pair, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def matrix_power(A: Any, n: int) -> Any:
    """A times itself n times; the inverse's powers for negative n."""
    _square("linalg.matrix_power", A)
    if n < 0:
        return matrix_power(inverse(A), -n)
    if n == 0:
        return _identity_like(A)
    out, power = None, A
    while True:
        if n % 2:
            out = power if out is None else _matmul(out, power)
        n //= 2
        if not n:
            return out
        power = _matmul(power, power)


@op(kind=GENERAL, method=False, node="LinalgMatrixExpBackward0")
def _matrix_exp(x):
    """The exponential of every matrix."""
    from scipy.linalg import expm

    return expm(x) if x.size else x.copy()


_matrix_exp.grads(x=lambda g, x: _exp_derivative(_turned(x), g))


def _exp_derivative(x: Any, direction: Any) -> Any:
    """How exp(x) moves in a direction: the upper right block of exp of [[x, direction], [0, x]]."""
    n = x.shape[-1]
    blocks = cat([cat([x, direction], -1), cat([direction * 0, x], -1)], -2)
    return narrow(narrow(_matrix_exp(blocks), -2, 0, n), -1, n, n)


@method
def matrix_exp(A: Any) -> Any:
    """The exponential of every matrix."""
    _square("linalg.matrix_exp", A)
    return _matrix_exp(A)


def matrix_rank(A: Any, *, tol: Any = None) -> Any:
    """How many singular values are not negligible."""
    return wrap(np.asarray(np.linalg.matrix_rank(A._a, tol), np.int64))
