"""Determinants, and the logarithm of their size.

The gradient of `det` is the matrix of cofactors, so that it is right for singular matrices too: from the inverse where
there is a good one, else without dividing.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes
from ..op import GENERAL, method, op
from .arithmetic import mul, sub
from .choose import where
from .complex import conj
from .diagonal import _diagonal
from .explog import log
from .fit import cast
from .inverse import _inv, _square, _transpose_last
from .linalg import _matmul, _turned
from .reduce import sum
from .shape import reshape

Slogdet = namedtuple("slogdet", ("sign", "logabsdet"))  # noqa: PYI024 - torch.return_types' names


@op(kind=GENERAL, method=False, node="LinalgDetBackward0")
def _det(x):
    """The determinant of every matrix."""
    return np.linalg.det(x)


_det.grads(x=lambda g, x, out: reshape(g, (*x.shape[:-2], 1, 1)) * conj(_transpose_last(_cofactors(x, out))))


def _cofactors(x: Any, det: Any) -> Any:
    """The adjugate: the determinant times the inverse, unless a matrix is nearly singular."""
    if _invertible(getattr(x, "_a", x)):
        return reshape(det, (*x.shape[:-2], 1, 1)) * _inv(x)
    return _adjugate(x)


def _invertible(x: np.ndarray) -> bool:
    """Are all matrices so far from singular that an inverse keeps half of its digits?"""
    try:
        inverse = np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return False
    sizes = [np.abs(m).sum(-2).max(-1, initial=0.0) for m in (x, inverse)]
    return bool(np.all(sizes[0] * sizes[1] < np.finfo(x.dtype).eps ** -0.5))


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
    """The logarithm of every matrix's determinant; NaN where a real one is negative."""
    _square("logdet", x)
    sign, size = slogdet(x)
    if dtypes.numpy_of(x).kind == "c":
        return size + log(sign)
    return where(sign == -1, np.nan, size)
