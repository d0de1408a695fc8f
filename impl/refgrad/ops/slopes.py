"""Derivatives of special functions as ops of their own, where the textbook's formula subtracts and so loses digits.

Each knows its own derivative, most of them as the next of a family. They are computed in double precision and rounded
once. Rules use them; they are no part of torch's names.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import bell, digits
from ..op import COMMON_FLOAT, ELEMENTWISE, op
from .choose import _where
from .complex import abs
from .rounding import sign

ROOT_PI, ROOT_2_PI = math.sqrt(math.pi), math.sqrt(2 * math.pi)


def _in_double(function: Callable[..., Any], x: np.ndarray, *more: Any) -> Any:
    """The function at x as doubles, rounded to x's dtype."""
    return np.asarray(function(np.asarray(x, np.float64), *more)).astype(x.dtype)


@op(kind=ELEMENTWISE, method=False)
def _bell(x, c=1.0):
    """e^(-c x^2) for c of 1 or 1/2."""
    if x.dtype != np.float64:
        return _in_double(lambda x: np.exp(-c * x * x), x)
    return bell.bell(x, c)


_bell.grads(x=lambda g, x, out, c: g * x * out * (-2 * c))


@op(kind=ELEMENTWISE, method=False)
def _erfcx_integral(x, n=1):
    """e^(x^2) times the n-th integral of erfc from x on. For n = 1 torch's x erfcx(x) - 1/sqrt(pi) cancels."""
    return _in_double(bell.erfcx_integral, x, n)


_erfcx_integral.grads(x=lambda g, x, n: g * _erfcx_integral(x, n + 1) * (-2 * (n + 1)))


@op(kind=ELEMENTWISE, method=False)
def _density_over_ndtr(x):
    """The normal density over ndtr: right of 0 a quotient, left of 0, where both vanish, 1 / erfcx."""

    def ratio(x: np.ndarray) -> np.ndarray:
        left = x < 0
        below = 2 / bell.erfcx(np.where(left, x, 0) * -bell.ROOT_HALF)
        above = np.where(left, 0, x)
        return np.where(left, below, bell.bell(above, 0.5) / bell.ndtr(above)) / ROOT_2_PI

    return _in_double(ratio, x)


# The slope is -h (x + h), and left of 0, where x + h cancels, that is sqrt(pi) h times the first integral.
_density_over_ndtr.grads(
    x=lambda g, x, out: -g * out * _where(x < 0, out * ROOT_PI * _erfcx_integral(abs(x) * bell.ROOT_HALF), x + out)
)


@op(kind=ELEMENTWISE, method=False)
def _i0e_moment(x, n=1):
    """The mean over all angles t of (1 - cos t)^n e^(-|x| (1 - cos t)): i0e for n = 0, |slope of i0e| for n = 1."""
    return _in_double(_moment, x, n)


def _moment(x: np.ndarray, n: int) -> Any:
    special = importlib.import_module("scipy.special")
    scale = math.prod((2 * k + 1) / (k + 1) for k in range(n))  # the mean of (1 - cos t)^n
    return scale * special.hyp1f1(n + 0.5, n + 1.0, -2 * np.minimum(np.absolute(x), LARGE))


LARGE = 1e300
_i0e_moment.grads(x=lambda g, x, n: -g * sign(x) * _i0e_moment(x, n + 1))


@op(kind=ELEMENTWISE, method=False)
def _i1e_slope(x):
    """The derivative of i1e, which crosses zero near 1.5."""
    return _in_double(lambda x: _moment(x, 2) - _moment(x, 1), x)


_i1e_slope.grads(x=lambda g, x: g * sign(x) * (_i0e_moment(x, 2) - _i0e_moment(x, 3)))


@op(kind=ELEMENTWISE, method=False)
def _erfinv_slope(x):
    """1 / erf'(erfinv(x)). Where erfinv is large its own last digit would be all digits of e^(erfinv(x)^2)."""
    special = importlib.import_module("scipy.special")

    def slope(x: np.ndarray) -> np.ndarray:
        tail = 1 - np.absolute(x)
        found = special.erfcx(np.absolute(special.erfinv(x))) / np.where(tail == 0, 1, tail) * (ROOT_PI / 2)
        return np.where(tail == 0, np.inf, found)

    return _in_double(slope, x)


@op(kind=ELEMENTWISE, method=False, promote=COMMON_FLOAT)
def _gamma_density(a, x):
    """x^(a - 1) e^-x / gamma(a)."""
    wide = (np.asarray(v, np.float64) for v in (a, x))
    return digits.gamma_density(*wide).astype(np.result_type(a, x))
