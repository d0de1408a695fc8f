"""Pooling: one number for every window. Averages are linear; a maximum remembers where it was.

An index counts the elements of a plane (the pooled dimensions) in C order, as torch's do. What picks elements by
such indices transposes to what adds them up there.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..grids import Grid, surrounded, volume
from ..op import GENERAL, LINEAR, op


def _counts(grid: Grid, padding: tuple[int, ...], include_pad: bool) -> np.ndarray:
    """How many elements each window holds: those of the padding count, those beyond it never do."""
    total = np.ones(())
    for n, k, s, p, m in zip(grid.space, grid.size, grid.stride, padding, grid.places, strict=True):
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)
        if not include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, n)
        total = np.multiply.outer(total, end - start)
    return total


def _shared(grid: Grid, include_pad: bool, divisor: int | None, dtype: Any) -> Any:
    """What the sum over each window is divided by."""
    return dtype.type(divisor) if divisor is not None else _counts(grid, grid.before, include_pad).astype(dtype)


def _pool_name(stem: str) -> Any:
    return lambda tensors, settings: (f"{stem.format(settings[0].rank)}Backward0", slice(None))


@op(kind=LINEAR, method=False, node=_pool_name("AvgPool{}D"))
def _averaged(x, grid=None, include_pad=True, divisor=None):
    """The mean of every window, or its sum over `divisor`."""
    wide = surrounded(x, grid)
    total = np.zeros((*x.shape[: x.ndim - grid.rank], *grid.places), x.dtype)
    for _, where in grid.offsets():
        total += wide[(..., *where)]
    return total / _shared(grid, include_pad, divisor, x.real.dtype)


@op(kind=LINEAR, method=False)
def _dealt(x, grid=None, include_pad=True, divisor=None):
    """Every element dealt out evenly to its window: what averaging transposes to."""
    share = x / _shared(grid, include_pad, divisor, x.real.dtype)
    wide = np.zeros((*x.shape[: x.ndim - grid.rank], *grid.padded), x.dtype)
    for _, where in grid.offsets():
        wide[(..., *where)] += share
    return np.ascontiguousarray(wide[(..., *grid.inside)])


_averaged.grads(x=lambda g, grid, include_pad, divisor: _dealt(g, grid, include_pad, divisor))
_dealt.grads(x=lambda g, grid, include_pad, divisor: _averaged(g, grid, include_pad, divisor))


@op(kind=GENERAL, outputs=2, method=False, node=_pool_name("MaxPool{}DWithIndices"))
def _largest(x, grid=None):
    """The largest element of every window and where it is: the first of equals, but the last NaN before all."""
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    wide = surrounded(x, grid, lowest)
    plane = np.full(grid.padded, -1)
    plane[grid.inside] = np.arange(volume(grid.space)).reshape(grid.space)
    found = [(wide[(..., *where)], plane[where]) for _, where in grid.offsets()]
    best = np.full((*x.shape[: x.ndim - grid.rank], *grid.places), lowest, x.dtype)
    first = functools.reduce(lambda later, at: np.where(at >= 0, at, later), [at for _, at in reversed(found)])
    index = np.array(np.broadcast_to(first, best.shape))  # until something is larger, the first place inside
    for values, at in found:
        np.copyto(index, at, where=values > best)
        np.maximum(best, values, out=best)
    if np.isnan(best).any():
        for values, at in found:
            np.copyto(index, at, where=np.isnan(values))
    return best, index


_largest.grads(x=lambda g0, out1, x_shape, grid: _placed(g0, out1, x_shape, grid.rank))


@op(
    kind=GENERAL,
    outputs=2,
    method=False,
    node=lambda tensors, settings: (f"{settings[2]}MaxPool{len(settings[0])}DBackward0", slice(None)),
)
def _largest_between(x, starts=(), ends=(), name=""):
    """The largest element of every bin and where it is; bins lie between `starts` and `ends`.

    Those are one array a dimension, for all planes alike (count) or for each its own (batch, channel, count).
    """
    rank = len(starts)
    space = x.shape[x.ndim - rank :]
    lead = np.broadcast_shapes(*(s.shape[:-1] for s in starts))
    best = np.zeros((*x.shape[: x.ndim - rank], *(s.shape[-1] for s in starts)), x.dtype)
    index = np.full(best.shape, -1)
    widest = tuple(int(np.max(e - s, initial=0)) for s, e in zip(starts, ends, strict=True))
    if not lead and best.size and volume(best.shape[x.ndim - rank :]) < volume(widest):
        _fill_by_bin(x, starts, ends, best, index)
        return best, index
    for offset in np.ndindex(*widest):
        at, inside = np.zeros((*lead, *(1,) * rank), np.int64), np.ones((*lead, *(1,) * rank), bool)
        for d, (o, s, e, n) in enumerate(zip(offset, starts, ends, space, strict=True)):
            row = (*s.shape[:-1], *(1,) * d, -1, *(1,) * (rank - d - 1))
            at, inside = at * n + np.minimum(s + o, n - 1).reshape(row), inside & (s + o < e).reshape(row)
        if lead:
            values = _picked.op.kernel(x, np.broadcast_to(at, index.shape), rank)
        else:
            values = np.take(_planes(x, rank), at.ravel(), axis=1).reshape(best.shape)
        better = inside & ((values > best) | (index < 0) | np.isnan(values))
        np.copyto(best, values, where=better)
        np.copyto(index, at, where=better)
    return best, index


def _fill_by_bin(x: np.ndarray, starts: Any, ends: Any, best: np.ndarray, index: np.ndarray) -> None:
    """The same for few wide bins, one bin after the other; of several NaN, too, the last."""
    rank = len(starts)
    space = x.shape[x.ndim - rank :]
    for place in np.ndindex(*best.shape[x.ndim - rank :]):
        corner = [int(s[n]) for s, n in zip(starts, place, strict=True)]
        block = x[(..., *(slice(a, int(e[n])) for a, e, n in zip(corner, ends, place, strict=True)))]
        elements = block.reshape(*x.shape[: x.ndim - rank], -1)
        at = elements.argmax(-1)  # of the first NaN, if there is one
        found = np.take_along_axis(elements, at[..., None], -1)[..., 0]
        if (nan := np.isnan(found)).any():
            at = np.where(nan, elements.shape[-1] - 1 - np.isnan(elements[..., ::-1]).argmax(-1), at)
        best[(..., *place)] = found
        inside = np.unravel_index(at, block.shape[x.ndim - rank :])
        index[(..., *place)] = np.ravel_multi_index(tuple(i + a for i, a in zip(inside, corner, strict=True)), space)


_largest_between.grads(x=lambda g0, out1, x_shape, starts: _placed(g0, out1, x_shape, len(starts)))


def _planes(x: np.ndarray, rank: int) -> np.ndarray:
    """(lead, elements of a plane)."""
    lead = x.shape[: x.ndim - rank]
    return x.reshape(volume(lead), volume(x.shape[x.ndim - rank :]))


@op(kind=LINEAR, method=False)
def _placed(x, index, shape=(), rank=2):
    """Planes of `shape` with the elements of x added at their indices."""
    elements, places = _planes(x, rank), _planes(index, rank)
    size = volume(shape[len(shape) - rank :])
    flat = (places + size * np.arange(len(places))[:, None]).reshape(-1)
    made = np.bincount(flat, elements.reshape(-1), volume(shape))
    return made.astype(x.dtype).reshape(shape)


@op(kind=LINEAR, method=False)
def _picked(x, index, rank=2):
    """The elements of x at the indices."""
    return np.take_along_axis(_planes(x, rank), _planes(index, rank), 1).reshape(index.shape)


_placed.grads(x=lambda g, index, rank: _picked(g, index, rank))
_picked.grads(x=lambda g, index, x_shape, rank: _placed(g, index, x_shape, rank))


@op(kind=LINEAR, method=False, node=lambda tensors, settings: (f"MaxUnpool{settings[1]}DBackward0", slice(0, 1)))
def _unpooled(x, index, shape=(), rank=2):
    """Planes of `shape` that are 0 but for the elements of x, each put at its index."""
    out = np.zeros(shape, x.dtype)
    np.put_along_axis(_planes(out, rank), _planes(index, rank), _planes(x, rank), 1)
    return out


_unpooled.grads(x=lambda g, index, rank: _picked(g, index, rank))
