"""Smooth activation functions: `sigmoid` and its inverse, `softplus`, `silu`, `mish`, `gelu` and gates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import bell, dims, dtypes
from ..op import ELEMENTWISE, FLOAT, op
from .arithmetic import is_complex, mul
from .choose import _where
from .compare import isinf
from .complex import abs, conj
from .explog import square
from .reduce import _wide
from .slopes import ROOT_2_PI, _bell, _in_double
from .split import chunk
from .trig import tanh


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1 / (1 + np.exp(-x))


sigmoid.grads(x=lambda g, out: g * conj(out * (1 - out)))


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def logit(x, eps=None):
    """log(x / (1 - x)), the inverse of sigmoid; x is kept `eps` away from 0 and 1."""
    dtypes.refuse("logit_cpu", "c", x)
    if eps is not None:
        x = np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    middle = np.abs(x - 0.5) < 0.25  # where the quotient is near 1; 2x - 1 is exact there
    return np.where(middle, np.log1p((2 * x - 1) / (1 - x)), np.log(x / (1 - x))).astype(x.dtype)


# NaN outside [0, 1]; with eps, 0 where x was moved
logit.grads(
    x=lambda g, x, eps: (
        _where((x < 0) | (x > 1), math.nan, g / (x * (1 - x)))
        if eps is None
        else _where((x < eps) | (x > 1 - eps), 0.0, g / (x * (1 - x)))
    )
)


@op(kind=ELEMENTWISE, method=False, node="SoftplusBackward0")
def _softplus(x, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta, and x itself above the threshold."""
    dtypes.refuse("softplus_cpu", dtypes.WHOLE + "c", x)
    z = x * beta
    return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / beta).astype(x.dtype)


_softplus.grads(x=lambda g, x, beta, threshold: _where(x * beta > threshold, g, g * sigmoid(x * beta)))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + e^(beta x)) / beta; where beta x is above the threshold, x."""
    return _softplus(x, beta, threshold)


@op(kind=ELEMENTWISE, method=False, node="LogSigmoidBackward0")
def _logsigmoid(x):
    """log(sigmoid(x)) without overflow."""
    dtypes.refuse("log_sigmoid_cpu", dtypes.WHOLE + "c", x)
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


@op(kind=ELEMENTWISE, method=False)
def _silu_slope(x):
    """The derivative of silu; it crosses zero, so single precision is computed in double."""
    wide = x.astype(np.float64) if x.dtype == np.float32 else x
    s = 1 / (1 + np.exp(-wide))
    return (s * (1 + wide * (1 - s))).astype(x.dtype)


silu.grads(x=lambda g, x: g * conj(_silu_slope(x)))
_silu_slope.grads(x=lambda g, x: g * conj(_silu_bend(x, sigmoid(x))))


def _silu_bend(x: Any, s: Any) -> Any:
    return s * (1 - s) * (2 + x * (1 - 2 * s))


@op(kind=ELEMENTWISE, method=False)
def mish(x, inplace=False):
    """x tanh(softplus(x))."""
    dtypes.refuse("mish_cpu", dtypes.WHOLE + "c", x)
    return x * np.tanh(np.logaddexp(0, x)).astype(x.dtype)


mish.grads(x=lambda g, x: g * _mish_slope(x, tanh(_softplus(x)), sigmoid(x)))


def _mish_slope(x: Any, t: Any, s: Any) -> Any:
    return t + x * s * (1 - t * t)


@op(kind=ELEMENTWISE, method=False, node="GeluBackward0")
def _gelu(x):
    """x times the probability that a normal variable is below x."""
    dtypes.refuse("GeluKernelImpl", dtypes.WHOLE + "c", x)
    return (x * _in_double(bell.ndtr, _wide(x))).astype(x.dtype)


@op(kind=ELEMENTWISE, method=False)
def _normal_below(x):
    """The probability that a normal variable is below x."""
    return _in_double(bell.ndtr, x)


_gelu.grads(x=lambda g, x: g * (_normal_below(x) + x * _bell(x, 0.5) / ROOT_2_PI))
_normal_below.grads(x=lambda g, x: g * _bell(x, 0.5) / ROOT_2_PI)


@op(kind=ELEMENTWISE, method=False, node="GeluBackward0")
def _gelu_tanh(x):
    """gelu with the normal distribution drawn by a tanh."""
    dtypes.refuse("GeluKernelImpl", dtypes.WHOLE + "c", x)
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


@op(kind=ELEMENTWISE, promote=FLOAT, method=False, node="DivBackward0")
def _softsign(x):
    """x / (1 + |x|) of a real number."""
    return x / (np.abs(x) + 1)


# At infinity the value is NaN, and so is its slope.
_softsign.grads(x=lambda g, x: _where(isinf(x), math.nan, g / square(abs(x) + 1)))


def softsign(x: Any) -> Any:
    """x / (1 + |x|), which of complex numbers has no complex derivative."""
    return x / (abs(x) + 1) if is_complex(x) else _softsign(x)


@op(kind=ELEMENTWISE, promote=FLOAT, method=False, node="SubBackward0")
def tanhshrink(x):
    """x - tanh(x); near 0, where that cancels, its series."""
    near = np.abs(x) < SERIES_BELOW
    z = np.where(near, x, 0)
    return np.where(near, z * z * z * np.polyval(TANH_SERIES, z * z), x - np.tanh(x)).astype(x.dtype)


SERIES_BELOW = 0.3
TANH_SERIES = (
    113927491862 / 2900518163668125, -18888466084 / 194896477400625, 443861162 / 1856156927625,
    -6404582 / 10854718875, 929569 / 638512875, -21844 / 6081075, 1382 / 155925, -62 / 2835, 17 / 315, -2 / 15, 1 / 3,
)  # fmt: skip
"""The coefficients of x - tanh(x), from that of x^23 down to that of x^3."""

tanhshrink.grads(x=lambda g, x: g * conj(square(tanh(x))))


def glu(x: Any, dim: int = -1) -> Any:
    """The first half along dim, gated by the sigmoid of the second half."""
    at = dims.one(dim, len(x.shape))
    if not x.shape:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    if x.shape[at] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {at} is size {x.shape[at]}")
    dtypes.refuse("glu_cpu", "c", getattr(x, "_a", x))
    a, b = chunk(x, 2, at)
    return mul(a, sigmoid(b))
