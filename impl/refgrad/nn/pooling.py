"""Pooling of one to three dimensions: averages, maxima and p-norms of windows, and maxima put back.

An input is (batch, channel, space...), or without a batch. Adaptive pooling is told how many windows there are;
fractional pooling draws windows of unequal steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..grids import Grid, each, grid
from ..maps import bins, edges
from ..ops.choose import where
from ..ops.pooling import _averaged, _largest, _largest_between, _unpooled
from ..ops.resize import _resampled
from ..ops.shape import squeeze, unsqueeze
from ..tensor import Tensor


def _batched(rank: int, x: Any, name: str) -> tuple[Any, bool]:
    if len(x.shape) not in (rank + 1, rank + 2):
        raise RuntimeError(f"{name}: Expected {rank + 1}D or {rank + 2}D input, but got {list(x.shape)}")
    single = len(x.shape) == rank + 1
    return (unsqueeze(x, 0) if single else x), single


def _windows(rank: int, x: Any, size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Grid:
    laid = grid(tuple(x.shape[2:]), each(size, rank), stride, padding, dilation, ceil_mode)
    if min(laid.stride) <= 0:
        raise RuntimeError("stride should not be zero")
    for n, p, gap in zip(laid.size, laid.before, laid.dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((n - 1) * gap + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={n} and "
                f"dilation={gap}"
            )
    if min(laid.places) < 1:
        have, found = ("x".join(map(str, (x.shape[1], *s))) for s in (laid.space, laid.places))
        raise RuntimeError(f"Given input size: ({have}). Calculated output size: ({found}). Output size is too small")
    return laid


def _average(
    rank: int, x: Any, size: Any, stride: Any, padding: Any, ceil_mode: bool, include_pad: bool, divisor: int | None
) -> Any:
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    x, single = _batched(rank, x, f"avg_pool{rank}d")
    y = _averaged(x, _windows(rank, x, size, stride, padding, 1, ceil_mode), include_pad, divisor)
    return squeeze(y, 0) if single else y


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    """The mean of every window; with count_include_pad=False of the elements alone, without the zeros around."""
    return _average(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of every window, or its sum over `divisor_override`."""
    return _average(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of every window, or its sum over `divisor_override`."""
    return _average(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _p_norm(rank: int, x: Any, p: float, size: Any, stride: Any, ceil_mode: bool) -> Any:
    sizes = each(size, rank)
    mean = _average(rank, x**p, sizes, stride, 0, ceil_mode, True, None)
    total = mean * float(np.prod(sizes))
    empty = total == 0
    return where(empty, 0.0, where(empty, 1.0, total) ** (1.0 / p))


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-th root of the sum of p-th powers; a window of zeros gets no gradient, where the root would send NaN."""
    return _p_norm(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-th root of the sum of p-th powers of every window."""
    return _p_norm(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-th root of the sum of p-th powers of every window."""
    return _p_norm(3, input, norm_type, kernel_size, stride, ceil_mode)


def _answer(found: Any, single: bool, return_indices: bool) -> Any:
    values, indices = (squeeze(t, 0) for t in found) if single else found
    return (values, indices) if return_indices else values


def _max_pool(rank: int) -> Callable[..., Any]:
    """max_pool of so many dimensions."""

    def max_pool(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        """The largest element of every window, the first of equals; with return_indices also where it is."""
        x, single = _batched(rank, input, f"max_pool{rank}d")
        laid = _windows(rank, x, kernel_size, stride, padding, dilation, ceil_mode)
        return _answer(_largest(x, laid), single, return_indices)

    return _named(max_pool, f"max_pool{rank}d")


def _adaptive_avg_pool(rank: int) -> Callable[..., Any]:
    """adaptive_avg_pool of so many dimensions."""

    def adaptive_avg_pool(input: Tensor, output_size: Any) -> Any:
        """The means of bins, so many a dimension (None: as many as there are elements), as even as they go."""
        x, single = _batched(rank, input, f"adaptive_avg_pool{rank}d")
        y = _resampled(x, tuple(bins(n, m) for n, m in zip(x.shape[2:], _sizes(rank, x, output_size), strict=True)))
        return squeeze(y, 0) if single else y

    return _named(adaptive_avg_pool, f"adaptive_avg_pool{rank}d")


def _adaptive_max_pool(rank: int) -> Callable[..., Any]:
    """adaptive_max_pool of so many dimensions."""

    def adaptive_max_pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        """The maxima of bins, so many a dimension (None: as many as there are elements), as even as they go."""
        x, single = _batched(rank, input, f"adaptive_max_pool{rank}d")
        pairs = [edges(n, m) for n, m in zip(x.shape[2:], _sizes(rank, x, output_size), strict=True)]
        starts, ends = zip(*pairs, strict=True)
        return _answer(_largest_between(x, starts, ends, "Adaptive"), single, return_indices)

    return _named(adaptive_max_pool, f"adaptive_max_pool{rank}d")


def _sizes(rank: int, x: Any, output_size: Any) -> tuple[int, ...]:
    wanted = each(output_size, rank) if output_size is not None else (None,) * rank
    return tuple(n if m is None else m for n, m in zip(x.shape[2:], wanted, strict=True))


def _fractional_max_pool(rank: int) -> Callable[..., Any]:
    """fractional_max_pool of so many dimensions."""

    def fractional_max_pool(
        input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> Any:  # fmt: skip
        """The maxima of windows whose steps are drawn (Graham 2014), a draw for each channel of each sample."""
        if output_size is None and output_ratio is None:
            raise ValueError(f"fractional_max_pool{rank}d requires specifying either an output_size or an output_ratio")
        x, single = _batched(rank, input, f"fractional_max_pool{rank}d")
        size = each(kernel_size, rank)
        if output_size is None:
            ratios = (output_ratio,) * rank if isinstance(output_ratio, float) else output_ratio
            output_size = tuple(int(n * r) for n, r in zip(x.shape[2:], ratios, strict=True))
        counts = each(output_size, rank)
        if _random_samples is None:
            from ..random import rand

            _random_samples = rand(*x.shape[:2], rank, dtype=x.dtype)
        starts = _starts(_random_samples._a, tuple(x.shape[2:]), counts, size)
        ends = tuple(start + k for start, k in zip(starts, size, strict=True))
        return _answer(_largest_between(x, starts, ends, "Fractional"), single, return_indices)

    return _named(fractional_max_pool, f"fractional_max_pool{rank}d")


def _starts(draws: np.ndarray, space: Any, counts: Any, size: Any) -> tuple[np.ndarray, ...]:
    """Where windows begin, (batch, channel, count) for each dimension: steps of n / m, shifted by what was drawn.

    The draws stand in torch's order, the last dimension first.
    """
    found = []
    for axis, (n, m, k) in enumerate(zip(space, counts, size, strict=True)):
        if m + k - 1 > n:
            raise RuntimeError(f"fractional_max_pool: pool size ({k}) too large relative to input ({n})")
        draw = draws[..., len(space) - 1 - axis, None]
        step = (n - k) / (m - 1) if m > 1 else 0.0
        places = np.floor((np.arange(m) + draw) * step) - np.floor(draw * step)
        places[..., -1] = n - k
        found.append(places.astype(np.int64))
    return tuple(found)


def _max_unpool(rank: int) -> Callable[..., Any]:
    """max_unpool of so many dimensions."""

    def max_unpool(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Any:
        """Zeros but for the elements of the input, each put where max_pool found it."""
        x, single = _batched(rank, input, f"max_unpool{rank}d")
        places = unsqueeze(indices, 0) if single else indices
        size, padding = each(kernel_size, rank), each(padding, rank)
        stride = size if stride is None or stride == () else each(stride, rank)
        default = tuple((m - 1) * s + k - 2 * p for m, s, k, p in zip(x.shape[2:], stride, size, padding, strict=True))
        space = default if output_size is None else tuple(output_size)[-rank:]
        if output_size is not None and any(
            not d - s < n < d + s for n, d, s in zip(space, default, stride, strict=True)
        ):
            raise ValueError(f"invalid output_size {list(space)} (it must be within a stride of {list(default)})")
        found = places._a[(places._a < 0) | (places._a >= np.prod(space))]
        if found.size:
            told = "x".join(map(str, space))
            raise RuntimeError(f"Found an invalid max index: {found.flat[0]} (output volumes are of size {told})")
        y = _unpooled(x, places, (*x.shape[:2], *space), rank)
        return squeeze(y, 0) if single else y

    return _named(max_unpool, f"max_unpool{rank}d")


def _named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    return function


max_pool1d, max_pool2d, max_pool3d = (_max_pool(rank) for rank in (1, 2, 3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = (_adaptive_avg_pool(rank) for rank in (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (_adaptive_max_pool(rank) for rank in (1, 2, 3))
fractional_max_pool2d, fractional_max_pool3d = (_fractional_max_pool(rank) for rank in (2, 3))
max_unpool1d, max_unpool2d, max_unpool3d = (_max_unpool(rank) for rank in (1, 2, 3))
