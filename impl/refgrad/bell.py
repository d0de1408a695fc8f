"""The normal curve and what lies under its tails, on arrays of doubles, to the last digits where SciPy loses them.

e^(-x^2) loses x^2 units in the last place when x^2 is rounded first, and so do SciPy's erfc, ndtr and log_ndtr; here
the rounding is made up for. And the derivatives of e^(x^2) erfc(x) are integrals, not differences of large numbers.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from .digits import interpolated, patched, scipy_special

FAR = 40.0
"""From here on e^(-x^2/2) is 0."""
ROOT_HALF = math.sqrt(0.5)


def bell(x: np.ndarray, c: float) -> np.ndarray:
    """e^(-c x^2) for c of 1, 1/2 or -1."""
    x = np.clip(x, -FAR, FAR)
    high = x.astype(np.float32).astype(np.float64)  # 24 bits: its square is exact
    with np.errstate(over="ignore"):
        found = np.exp(-c * (high * high))
    found *= np.exp(-c * ((x - high) * (x + high)))
    return np.asarray(found)


def erfc(x: np.ndarray) -> np.ndarray:
    """1 - erf(x)."""
    special = scipy_special()
    return patched(special.erfc(x), x > 1.5, lambda x: special.erfcx(x) * bell(x, 1.0), x)


def erfcx(x: np.ndarray) -> np.ndarray:
    """e^(x^2) erfc(x)."""
    special = scipy_special()
    return patched(special.erfcx(x), x < -1, lambda x: 2 * bell(x, -1.0) - special.erfcx(-x), x)


def ndtr(x: np.ndarray) -> np.ndarray:
    """The probability that a normal variable is below x."""
    special = scipy_special()
    return patched(special.ndtr(x), x < -2.5, lambda x: special.erfcx(x * -ROOT_HALF) * bell(x, 0.5) / 2, x)


def log_ndtr(x: np.ndarray) -> np.ndarray:
    """The logarithm of ndtr."""
    return patched(scipy_special().log_ndtr(x), x > 2.5, lambda x: np.log1p(-ndtr(-x)), x)


def erfcx_integral(x: np.ndarray, n: int) -> np.ndarray:
    """e^(x^2) times the n-th integral of erfc from x on, n > 0: the n-th derivative of erfcx over (-2)^n n!.

    Source: DLMF 7.18.2 and 7.18.7. Left of 0 all terms of that recurrence are positive; right of 0 they cancel.
    """
    left = np.minimum(x, 0)
    before, found = np.full_like(left, 2 / math.sqrt(math.pi)), erfcx(left)
    for k in range(1, n + 1):
        before, found = found, (before - 2 * left * found) / (2 * k)

    def right(x: np.ndarray) -> np.ndarray:
        w = 1 / (1 + x)
        return np.asarray(np.polynomial.chebyshev.chebval(2 * w - 1, _fitted(n)) * w ** (n + 1))

    return patched(found, x > 0, right, x)


@functools.cache
def _fitted(n: int) -> np.ndarray:
    """The n-th integral times (1 + x)^(n + 1), as a function of 2 / (1 + x) - 1.

    With w = 1 / (1 + x) it is 2/(sqrt(pi) n!) times the integral of s^n exp(-(w s)^2 - 2 (1 - w) s) for s > 0, which
    has no cancellation; the trapezoidal rule for s = exp(u - exp(-u)) has all its digits.
    """
    step = 0.1
    u = np.arange(-4.0, 4.0, step)
    s = np.exp(u - np.exp(-u))
    weights = s**n * s * (1 + np.exp(-u)) * (step * 2 / math.sqrt(math.pi) / math.factorial(n))

    def values(y: np.ndarray) -> np.ndarray:
        w = ((1 + y) / 2)[:, None]
        return np.asarray(np.exp(-((w * s) ** 2) - 2 * (1 - w) * s) @ weights)

    return interpolated(values, 44)
