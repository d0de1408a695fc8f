"""Activation functions, softmax among them: each with its slope at the kink as torch takes it.

A NaN is handed on wherever torch hands it on; the comparisons below are written with that in mind.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import COMMON, ELEMENTWISE, FLOAT, GENERAL, method, op
from .arithmetic import mul, sub
from .compare import _where
from .complex import abs, conj
from .explog import exp
from .fit import cast
from .split import chunk
from .reduce import _wide, sum
from .shape import reshape
from .trig import tanh

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


@op(kind=ELEMENTWISE, inplace=True)
def relu(x):
    """x where it is positive, else 0."""
    if x.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    return np.where(x <= 0, np.maximum(x, 0) * 0, x)


relu.grads(x=lambda g, out: _where(out <= 0, 0.0, g))


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1 / (1 + np.exp(-x))


sigmoid.grads(x=lambda g, out: g * conj(out * (1 - out)))


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def logit(x, eps=None):
    """log(x / (1 - x)), the inverse of sigmoid; x is kept `eps` away from 0 and 1."""
    if eps is not None:
        x = np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    return np.log(x / (1 - x))


# NaN outside [0, 1]; with eps, 0 where x was moved
logit.grads(
    x=lambda g, x, eps: (
        _where((x < 0) | (x > 1), math.nan, g / (x * (1 - x)))
        if eps is None
        else _where((x < eps) | (x > 1 - eps), 0.0, g / (x * (1 - x)))
    )
)


@op(kind=ELEMENTWISE, method=False)
def leaky_relu(x, negative_slope=0.01, inplace=False):
    """x where it is positive, else negative_slope x."""
    dtypes.refuse("leaky_relu_cpu", dtypes.WHOLE, x)
    return np.where(x > 0, x, x * negative_slope)


leaky_relu.grads(x=lambda g, x, negative_slope: _where(x > 0, g, g * negative_slope))


@op(kind=ELEMENTWISE, method=False, node="EluBackward0")
def _elu(x, alpha=1.0, scale=1.0, input_scale=1.0):
    """scale x where x is positive, else scale alpha (e^(input_scale x) - 1)."""
    dtypes.refuse("elu_cpu", dtypes.WHOLE, x)
    return np.where(x <= 0, scale * alpha * np.expm1(np.where(x <= 0, x, 0) * input_scale), scale * x).astype(x.dtype)


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
    dtypes.refuse("hardsigmoid_cpu", dtypes.WHOLE, x)
    return np.clip(x + 3, 0, 6) / 6


hardsigmoid.grads(x=lambda g, x: _where((x > -3) & (x < 3), g / 6, 0.0))


@op(kind=ELEMENTWISE, method=False)
def hardswish(x, inplace=False):
    """x hardsigmoid(x)."""
    dtypes.refuse("hardswish_cpu", dtypes.WHOLE, x)
    return x * np.clip(x + 3, 0, 6) / 6


hardswish.grads(x=lambda g, x: _where(x <= -3, 0.0, _where(x < 3, g * (x / 3 + 0.5), g)))


@op(kind=ELEMENTWISE, method=False)
def softshrink(x, lambd=0.5):
    """x nearer to 0 by lambd; 0 where it is nearer than that."""
    dtypes.refuse("softshrink_check", dtypes.WHOLE, x)
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0))


@op(kind=ELEMENTWISE)
def hardshrink(x, lambd=0.5):
    """x, and 0 where it is within lambd of 0."""
    dtypes.refuse("hardshrink_cpu", dtypes.WHOLE, x)
    return np.where((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


softshrink.grads(x=lambda g, x, lambd: _where((x >= -lambd) & (x <= lambd), 0.0, g))
hardshrink.grads(x=lambda g, x, lambd: _where((x >= -lambd) & (x <= lambd), 0.0, g))


@op(kind=ELEMENTWISE, method=False, node="ThresholdBackward0")
def _threshold(x, threshold=0.0, value=0.0):
    """x above the threshold, else `value`."""
    dtypes.refuse("threshold_cpu", "b", x)
    return np.where(x <= threshold, x.dtype.type(value), x)


_threshold.grads(x=lambda g, x, threshold: _where(x <= threshold, 0.0, g))


def threshold(x: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x above the threshold, else `value`."""
    return _threshold(x, threshold, value)


@op(kind=ELEMENTWISE, promote=COMMON, method=False, node="PreluKernelBackward0")
def _prelu(x, weight):
    """x where it is positive, else weight x."""
    dtypes.refuse("prelu_cpu", dtypes.WHOLE, x)
    return np.where(x > 0, x, weight * x)


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
            f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and channel size = "
            f"{channels}."
        )
    return _prelu(x, reshape(weight, (1, count, *(1,) * (len(x.shape) - 2)) if len(x.shape) > 1 else weight.shape))


# Smooth ones


@op(kind=ELEMENTWISE, method=False, node="SoftplusBackward0")
def _softplus(x, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta, and x itself above the threshold."""
    dtypes.refuse("softplus_cpu", dtypes.WHOLE, x)
    z = x * beta
    return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / beta).astype(x.dtype)


_softplus.grads(x=lambda g, x, beta, threshold: _where(x * beta > threshold, g, g * sigmoid(x * beta)))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + e^(beta x)) / beta; where beta x is above the threshold, x."""
    return _softplus(x, beta, threshold)


@op(kind=ELEMENTWISE, method=False, node="LogSigmoidBackward0")
def _logsigmoid(x):
    """log(sigmoid(x)) without overflow."""
    dtypes.refuse("log_sigmoid_cpu", dtypes.WHOLE, x)
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


_logsigmoid.grads(x=lambda g, x: g * sigmoid(-x))


def logsigmoid(x: Any) -> Any:
    """log(sigmoid(x)) without overflow."""
    return _logsigmoid(x)


@op(kind=ELEMENTWISE, method=False)
def silu(x, inplace=False):
    """x sigmoid(x)."""
    dtypes.refuse("silu_cpu", dtypes.WHOLE, x)
    return x / (1 + np.exp(-x))


silu.grads(x=lambda g, x: g * conj(_silu_slope(x, sigmoid(x))))


def _silu_slope(x: Any, s: Any) -> Any:
    return s * (1 + x * (1 - s))


@op(kind=ELEMENTWISE, method=False)
def mish(x, inplace=False):
    """x tanh(softplus(x))."""
    dtypes.refuse("mish_cpu", dtypes.WHOLE, x)
    return x * np.tanh(np.logaddexp(0, x)).astype(x.dtype)


mish.grads(x=lambda g, x: g * _mish_slope(x, tanh(_softplus(x)), sigmoid(x)))


def _mish_slope(x: Any, t: Any, s: Any) -> Any:
    return t + x * s * (1 - t * t)


@op(kind=ELEMENTWISE, method=False, node="GeluBackward0")
def _gelu(x):
    """x times the probability that a normal variable is below x."""
    from scipy.special import ndtr

    dtypes.refuse("GeluKernelImpl", dtypes.WHOLE, x)
    return (x * ndtr(_wide(x))).astype(x.dtype)


@op(kind=ELEMENTWISE, method=False)
def _normal_below(x):
    """The probability that a normal variable is below x."""
    from scipy.special import ndtr

    return ndtr(_wide(x)).astype(x.dtype)


def _density(x: Any) -> Any:
    """The normal density."""
    return exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


_gelu.grads(x=lambda g, x: g * (_normal_below(x) + x * _density(x)))
_normal_below.grads(x=lambda g, x: g * _density(x))


@op(kind=ELEMENTWISE, method=False, node="GeluBackward0")
def _gelu_tanh(x):
    """gelu with the normal distribution drawn by a tanh."""
    dtypes.refuse("GeluKernelImpl", dtypes.WHOLE, x)
    return (0.5 * x * (1 + np.tanh(BEND * (x + CUBE * x * x * x)))).astype(x.dtype)


BEND, CUBE = math.sqrt(2 / math.pi), 0.044715
_gelu_tanh.grads(x=lambda g, x: g * _gelu_tanh_slope(x, tanh((x + x * x * x * CUBE) * BEND)))


def _gelu_tanh_slope(x: Any, t: Any) -> Any:
    return (1 + t) * 0.5 + x * (1 - t * t) * (1 + x * x * (3 * CUBE)) * (0.5 * BEND)


def gelu(x: Any, approximate: str = "none") -> Any:
    """x times the probability that a normal variable is below x; "tanh" draws that with a tanh."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return _gelu(x) if approximate == "none" else _gelu_tanh(x)


def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return x / (abs(x) + 1)


def tanhshrink(x: Any) -> Any:
    """x - tanh(x)."""
    return sub(x, tanh(x))


def glu(x: Any, dim: int = -1) -> Any:
    """The first half along dim, gated by the sigmoid of the second half."""
    at = dims.one(dim, len(x.shape))
    if not x.shape:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    if x.shape[at] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {at} is size {x.shape[at]}")
    a, b = chunk(x, 2, at)
    return mul(a, sigmoid(b))


# Along one dimension


@op(kind=GENERAL, method=False, node="SoftmaxBackward0")
def _softmax(x, dim=0):
    """e^x as shares of their sum along dim."""
    dtypes.refuse("softmax_lastdim_kernel_impl", dtypes.WHOLE, x)
    wide = _wide(x)
    if not x.ndim:
        return np.exp(x - x)
    top = np.exp(wide - np.max(wide, axis=dim, keepdims=True, initial=-np.inf))
    return (top / np.add.reduce(top, axis=dim, keepdims=True)).astype(x.dtype, copy=False)


@op(kind=GENERAL, method=False, node="LogSoftmaxBackward0")
def _log_softmax(x, dim=0):
    """The logarithm of softmax, without overflow."""
    dtypes.refuse("log_softmax_lastdim_kernel_impl", dtypes.WHOLE, x)
    wide = _wide(x)
    if not x.ndim:
        return x - x
    away = wide - np.max(wide, axis=dim, keepdims=True, initial=-np.inf)
    return (away - np.log(np.add.reduce(np.exp(away), axis=dim, keepdims=True))).astype(x.dtype, copy=False)


_softmax.grads(x=lambda g, out, dim: _softmax_grad(g * out, out, dim))
_log_softmax.grads(x=lambda g, out, dim: g - exp(out) * sum(g, dim, True))


def _softmax_grad(weighed: Any, out: Any, dim: int) -> Any:
    return weighed - out * sum(weighed, dim, True)


def _shares(function: Any, name: str, x: Any, dim: Any, dtype: Any) -> Any:
    if dtype is not None:
        x = cast(x, dtypes.of(dtype).numpy)
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
            UserWarning,
            stacklevel=3,
        )
        dim = 0 if len(x.shape) in (0, 1, 3) else 1
    return function(x, dims.one(dim, len(x.shape)))


@method
def softmax(x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """e^x as shares of their sum along dim."""
    return _shares(_softmax, "softmax", x, dim, dtype)


@method
def log_softmax(x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The logarithm of softmax along dim, without overflow."""
    return _shares(_log_softmax, "log_softmax", x, dim, dtype)


def softmin(x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax of -x."""
    return softmax(-x, dim, dtype=dtype)
