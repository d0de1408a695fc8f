"""Many elements into one: sums, products, moments, norms, logical folds.

`dim` is an int, a tuple, or None for all; `keepdim` leaves size 1 behind. What picks an element (max
along a dim, median) lives in select.py, running sums in scan.py.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, LINEAR, Overload, method, op
from ..tensor import Tensor
from .arithmetic import _pow, sub, zeros_times
from .compare import _where
from .complex import abs, conj, reciprocal_or_zero, sgn
from .explog import exp
from .fit import cast

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
    return lambda tensors, settings: (f"{stem}Backward{int(settings[0] is not None)}", slice(None))


@op(kind=LINEAR, node=_by_dim("Sum"))
def sum(x, dim=None, keepdim=False, dtype=None):
    """The elements added up; integers add up in int64."""
    if not isinstance(keepdim, bool):
        raise TypeError(f"sum(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}")
    x = _summand(x, dtype)
    return np.add.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim).astype(x.dtype, copy=False)


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
    return np.add.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim).astype(x.dtype, copy=False)


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
    return dtypes.OF_NUMPY[x.dtype].tensor_type.removeprefix("torch.").removesuffix("Tensor")


mean.grads(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim) / dims.count(x_shape, dim))


@method
def nanmean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the elements that are numbers."""
    return nansum(x, dim, keepdim, dtype=dtype) / sum(cast(x == x, dtypes.numpy_of(x)), dim, keepdim)


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
    tied = cast(x == _spread(out, x.shape, dim, keepdim), dtypes.numpy_of(x))
    return _spread(g, x.shape, dim, keepdim) * (tied / sum(tied, dim, True))


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
    tied = cast((x == out) | ((x != x) & (out != out)), dtypes.numpy_of(x))
    return g * (tied / sum(tied))


_max_all.grads(x=lambda g, x, out: _evenly(g, x, out))
_min_all.grads(x=lambda g, x, out: _evenly(g, x, out))


def aminmax(x: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element."""
    where = () if dim is None else dim
    return amin(x, where, keepdim), amax(x, where, keepdim)


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


@op(kind=GENERAL, method=False, node="LinalgVectorNormBackward0")
def _vector_norm(x, ord=2.0, dim=None, keepdim=False):
    """(sum |x|^ord)^(1/ord); the largest |x| for inf, how many are not 0 for 0."""
    axes = dims.several(dim, x.ndim)
    size = np.abs(_wide(x))
    if ord == np.inf:
        out = np.maximum.reduce(size, axis=axes, keepdims=keepdim)
    elif ord == -np.inf:
        out = np.minimum.reduce(size, axis=axes, keepdims=keepdim)
    elif ord == 0:
        out = np.add.reduce(size != 0, axis=axes, keepdims=keepdim, dtype=size.dtype)
    elif ord == 1:
        out = np.add.reduce(size, axis=axes, keepdims=keepdim)
    elif ord == 2:
        out = np.sqrt(np.add.reduce(size * size, axis=axes, keepdims=keepdim))
    else:
        out = np.power(np.add.reduce(np.power(size, ord), axis=axes, keepdims=keepdim), 1 / ord)
    return out.astype(x.real.dtype, copy=False)


_vector_norm.grads(x=lambda g, x, out, ord, dim, keepdim: _norm_grad(g, x, out, ord, dim, keepdim))


def _norm_grad(g: Any, x: Any, out: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    """The unit vector that the norm grows along; 0 where the norm is 0, as torch takes it."""
    g = _spread(g, x.shape, dim, keepdim)
    if ord == 0:
        return zeros_times(g)
    if ord == 1:
        return g * sgn(x)
    if ord == 2:
        return x * (g * reciprocal_or_zero(_spread(out, x.shape, dim, keepdim)))
    if ord in (np.inf, -np.inf):
        extreme = cast(abs(x) == _spread(out, x.shape, dim, keepdim), dtypes.numpy_of(out))
        return g * sgn(x) * (extreme / sum(extreme, dim, True))
    share = abs(x) * reciprocal_or_zero(_spread(out, x.shape, dim, keepdim))
    flat = share == 0
    return g * sgn(x) * _where(flat, 0.0, _pow(_where(flat, 1.0, share), ord - 1))


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The `ord`-norm of x taken as a vector; raises RuntimeError for integers."""
    x = x if dtype is None else cast(x, dtypes.of(dtype).numpy)
    array = getattr(x, "_a", x)
    if array.dtype.kind in "iub":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {_kind(array)}"
        )
    if array.size == 0 and (ord < 0 or ord == np.inf) and 0 in [array.shape[d] for d in dims.several(dim, array.ndim)]:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {float(ord)} norm on an empty tensor because the operation does not "
            "have an identity"
        )
    return _vector_norm(x, ord, dim, keepdim)


@method
def norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The p-norm of x taken as a vector ("fro" is 2); `p="nuc"` is the sum of a matrix's singular values."""
    if p == "nuc":
        from .decompose import matrix_norm

        return matrix_norm(x, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


@method
def dist(x: Any, y: Any, p: float = 2) -> Any:
    """The p-norm of x - y."""
    return vector_norm(sub(x, y), p)


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


def _index_of(x: np.ndarray, dim: Any, keepdim: bool, find: Any, name: str) -> np.ndarray:
    if dim is None:
        if x.size == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        out = find(x, axis=None)
        return np.reshape(out, (1,) * x.ndim) if keepdim else out
    axis = dims.one(dim, x.ndim)
    return find(x, axis=axis, keepdims=keepdim) if x.ndim else np.zeros((), np.int64)  # type: ignore[no-any-return]


@op()
def argmax(x, dim=None, keepdim=False):
    """Where the largest element stands, the first of equals; among all elements, in C order."""
    return _index_of(x, dim, keepdim, np.argmax, "argmax")


@op()
def argmin(x, dim=None, keepdim=False):
    """Where the smallest element stands, the first of equals."""
    return _index_of(x, dim, keepdim, np.argmin, "argmin")


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str | None = None) -> Any:
    """The p-norm distance of every row of x1 to every row of x2; a distance of 0 has the gradient 0."""
    from .shape import unsqueeze

    return vector_norm(sub(unsqueeze(x1, -2), unsqueeze(x2, -3)), p, -1)


def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norm distances between the rows of a matrix, each pair once; a distance of 0 has the gradient 0."""
    if len(input.shape) != 2:
        raise RuntimeError("pdist only supports 2D tensors, got: " + f"{len(input.shape)}D")
    first, second = np.triu_indices(input.shape[0], 1)
    return vector_norm(sub(input[first], input[second]), p, -1)
