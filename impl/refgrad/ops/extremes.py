"""The largest and the smallest element: its value (`amax`, `aminmax`) or its place (`argmax`).

The gradient of a value is shared evenly among the elements that equal it. `max` and `min` along one dimension,
which give the value and its place, are in select.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, method, op
from .fit import cast
from .reduce import _kind, _spread, sum


def _extreme(x: np.ndarray, dim: Any, keepdim: bool, ufunc: Any, name: str) -> np.ndarray:
    axes = dims.several(dim, x.ndim)
    for d in axes:
        if x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return ufunc.reduce(x, axis=axes, keepdims=keepdim)  # type: ignore[no-any-return]


@op(kind=GENERAL)
def amax(x, dim=(), keepdim=False):
    """The largest element; NaN if there is one."""
    dtypes.refuse("max_values_cpu", "c", x)
    return _extreme(x, dim, keepdim, np.maximum, "amax")


@op(kind=GENERAL)
def amin(x, dim=(), keepdim=False):
    """The smallest element; NaN if there is one."""
    dtypes.refuse("min_values_cpu", "c", x)
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
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
            "the 'dim' argument."
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


@method
def aminmax(x: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element."""
    dtypes.refuse("aminmax_cpu", "c", getattr(x, "_a", x))
    where = () if dim is None else dim
    return amin(x, where, keepdim), amax(x, where, keepdim)


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
    if x.dtype.kind == "c":
        raise RuntimeError("argmax(): does not support complex input")
    return _index_of(x, dim, keepdim, np.argmax, "argmax")


@op()
def argmin(x, dim=None, keepdim=False):
    """Where the smallest element stands, the first of equals."""
    if x.dtype.kind == "c":
        raise RuntimeError("argmin(): does not support complex input")
    return _index_of(x, dim, keepdim, np.argmin, "argmin")
