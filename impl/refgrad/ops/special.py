"""Special functions: error functions, gamma and its relatives, Bessel functions, entropy.

The kernels are SciPy's, imported when first called, but for those of digits.py and bell.py, where SciPy's lose digits.
Source: torch.special; DLMF for the derivatives.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from .. import bell, digits, dtypes
from ..hurwitz import LARGEST, hurwitz
from ..op import COMMON_FLOAT, ELEMENTWISE, FLOAT, method, op
from ..recipe import no_formula
from ..tensor import Tensor
from .arithmetic import zeros_times
from .choose import _where
from .explog import log
from .rounding import sign
from .slopes import (
    ROOT_2_PI,
    ROOT_PI,
    _bell,
    _density_over_ndtr,
    _erfcx_integral,
    _erfinv_slope,
    _gamma_density,
    _i0e_moment,
    _i1e_slope,
    _in_double,
)


def _special(name: str, x: np.ndarray, *more: Any) -> Any:
    """A function of scipy.special at x, in x's dtype; halves are computed in single precision."""
    function = getattr(importlib.import_module("scipy.special"), name)
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    return np.asarray(function(wide, *more)).astype(x.dtype)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def erf(x):
    """The error function."""
    dtypes.refuse("erf_vml_cpu", "c", x)
    return _special("erf", x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def erfc(x):
    """1 - erf(x), accurate where that is small."""
    dtypes.refuse("erfc_vml_cpu", "c", x)
    return _in_double(bell.erfc, x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def erfinv(x):
    """The inverse of erf."""
    dtypes.refuse("erfinv_vml_cpu", "c", x)
    return _special("erfinv", x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def erfcx(x):
    """e^(x^2) erfc(x)."""
    dtypes.refuse("erfcx_cpu", "c", x)
    return _in_double(bell.erfcx, x)


erf.grads(x=lambda g, x: g * _bell(x) * (2 / ROOT_PI))
erfc.grads(x=lambda g, x: g * _bell(x) * (-2 / ROOT_PI))
erfinv.grads(x=lambda g, x: g * _erfinv_slope(x))
erfcx.grads(x=lambda g, x: g * _erfcx_integral(x) * -2)
_erfinv_slope.grads(x=lambda g, x, out: g * erfinv(x) * out * out * 2)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def lgamma(x):
    """The logarithm of |gamma(x)|."""
    dtypes.refuse("lgamma_vml_cpu", "c", x)
    return _in_double(digits.lgamma, x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def digamma(x):
    """The derivative of lgamma."""
    dtypes.refuse("digamma", "c", x)
    return np.where(x == 0, -np.copysign(x.dtype.type(np.inf), x), _special("psi", x))


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def _polygamma(x, n=1):
    """The n-th derivative of digamma."""
    dtypes.refuse("polygamma", "c", x)
    wide = x.astype(np.float64)
    if n < LARGEST and np.all(wide > 0):
        endless = wide == np.inf  # the series has nan there, and the limit is 0
        found = (-1) ** (n + 1) * math.factorial(n) * hurwitz(n + 1, np.where(endless, 1.0, wide))
        return np.where(endless, 0.0, found).astype(x.dtype)
    special = importlib.import_module("scipy.special")
    return np.asarray(special.polygamma(n, wide)).astype(x.dtype)


lgamma.grads(x=lambda g, x: g * digamma(x))
digamma.grads(x=lambda g, x: g * _polygamma(x, 1))
_polygamma.grads(x=lambda g, x, n: g * _polygamma(x, n + 1))


@method
def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of digamma at x."""
    n, x = (x, n) if isinstance(n, Tensor) else (n, x)
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return digamma(x) if n == 0 else _polygamma(x, n)


@method
def mvlgamma(x: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension p."""
    total = lgamma(x)
    for i in range(1, p):
        total = total + lgamma(x - i / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False, node="IgammaBackward0")
def gammainc(a, x):
    """The share of the gamma function's integral below x."""
    dtypes.refuse("igamma_cpu", "c", a, x)
    return _special("gammainc", np.asarray(a), x).astype(np.result_type(a, x))


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False, node="IgammacBackward0")
def gammaincc(a, x):
    """The share of the gamma function's integral above x."""
    dtypes.refuse("igammac_cpu", "c", a, x)
    wide = (np.asarray(v, np.float64) for v in (a, x))
    return digits.gammaincc(*wide).astype(np.result_type(a, x))


gammainc.grads(a=no_formula("igamma: input", "igamma"), x=lambda g, a, x: g * _gamma_density(a, x))
gammaincc.grads(a=no_formula("igammac: input", "igammac"), x=lambda g, a, x: -g * _gamma_density(a, x))
_gamma_density.grads(
    a=lambda g, a, x, out: g * out * (log(x) - digamma(a)), x=lambda g, a, x, out: g * out * ((a - 1) / x - 1)
)
igamma, igammac = gammainc, gammaincc


@op(kind=ELEMENTWISE, promote=FLOAT)
def i0(x):
    """The modified Bessel function of order 0."""
    dtypes.refuse("i0_vml_cpu", "c", x)
    return _special("i0", x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def i0e(x):
    """e^-|x| i0(x)."""
    dtypes.refuse("i0e_cpu", "c", x)
    return _special("i0e", x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def i1(x):
    """The modified Bessel function of order 1."""
    dtypes.refuse("i1_cpu", "c", x)
    return _in_double(digits.i1, x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def i1e(x):
    """e^-|x| i1(x)."""
    dtypes.refuse("i1e_cpu", "c", x)
    return _in_double(digits.i1e, x)


def _over_x(value: Any, x: Any) -> Any:
    """value / x for an odd function of slope 1/2 at 0."""
    flat = x == 0
    return _where(flat, 0.5, value / _where(flat, 1.0, x))


i0.grads(x=lambda g, x: g * i1(x))
i0e.grads(x=lambda g, x: -g * sign(x) * _i0e_moment(x))
i1.grads(x=lambda g, x, out: g * (i0(x) - _over_x(out, x)))
i1e.grads(x=lambda g, x: g * _i1e_slope(x))


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def ndtr(x):
    """The probability that a normal variable is below x."""
    dtypes.refuse("erf_vml_cpu", "c", x)
    return _in_double(bell.ndtr, x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def log_ndtr(x):
    """The logarithm of ndtr, accurate far to the left."""
    dtypes.refuse("log_ndtr_cpu", "c", x)
    return _in_double(bell.log_ndtr, x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def ndtri(x):
    """The inverse of ndtr."""
    dtypes.refuse("ndtri_cpu", "c", x)
    return _special("ndtri", x)


ndtr.grads(x=lambda g, x: g * _bell(x, 0.5) / ROOT_2_PI)
log_ndtr.grads(x=lambda g, x: g * _density_over_ndtr(x))
ndtri.grads(x=lambda g, out: g / _bell(out, 0.5) * ROOT_2_PI)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False)
def xlog1py(x, y):
    """x log(1 + y), and 0 where x is 0."""
    dtypes.refuse("xlog1py_cpu", "c", x, y)
    return np.where((x == 0) & (y == y), 0, x * np.log1p(y)).astype(np.result_type(x, y))


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False)
def _log1p_where_used(x, y):
    """log(1 + y), and 0 where x is 0 and 1 + y is not positive: there xlog1py is flat."""
    return np.where((x == 0) & (y <= -1), 0, np.log1p(y)).astype(np.result_type(x, y))


xlog1py.grads(x=lambda g, x, y: g * _log1p_where_used(x, y), y=lambda g, x, y: g * x / (y + 1))
_log1p_where_used.grads(x=lambda g: zeros_times(g), y=lambda g, y: g / (y + 1))


@op(kind=ELEMENTWISE, promote=FLOAT, method=False)
def entr(x):
    """-x log x, 0 at 0, and -inf below."""
    dtypes.refuse("entr_cpu", "c", x)
    return _special("entr", x)


entr.grads(x=lambda g, x: g * (-log(x) - 1))


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, method=False, node="SpecialZetaBackward0")
def zeta(s, q):
    """The Hurwitz zeta function: the sum of (k + q)^-s."""
    return _special("zeta", np.asarray(s), q).astype(np.result_type(s, q))


zeta.grads(s=no_formula("zeta", "special_zeta"), q=lambda g, s, q: g * -s * zeta(s + 1.0, q))
