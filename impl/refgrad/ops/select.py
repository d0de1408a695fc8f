"""Pick elements by their rank: max, min, median, kthvalue, mode, sort, topk, running extremes.

Each finds indices first and then reads the values there, so that the gradient goes to the elements
picked and to no other. Equal elements: the index that torch documents, or the first where it leaves
that open. Full reductions without `dim` share the gradient among equals instead.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, LINEAR, method, op
from ..places import fold_at, read_at
from ..tensor import Tensor, wrap
from .extremes import _evenly, _max_all, _min_all
from .maximum import maximum, minimum
from .shape import _reshape


class return_types:
    """torch.return_types: the named pairs that these functions return."""


def _shown(pair: Any) -> str:
    lines = ",\n".join(f"{field}={value!r}" for field, value in zip(pair._fields, pair, strict=True))
    return f"torch.return_types.{type(pair).__name__}(\n{lines})"


def _pair(name: str) -> Any:
    kind = namedtuple(name, ("values", "indices"))  # noqa: PYI024 - nine alike, made in one line each
    kind.__module__ = "torch.return_types"
    kind.__repr__ = _shown  # type: ignore[method-assign, assignment]
    setattr(return_types, name, kind)
    return kind


def _picker(name: str) -> Any:
    """An op that reads x at indices along dim, under torch's name of its node."""

    def _picked(x, index=None, dim=0, keepdim=True):  # type: ignore[no-untyped-def]
        """The elements of x at `index` along dim."""
        if not np.ndim(x):
            return np.array(x)
        out = read_at(x, index, dim)
        return out if keepdim else np.squeeze(out, dim)

    declared = op(kind=LINEAR, method=False, node=f"{name}Backward0")(_picked)
    declared.grads(x=lambda g, x_shape, index, dim: _unpicked(g, x_shape, index, dim))
    return declared


@op(kind=LINEAR, method=False, node="ValueSelectingReductionBackward0")
def _unpicked(x, shape=(), index=None, dim=0):
    """Zeros of `shape` to which x was added at `index` along dim: what picking transposes to."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x
    return fold_at(np.add, out, index, x.reshape(index.shape), dim)


_read = _picker("Index")
_unpicked.grads(x=lambda g, x_shape, index, dim: _reshape(_read(g, index, dim), x_shape))
_PICKERS = {
    name: _picker(name.title()) for name in ("max", "min", "sort", "topk", "kthvalue", "mode", "cummax", "cummin")
}
_PICKERS["median"] = _picker("Median")
_KINDS = {name: _pair(name) for name in _PICKERS} | {"nanmedian": _pair("nanmedian")}
_PICKERS["nanmedian"] = _picker("Nanmedian")


def _picked_pair(name: str, x: Any, index: np.ndarray, dim: int, keepdim: bool = True) -> Any:
    """The named pair of the values at `index` and the index; without the dimension unless keepdim."""
    values = _PICKERS[name](x, index, dim, keepdim)
    return _KINDS[name](values, wrap(index.reshape(values.shape).copy()))


def _array(x: Any) -> np.ndarray:
    return getattr(x, "_a", x)  # type: ignore[no-any-return]


def _one_index(name: str, x: Any, dim: int, keepdim: bool, find: Any) -> Any:
    """The pair for a function that finds one index a row; `find` works along the last dimension."""
    at, array = dims.one(dim, len(x.shape)), _array(x)
    if array.ndim and array.shape[at] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {at} to have non-zero size.")
    index = np.expand_dims(find(np.moveaxis(array, at, -1)), at) if array.ndim else np.zeros((), np.int64)
    return _picked_pair(name, x, index.astype(np.int64), at, keepdim)


def _extreme(name: str, x: Any, dim: Any, keepdim: bool, both: Any, of_all: Any, find: Any) -> Any:
    if isinstance(dim, Tensor):
        return both(x, dim)
    if dim is None:
        return of_all(x)
    if not isinstance(dim, int):
        raise TypeError(f"{name}() received an invalid combination of arguments - got ({type(dim).__name__})")
    if _array(x).dtype.kind == "c":
        raise NotImplementedError(f'"{name}" is not implemented for complex tensors')
    return _one_index(name, x, dim, keepdim, find)


@method
def max(x: Any, dim: Any = None, keepdim: bool = False, **named: Any) -> Any:
    """The largest element; along a dim, (values, indices); beside another tensor, the larger of each pair."""
    return _extreme("max", x, named.get("other", dim), keepdim, maximum, _max_all, lambda a: np.argmax(a, -1))


@method
def min(x: Any, dim: Any = None, keepdim: bool = False, **named: Any) -> Any:
    """The smallest element; along a dim, (values, indices); beside another tensor, the smaller of each pair."""
    return _extreme("min", x, named.get("other", dim), keepdim, minimum, _min_all, lambda a: np.argmin(a, -1))


def _order(a: np.ndarray, descending: bool = False) -> np.ndarray:
    """The indices that sort the last dimension: stable, NaN above every number."""
    if not descending:
        return np.argsort(a, axis=-1, kind="stable")
    return np.flip(a.shape[-1] - 1 - np.argsort(np.flip(a, -1), axis=-1, kind="stable"), -1)


def _ranked(a: np.ndarray, k: Any) -> np.ndarray:
    """The index of an element that has k others before it in order, NaN being last: the first of equals."""
    value = np.partition(a, k, axis=-1)[..., k, None]
    found = a == value
    if a.dtype.kind == "f":
        found |= (a != a) & (value != value)
    return np.argmax(found, -1)


def _middle(a: np.ndarray) -> np.ndarray:
    """The index of the lower middle; of the first NaN, where there is one."""
    index = _ranked(a, (a.shape[-1] - 1) // 2)
    nan = np.isnan(a) if a.dtype.kind in "fV" else np.zeros(a.shape, bool)
    return np.where(nan.any(-1), nan.argmax(-1), index)


def _middle_of_numbers(a: np.ndarray) -> np.ndarray:
    """The index of the lower middle of those elements that are numbers."""
    count = np.sum(a == a, axis=-1, keepdims=True)
    return np.take_along_axis(_order(a), np.maximum(count - 1, 0) // 2, -1)[..., 0]


@op(kind=GENERAL, method=False, node="MedianBackward0")
def _median_all(x, skip_nan=False):
    """The lower middle of all elements."""
    dtypes.refuse("median_cpu", "c", x)
    flat = x.reshape(-1)
    if not flat.size:
        return np.full((), np.nan, x.dtype)
    return flat[(_middle_of_numbers if skip_nan else _middle)(flat)]


_median_all.grads(x=lambda g, x, out: _evenly(g, x, out))


@method
def median(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower middle of the sorted elements, NaN if there is one; along a dim, (values, indices)."""
    if dim is not None:
        dtypes.refuse("median_out", "c", getattr(x, "_a", x))
    return _median_all(x) if dim is None else _one_index("median", x, dim, keepdim, _middle)


@method
def nanmedian(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower middle of those elements that are numbers; along a dim, (values, indices)."""
    if dim is not None:
        dtypes.refuse("median_out", "c", getattr(x, "_a", x))
    return _median_all(x, True) if dim is None else _one_index("nanmedian", x, dim, keepdim, _middle_of_numbers)


@method
def kthvalue(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element, counted from 1, and its index."""
    dtypes.refuse("kthvalue_cpu", "c", getattr(x, "_a", x))
    at = dims.one(dim, len(x.shape))
    if not 1 <= k <= (x.shape[at] if len(x.shape) else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {at}")
    return _one_index("kthvalue", x, dim, keepdim, lambda a: _ranked(a, k - 1))


def _commonest(a: np.ndarray) -> np.ndarray:
    """The last index of the value that comes most often, the smallest of equals."""
    order = _order(a)
    values = np.take_along_axis(a, order, -1)
    place = np.arange(a.shape[-1])
    starts = np.ones(a.shape, bool)
    starts[..., 1:] = values[..., 1:] != values[..., :-1]
    length = place - np.maximum.accumulate(np.where(starts, place, 0), axis=-1)
    return np.take_along_axis(order, length.argmax(-1)[..., None], -1)[..., 0]


@method
def mode(x: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The value that comes most often, the smallest of equals, and an index of it."""
    dtypes.refuse("mode_cpu", "c", getattr(x, "_a", x))
    return _one_index("mode", x, dim, keepdim, _commonest)


def _sorting(x: Any, dim: int, descending: bool) -> tuple[np.ndarray, int]:
    at, array = dims.one(dim, len(x.shape)), _array(x)
    if array.dtype.kind == "c":
        raise RuntimeError("Sort currently does not support complex dtypes on CPU")
    if not array.ndim:
        return np.zeros((), np.int64), at
    return np.moveaxis(_order(np.moveaxis(array, at, -1), descending), -1, at), at


@method
def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The elements in order, and where they stood; equals keep their order, NaN is the largest."""
    index, at = _sorting(x, dim, descending)
    return _picked_pair("sort", x, index, at)


@method
def argsort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that put the elements in order."""
    return wrap(_sorting(x, dim, descending)[0].copy())


@method
def msort(x: Any) -> Any:
    """The elements in order along the first dimension."""
    return sort(x, 0)[0]


@method
def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements, best first, and where they stood."""
    at = dims.one(dim, len(x.shape))
    if k < 0 or k > (x.shape[at] if len(x.shape) else 1):
        raise RuntimeError("selected index k out of range")
    array = _array(x)
    if not array.ndim or array.dtype.kind not in "fiu" or k == 0:
        index, at = _sorting(x, dim, largest)
        return _picked_pair("topk", x, index[(slice(None),) * at + (slice(k),)] if index.ndim else index, at)
    rows = np.moveaxis(array, at, -1)
    found = _best(rows, k, largest)
    order = _order(np.take_along_axis(rows, found, -1), largest)
    return _picked_pair("topk", x, np.moveaxis(np.take_along_axis(found, order, -1), -1, at), at)


def _best(a: np.ndarray, k: int, largest: bool) -> np.ndarray:
    """Where the k largest (or smallest) elements of each row stand, in no order; of equals the first."""
    last = a.shape[-1] - k if largest else k - 1
    if k == 1 and (largest or not np.isnan(np.min(a))):
        return np.argmax(a, -1, keepdims=True) if largest else np.argmin(a, -1, keepdims=True)
    edge = np.partition(a, last, axis=-1)[..., last, None]
    nan = a != a
    same = (a == edge) | (nan & (edge != edge))
    better = (a > edge) | (nan & (edge == edge)) if largest else (a < edge) | (~nan & (edge != edge))
    room = k - better.sum(-1, keepdims=True)
    return np.nonzero(better | (same & (np.cumsum(same, -1) <= room)))[-1].reshape(*a.shape[:-1], k)


def _running(name: str, x: Any, dim: int, best: np.ufunc) -> Any:
    """The best element so far, the latest of equals; a NaN stays."""
    at, array = dims.one(dim, len(x.shape)), np.atleast_1d(_array(x))
    rows = np.ascontiguousarray(np.moveaxis(array, at, -1))
    found = np.flatnonzero((rows == best.accumulate(rows, -1)) | (rows != rows))  # the first of a row is always there
    index = np.repeat(found % (rows.shape[-1] or 1), np.diff(found, append=rows.size)).reshape(rows.shape)
    return _picked_pair(name, x, np.moveaxis(index, -1, at).reshape(x.shape), at)


@method
def cummax(x: Any, dim: int) -> Any:
    """The largest element so far, the latest of equals, and its index."""
    dtypes.refuse("cummax_cpu", "c", getattr(x, "_a", x))
    return _running("cummax", x, dim, np.maximum)


@method
def cummin(x: Any, dim: int) -> Any:
    """The smallest element so far, the latest of equals, and its index."""
    dtypes.refuse("cummin_cpu", "c", getattr(x, "_a", x))
    return _running("cummin", x, dim, np.minimum)


def searchsorted(sorted_sequence: Any, values: Any, *, right: bool = False, side: str | None = None) -> Any:
    """Where each value belongs in a sorted row: before its equals, or after them."""
    rows, wanted = _array(sorted_sequence), np.asarray(_array(values))
    how = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        return wrap(np.asarray(np.searchsorted(rows, wanted, how), np.int64))
    found = np.empty(wanted.shape, np.int64)
    for row in np.ndindex(rows.shape[:-1]):
        found[row] = np.searchsorted(rows[row], wanted[row], how)
    return wrap(found)
