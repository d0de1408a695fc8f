"""The Hurwitz zeta function of an integer order, on whole arrays: what polygamma is made of.

SciPy's takes a microsecond an element. Here the first terms are added up, and the rest is Euler and Maclaurin's
formula (DLMF 25.11.28), whose terms fall below a double's last place from q = TERMS on.
"""

from __future__ import annotations

import math

import numpy as np

TERMS = 12
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
"""B_2, B_4, ... B_20."""
LARGEST = 12
"""The largest order for which so many terms do."""


def _power(x: np.ndarray, n: int) -> np.ndarray:
    """x to a small whole power, by multiplications."""
    made = x
    for bit in bin(n)[3:]:
        made = made * made * x if bit == "1" else made * made
    return made


def hurwitz(s: int, q: np.ndarray) -> np.ndarray:
    """The sum over k of (q + k)^-s for q > 0, 1 < s <= LARGEST, the smallest terms first."""
    end = q + TERMS
    inverse = 1 / end
    square = inverse * inverse
    factors = [b * math.prod(range(s, s + 2 * j + 1)) / math.factorial(2 * j + 2) for j, b in enumerate(BERNOULLI)]
    tail = np.zeros_like(q)
    for factor in reversed(factors):
        tail = tail * square + factor
    total = _power(inverse, s) * (tail * inverse + 0.5 + end / (s - 1))
    for k in reversed(range(TERMS)):
        total = total + _power(1 / (q + k), s)
    return total
