"""The distinct elements of a tensor, or its distinct slices: `unique`, in order, and `unique_consecutive`, in runs.

As torch, by value alone: the results stand in the graph, and their gradient is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims
from ..op import GENERAL, method, op
from ..recipe import no_formula
from ..tensor import wrap


@op(kind=GENERAL, outputs=3, method=False, node="Unique2Backward0")
def _unique(x, dim=None):
    """What is distinct in rising order, where in it each element or slice is, and how often each is there."""
    values, places, counts = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    return values, places.reshape(x.shape if dim is None else -1), counts


_unique.grads(x=no_formula("_unique2", "_unique2"))


@op(kind=GENERAL, outputs=3, method=False, node="UniqueConsecutiveBackward0")
def _runs(x, dim=None):
    """The first of every run of equals, in which run each element or slice is, and how long each is."""
    rows = x.reshape(-1, 1) if dim is None else np.moveaxis(x, dim, 0).reshape(x.shape[dim], -1)
    starts = np.ones(len(rows), bool)
    starts[1:] = np.any(rows[1:] != rows[:-1], axis=1)
    values = x.reshape(-1)[starts] if dim is None else np.compress(starts, x, axis=dim)
    places = np.cumsum(starts) - 1
    counts = np.diff(np.append(np.nonzero(starts)[0], len(rows)))
    return values, places.reshape(x.shape if dim is None else -1), counts


_runs.grads(x=no_formula("unique_consecutive", "unique_consecutive"))


def _asked(found: Any, inverse: bool, counts: bool) -> Any:
    values, places, lengths = found
    more = [t for t, wanted in ((places, inverse), (lengths, counts)) if wanted]
    return (values, *more) if more else values


@method
def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The distinct elements, or slices along dim, in rising order; every NaN is distinct."""
    at = None if dim is None else dims.one(dim, len(input.shape))
    return _asked(_unique(input, at), return_inverse, return_counts)


@method
def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or slices along dim, without those that equal the one before."""
    at = None if dim is None else dims.one(dim, len(input.shape))
    return _asked(_runs(input, at), return_inverse, return_counts)


def _places(inside: np.ndarray, dtype: Any) -> Any:
    from .. import dtypes

    found = np.stack(np.nonzero(inside))
    return wrap(found.astype(np.int64 if dtype is None else dtypes.of(dtype).numpy))


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, **_: Any) -> Any:
    """The rows and columns, one above the other, of what `tril` keeps of a matrix."""
    return _places(np.tri(row, col, offset, dtype=bool), dtype)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, **_: Any) -> Any:
    """The rows and columns, one above the other, of what `triu` keeps of a matrix."""
    return _places(~np.tri(row, col, offset - 1, dtype=bool), dtype)
