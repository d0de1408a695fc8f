"""Variance and standard deviation, alone or with the mean.

torch spells one question in three ways: var(unbiased), var(dim, unbiased), var(dim, correction=...).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dims
from ..op import GENERAL, method, op
from ..tensor import Tensor
from .arithmetic import sub
from .complex import reciprocal_or_zero
from .reduce import _spread, _wide, mean


@op(kind=GENERAL, method=False)
def _var(x, dim=None, correction=1, keepdim=False):
    """The mean squared distance from the mean, with `correction` elements fewer in the denominator."""
    wide = _wide(x)
    axes = dims.several(dim, x.ndim)
    away = wide - np.mean(wide, axis=axes, keepdims=True)
    free = wide.real.dtype.type(max(dims.count(x.shape, dim) - correction, 0))
    total = np.add.reduce(away.real**2 + away.imag**2 if x.dtype.kind == "c" else away**2, axis=axes, keepdims=keepdim)
    return np.true_divide(total, free).astype(x.real.dtype)


_var.grads(x=lambda g, x, dim, correction, keepdim: _var_grad(g, x, dim, correction, keepdim))


def _var_grad(g: Any, x: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    free = dims.count(x.shape, dim) - correction
    return _spread(g, x.shape, dim, keepdim) * sub(x, mean(x, dim, True)) * (2 / free if free > 0 else np.inf)


@op(kind=GENERAL, method=False)
def _std(x, dim=None, correction=1, keepdim=False):
    """The square root of the variance."""
    return np.sqrt(_var.op.kernel(x, dim, correction, keepdim))


# 0 where all elements are equal: there the root has no slope, and torch takes none.
_std.grads(
    x=lambda g, x, out, dim, correction, keepdim: _var_grad(
        g * reciprocal_or_zero(out * 2), x, dim, correction, keepdim
    )
)


def _moment(name: str, x: Any, dim: Any, unbiased: Any, correction: Any) -> tuple[Any, float]:
    """torch's three spellings of one question: var(unbiased), var(dim, unbiased), var(dim, correction=...)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if (x._a if isinstance(x, Tensor) else x).dtype.kind in "iub":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if dims.count(x.shape, dim) <= correction:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel).",
            UserWarning,
            stacklevel=4,
        )
    return dim, correction


@method
def var(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance; by default with one element fewer in the denominator."""
    return _var(x, *_moment("var", x, dim, unbiased, correction), keepdim)


@method
def std(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation; its gradient is 0 where it is 0."""
    return _std(x, *_moment("std", x, dim, unbiased, correction), keepdim)


def var_mean(
    x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The variance and the mean."""
    dim, correction = _moment("var_mean", x, dim, unbiased, correction)
    return _var(x, dim, correction, keepdim), mean(x, dim, keepdim)


def std_mean(
    x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The standard deviation and the mean."""
    dim, correction = _moment("std_mean", x, dim, unbiased, correction)
    return _std(x, dim, correction, keepdim), mean(x, dim, keepdim)
