"""Inverses and factorisations that say what failed instead of raising: `inv_ex`, `solve_ex`, `cholesky_ex`, ...

Each returns `info` last: 0 for every matrix that went well, else the number (from 1) of the pivot or the leading minor
that is to blame. What is returned for such a matrix is NaN where torch leaves it open. Here is L D L^H too.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..op import GENERAL, op
from ..recipe import no_derivative
from ..tensor import wrap
from .choose import where
from .factor import _bad_minor, cholesky
from .inverse import _square, inverse, solve
from .lu import _factored, _lu_packed, lu_factor

InvEx = namedtuple("linalg_inv_ex", ("inverse", "info"))  # noqa: PYI024 - torch.return_types' names, here and below
SolveEx = namedtuple("linalg_solve_ex", ("result", "info"))  # noqa: PYI024
CholeskyEx = namedtuple("linalg_cholesky_ex", ("L", "info"))  # noqa: PYI024
LuFactorEx = namedtuple("linalg_lu_factor_ex", ("LU", "pivots", "info"))  # noqa: PYI024
LdlFactor = namedtuple("linalg_ldl_factor", ("LD", "pivots"))  # noqa: PYI024
LdlFactorEx = namedtuple("linalg_ldl_factor_ex", ("LD", "pivots", "info"))  # noqa: PYI024


def _zero_pivots(packed: np.ndarray) -> np.ndarray:
    """For every matrix the number of the first zero on U's diagonal; 0 where there is none."""
    zero = np.diagonal(packed, 0, -2, -1) == 0
    first = np.argmax(zero, -1) + 1 if zero.shape[-1] else np.zeros(zero.shape[:-1])
    return np.where(zero.any(-1), first, 0).astype(np.int32)


def _failing(A: Any) -> np.ndarray:
    return _zero_pivots(_lu_packed.op.kernel(A._a)[0])


def _called(name: str, function: Callable[..., Any], *args: Any, **settings: Any) -> Any:
    """The function, whose error speaks of `name`, so that it speaks of `name`_ex."""
    try:
        return function(*args, **settings)
    except RuntimeError as error:
        raise type(error)(str(error).replace(f"{name}:", f"{name}_ex:", 1)) from None


def _mended(A: Any, info: np.ndarray) -> tuple[Any, Any]:
    """A with identities in the place of what failed, and where that is."""
    failed = wrap((info != 0)[..., None, None])
    return where(failed, wrap(np.eye(A.shape[-1], dtype=dtypes.numpy_of(A))), A), failed


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info) of every matrix; NaN for a singular one, unless `check_errors` is to raise."""
    _square("linalg.inv", A)
    info = _failing(A)
    if check_errors or not info.any():
        return InvEx(_called("linalg.inv", inverse, A), wrap(info))
    safe, failed = _mended(A, info)
    return InvEx(where(failed, np.nan, inverse(safe)), wrap(info))


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """(X, info) with A X = B, or X A = B; NaN for a singular matrix, unless `check_errors` is to raise."""
    _square("linalg.solve", A)
    info = _failing(A)
    if check_errors or not info.any():
        return SolveEx(_called("torch.linalg.solve", solve, A, B, left=left), wrap(info))
    safe, failed = _mended(A, info)
    found = solve(safe, B, left=left)
    shape = failed.shape[:-2] + (1,) * (len(found.shape) - len(failed.shape) + 2)
    return SolveEx(where(failed.reshape(shape), np.nan, found), wrap(info))


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info) of every matrix; NaN where it is not positive definite, unless `check_errors` is to raise."""
    _square("linalg.cholesky", A)
    matrices = A._a.reshape(-1, *A.shape[-2:])
    info = np.array([_bad_minor(m[None]) for m in matrices], np.int32).reshape(tuple(A.shape[:-2]))
    if check_errors or not info.any():
        return CholeskyEx(_called("linalg.cholesky", cholesky, A, upper), wrap(info))
    safe, failed = _mended(A, info)
    return CholeskyEx(where(failed, np.nan, cholesky(safe, upper)), wrap(info))


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """(LU, pivots, info): as `lu_factor`, which raises where U has a zero on its diagonal."""
    if check_errors:
        _called("torch.linalg.lu_factor", lu_factor, A, pivot=pivot)
    _factored("linalg.lu_factor", A, pivot)
    packed, pivots = _lu_packed(A)
    return LuFactorEx(packed, pivots, wrap(_zero_pivots(packed._a)))


@op(kind=GENERAL, outputs=3, method=False, node="torch::autograd::NotImplemented")
def _ldl(x, hermitian=False):
    """L below the diagonal and D on it, after Bunch and Kaufman; which rows were exchanged; what failed."""
    from scipy.linalg import get_lapack_funcs

    factor = get_lapack_funcs("hetrf" if hermitian and x.dtype.kind == "c" else "sytrf", (x,))
    packed, pivots = np.empty_like(x, order="C"), np.empty(x.shape[:-1], np.int32)
    info = np.empty(x.shape[:-2], np.int32)
    for at in np.ndindex(x.shape[:-2]):
        found, pivots[at], info[at] = factor(x[at], lower=1) if x[at].size else (x[at], pivots[at], 0)
        packed[at] = np.tril(found)
    return packed, pivots, info


_ldl.grads(x=no_derivative("aten::linalg_ldl_factor_ex"))


def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """(LD, pivots, info) of a symmetric matrix, with `hermitian` of a Hermitian one; it has no derivative."""
    _square("torch.linalg.ldl_factor_ex", A)
    found = LdlFactorEx(*_ldl(A, hermitian))
    if check_errors:
        _refuse("torch.linalg.ldl_factor_ex", found.info._a)
    return found


def ldl_factor(A: Any, *, hermitian: bool = False) -> Any:
    """(LD, pivots) of a symmetric matrix, with `hermitian` of a Hermitian one; it has no derivative."""
    _square("torch.linalg.ldl_factor", A)
    packed, pivots, info = _ldl(A, hermitian)
    _refuse("torch.linalg.ldl_factor", info._a)
    return LdlFactor(packed, pivots)


def _refuse(name: str, info: np.ndarray) -> None:
    """torch has no better words for it."""
    if info.any():
        raise RuntimeError(f"{name}: Unknown error code: {int(info[info != 0][0])}.")


@op(kind=GENERAL, method=False, node="torch::autograd::NotImplemented")
def _ldl_solve(packed, pivots, b, hermitian=False):
    """x with L D L^H x = b."""
    from scipy.linalg import get_lapack_funcs

    solve = get_lapack_funcs("hetrs" if hermitian and packed.dtype.kind == "c" else "sytrs", (packed, b))
    shape = np.broadcast_shapes(packed.shape[:-2], b.shape[:-2])
    packed, b = (np.broadcast_to(v, shape + v.shape[-2:]) for v in (packed, b))
    pivots = np.broadcast_to(pivots, shape + pivots.shape[-1:])
    out = np.empty_like(b, order="C")
    for at in np.ndindex(shape):
        out[at] = solve(packed[at], pivots[at], b[at], lower=1)[0]
    return out


_ldl_solve.grads(packed=no_derivative("aten::linalg_ldl_solve"), b=no_derivative("aten::linalg_ldl_solve"))


def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """X with A X = B, where A is given by `ldl_factor`; it has no derivative."""
    _square("torch.linalg.ldl_solve", LD)
    return _ldl_solve(LD, pivots, B, hermitian)
