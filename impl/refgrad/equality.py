"""Are two tensors equal, or equal but for rounding?"""

from __future__ import annotations

import numpy as np

from .tensor import Tensor, wrap


def equal(input: Tensor, other: Tensor) -> bool:
    """Same shape and same values; NaN equals nothing."""
    return input._a.shape == other._a.shape and bool(np.all(input._a == other._a))


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where |input - other| <= atol + rtol |other|, or both are the same infinity."""
    x, y = input._a, other._a
    if x.dtype != y.dtype:
        raise RuntimeError(f"{input.dtype.word} did not match {other.dtype.word}")
    if rtol < 0 or atol < 0:
        raise RuntimeError(
            f"{'rtol' if rtol < 0 else 'atol'} must be greater than or equal to zero, but got {min(rtol, atol)}"
        )
    with np.errstate(all="ignore"):
        near = np.isfinite(y) & (np.abs(x - y) <= atol + np.abs(rtol * y)) | (x == y)
    return wrap(np.asarray(near | (np.isnan(x) & np.isnan(y)) if equal_nan else near))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Is it so everywhere?"""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._a))


for _method in (equal, isclose, allclose):
    setattr(Tensor, _method.__name__, _method)
