"""Activation functions made of straight pieces, and elu's kin: each with its slope at the kink as torch takes it.

A NaN is handed on wherever torch hands it on; the comparisons below are written with that in mind. The smooth
ones are in smooth.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..op import COMMON, ELEMENTWISE, method, op
from .choose import _where, chosen
from .explog import exp
from .shape import reshape

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _ordered(x: Any) -> None:
    if x.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")


@op(kind=ELEMENTWISE, inplace=True)
def relu(x):
    """x where it is positive, else 0."""
    if x.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    _ordered(x)
    found = x.clip(0, np.inf) if x.dtype.kind == "f" else np.maximum(x, 0)
    found += 0  # of -0 it makes 0, as torch does
    return found


relu.grads(x=lambda g, out: _where(out <= 0, 0.0, g))


@op(kind=ELEMENTWISE, method=False)
def leaky_relu(x, negative_slope=0.01, inplace=False):
    """x where it is positive, else negative_slope x."""
    dtypes.refuse("leaky_relu_cpu", dtypes.WHOLE + "c", x)
    below = x * negative_slope
    return np.maximum(x, below) if 0 < negative_slope <= 1 else chosen(x > 0, x, below)


leaky_relu.grads(x=lambda g, x, negative_slope: _where(x > 0, g, g * negative_slope))


@op(kind=ELEMENTWISE, method=False, node="EluBackward0")
def _elu(x, alpha=1.0, scale=1.0, input_scale=1.0):
    """scale x where x is positive, else scale alpha (e^(input_scale x) - 1)."""
    dtypes.refuse("elu_cpu", dtypes.WHOLE + "c", x)
    return chosen(x <= 0, scale * alpha * np.expm1(np.minimum(x, 0) * input_scale), scale * x).astype(x.dtype)


_elu.grads(
    x=lambda g, x, alpha, scale, input_scale: g * _where(
        x <= 0, exp(_where(x <= 0, x, 0.0) * input_scale) * (alpha * scale * input_scale), scale
    )
)  # fmt: skip


def elu(x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where it is positive, else alpha (e^x - 1)."""
    return _elu(x, alpha)


def selu(x: Any, inplace: bool = False) -> Any:
    """The elu that keeps mean 0 and variance 1."""
    return _elu(x, SELU_ALPHA, SELU_SCALE)


def celu(x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where it is positive, else alpha (e^(x / alpha) - 1)."""
    return _elu(x, alpha, 1.0, 1.0 / alpha)


@op(kind=ELEMENTWISE, method=False, node="HardtanhBackward0")
def _hardtanh(x, min_val=-1.0, max_val=1.0):
    """x between two bounds."""
    if x.dtype.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    _ordered(x)
    if x.dtype == np.uint8 and min(min_val, max_val) < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return np.clip(x, min_val, max_val).astype(x.dtype)


_hardtanh.grads(x=lambda g, x, min_val, max_val: _where((x <= min_val) | (x >= max_val), 0.0, g))  # 0 at the bounds


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x between min_val and max_val."""
    return _hardtanh(x, min_val, max_val)


def relu6(x: Any, inplace: bool = False) -> Any:
    """x between 0 and 6."""
    return _hardtanh(x, 0.0, 6.0)


@op(kind=ELEMENTWISE, method=False)
def hardsigmoid(x, inplace=False):
    """x / 6 + 1/2, between 0 and 1."""
    dtypes.refuse("hardsigmoid_cpu", dtypes.WHOLE + "c", x)
    return np.clip(x + 3, 0, 6) / 6


hardsigmoid.grads(x=lambda g, x: _where((x > -3) & (x < 3), g / 6, 0.0))


@op(kind=ELEMENTWISE, method=False)
def hardswish(x, inplace=False):
    """x hardsigmoid(x)."""
    dtypes.refuse("hardswish_cpu", dtypes.WHOLE + "c", x)
    found = (x + 3).clip(0, 6)
    found *= x
    found /= 6
    return found


hardswish.grads(x=lambda g, x: _where(x <= -3, 0.0, _where(x < 3, g * ((x + 1.5) / 3), g)))


@op(kind=ELEMENTWISE, method=False)
def softshrink(x, lambd=0.5):
    """x nearer to 0 by lambd; 0 where it is nearer than that."""
    dtypes.refuse("softshrink_check", dtypes.WHOLE + "c", x)
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return x - x.clip(-lambd, lambd)


@op(kind=ELEMENTWISE)
def hardshrink(x, lambd=0.5):
    """x, and 0 where it is within lambd of 0."""
    dtypes.refuse("hardshrink_cpu", dtypes.WHOLE + "c", x)
    return chosen((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


softshrink.grads(x=lambda g, x, lambd: _where((x >= -lambd) & (x <= lambd), 0.0, g))
hardshrink.grads(x=lambda g, x, lambd: _where((x >= -lambd) & (x <= lambd), 0.0, g))


@op(kind=ELEMENTWISE, method=False, node="ThresholdBackward0")
def _threshold(x, threshold=0.0, value=0.0):
    """x above the threshold, else `value`."""
    dtypes.refuse("threshold_cpu", "bc", x)
    return chosen(x <= threshold, x.dtype.type(value), x)


_threshold.grads(x=lambda g, x, threshold: _where(x <= threshold, 0.0, g))


def threshold(x: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x above the threshold, else `value`."""
    return _threshold(x, threshold, value)


@op(kind=ELEMENTWISE, promote=COMMON, method=False, node="PreluKernelBackward0")
def _prelu(x, weight):
    """x where it is positive, else weight x."""
    dtypes.refuse("prelu_cpu", dtypes.WHOLE + "c", x)
    below = weight * x
    return np.maximum(x, below) if np.all((weight > 0) & (weight <= 1)) else chosen(x > 0, x, below)


_prelu.grads(
    x=lambda g, x, weight: _where(x > 0, g, g * weight),
    weight=lambda g, x: _where(x > 0, 0.0, g * x),
)


@method
def prelu(x: Any, weight: Any) -> Any:
    """x where it is positive, else weight x; a weight for all, or one a channel (dimension 1)."""
    count = math.prod(weight.shape)
    if len(weight.shape) > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {len(weight.shape)}")
    channels = x.shape[1] if len(x.shape) > 1 else 1
    if count not in (1, channels):
        raise RuntimeError(
            f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and channel size "
            f"= {channels}."
        )
    return _prelu(x, reshape(weight, (1, count, *(1,) * (len(x.shape) - 2)) if len(x.shape) > 1 else weight.shape))
