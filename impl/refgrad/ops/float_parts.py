"""What is done to the exponent and the last place of a floating-point number: `ldexp`, `nextafter`."""

from __future__ import annotations

import math

import numpy as np

from ..op import COMMON_FLOAT, ELEMENTWISE, op
from .arithmetic import zeros_times
from .choose import _where
from .complex import conj

FARTHEST = 5000
"""No finite double times two to this power is finite, and none divided by it is not 0."""


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def ldexp(x, other):
    """x times 2 to the power `other`; where that is an integer, without under- or overflow on the way."""
    if np.result_type(x, other).kind == "c":
        return x * np.exp2(other)
    whole = np.trunc(other)
    step = np.clip(np.nan_to_num(whole, nan=0.0), -FARTHEST, FARTHEST).astype(np.int32)
    exact = np.isfinite(other) & (whole == other)
    return np.where(exact, np.ldexp(x, step), x * np.exp2(other)).astype(np.result_type(x, other))


ldexp.grads(x=lambda g, other: ldexp(g, conj(other)), other=lambda g, out: g * conj(out) * math.log(2))


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def nextafter(x, other):
    """The next number after x on the way to `other`: the same slope as x, and none where the two are equal."""
    return np.nextafter(x, other)


nextafter.grads(x=lambda g, x, other: _where(x == other, 0.0, g), other=lambda g: zeros_times(g))
