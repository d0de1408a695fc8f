"""How large a matrix is: its norms, and its rank."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes
from ..tensor import wrap
from .complex import abs
from .extremes import amax, amin
from .fit import cast
from .inverse import _floating
from .norm import vector_norm
from .permute import movedim
from .reduce import sum
from .shape import unsqueeze
from .spectrum import svdvals


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """A norm of every matrix: fro, nuc, 1 and inf (columns and rows), 2 (the largest singular value), and negatives."""
    _floating("linalg.matrix_norm", A)
    A = A if dtype is None else cast(A, dtypes.of(dtype).numpy)
    rows, columns = (_dims.one(d, len(A.shape)) for d in dim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    pick = amax if ord == "nuc" or ord > 0 else amin
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


def matrix_rank(A: Any, *, tol: Any = None) -> Any:
    """How many singular values are not negligible."""
    return wrap(np.asarray(np.linalg.matrix_rank(A._a, tol), np.int64))
