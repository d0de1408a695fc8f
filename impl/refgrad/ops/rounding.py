"""Functions that are flat between jumps: floor, ceil, round, trunc, sign, heaviside; and frac, which is not.

Their derivative is 0 where they have one, and torch takes 0 at the jumps too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import COMMON, ELEMENTWISE, method, op
from ..recipe import no_derivative
from ..tensor import Tensor
from .arithmetic import zeros_times


@op(kind=ELEMENTWISE, inplace=True)
def floor(x):
    """The largest integer not above x."""
    return x.copy() if x.dtype.kind in "iu" else np.floor(x)


@op(kind=ELEMENTWISE, inplace=True)
def ceil(x):
    """The smallest integer not below x."""
    return x.copy() if x.dtype.kind in "iu" else np.ceil(x)


@op(kind=ELEMENTWISE, inplace=True)
def trunc(x):
    """x without its fraction."""
    return x.copy() if x.dtype.kind in "iu" else np.trunc(x)


@op(kind=ELEMENTWISE, inplace=True)
def round(x, decimals=0):
    """The nearest integer, or the nearest number of `decimals` decimals; halves go to the even neighbour."""
    dtypes.refuse("round_vml_cpu" if decimals == 0 else "round_cpu", "c", x)
    if decimals == 0 or x.dtype.kind in "iu":
        return x.copy() if x.dtype.kind in "iu" else np.rint(x)
    scale = x.dtype.type(10.0 ** abs(decimals))
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


@op(kind=ELEMENTWISE, inplace=True)
def frac(x):
    """The fraction of x, with x's sign."""
    dtypes.refuse("frac_cpu", dtypes.WHOLE, x)
    return x - np.trunc(x)


@op(kind=ELEMENTWISE, inplace=True)
def sign(x):
    """-1, 0 or 1 as x is negative, zero (or NaN) or positive."""
    if x.dtype.kind == "c":
        raise RuntimeError(
            "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."
        )
    if x.dtype.kind == "b":
        return x.copy()
    return ((x > 0).astype(np.int8) - (x < 0).astype(np.int8)).astype(x.dtype)


floor.grads(x=lambda g: zeros_times(g))
ceil.grads(x=lambda g: zeros_times(g))
trunc.grads(x=lambda g: zeros_times(g))
round.grads(x=lambda g: zeros_times(g))
frac.grads(x=lambda g: g)
sign.grads(x=lambda g: zeros_times(g))

fix = trunc
Tensor.fix = trunc  # type: ignore[attr-defined]


@op(promote=COMMON, method=False)
def _signbit(x):
    """Has x its sign bit set?"""
    return np.signbit(x) if x.dtype.kind in "fV" else x < 0


@method
def signbit(x: Any) -> Any:
    """Is x negative, -0. included?"""
    return _signbit(x)


@op(kind=ELEMENTWISE, method=False, node="NotImplemented")
def _heaviside(x, values):
    """0 below zero, 1 above, `values` at zero."""
    return np.where(x != x, x.dtype.type(0), np.where(x == 0, values, (x > 0).astype(x.dtype))).astype(x.dtype)


_heaviside.grads(x=no_derivative("aten::heaviside"), values=no_derivative("aten::heaviside"))


@method
def heaviside(x: Any, values: Any) -> Any:
    """0 below zero, 1 above, `values` at zero; no derivative is defined for it."""
    a, b = dtypes.numpy_of(x), dtypes.numpy_of(values)
    if "c" in (a.kind, b.kind):
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if a != b:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return _heaviside(x, values)
