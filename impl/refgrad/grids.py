"""Where windows lie: a Grid says it for the last dimensions of an array, with zeros around, strides and gaps.

Convolution, pooling, `unfold` and `fold` are made of such windows; `grid` lays them as torch does, `seen` shows what
each of them sees.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """Windows over the last dimensions, which are `space` large.

    size        of a window
    stride      from one window to the next
    before      zeros in front of each dimension; behind it there are as many as the windows reach
    dilation    from one element of a window to the next
    places      how many windows there are in each dimension
    """

    space: Sizes
    size: Sizes
    stride: Sizes
    before: Sizes
    dilation: Sizes
    places: Sizes

    @property
    def rank(self) -> int:
        """How many dimensions the windows slide over."""
        return len(self.space)

    @property
    def padded(self) -> Sizes:
        """What the windows reach over, the zeros in front included."""
        return tuple(
            max(p + n, (m - 1) * s + (k - 1) * d + 1)
            for n, k, s, p, d, m in zip(
                self.space, self.size, self.stride, self.before, self.dilation, self.places, strict=True
            )
        )

    @property
    def inside(self) -> tuple[slice, ...]:
        """Where the tensor itself lies in what the windows reach over."""
        return tuple(slice(p, p + n) for p, n in zip(self.before, self.space, strict=True))

    def offsets(self) -> Iterator[tuple[Sizes, tuple[slice, ...]]]:
        """Each place inside a window, and where all windows have theirs."""
        for at in itertools.product(*map(range, self.size)):
            yield (
                at,
                tuple(
                    slice(i * d, i * d + (m - 1) * s + 1, s)
                    for i, d, m, s in zip(at, self.dilation, self.places, self.stride, strict=True)
                ),
            )

    def window(self, place: Sizes) -> tuple[slice, ...]:
        """Where one window has its elements."""
        return tuple(
            slice(p * s, p * s + (k - 1) * d + 1, d)
            for p, s, k, d in zip(place, self.stride, self.size, self.dilation, strict=True)
        )


def each(value: Any, rank: int) -> Sizes:
    """A number for every dimension, given once for all or one by one."""
    return (value,) * rank if isinstance(value, int) else tuple(value) * (rank if len(value) == 1 else 1)


def grid(
    space: Sequence[int],
    size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Grid:
    """The windows that torch lays: with ceil_mode also one that begins inside and ends beyond."""
    rank = len(space)
    size, before, dilation = each(size, rank), each(padding, rank), each(dilation, rank)
    stride = size if stride is None or stride == () else each(stride, rank)
    places = []
    for n, k, s, p, d in zip(space, size, stride, before, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (room + (s - 1 if ceil_mode else 0)) // s + 1
        places.append(count - 1 if ceil_mode and (count - 1) * s >= n + p else count)
    return Grid(tuple(space), size, stride, before, dilation, tuple(places))


def surrounded(x: np.ndarray, grid: Grid, value: Any = 0) -> np.ndarray:
    """x with `value` wherever windows reach beyond it."""
    if grid.padded == grid.space:
        return x
    lead = x.shape[: x.ndim - grid.rank]
    wide = np.full((*lead, *grid.padded), value, x.dtype)
    wide[(..., *grid.inside)] = x
    return wide


def seen(x: np.ndarray, grid: Grid, value: Any = 0) -> np.ndarray:
    """What each window sees: (..., places, size), a view where nothing had to be put around x."""
    wide = surrounded(x, grid, value)
    lead, strides = wide.shape[: wide.ndim - grid.rank], wide.strides[wide.ndim - grid.rank :]
    return np.lib.stride_tricks.as_strided(
        wide,
        (*lead, *grid.places, *grid.size),
        (
            *wide.strides[: len(lead)],
            *(a * s for a, s in zip(strides, grid.stride, strict=True)),
            *(a * d for a, d in zip(strides, grid.dilation, strict=True)),
        ),
        writeable=False,
    )


def volume(sizes: Sizes) -> int:
    """How many elements there are."""
    return math.prod(sizes)
