"""Exponentials, logarithms and roots, in forms that keep their digits near the edges."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..op import COMMON, COMMON_FLOAT, ELEMENTWISE, FLOAT, op
from .complex import conj

LN2 = float(np.log(2.0))
LN10 = float(np.log(10.0))


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.exp)
def exp(x):
    """e^x."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.exp2)
def exp2(x):
    """2^x."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.expm1)
def expm1(x):
    """e^x - 1, accurate near 0."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.log)
def log(x):
    """The natural logarithm."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.log2)
def log2(x):
    """The logarithm to base 2."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.log10)
def log10(x):
    """The logarithm to base 10."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.log1p)
def log1p(x):
    """log(1 + x), accurate near 0."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.sqrt)
def sqrt(x):
    """The square root."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def rsqrt(x):
    """1 / sqrt(x)."""
    return 1 / np.sqrt(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def reciprocal(x):
    """1 / x."""
    return 1 / x


@op(kind=ELEMENTWISE, inplace=True, node="PowBackward0")
def square(x):
    """x * x; of bools, int64."""
    return np.square(x) if x.dtype.kind != "b" else x.astype(np.int64)


WIDER = {np.dtype("f4"): np.float64, np.dtype("f8"): np.longdouble}


def _summed(function: np.ufunc, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """logaddexp, with more digits where its result is small beside what it is added up of."""
    found = np.asarray(function(x, y))
    wider = WIDER.get(found.dtype)
    lost = np.absolute(found) * 4 < np.absolute(np.maximum(x, y))
    if wider is not None and np.any(lost):
        a, b = (np.broadcast_to(v, found.shape)[lost].astype(wider) for v in (x, y))
        found[lost] = function(a, b)
    return found


def _summed_complex(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """logaddexp of complex numbers: the one of the larger real part, and a logarithm near 1."""
    x, y = np.broadcast_arrays(x, y)
    larger = (x.real >= y.real) | (x != x)
    top = np.where(larger, x, y)
    apart = np.where(x == y, 0, np.where(larger, y, x) - top)  # the same infinity twice
    return top + np.log1p(np.exp(apart))


@op(kind=ELEMENTWISE, promote=COMMON)
def logaddexp(x, y):
    """log(e^x + e^y) without overflow."""
    dtypes.refuse("logaddexp_cpu", dtypes.WHOLE, x, y)
    return _summed(np.logaddexp, x, y) if np.result_type(x, y).kind != "c" else _summed_complex(x, y)


@op(kind=ELEMENTWISE, promote=COMMON)
def logaddexp2(x, y):
    """log2(2^x + 2^y) without overflow."""
    dtypes.refuse("logaddexp2_cpu", dtypes.WHOLE + "c", x, y)
    return _summed(np.logaddexp2, x, y)


@op(kind=ELEMENTWISE, promote=COMMON)
def hypot(x, y):
    """sqrt(x^2 + y^2) without overflow."""
    dtypes.refuse("hypot_cpu", dtypes.WHOLE + "c", x, y)
    return np.hypot(x, y)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def xlogy(x, y):
    """x log y, and 0 where x is 0."""
    dtypes.refuse("xlogy_cpu", "c", x, y)
    return np.where((x == 0) & (y == y), 0, x * np.log(y)).astype(np.result_type(x, y))


exp.grads(x=lambda g, out: g * conj(out))
exp2.grads(x=lambda g, out: g * conj(out) * LN2)
expm1.grads(x=lambda g, out: g * conj(out + 1))
log.grads(x=lambda g, x: g / conj(x))
log2.grads(x=lambda g, x: g / conj(x * LN2))
log10.grads(x=lambda g, x: g / conj(x * LN10))
log1p.grads(x=lambda g, x: g / conj(x + 1))
sqrt.grads(x=lambda g, out: g / conj(out * 2))  # +inf at 0
rsqrt.grads(x=lambda g, out: g * conj(out * out * out) * -0.5)
reciprocal.grads(x=lambda g, out: -g * conj(out * out))
square.grads(x=lambda g, x: g * conj(x * 2))
logaddexp.grads(x=lambda g, x, y: g * conj(_share(x, y)), y=lambda g, x, y: g * conj(_share(y, x)))
logaddexp2.grads(x=lambda g, x, y: g * _share2(x, y), y=lambda g, x, y: g * _share2(y, x))
hypot.grads(x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out))
xlogy.grads(x=lambda g, x, y: g * _log_where_used(x, y), y=lambda g, x, y: g * x / y)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False)
def _share(x, y):
    """e^x / (e^x + e^y), and 1/2 each where both are the same infinity."""
    return 1 / (1 + np.exp(np.where(x == y, 0, y - x)))


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False)
def _share2(x, y):
    """2^x / (2^x + 2^y)."""
    return 1 / (1 + np.exp2(np.where(x == y, 0, y - x)))


# Not out * (1 - out): where one share is nearly everything, 1 - out has no digits left of the other.
_share.grads(
    x=lambda g, x, y: g * conj(_share(x, y) * _share(y, x)), y=lambda g, x, y: -g * conj(_share(x, y) * _share(y, x))
)
_share2.grads(
    x=lambda g, x, y: g * _share2(x, y) * _share2(y, x) * LN2,
    y=lambda g, x, y: -g * _share2(x, y) * _share2(y, x) * LN2,
)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False)
def _log_where_used(x, y):
    """log y, and 0 where x is 0 and y is no positive number: there xlogy is flat."""
    return np.where((x == 0) & (y <= 0), 0, np.log(y)).astype(np.result_type(x, y))


# In x it is flat but for the jump; in y it is a logarithm only where x counts.
_log_where_used.grads(x=lambda g: g * 0, y=lambda g, y: g / y)
