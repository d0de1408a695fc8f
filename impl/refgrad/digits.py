"""Special functions on arrays of doubles, in the places where SciPy's lose digits; elsewhere they are SciPy's.

gammaln loses all of them beside 1 and 2 and a dozen units from 0.5 to 2.5, i1 and i1e ten units up to 8, k0 and k0e
ten up to 2, gammaincc x/2 where it is small. There stand power series, a continued fraction, or polynomials through
the values of an integral that has no cancellation.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

TERMS = 30


def scipy_special() -> Any:
    """SciPy's special functions, imported when first asked for."""
    import scipy.special

    return scipy.special


def horner(coefficients: tuple[float, ...], z: np.ndarray) -> np.ndarray:
    """The polynomial at z; the coefficients from the constant up."""
    total = np.full_like(z, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total *= z
        total += c
    return total


def interpolated(f: Callable[[np.ndarray], np.ndarray], nodes: int) -> np.ndarray:
    """The coefficients of the polynomial in Chebyshev's basis that is f at so many nodes of (-1, 1)."""
    turn = 4 * nodes  # angles in parts of a turn, brought to within an eighth of one: they keep all digits
    angle = np.multiply.outer(np.arange(nodes), 2 * np.arange(nodes) + 1) % turn
    angle = np.minimum(angle, turn - angle)
    near = np.minimum(angle, 2 * nodes - angle)
    size = np.where(2 * near < nodes, np.cos(near * math.tau / turn), np.sin((nodes - near) * math.tau / turn))
    basis = np.where(angle > nodes, -size, size)
    found = basis @ f(basis[1]) * (2 / nodes)
    found[0] /= 2
    return np.asarray(found)


def patched(found: Any, where: np.ndarray, better: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """`found`, and where it says so what `better` makes of x there."""
    whole = np.array(found)
    if np.any(where):
        whole[where] = better(x[where])
    return whole


@functools.cache
def _lgamma_terms() -> tuple[float, ...]:
    """Of lgamma(2 + s) / s (DLMF 5.7.3)."""
    tails = scipy_special().zetac(np.arange(2, 40))
    return (1 - float(np.euler_gamma), *((-1) ** k * float(z) / k for k, z in enumerate(tails, 2)))


def lgamma(x: np.ndarray) -> np.ndarray:
    """The logarithm of |gamma(x)|."""

    def near(x: np.ndarray) -> np.ndarray:
        one = x < 1.25  # lgamma(x) = lgamma(x + 1) - log(x)
        s = np.where(one, x - 1, x - 2)
        return horner(_lgamma_terms(), s) * s - np.log1p(np.where(one, s, 0))

    found = patched(scipy_special().gammaln(x), (x > 0.5) & (x < 2.5), near, x)
    return np.where(np.isinf(x), np.inf, found)  # C99 F.9.5.3; SciPy has -inf at -inf


I1 = tuple(1 / (4**k * math.factorial(k) * math.factorial(k + 1)) / 2 for k in range(TERMS))
"""Of i1(x) / x, in powers of x^2 (DLMF 10.25.2)."""
I1_UNTIL = 8


def i1(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of order 1."""
    return patched(scipy_special().i1(x), np.abs(x) < I1_UNTIL, lambda x: horner(I1, x * x) * x, x)


def i1e(x: np.ndarray) -> np.ndarray:
    """e^-|x| i1(x)."""

    def near(x: np.ndarray) -> np.ndarray:
        return horner(I1, x * x) * x * np.exp(-np.abs(x))

    return patched(scipy_special().i1e(x), np.abs(x) < I1_UNTIL, near, x)


def k0(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of the second kind of order 0."""
    return patched(scipy_special().k0(x), (x > 1) & (x < 2), lambda x: _k0e(x) * np.exp(-x), x)


def k0e(x: np.ndarray) -> np.ndarray:
    """e^x k0(x)."""
    return patched(scipy_special().k0e(x), (x > 1) & (x < 2), _k0e, x)


def _k0e(x: np.ndarray) -> np.ndarray:
    """For x from 1 to 2."""
    return np.asarray(np.polynomial.chebyshev.chebval(2 * x - 3, _k0e_fitted()))


@functools.cache
def _k0e_fitted() -> np.ndarray:
    """From the integral of exp(-x (cosh t - 1)) for t > 0 (DLMF 10.32.9), by the trapezoidal rule."""
    step = 0.1
    t = step * np.arange(60)
    weights = np.where(t == 0, step / 2, step)
    return interpolated(lambda y: np.asarray(np.exp(np.multiply.outer((y + 3) / -2, np.cosh(t) - 1)) @ weights), 20)


def gamma_density(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """x^(a - 1) e^-x / gamma(a); as a product where nothing overflows, since a sum of logarithms loses |sum| units."""
    a, x = np.broadcast_arrays(a, x)
    small = (a > 0) & (a < 32) & (x > 0) & (x < 700)
    a_few, x_few = np.where(small, a, 1.0), np.where(small, x, 1.0)
    product = x_few ** (a_few - 1) * np.exp(-x_few) / scipy_special().gamma(a_few)
    a, x = np.where(small, 1.0, a), np.where(small, 1.0, x)
    return np.where(small, product, np.exp((a - 1) * np.log(x) - x - lgamma(a)))


def gammaincc(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The share of the gamma function's integral above x; far out by Legendre's continued fraction (DLMF 8.9.2)."""
    a, x = np.broadcast_arrays(a, x)
    found = np.array(scipy_special().gammaincc(a, x))
    far = (a > 0) & (a < 32) & (x > 50 + a) & (x < 700)
    if np.any(far):
        few, place = a[far], x[far]
        total = place + 61 - few
        for k in range(30, 0, -1):
            total = place + (2 * k - 1) - few - k * (k - few) / total
        found[far] = place * gamma_density(few, place) / total
    return found
