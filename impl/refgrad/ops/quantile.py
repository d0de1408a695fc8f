"""Quantiles: the number below which a given share of the elements lies.

The elements are sorted, and two neighbours are mixed, so that the gradient goes to these two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims
from ..op import method
from ..tensor import Tensor, wrap
from .arithmetic import lerp
from .scatter import gather
from .select import _array, sort


@method
def quantile(x: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """The number below which the share `q` of the elements lies; a vector of shares adds a dimension in front.

    Between two elements: on the line from one to the other, or the lower, higher, nearest (half to even) or their
    midpoint. A row with NaN gives NaN. Raises RuntimeError for shares outside [0, 1] and dtypes but float and double.
    """
    return _quantile(x, q, dim, keepdim, interpolation, skip_nan=False)


@method
def nanquantile(x: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """`quantile` of those elements that are numbers; a row of nothing but NaN gives NaN."""
    return _quantile(x, q, dim, keepdim, interpolation, skip_nan=True)


def _quantile(x: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool) -> Any:
    array, shares = _array(x), np.asarray(_array(q))
    _check_quantile(array, q, shares, interpolation)
    rows = x.reshape(-1) if dim is None else x.movedim(dim, -1)
    place = _places(np.isnan(_array(rows)), shares.reshape(-1), skip_nan)
    low, high = (_ROUNDINGS.get(interpolation, other)(place) for other in (np.floor, np.ceil))
    weight = np.where(low < high, 0.5, 0.0) if interpolation == "midpoint" else place - low
    ordered = sort(rows).values
    ends = (gather(ordered, -1, wrap(n.astype(np.int64))) for n in (low, high))
    found = lerp(*ends, wrap(weight.astype(array.dtype)))
    if keepdim:
        found = found.reshape(*(1,) * len(x.shape), -1) if dim is None else found.unsqueeze(dims.one(dim, len(x.shape)))
    return found.movedim(-1, 0) if shares.ndim else found.squeeze(-1)


def _places(nan: np.ndarray, shares: np.ndarray, skip_nan: bool) -> np.ndarray:
    """Between which elements of a sorted row each share lies; NaN is sorted last, and is what a spoilt row gives."""
    last = nan.shape[-1] - 1
    if skip_nan:
        return np.maximum(shares * (last - np.sum(nan, -1, keepdims=True)), 0)
    return np.where(nan.any(-1, keepdims=True), last, shares * last)


_ROUNDINGS = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}


def _check_quantile(array: np.ndarray, q: Any, shares: np.ndarray, interpolation: str) -> None:
    if array.dtype not in (np.float32, np.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if array.size == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if isinstance(q, Tensor) and shares.dtype != array.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in ("linear", "midpoint", *_ROUNDINGS):
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    if ((shares < 0) | (shares > 1)).any():
        raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
