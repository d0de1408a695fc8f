"""Bring values in order: between bounds (`clamp`), to numbers (`nan_to_num`), to another's sign (`copysign`).

A bound given as a number lets the gradient through where x equals it; NaN gets none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import COMMON, COMMON_FLOAT, ELEMENTWISE, FLOAT, GENERAL, method, op
from ..tensor import Tensor
from .choose import _where
from .compare import isfinite
from .fit import cast


def _called(tensors: Any, settings: Any) -> tuple[str, slice]:
    """torch has a node for each of its three functions, and others for tensors as bounds."""
    return settings[-1], slice(None)


@op(kind=ELEMENTWISE, inplace=True, method=False, node=_called)
def _clamp(x, min=None, max=None, node="ClampBackward1"):
    """x, no smaller than `min` and no larger than `max` (numbers)."""
    number = x.dtype.type
    low = None if min is None else number(min)
    high = None if max is None else number(max)
    if x.dtype.kind == "f":  # one quick pass, where maximum and minimum of a number are slow ones
        return x.clip(number(-np.inf) if low is None else low, number(np.inf) if high is None else high)
    out = x if low is None else np.maximum(x, low)
    return out if high is None else np.minimum(out, high)


_clamp.grads(x=lambda g, x, min, max: _where(_within(x, min, max), g, 0.0))


def _within(x: Any, low: Any, high: Any) -> Any:
    """Where no bound acts: at the bound too, but not at a NaN, which is nowhere."""
    if low is None or high is None:
        return x <= high if low is None else x >= low
    return (x >= low) & (x <= high)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, method=False, node=_called)
def _from_below(x, min, node="ClampBackward0"):
    """x, no smaller than `min`, a tensor."""
    return np.maximum(x, min)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, method=False, node=_called)
def _from_above(x, max, node="ClampBackward0"):
    """x, no larger than `max`, a tensor."""
    return np.minimum(x, max)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, method=False, node="ClampBackward0")
def _between(x, min, max):
    """x, no smaller than `min` and no larger than `max`, which wins where they cross."""
    return np.minimum(np.maximum(x, min), max)


_from_below.grads(  # at the bound x gets the whole gradient
    x=lambda g, x, min: _where(x >= min, g, 0.0),
    min=lambda g, x, min: _where(x < min, g, 0.0),
)
_from_above.grads(
    x=lambda g, x, max: _where(x <= max, g, 0.0),
    max=lambda g, x, max: _where(x > max, g, 0.0),
)
_between.grads(
    x=lambda g, x, min, max: _where((x >= min) & (x <= max), g, 0.0),
    min=lambda g, x, min, max: _where((x < min) & (min <= max), g, 0.0),
    max=lambda g, x, min, max: _where((x > max) | (min > max), g, 0.0),
)


@method
def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x, no smaller than `min` and no larger than `max`: numbers, or tensors, which get the gradient where they act."""
    return clamped(x, min, max)


def clamped(x: Any, min: Any, max: Any, name: str = "Clamp") -> Any:
    """`clamp` or one of its kin, whose nodes are called after `name`."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    kind = x._a.dtype.kind
    if kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        if kind != "f" or isinstance(min, complex) or isinstance(max, complex):
            x = _as_bound(x, min, max)
        return _clamp(x, min, max, f"{name}Backward{int(name == 'Clamp')}")
    node = f"{name}Backward{int(name != 'Clamp')}"
    if max is None:
        return _from_below(x, min, node)
    return _from_above(x, max, node) if min is None else _between(x, min, max)


def _as_bound(x: Tensor, low: Any, high: Any) -> Tensor:
    """An integer tensor between floating bounds becomes floating, as in torch."""
    dtype = dtypes.promote([x._a], [b for b in (low, high) if b is not None])
    return x if x._a.dtype == dtype else cast(x, dtype)


@method
def clamp_min(x: Any, min: Any) -> Any:
    """x, no smaller than `min`."""
    return clamped(x, min, None, "ClampMin")


@method
def clamp_max(x: Any, max: Any) -> Any:
    """x, no larger than `max`."""
    return clamped(x, None, max, "ClampMax")


clip = clamp


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """x with numbers in the place of NaN and the infinities."""
    if np.isfinite(x).all():
        return x.copy()
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
