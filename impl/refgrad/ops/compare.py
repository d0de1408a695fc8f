"""Questions about elements, answered by booleans: comparisons, logic, and what kind of number an element is.

None of the answers has a derivative. The bits of integers are here too.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..op import COMMON, op


@op(promote=COMMON)
def eq(x, y):
    """x == y, element by element."""
    return np.equal(x, y)


@op(promote=COMMON)
def ne(x, y):
    """x != y, element by element."""
    return np.not_equal(x, y)


@op(promote=COMMON)
def lt(x, y):
    """x < y, element by element."""
    return np.less(x, y)


@op(promote=COMMON)
def le(x, y):
    """x <= y, element by element."""
    return np.less_equal(x, y)


@op(promote=COMMON)
def gt(x, y):
    """x > y, element by element."""
    return np.greater(x, y)


@op(promote=COMMON)
def ge(x, y):
    """x >= y, element by element."""
    return np.greater_equal(x, y)


@op()
def isnan(x):
    """Is it NaN?"""
    return np.isnan(x)


@op()
def isinf(x):
    """Is it infinite?"""
    return np.isinf(x)


@op()
def isfinite(x):
    """Is it neither infinite nor NaN?"""
    return np.isfinite(x)


@op()
def logical_not(x):
    """Is it zero?"""
    return np.logical_not(x)


@op()
def logical_and(x, y):
    """Are both non-zero?"""
    return np.logical_and(x, y)


@op()
def logical_or(x, y):
    """Is one of them non-zero?"""
    return np.logical_or(x, y)


@op()
def logical_xor(x, y):
    """Is exactly one of them non-zero?"""
    return np.logical_xor(x, y)


@op(promote=COMMON)
def bitwise_and(x, y):
    """The bits that both have."""
    dtypes.refuse("bitwise_and_cpu", "fcV", x, y)
    return np.bitwise_and(x, y)


@op(promote=COMMON)
def bitwise_or(x, y):
    """The bits that one of them has."""
    dtypes.refuse("bitwise_or_cpu", "fcV", x, y)
    return np.bitwise_or(x, y)


@op(promote=COMMON)
def bitwise_xor(x, y):
    """The bits that exactly one of them has."""
    dtypes.refuse("bitwise_xor_cpu", "fcV", x, y)
    return np.bitwise_xor(x, y)


@op()
def bitwise_not(x):
    """Every bit turned over; of a boolean, its negation."""
    dtypes.refuse("bitwise_not_cpu", "fcV", x)
    return np.bitwise_not(x)
