"""Orthogonal polynomials, each by its three-term recurrence: Chebyshev (four kinds, plain and shifted), Hermite
(two scales), Laguerre and Legendre.

They are called as p(x, n) on tensors or numbers that broadcast; a degree is cut down to an integer, and below 0 the
polynomial is 0. torch differentiates none of them. Source of the recurrences: DLMF 18.9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import COMMON_FLOAT, op

Step = Callable[[int, Any, Any, Any], Any]
"""(k, x, p_k, p_(k-1)) -> p_(k+1)."""


def _climbed(x: Any, n: Any, first: Callable[[Any], Any], step: Step) -> np.ndarray:
    """p_n(x) from p_0 = 1 and p_1 = first(x), each element up to its own degree."""
    n = np.trunc(n)
    degrees = {d for d in np.unique(n).tolist() if d > 0}
    x, n = np.broadcast_arrays(x, n)
    before, here = np.zeros_like(x), np.ones_like(x)
    found = np.where(n == 0, here, np.where(np.isnan(n), np.nan, before))
    for k in range(int(max(degrees, default=0))):
        before, here = here, first(x) if k == 0 else step(k, x, here, before)
        if k + 1 in degrees:
            found = np.where(n == k + 1, here, found)
    return found.astype(x.dtype)


def _chebyshev(k: int, x: Any, here: Any, before: Any) -> Any:
    return 2 * x * here - before


@op(promote=COMMON_FLOAT, method=False)
def chebyshev_polynomial_t(x, n):
    """cos(n a) at x = cos(a)."""
    return _climbed(x, n, lambda x: x, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def chebyshev_polynomial_u(x, n):
    """sin((n + 1) a) / sin(a) at x = cos(a)."""
    return _climbed(x, n, lambda x: 2 * x, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def chebyshev_polynomial_v(x, n):
    """cos((n + 1/2) a) / cos(a / 2) at x = cos(a)."""
    return _climbed(x, n, lambda x: 2 * x - 1, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def chebyshev_polynomial_w(x, n):
    """sin((n + 1/2) a) / sin(a / 2) at x = cos(a)."""
    return _climbed(x, n, lambda x: 2 * x + 1, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def shifted_chebyshev_polynomial_t(x, n):
    """chebyshev_polynomial_t at 2x - 1."""
    return _climbed(2 * x - 1, n, lambda x: x, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def shifted_chebyshev_polynomial_u(x, n):
    """chebyshev_polynomial_u at 2x - 1."""
    return _climbed(2 * x - 1, n, lambda x: 2 * x, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def shifted_chebyshev_polynomial_v(x, n):
    """chebyshev_polynomial_v at 2x - 1."""
    return _climbed(2 * x - 1, n, lambda x: 2 * x - 1, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def shifted_chebyshev_polynomial_w(x, n):
    """chebyshev_polynomial_w at 2x - 1."""
    return _climbed(2 * x - 1, n, lambda x: 2 * x + 1, _chebyshev)


@op(promote=COMMON_FLOAT, method=False)
def hermite_polynomial_h(x, n):
    """The physicist's Hermite polynomial, orthogonal under exp(-x^2)."""
    return _climbed(x, n, lambda x: 2 * x, lambda k, x, here, before: 2 * x * here - 2 * k * before)


@op(promote=COMMON_FLOAT, method=False)
def hermite_polynomial_he(x, n):
    """The probabilist's Hermite polynomial, orthogonal under exp(-x^2 / 2)."""
    return _climbed(x, n, lambda x: x, lambda k, x, here, before: x * here - k * before)


@op(promote=COMMON_FLOAT, method=False)
def laguerre_polynomial_l(x, n):
    """The Laguerre polynomial, orthogonal under exp(-x) on the right of 0."""
    return _climbed(x, n, lambda x: 1 - x, lambda k, x, here, before: ((2 * k + 1 - x) * here - k * before) / (k + 1))


@op(promote=COMMON_FLOAT, method=False)
def legendre_polynomial_p(x, n):
    """The Legendre polynomial, orthogonal on [-1, 1]."""
    return _climbed(x, n, lambda x: x, lambda k, x, here, before: ((2 * k + 1) * x * here - k * before) / (k + 1))
