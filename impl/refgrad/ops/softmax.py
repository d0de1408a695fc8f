"""Shares that add up to one along a dimension: `softmax`, its logarithm, and `softmin`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, method, op
from .explog import exp
from .fit import cast
from .reduce import _wide, sum


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
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an "
            "argument.",
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
