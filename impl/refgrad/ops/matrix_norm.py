"""How large a matrix is: its norms, and how much larger than its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes
from ..errors import LinAlgError
from ..tensor import wrap
from .choose import _where
from .complex import abs
from .extremes import amax, amin
from .fit import cast
from .inverse import _floating, inverse
from .norm import vector_norm
from .permute import movedim
from .reduce import sum
from .shape import unsqueeze
from .spectrum import svdvals
from .split import select


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """A norm of every matrix: fro, nuc, 1 and inf (columns and rows), 2 (the largest singular value), and negatives."""
    _floating("linalg.matrix_norm", A, low=ord not in ("nuc", 2, -2))
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


def cond(A: Any, p: Any = None) -> Any:
    """The condition number: of the singular values (None, 2, -2), or a norm of A times that of its inverse."""
    _floating("linalg.cond", A, low=p not in (None, 2, -2, "nuc"))  # else the inverse refuses
    if p is None or p in (2, -2):
        values = svdvals(A)
        largest, least = select(values, -1, 0), select(values, -1, -1)
        return least / largest if p == -2 else largest / least
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.cond(ord={p if isinstance(p, str) else f'{p:g}'}): A must be batches of square matrices, but they "
            f"are {A.shape[-2]} by {A.shape[-1]} matrices"
        )
    if p == "nuc":
        values = svdvals(A)
        return sum(values, -1) * sum(1 / values, -1)
    try:
        turned = inverse(A)
    except LinAlgError:  # a batch may hold a singular matrix beside others
        turned = _inverse_or_infinite(A)
    return matrix_norm(A, p) * matrix_norm(turned, p)


def _inverse_or_infinite(A: Any) -> Any:
    """The inverses, infinite where a matrix has none: its condition number is infinite then."""
    singular = np.linalg.matrix_rank(A._a) < A.shape[-1]
    here = wrap(np.broadcast_to(singular[..., None, None], tuple(A.shape)))
    whole = inverse(_where(here, wrap(np.broadcast_to(np.eye(A.shape[-1], dtype=A._a.dtype), tuple(A.shape))), A))
    return _where(here, np.inf, whole)
