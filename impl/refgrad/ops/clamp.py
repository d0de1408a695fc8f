"""Bring values in order: between bounds (`clamp`), to numbers (`nan_to_num`), to another's sign (`copysign`).

A bound given as a number lets the gradient through where x equals it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import COMMON_FLOAT, ELEMENTWISE, FLOAT, GENERAL, method, op
from ..tensor import Tensor
from .choose import _where, where
from .compare import gt, isfinite, lt
from .fit import cast


@op(kind=ELEMENTWISE, inplace=True, method=False)
def _clamp(x, min=None, max=None):
    """x, no smaller than `min` and no larger than `max` (numbers)."""
    low, high = (None if b is None else x.dtype.type(b) for b in (min, max))
    out = x if low is None else np.maximum(x, low)
    return out if high is None else np.minimum(out, high)


_clamp.op.Node.__name__ = "ClampBackward1"
_clamp.grads(x=lambda g, x, min, max: _where(_beyond(x, min, max), 0.0, g))


def _beyond(x: Any, low: Any, high: Any) -> Any:
    """Where a bound acts: not at the bound, and not at a NaN."""
    if low is None or high is None:
        return x > high if low is None else x < low
    return (x < low) | (x > high)


@method
def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x, no smaller than `min` and no larger than `max`: numbers, or tensors, which get the gradient where they act."""
    return _clamped(x, min, max)


def _clamped(x: Any, min: Any, max: Any) -> Any:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if dtypes.numpy_of(x).kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        return _clamp(_as_bound(x, min, max), min, max)
    if min is not None:
        x = _bounded(x, min, lt)
    return x if max is None else _bounded(x, max, gt)


def _as_bound(x: Tensor, low: Any, high: Any) -> Tensor:
    """An integer tensor between floating bounds becomes floating, as in torch."""
    if x._a.dtype.kind == "f" and not isinstance(low, complex) and not isinstance(high, complex):
        return x
    dtype = dtypes.promote([x._a], [b for b in (low, high) if b is not None])
    return x if x._a.dtype == dtype else cast(x, dtype)


def _bounded(x: Any, bound: Any, beyond: Any) -> Any:
    """The bound where x is beyond it; at the bound x gets the whole gradient."""
    return where(beyond(x, bound) | (bound != bound), bound, x)


@method
def clamp_min(x: Any, min: Any) -> Any:
    """x, no smaller than `min`."""
    return clamp(x, min=min)


@method
def clamp_max(x: Any, max: Any) -> Any:
    """x, no larger than `max`."""
    return clamp(x, max=max)


clip = clamp


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """x with numbers in the place of NaN and the infinities."""
    return np.nan_to_num(x, nan=nan or 0.0, posinf=posinf, neginf=neginf)


nan_to_num.grads(x=lambda g, x: _where(isfinite(x), g, 0.0))


@op(kind=GENERAL, promote=COMMON_FLOAT)
def copysign(x, y):
    """|x| with the sign of y."""
    dtypes.refuse("copysign_cpu", "c", x, y)
    return np.copysign(x, y)


copysign.grads(
    x=lambda g, x, out: g * _same_sign(x, out),  # 0 at x = 0
    y=lambda g: _where(g == g, 0.0, 0.0),
)


@op(method=False)
def _same_sign(x, out):
    """1 where x and out agree in sign, -1 where not, 0 at x = 0."""
    return np.where(x == 0, 0.0, np.where(np.signbit(x) == np.signbit(out), 1.0, -1.0)).astype(out.dtype)
