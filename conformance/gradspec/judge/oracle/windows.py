"""What windows mean: which elements each of them sees, and what is made of them; and the transposed convolution."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from flint import arb

from .balls import ZERO, Balls, Rule, balls, total
from .layers import convolution
from .rows import Row, largest, mean, norm

Sizes = Sequence[int]
Span = tuple[int, int]


def spans(size: int, stride: int = 0, padding: int = 0) -> Callable[[int], list[Span]]:
    """From the size of a dimension: where each window begins and ends, counted from the first element."""

    def laid(n: int) -> list[Span]:
        step = stride or size
        return [(at * step - padding, at * step - padding + size) for at in range((n + 2 * padding - size) // step + 1)]

    return laid


def bins(*counts: int) -> list[Callable[[int], list[Span]]]:
    """As many even stretches as asked for; they overlap where they do not divide."""
    return [functools.partial(_even, count) for count in counts]


def _even(count: int, n: int) -> list[Span]:
    return [(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]


def pooled(x: Balls, laid: Sequence[Callable[[int], list[Span]]], made_of: Callable[[Row], arb]) -> Balls:
    """For each window what is made of the elements inside."""
    rank = len(laid)
    space = x.shape[x.ndim - rank :]
    windows = [spans(n) for spans, n in zip(laid, space, strict=True)]
    made = np.empty((*x.shape[: x.ndim - rank], *map(len, windows)), object)
    for place in np.ndindex(made.shape):
        lead, at = place[: x.ndim - rank], place[x.ndim - rank :]
        inside = tuple(
            slice(max(spans[i][0], 0), min(spans[i][1], n)) for spans, i, n in zip(windows, at, space, strict=True)
        )
        made[place] = made_of(list(x[(*lead, *inside)].reshape(-1)))
    return made


def pool(rank: int, made_of: Callable[[Row], arb], size: int = 2, stride: int = 0, padding: int = 0) -> Rule:
    """An op of windows alike in every dimension."""
    return lambda x: pooled(x, [spans(size, stride, padding)] * rank, made_of)


def adaptive(made_of: Callable[[Row], arb], *counts: int) -> Rule:
    """An op of bins."""
    return lambda x: pooled(x, bins(*counts), made_of)


def padded_average(x: Balls, inside: bool) -> Balls:
    """The mean of 2 by 2 windows with a row of zeros around; only `inside` counts those."""
    made_of = (lambda row: total(row) / 4) if inside else mean
    return pooled(x, [spans(2, 1, 1)] * 2, made_of)


def fractional(x: Balls) -> Balls:
    """Two windows of two a dimension: the first at the beginning, the last at the end, whatever was drawn."""
    return pooled(x, [lambda n: [(0, 2), (n - 2, n)]] * 2, largest)


def unpooled(x: Balls) -> Balls:
    """The largest of each 2 by 2 window stays, the others become 0; balls that cannot say may be either."""
    made = x.copy()
    for place in np.ndindex(x.shape):
        *lead, r, c = place
        window = x[(*lead, slice(r // 2 * 2, r // 2 * 2 + 2), slice(c // 2 * 2, c // 2 * 2 + 2))]
        others = [other for other in window.reshape(-1) if other is not x[place]]
        top = functools.reduce(arb.max, others)
        made[place] = x[place] if x[place] > top else ZERO if x[place] <= top else x[place].union(ZERO)
    return made


def conv_transpose(x: Balls, weight: Balls, stride: int, padding: int) -> Balls:
    """Every element lays the filter, each times itself, and what is laid adds up."""
    places, size = x.shape[2:], weight.shape[2:]
    wide = [(n - 1) * stride + m for n, m in zip(places, size, strict=True)]
    made = balls(np.zeros((len(x), weight.shape[1], *wide)))
    for place in np.ndindex(*places):
        at = tuple(slice(p * stride, p * stride + m) for p, m in zip(place, size, strict=True))
        laid = np.tensordot(x[(slice(None), slice(None), *place)], weight, 1)
        made[(slice(None), slice(None), *at)] = made[(slice(None), slice(None), *at)] + laid
    return made[(..., *(slice(padding, n - padding) for n in wide))]


def grouped(x: Balls, weight: Balls, dilation: int) -> Balls:
    """Two convolutions beside each other, of half of the channels each, with filters spread out."""
    gaps = balls(np.zeros((*weight.shape[:2], dilation + 1, dilation + 1)))
    gaps[..., ::dilation, ::dilation] = weight
    halves = zip(np.split(x, 2, 1), np.split(gaps, 2, 0), strict=True)
    return np.concatenate([convolution(part, kernel, 1, 0) for part, kernel in halves], 1)


def same(x: Balls, weight: Balls) -> Balls:
    """As many places as elements: of a filter of three, one zero on either side."""
    return convolution(x, weight, 1, 1)


def positions(space: Sizes, stride: int, padding: int) -> Iterator[tuple[int, tuple[int, int], tuple[int, int]]]:
    """The number of each 2 by 2 window, a place in it, and the element there."""
    laid = [spans(2, stride, padding)(n) for n in space]
    for number, (row, column) in enumerate((r, c) for r, _ in laid[0] for c, _ in laid[1]):
        for at in np.ndindex(2, 2):
            yield number, at, (row + at[0], column + at[1])


def unfold(x: Balls, stride: int, padding: int) -> Balls:
    """A column for each window, channel by channel."""
    space = x.shape[2:]
    count = math.prod(len(spans(2, stride, padding)(n)) for n in space)
    made = balls(np.zeros((*x.shape[:2], 2, 2, count)))
    for number, at, (row, column) in positions(space, stride, padding):
        if 0 <= row < space[0] and 0 <= column < space[1]:
            made[(..., *at, number)] = x[..., row, column]
    return made.reshape(len(x), -1, count)


def fold(x: Balls, stride: int, padding: int) -> Balls:
    """And back into 3 by 3, where windows that overlap add up."""
    parts = x.reshape(len(x), x.shape[1] // 4, 2, 2, -1)
    made = balls(np.zeros((*parts.shape[:2], 3, 3)))
    for number, at, (row, column) in positions((3, 3), stride, padding):
        if 0 <= row < 3 and 0 <= column < 3:
            made[..., row, column] = made[..., row, column] + parts[(..., *at, number)]
    return made


def local_response(x: Balls) -> Balls:
    """Over (1 + half of the mean of the squares of the channel and the one before) to the power 3/4."""
    squares = x * x
    before = np.concatenate([balls(np.zeros(x[:, :1].shape)), squares[:, :-1]], 1)
    root = np.frompyfunc(lambda s: (1 + s / 4) ** (arb(3) / 4), 1, 1)
    return balls(x / root(squares + before))


RULES: dict[str, Rule] = {
    "conv_transpose1d": conv_transpose,
    "conv_transpose2d": conv_transpose,
    "conv_transpose3d": conv_transpose,
    "conv3d": convolution,
    "conv2d.grouped": grouped,
    "conv1d.same": same,
    "avg_pool2d": pool(2, mean),
    "avg_pool2d.padded": padded_average,
    "avg_pool3d": pool(3, mean),
    "max_pool2d": pool(2, largest),
    "max_pool2d.overlapping": pool(2, largest, 3, 1, 1),
    "max_pool3d": pool(3, largest),
    "lp_pool1d": pool(1, norm),
    "lp_pool2d": pool(2, norm),
    "adaptive_avg_pool1d": adaptive(mean, 3),
    "adaptive_avg_pool2d": adaptive(mean, 2, 3),
    "adaptive_avg_pool3d": adaptive(mean, 2, 2, 2),
    "adaptive_max_pool1d": adaptive(largest, 3),
    "adaptive_max_pool2d": adaptive(largest, 2, 3),
    "adaptive_max_pool3d": adaptive(largest, 2, 2, 2),
    "fractional_max_pool2d": fractional,
    "max_unpool2d": unpooled,
    "unfold.windows": unfold,
    "fold": fold,
    "local_response_norm": local_response,
}
