"""Many elements into one: sums, products, moments, norms, logical folds.

`dim` is an int, a tuple, or None for all; `keepdim` leaves size 1 behind. What picks an element (max
along a dim, median) lives in select.py, running sums in scan.py.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, LINEAR, method, op
from ..tensor import Tensor
from .arithmetic import sub
from .compare import _where, ne
from .complex import abs, conj, reciprocal_or_zero, sgn
from .explog import exp

HALF = 2  # bytes: sums of such elements are made in float32, as torch's kernels do


def _wide(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32) if x.dtype.itemsize == HALF and x.dtype.kind in "fV" else x


def _summand(x: np.ndarray, dtype: Any) -> np.ndarray:
    """x in the dtype that torch adds it in: the one asked for, int64 for integers."""
    if dtype is not None:
        return x.astype(dtypes.of(dtype).numpy)
    return x.astype(np.int64) if x.dtype.kind in "iub" else x


@op(kind=LINEAR)
def sum(x, dim=None, keepdim=False, dtype=None):
    """The elements added up; integers add up in int64."""
    if not isinstance(keepdim, bool):
        raise TypeError(f"sum(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}")
    x = _summand(x, dtype)
    return np.add.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim).astype(x.dtype)


@op(kind=LINEAR, method=False, node="ExpandBackward0")
def _spread(x, shape=(), dim=None, keepdim=False):
    """x repeated over the dimensions that a reduction of `shape` lost: what sum transposes to."""
    return np.broadcast_to(x if keepdim else x.reshape(dims.kept(shape, dim)), shape)


sum.grads(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim))
_spread.grads(x=lambda g, dim, keepdim: sum(g, dim, keepdim))


@op(kind=LINEAR)
def nansum(x, dim=None, keepdim=False, dtype=None):
    """The elements added up, NaN counting as 0."""
    x = _summand(x, dtype)
    x = np.where(np.isnan(x), np.zeros((), x.dtype), x)
    return np.add.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim).astype(x.dtype)


nansum.grads(x=lambda g, x, dim, keepdim: _where(x == x, _spread(g, x.shape, dim, keepdim), 0.0))


@op(kind=LINEAR)
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
    return dtypes.OF_NUMPY[x.dtype].tensor_type.removeprefix("torch.").removesuffix("Tensor")


mean.grads(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim) / dims.count(x_shape, dim))


@method
def nanmean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the elements that are numbers."""
    return nansum(x, dim, keepdim, dtype=dtype) / sum(x == x, dim, keepdim)


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
    x=lambda g, x, out, dim, correction, keepdim: _var_grad(g * reciprocal_or_zero(out * 2), x, dim, correction, keepdim)
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


def var_mean(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance and the mean."""
    dim, correction = _moment("var_mean", x, dim, unbiased, correction)
    return _var(x, dim, correction, keepdim), mean(x, dim, keepdim)


def std_mean(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation and the mean."""
    dim, correction = _moment("std_mean", x, dim, unbiased, correction)
    return _std(x, dim, correction, keepdim), mean(x, dim, keepdim)


def _extreme(x: np.ndarray, dim: Any, keepdim: bool, ufunc: Any, name: str) -> np.ndarray:
    axes = dims.several(dim, x.ndim)
    for d in axes:
        if x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return ufunc.reduce(x, axis=axes, keepdims=keepdim)  # type: ignore[no-any-return]


@op(kind=GENERAL)
def amax(x, dim=(), keepdim=False):
    """The largest element; NaN if there is one."""
    return _extreme(x, dim, keepdim, np.maximum, "amax")


@op(kind=GENERAL)
def amin(x, dim=(), keepdim=False):
    """The smallest element; NaN if there is one."""
    return _extreme(x, dim, keepdim, np.minimum, "amin")


def _to_ties(g: Any, x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """g shared evenly among the elements that equal the extreme one."""
    tied = x == _spread(out, x.shape, dim, keepdim)
    return _spread(g, x.shape, dim, keepdim) * tied / sum(tied, dim, True)


amax.grads(x=lambda g, x, out, dim, keepdim: _to_ties(g, x, out, dim, keepdim))
amin.grads(x=lambda g, x, out, dim, keepdim: _to_ties(g, x, out, dim, keepdim))


@op(kind=GENERAL, method=False, node="MaxBackward1")
def _max_all(x):
    """The largest element of all."""
    return _extreme_of_all(x, np.maximum, "max")


@op(kind=GENERAL, method=False, node="MinBackward1")
def _min_all(x):
    """The smallest element of all."""
    return _extreme_of_all(x, np.minimum, "min")


def _extreme_of_all(x: np.ndarray, ufunc: Any, name: str) -> np.ndarray:
    if x.size == 0:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
            "'dim' argument."
        )
    if x.dtype.kind == "c":
        raise NotImplementedError(f"\"{name}_all\" not implemented for '{_kind(x)}'")
    return ufunc.reduce(x, axis=None)  # type: ignore[no-any-return]


def _evenly(g: Any, x: Any, out: Any) -> Any:
    """g shared evenly among the elements that equal `out`; among the NaNs, if it is one."""
    tied = (x == out) | ((x != x) & (out != out))
    return g * tied / sum(tied)


_max_all.grads(x=lambda g, x, out: _evenly(g, x, out))
_min_all.grads(x=lambda g, x, out: _evenly(g, x, out))


def aminmax(x: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element."""
    where = () if dim is None else dim
    return amin(x, where, keepdim), amax(x, where, keepdim)


@op(kind=GENERAL)
def prod(x, dim=None, keepdim=False, dtype=None):
    """The product of all elements, or along one dimension."""
    x = _summand(x, dtype)
    return np.multiply.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim).astype(x.dtype)


prod.grads(x=lambda g, x, dim, keepdim: _prod_grad(g, x, dim, keepdim))


def _prod_grad(g: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """g times the product of the other elements, found without dividing: zeros need no special case."""
    shape = x.shape
    if dim is None:
        return _reshaped(_reshaped(_others(_reshaped(x, (-1,)), 0), shape) * 0 + 1, shape) if False else (
            g * conj(_reshaped(_others(_reshaped(x, (-1,)), 0), shape))
        )
    return _spread(g, shape, dim, keepdim) * conj(_others(x, dims.one(dim, len(shape))))
