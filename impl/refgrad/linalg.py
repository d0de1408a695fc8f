"""torch.linalg: the functions of linear algebra under their names there."""

from __future__ import annotations

from .errors import LinAlgError
from .ops.determinant import det, slogdet
from .ops.diagonal import diagonal as _diagonal
from .ops.factor import cholesky, qr
from .ops.inverse import inv, lstsq, pinv, solve, solve_triangular
from .ops.linalg import matmul, multi_dot, vecdot
from .ops.matrix_norm import linalg_norm as norm
from .ops.matrix_norm import matrix_norm, matrix_rank
from .ops.matrix_power import matrix_exp, matrix_power
from .ops.norm import vector_norm
from .ops.products import cross as _cross
from .ops.spectrum import eigh, eigvalsh, svd, svdvals


def cross(input, other, *, dim=-1):  # type: ignore[no-untyped-def]
    """The vector product along a dimension of size 3, the last unless `dim` says."""
    return _cross(input, other, dim)


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):  # type: ignore[no-untyped-def]
    """The diagonal of every matrix, as the last dimension."""
    return _diagonal(A, offset, dim1, dim2)


__all__ = [
    "LinAlgError", "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_exp",
    "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_triangular",
    "svd", "svdvals", "vecdot", "vector_norm",
]  # fmt: skip
