"""Eigenvalues and singular values, with their vectors or without.

Vectors of values that coincide are not determined, and have no gradient; the values alone have. Sources: Giles,
"Collected matrix derivative results" (2008); Townsend, "Differentiating the singular value decomposition" (2016).
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes
from ..op import GENERAL, op
from .arithmetic import mul, sub
from .choose import _where
from .compare import isinf
from .complex import conj
from .diagonal import _undiagonal
from .factor import _on_diagonal
from .fit import cast
from .inverse import _floating, _square
from .linalg import _matmul, _turned
from .reduce import sum
from .shape import unsqueeze
from .split import narrow

Eigh = namedtuple("linalg_eigh", ("eigenvalues", "eigenvectors"))  # noqa: PYI024 - torch.return_types' names
Svd = namedtuple("linalg_svd", ("U", "S", "Vh"))  # noqa: PYI024 - torch.return_types' names


@op(kind=GENERAL, outputs=2, method=False, node="LinalgEighBackward0")
def _eigh(x, upper=False):
    """The eigenvalues, ascending, and orthonormal eigenvectors of a Hermitian matrix, of which one triangle is read."""
    return tuple(np.linalg.eigh(x, "U" if upper else "L"))


_eigh.grads(x=lambda g0, g1, out0, out1: _eigh_grad(g0, g1, out0, out1))


def _eigh_grad(g_values: Any, g_vectors: Any, values: Any, vectors: Any) -> Any:
    """V (diag g_values + (V^H g_vectors) / (l_j - l_i)) V^H, off the diagonal."""
    turn = _matmul(_turned(vectors), g_vectors)
    if dtypes.numpy_of(turn).kind == "c":
        _phase_free("linalg_eigh_backward", "eigenvectors", _on_diagonal(turn))
    apart = _apart(turn, _one_over_gaps(values))
    return _matmul(_matmul(vectors, apart + _undiagonal_of(g_values, apart)), _turned(vectors))


def _phase_free(name: str, vectors: str, along: Any) -> None:
    """Refuse a loss that changes when a vector is turned by a phase: `along` is real where it does not."""
    turned = np.abs(np.imag(getattr(along, "_a", along)))
    if not np.all(turned <= _PHASE):
        depends = "phase term, making it" if vectors == "singular vectors" else "quantity, so it is"
        by = "multiplication by e^{i phi}"
        raise RuntimeError(
            f"{name}: The {vectors} in the complex case are specified up to {by}. The specified loss function depends "
            f"on this {depends} ill-defined."
        )


_PHASE = 1e-2
"""torch's own tolerance."""


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


_one_over_gaps.grads(x=lambda g, out: _gap_grad(g * conj(out * out)))


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
def _svd(x, full=False):
    """U, S and V^H with U diag(S) V^H = x, as few columns as there are singular values, or as many as there can be."""
    return tuple(np.linalg.svd(x, full_matrices=full))


_svd.grads(x=lambda g0, g1, g2, out0, out1, out2: _svd_grad(g0, g1, g2, out0, out1, out2))


def _svd_grad(g_u: Any, g_s: Any, g_vh: Any, u: Any, s: Any, vh: Any) -> Any:
    """U (skew parts over s_j^2 - s_i^2, plus diag g_s) V^H, and what leaves the spaces that U and V span.

    Vectors beyond the singular values are arbitrary, and their gradient is ignored, as torch documents.
    """
    rows, columns, count = u.shape[-2], vh.shape[-1], s.shape[-1]
    if u.shape[-1] > count:
        u, g_u = (narrow(t, -1, 0, count) for t in (u, g_u))
    if vh.shape[-2] > count:
        vh, g_vh = (narrow(t, -2, 0, count) for t in (vh, g_vh))
    across = _one_over_gaps(mul(s, s))
    s_row, s_column = unsqueeze(s, -2), unsqueeze(s, -1)
    skew_u = _apart(_skew(_matmul(_turned(u), g_u)), across)
    skew_v = _apart(_skew(_matmul(vh, _turned(g_vh))), across)
    inner = skew_u * s_row + s_column * skew_v + _undiagonal_of(g_s, skew_u)
    if dtypes.numpy_of(u).kind == "c":
        turn = _on_diagonal(_matmul(_turned(u), g_u))
        _phase_free("svd_backward", "singular vectors", turn + _on_diagonal(_matmul(vh, _turned(g_vh))))
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
    """(U, S, Vh) with U diag(S) Vh = A; the gradient of the vectors beyond the singular values is ignored."""
    _floating("linalg.svd", A)
    return Svd(*_svd(A, full_matrices))


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
