"""Whole numbers: common divisors and multiples, and bits moved to the left and right."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..op import COMMON, op


@op(promote=COMMON, inplace=True)
def gcd(x, y):
    """The greatest common divisor."""
    dtypes.refuse("gcd_cpu", "bfcV", x, y)
    return np.gcd(x, y)


@op(promote=COMMON, inplace=True)
def lcm(x, y):
    """The least common multiple."""
    dtypes.refuse("lcm_cpu", "bfcV", x, y)
    return np.lcm(x, y)


@op(promote=COMMON, inplace=True)
def bitwise_left_shift(x, y):
    """x's bits moved to the left by y."""
    dtypes.refuse("lshift_cpu", "bfcV", x, y)
    return np.left_shift(x, y)


@op(promote=COMMON, inplace=True)
def bitwise_right_shift(x, y):
    """x's bits moved to the right by y, the sign kept."""
    dtypes.refuse("rshift_cpu", "bfcV", x, y)
    return np.right_shift(x, y)
