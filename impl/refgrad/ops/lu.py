"""Gauss's elimination kept: P L U = x, packed or apart, and the equations solved with it.

The rule says what moves: below the diagonal of L, and in U from the diagonal on. Source: Murray, "Differentiation
of the Cholesky decomposition" (2016), whose argument holds for L U; torch.linalg.lu for what is named and refused.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..op import GENERAL, method, op
from ..tensor import wrap
from .arithmetic import sub
from .diagonal import tril, triu
from .inverse import _solve_triangular, _square, refuse_halves
from .join import cat
from .linalg import _kind, _matmul, _turned
from .scatter import _gather
from .split import narrow

Lu = namedtuple("linalg_lu", ("P", "L", "U"))  # noqa: PYI024 - torch.return_types' names, here and below
LuFactor = namedtuple("linalg_lu_factor", ("LU", "pivots"))  # noqa: PYI024


@op(kind=GENERAL, outputs=2, method=False, node="LinalgLuFactorExBackward0")
def _lu_packed(x):
    """L below the diagonal, U from it on; and with which row (from 1) each row was exchanged."""
    from scipy.linalg import get_lapack_funcs

    getrf = get_lapack_funcs("getrf", (x,))
    packed = np.empty_like(x, order="C")
    pivots = np.empty((*x.shape[:-2], min(x.shape[-2:])), np.int32)
    for at in np.ndindex(x.shape[:-2]):
        packed[at], found, _ = getrf(x[at]) if x[at].size else (x[at], pivots[at] - 1, 0)
        pivots[at] = found + 1
    return packed, pivots


@op(kind=GENERAL, outputs=3, method=False, node="LinalgLuBackward0")
def _lu(x):
    """L with ones on its diagonal, U, and which row of x each row of L U is."""
    packed, pivots = _lu_packed.op.kernel(x)
    count = pivots.shape[-1]
    low = np.tril(packed[..., :count], -1) + np.eye(x.shape[-2], count, dtype=x.dtype)
    return low, np.triu(packed[..., :count, :]), _permutation(pivots, x.shape[-2])


def _permutation(pivots: np.ndarray, rows: int) -> np.ndarray:
    """Where each row came from, after all the exchanges."""
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for at in np.ndindex(pivots.shape[:-1]):
        for row, other in enumerate(pivots[at] - 1):
            order[at][[row, other]] = order[at][[other, row]]
    return order


_lu.grads(x=lambda g0, g1, out0, out1, out2: _lu_grad(g0, g1, out0, out1, out2))
_lu_packed.grads(
    x=lambda g0, out0, out1: _lu_grad(*_halves(g0, 0.0), *_halves(out0, 1.0), _order_of(out1, out0.shape[-2]))
)


def _halves(packed: Any, diagonal: float) -> tuple[Any, Any]:
    """What is packed as two: a lower part with `diagonal` on its diagonal, and an upper one."""
    rows, columns = packed.shape[-2:]
    count = min(rows, columns)
    low = tril(narrow(packed, -1, 0, count), -1)
    one = np.eye(rows, count, dtype=dtypes.numpy_of(packed)) * diagonal
    return low + (wrap(one) if hasattr(low, "_a") else one), triu(narrow(packed, -2, 0, count))


def _order_of(pivots: Any, rows: int) -> Any:
    """`_permutation` of a tensor of pivots, or of an array."""
    order = _permutation(getattr(pivots, "_a", pivots), rows)
    return wrap(order) if hasattr(pivots, "_a") else order


def _lu_grad(g_low: Any, g_up: Any, low: Any, up: Any, order: Any) -> Any:
    """P L^-H (tril(L^H g_L, -1) + triu(g_U U^H)) U^-H for the square part; the rest follows from it linearly."""
    rows, columns = low.shape[-2], up.shape[-1]
    count = min(rows, columns)
    square_low, square_up = narrow(low, -2, 0, count), narrow(up, -1, 0, count)
    below = _matmul(_turned(square_low), narrow(g_low, -2, 0, count))
    above = _matmul(narrow(g_up, -1, 0, count), _turned(square_up))
    if rows > columns:
        g_rest, rest = narrow(g_low, -2, count, rows - count), narrow(low, -2, count, rows - count)
        above = sub(above, _matmul(_turned(rest), g_rest))
    if columns > rows:
        g_more, more = narrow(g_up, -1, count, columns - count), narrow(up, -1, count, columns - count)
        below = sub(below, _matmul(g_more, _turned(more)))
    inner = tril(below, -1) + triu(above)
    out = _solve_triangular(_turned(square_low), _times_inverse(inner, square_up), True, True)
    if rows > columns:
        out = cat([out, _times_inverse(g_rest, square_up)], -2)
    if columns > rows:
        out = cat([out, _solve_triangular(_turned(square_low), g_more, True, True)], -1)
    return _gather(out, _places(order, out.shape, True), len(out.shape) - 2)


def _times_inverse(x: Any, up: Any) -> Any:
    """x U^-H."""
    return _turned(_solve_triangular(up, _turned(x), True))


def _places(order: Any, shape: tuple[int, ...], back: bool) -> Any:
    """`order`, or its inverse, for every element of rows that are to be moved."""
    moves = getattr(order, "_a", order)
    moves = np.argsort(moves, -1) if back else moves
    full = np.broadcast_to(moves[..., None], shape)
    return wrap(full) if hasattr(order, "_a") else full


def _factored(name: str, A: Any, pivot: bool) -> None:
    """Refuse what has no L U here."""
    if len(A.shape) < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    if dtypes.numpy_of(A).kind not in "fcV":
        raise NotImplementedError(f"\"lu_cpu\" not implemented for '{_kind(A)}'")
    refuse_halves("lu_cpu", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U) with P L U = A: a permutation, a lower triangle with ones on its diagonal, an upper one."""
    _factored("linalg.lu", A, pivot)
    low, up, order = _lu(A)
    rows = np.eye(A.shape[-2], dtype=dtypes.numpy_of(A))[order._a]
    return Lu(wrap(np.ascontiguousarray(np.swapaxes(rows, -1, -2))), low, up)


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """(LU, pivots): L and U in one matrix, and the row that each row changed places with, counted from 1."""
    _factored("linalg.lu_factor", A, pivot)
    packed, pivots = _lu_packed(A)
    zero = np.diagonal(packed._a, 0, -2, -1) == 0
    if zero.any():
        *batch, place = (int(i[0]) for i in np.nonzero(zero))
        where = f"(Batch element {int(np.ravel_multi_index(batch, zero.shape[:-1]))}): " if batch else ""
        raise RuntimeError(
            f"torch.linalg.lu_factor: {where}U[{place + 1},{place + 1}] is zero and using it on lu_solve would result "
            "in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, "
            "pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    return LuFactor(packed, pivots)


def _solved(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """torch.linalg.lu_solve: X with A X = B, or X A = B where left is False; A, or with `adjoint` A^H, is factored."""
    _square("linalg.lu_solve", LU)
    if not left:
        return _turned(_solved(LU, pivots, _turned(B), adjoint=not adjoint))
    batch = errors.broadcast(tuple(LU.shape[:-2]), tuple(B.shape[:-2]))
    moves = np.broadcast_to(_permutation(pivots._a, LU.shape[-1]), (*batch, LU.shape[-1]))
    full = B.expand(*batch, *B.shape[-2:])
    order = wrap(moves)
    if adjoint:
        inner = _solve_triangular(_turned(LU), _solve_triangular(_turned(LU), full), True, True)
        return _gather(inner, _places(order, inner.shape, True), len(inner.shape) - 2)
    moved = _gather(full, _places(order, full.shape, False), len(full.shape) - 2)
    return _solve_triangular(LU, _solve_triangular(LU, moved, False, True), True)


@method
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """X with A X = b, where A is given by `lu_factor`."""
    return _solved(LU_data, LU_pivots, b)


def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """(P, L, U) of what `lu_factor` packed."""
    low, up = _halves(LU_data, 1.0)
    rows = np.eye(LU_data.shape[-2], dtype=dtypes.numpy_of(LU_data))[_permutation(LU_pivots._a, LU_data.shape[-2])]
    return Lu(wrap(np.ascontiguousarray(np.swapaxes(rows, -1, -2))), low, up)
