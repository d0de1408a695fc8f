"""Many elements into one: sums, means, logical folds, and the logarithm of a sum of exponentials.

`dim` is an int, a tuple, or None for all; `keepdim` leaves size 1 behind. Moments, norms and extremes have
modules of their own; running sums are in scan.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, LINEAR, Overload, method, op
from .choose import _where
from .complex import conj
from .explog import exp
from .fit import cast, repeated

HALF = 2  # bytes: sums of such elements are made in float32, as torch's kernels do


def _wide(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32) if x.dtype.itemsize == HALF and x.dtype.kind in "fV" else x


def _summand(x: np.ndarray, dtype: Any) -> np.ndarray:
    """x in the dtype that torch adds it in: the one asked for, int64 for integers."""
    if dtype is not None:
        return x.astype(dtypes.of(dtype).numpy)
    return x.astype(np.int64) if x.dtype.kind in "iub" else x


def _by_dim(stem: str) -> Overload:
    """torch has one overload for all elements and another for those along dimensions."""
    names = f"{stem}Backward0", f"{stem}Backward1"
    return lambda tensors, settings: (names[settings[0] is not None], slice(None))


@op(kind=LINEAR, node=_by_dim("Sum"))
def sum(x, dim=None, keepdim=False, dtype=None):
    """The elements added up; integers add up in int64."""
    if not isinstance(keepdim, bool):
        raise TypeError(f"sum(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}")
    x = _summand(x, dtype)
    axes = None if dim is None else dims.several(dim, x.ndim)
    wide = _wide(x)
    out = np.add.reduce(wide, axis=axes, keepdims=keepdim)
    return out if wide is x else out.astype(x.dtype)


@op(kind=LINEAR, method=False, node="ExpandBackward0")
def _spread(x, shape=(), dim=None, keepdim=False):
    """x repeated over the dimensions that a reduction of `shape` lost: what sum transposes to."""
    if dim is None and not keepdim:
        return repeated(x, shape)
    return repeated(x if keepdim else x.reshape(dims.kept(shape, dim)), shape)


sum.grads(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim))
_spread.grads(x=lambda g, dim, keepdim: sum(g, dim, keepdim))


@op(kind=LINEAR)
def nansum(x, dim=None, keepdim=False, dtype=None):
    """The elements added up, NaN counting as 0."""
    if x.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    x = _summand(x, dtype)
    axes = dims.several(dim, x.ndim)
    total = np.add.reduce(_wide(x), axis=axes, keepdims=keepdim)
    if np.isnan(total).any():  # a sum that is a number had no NaN in it
        numbers = np.where(np.isnan(x), np.zeros((), x.dtype), x)
        total = np.add.reduce(_wide(numbers), axis=axes, keepdims=keepdim)
    return total.astype(x.dtype, copy=False)


nansum.grads(x=lambda g, x, dim, keepdim: _where(x == x, _spread(g, x.shape, dim, keepdim), 0.0))


@op(kind=LINEAR, node=_by_dim("Mean"))
def mean(x, dim=None, keepdim=False, dtype=None):
    """The sum divided by how many there are; NaN for none."""
    if dtype is not None:
        x = x.astype(dtypes.of(dtype).numpy)
    if x.dtype.kind in "iub":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {_kind(x)}"
        )
    total = np.add.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim)
    return np.true_divide(total, total.dtype.type(dims.count(x.shape, dim))).astype(x.dtype)


def _kind(x: np.ndarray) -> str:
    """torch's word for a dtype: Long, Float."""
    return dtypes.OF_NUMPY[x.dtype].word


mean.grads(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim) / dims.count(x_shape, dim))


@method
def nanmean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the elements that are numbers."""
    return nansum(x, dim, keepdim, dtype=dtype) / sum(cast(x == x, dtypes.numpy_of(x)), dim, keepdim)


@op(kind=GENERAL, method=False)
def _logsumexp(x, dim=None, keepdim=False):
    """log(sum(exp(x))), the largest element taken out, so that nothing overflows."""
    axes = dims.several(dim, x.ndim)
    wide = _wide(x)
    top = np.max(wide.real, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    total = np.log(np.add.reduce(np.exp(wide - top), axis=axes, keepdims=True)) + top
    return (total if keepdim else np.squeeze(total, axes)).astype(x.dtype, copy=False)


def _shares(x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """The softmax: out is rounded, so the exponentials are divided by what they really add up to."""
    z = exp(x - _spread(out, x.shape, dim, keepdim))
    return z / sum(z, dim, True)


_logsumexp.grads(
    x=lambda g, x, out, dim, keepdim: _spread(g, x.shape, dim, keepdim) * conj(_shares(x, out, dim, keepdim))
)


@method
def logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    """log(sum(exp(x))) over `dim`, without overflow."""
    return _logsumexp(
        cast(x, dtypes.get_default_dtype().numpy) if dtypes.numpy_of(x).kind in "iub" else x, dim, keepdim
    )


def _fold(x: np.ndarray, dim: Any, keepdim: bool, ufunc: Any) -> np.ndarray:
    out = ufunc.reduce(x.astype(bool), axis=dims.several(dim, x.ndim), keepdims=keepdim)
    return out.astype(x.dtype) if x.dtype == np.uint8 else out  # type: ignore[no-any-return]  # torch keeps uint8


@op()
def all(x, dim=None, keepdim=False):
    """Is no element 0?"""
    return _fold(x, dim, keepdim, np.logical_and)


@op()
def any(x, dim=None, keepdim=False):
    """Is some element not 0?"""
    return _fold(x, dim, keepdim, np.logical_or)


@op()
def count_nonzero(x, dim=None):
    """How many elements are not 0."""
    return np.count_nonzero(x, axis=dims.several(dim, x.ndim))
