"""torch.linalg: the functions of linear algebra under their names there."""

from __future__ import annotations

from .errors import LinAlgError
from .ops.determinant import det, slogdet
from .ops.diagonal import diagonal as _diagonal
from .ops.eig import eig, eigvals
from .ops.factor import cholesky, qr
from .ops.inverse import inv, solve, solve_triangular
from .ops.linalg import matmul, multi_dot, vecdot
from .ops.lu import _solved as _lu_solved
from .ops.lu import lu, lu_factor
from .ops.matrix_norm import cond, matrix_norm
from .ops.matrix_norm import linalg_norm as norm
from .ops.matrix_power import matrix_exp, matrix_power
from .ops.norm import vector_norm
from .ops.products import cross as _cross
from .ops.pseudo import lstsq, matrix_rank, pinv, tensorinv, tensorsolve
from .ops.reflect import householder_product
from .ops.scan import vander as _vander
from .ops.spectrum import eigh, eigvalsh, svd, svdvals
from .ops.unchecked import cholesky_ex, inv_ex, ldl_factor, ldl_factor_ex, ldl_solve, lu_factor_ex, solve_ex


def cross(input, other, *, dim=-1):  # type: ignore[no-untyped-def]
    """The vector product along a dimension of size 3, the last unless `dim` says."""
    return _cross(input, other, dim)


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):  # type: ignore[no-untyped-def]
    """The diagonal of every matrix, as the last dimension."""
    return _diagonal(A, offset, dim1, dim2)


def lu_solve(LU, pivots, B, *, left=True, adjoint=False):  # type: ignore[no-untyped-def]
    """X with A X = B, or X A = B where left is False, A (or its adjoint) given by `lu_factor`."""
    return _lu_solved(LU, pivots, B, left=left, adjoint=adjoint)


def vander(x, *, N=None):  # type: ignore[no-untyped-def]
    """The powers of x from 0 on, in a last dimension of N."""
    return _vander(x, N, True)


__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_factor_ex", "ldl_solve", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot",
    "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv",
    "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip
