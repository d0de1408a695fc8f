"""Eigenvalues and eigenvectors of matrices that need not be symmetric: complex, in no order.

Each eigenvector has length 1 and any phase; a loss that looks at the phase has no gradient, and is refused. Source:
Boeddeker et al., "On the computation of complex-valued gradients with application to statistically optimum
beamforming" (2017), with the length kept as torch.linalg.eig does.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes
from ..op import GENERAL, op
from .arithmetic import mul, sub
from .complex import conj, real
from .diagonal import _diagonal
from .fit import cast
from .inverse import _solve, _square
from .linalg import _matmul, _turned
from .shape import unsqueeze
from .spectrum import _one_over_gaps, _phase_free, _undiagonal_of

Eig = namedtuple("linalg_eig", ("eigenvalues", "eigenvectors"))  # noqa: PYI024 - torch.return_types' names


def _complex(array: np.ndarray, like: np.ndarray) -> np.ndarray:
    """LAPACK's answer is real where all eigenvalues are; ours is always complex."""
    return array.astype(np.result_type(like.dtype, np.complex64))


@op(kind=GENERAL, outputs=2, method=False, node="LinalgEigBackward0")
def _eig(x):
    """The eigenvalues, and eigenvectors of length 1 as columns."""
    return tuple(_complex(part, x) for part in np.linalg.eig(x))


_eig.grads(x=lambda g0, g1, out0, out1: _eig_grad(g0, g1, out0, out1))


def _eig_grad(g_values: Any, g_vectors: Any, values: Any, vectors: Any) -> Any:
    """V^-H (diag g_values + (V^H g_V - V^H V diag V^H g_V) / conj(l_j - l_i)) V^H."""
    turn = _matmul(_turned(vectors), g_vectors)
    rank = len(turn.shape)
    along = _diagonal(turn, 0, rank - 2, rank - 1)
    _phase_free("linalg_eig_backward", "eigenvectors", along)
    longer = mul(_matmul(_turned(vectors), vectors), unsqueeze(cast(real(along), dtypes.numpy_of(turn)), -2))
    inner = sub(turn, longer) * conj(_one_over_gaps(values))
    return _solve(_turned(vectors), _matmul(inner + _undiagonal_of(g_values, inner), _turned(vectors)))


def eig(A: Any) -> Any:
    """(eigenvalues, eigenvectors): complex, in no order; A V = V diag(eigenvalues)."""
    _square("linalg.eig", A)
    return Eig(*_eig(A))


@op(kind=GENERAL, method=False, node="LinalgEigBackward0")
def _eigvals(x):
    """The eigenvalues alone."""
    return _complex(np.linalg.eigvals(x), x)


_eigvals.grads(x=lambda g, x: _conjugated(g, _eig(x)[1]))


def _conjugated(g: Any, vectors: Any) -> Any:
    """V^-H diag(g) V^H: how an eigenvalue moves."""
    return _solve(_turned(vectors), mul(unsqueeze(g, -1), _turned(vectors)))


def eigvals(A: Any) -> Any:
    """The eigenvalues: complex, in no order."""
    _square("linalg.eigvals", A)
    return _eigvals(A)
