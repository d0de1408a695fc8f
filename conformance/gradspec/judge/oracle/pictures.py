"""What resizing and looking up mean: every new element is a sum over all old ones, weighed by how far away they are.

A straight line between neighbours weighs by a hat, the cubic by Keys' (1981); beyond the picture a place is brought
back first, by one rule or another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from flint import arb

from .balls import ONE, ZERO, Balls, Rule, balls, if_above, total
from .elementwise import clamp
from .windows import adaptive

Kernel = Callable[[arb], arb]


def hat(t: arb) -> arb:
    """1 at 0, 0 from 1 on."""
    return (1 - abs(t)).max(ZERO)


def keys(a: arb) -> Kernel:
    """Keys' cubic: 1 at 0, 0 at the other integers and from 2 on."""

    def kernel(t: arb) -> arb:
        t = abs(t)
        near, far = ((a + 2) * t - (a + 3)) * t * t + 1, a * (((t - 5) * t + 8) * t - 4)
        return if_above(t, 1, if_above(t, 2, ZERO, far), near)

    return kernel


CUBIC = keys(arb(-0.75))


def weights(kernel: Kernel, at: arb, n: int, beyond: int = 0) -> list[arb]:
    """How much each of n elements counts at a place; `beyond` the ends stand so many more of the outermost ones."""
    made = [ZERO] * n
    for j in range(-beyond, n + beyond):
        made[min(max(j, 0), n - 1)] += kernel(at - j)
    return made


def mapped(x: Balls, maps: Sequence[Sequence[Sequence[arb]]]) -> Balls:
    """A matrix of weights along each of the last dimensions."""
    for d, matrix in enumerate(maps):
        axis = x.ndim - len(maps) + d
        x = np.moveaxis(np.tensordot(balls(matrix), x, (1, axis)), 0, axis)
    return x


def source(i: int, n: int, m: int, factor: float | None, corners: bool) -> arb:
    """Where the i-th of m new elements lies among n old ones."""
    if corners:
        return arb(i * (n - 1)) / (m - 1) if m > 1 else ZERO
    step = 1 / arb(factor) if factor else arb(n) / m
    return (i + arb(0.5)) * step - arb(0.5)


def resized(rank: int, row: Callable[..., list[arb]]) -> Rule:
    """An `interpolate` whose weights for one new element `row` gives."""

    def rule(x: Balls, size: int | None, factor: float | None, corners: bool = False) -> Balls:
        maps = []
        for n in x.shape[x.ndim - rank :]:
            m = size if size is not None else math.floor(n * (factor or 1.0))
            maps.append([row(i, n, m, factor, corners) for i in range(m)])
        return mapped(x, maps)

    return rule


def line(i: int, n: int, m: int, factor: float | None, corners: bool) -> list[arb]:
    """Between two neighbours, and the outermost one beyond it."""
    return weights(hat, clamp(source(i, n, m, factor, corners), 0, n - 1), n)


def cubic(i: int, n: int, m: int, factor: float | None, corners: bool) -> list[arb]:
    """Keys' cubic, with the outermost element standing again and again beyond."""
    return weights(CUBIC, source(i, n, m, factor, corners), n, 3 + n)


def nearest(exact: bool) -> Callable[..., list[arb]]:
    """The element in which the new one begins, or in which its middle lies."""

    def row(i: int, n: int, m: int, factor: float | None, corners: bool) -> list[arb]:
        step = 1 / Fraction(factor) if factor else Fraction(n, m)  # no ball can say on which side of a seam it lies
        at = math.floor((i + Fraction(int(exact), 2)) * step)
        return [ONE if j == min(at, n - 1) else ZERO for j in range(n)]

    return row


def area(x: Balls, size: int | None, factor: float | None) -> Balls:
    """The mean of each bin."""
    from .rows import mean

    counts = [size if size is not None else math.floor(n * (factor or 1.0)) for n in x.shape[2:]]
    return adaptive(mean, *counts)(x)


def smoothed(x: Balls, mode: str) -> Balls:
    """To 2 by 2, the kernel stretched over all elements under it, its weights made to add up to one."""
    kernel, half = (hat, 1) if mode == "bilinear" else (keys(arb(-0.5)), 2)
    maps = []
    for n in x.shape[2:]:
        stretch = max(n / 2, 1.0)
        rows = []
        for i in range(2):
            middle = n / 2 * (i + 0.5)
            under = range(max(int(middle - half * stretch + 0.5), 0), min(int(middle + half * stretch + 0.5), n))
            row = [kernel((arb(j) - arb(middle) + arb(0.5)) / arb(stretch)) if j in under else ZERO for j in range(n)]
            rows.append([w / total(row) for w in row])
        maps.append(rows)
    return mapped(x, maps)


def element(g: arb, n: int, corners: bool) -> arb:
    """A coordinate from -1 to 1 as a place among n elements."""
    return (g + 1) * (n - 1) / 2 if corners else ((g + 1) * n - 1) / 2


def brought_in(at: arb, n: int, padding: str, corners: bool) -> arb:
    """A place beyond the picture, by the rule for what is beyond."""
    if padding == "zeros":
        return at
    if padding == "reflection":
        low, span = (arb(0), arb(n - 1)) if corners else (arb(-0.5), arb(n))
        away = abs(at - low) / (2 * span)
        at = low + 2 * span * abs(away - (away + arb(0.5)).floor())
    return clamp(at, 0, n - 1)


def looked_up(row: Callable[..., list[arb]]) -> Rule:
    """grid_sample: at each place of the grid, a sum over the picture with a weight in each dimension."""

    def rule(x: Balls, grid: Balls, padding: str, corners: bool) -> Balls:
        space = x.shape[2:]
        made = np.empty((*x.shape[:2], *grid.shape[1:-1]), object)
        for place in np.ndindex(len(x), *grid.shape[1:-1]):
            seen = x[place[0]]
            for d, n in enumerate(space):
                g = grid[(*place, len(space) - 1 - d)]
                seen = np.tensordot(seen, balls(row(element(g, n, corners), n, padding, corners)), (1, 0))
            made[(place[0], slice(None), *place[1:])] = seen
        return made

    return rule


def line_at(at: arb, n: int, padding: str, corners: bool) -> list[arb]:
    """Between two neighbours; 0 beyond the picture."""
    return weights(hat, brought_in(at, n, padding, corners), n)


def nearest_at(at: arb, n: int, padding: str, corners: bool) -> list[arb]:
    """The nearest element alone."""
    from .elementwise import round_even

    found = int(round_even(brought_in(at, n, padding, corners)).unique_fmpz())
    return [ONE if j == found else ZERO for j in range(n)]


def cubic_at(at: arb, n: int, padding: str, corners: bool) -> list[arb]:
    """Keys' cubic, over elements that are each brought in where they lie beyond."""
    if padding == "zeros":
        return weights(CUBIC, at, n)
    made = [ZERO] * n
    for j in range(-12, n + 12):
        made[int(brought_in(arb(j), n, padding, corners).unique_fmpz())] += CUBIC(at - j)
    return made


def affine_grid(theta: Balls, corners: bool) -> Balls:
    """Theta times (x, y, 1) at the middles of 2 by 3 cells, or from corner to corner."""
    made = np.empty((len(theta), 2, 3, 2), object)
    for batch, row, column in np.ndindex(made.shape[:3]):
        y, x = (arb(2 * i) / (n - 1) - 1 if corners else arb(2 * i + 1) / n - 1 for i, n in ((row, 2), (column, 3)))
        made[batch, row, column] = theta[batch] @ np.array([x, y, ONE])
    return made


def shuffle(x: Balls) -> Balls:
    """Four channels as a patch of 2 by 2."""
    *lead, c, h, w = x.shape
    made = np.empty((*lead, c // 4, 2 * h, 2 * w), object)
    for (*other, channel, row, column), _ in np.ndenumerate(made):
        inside = row % 2 * 2 + column % 2
        made[(*other, channel, row, column)] = x[(*other, 4 * channel + inside, row // 2, column // 2)]
    return made


def unshuffle(x: Balls) -> Balls:
    """A patch of 2 by 2 as four channels."""
    *lead, c, h, w = x.shape
    made = np.empty((*lead, 4 * c, h // 2, w // 2), object)
    for (*other, channel, row, column), _ in np.ndenumerate(made):
        inside = channel % 4
        made[(*other, channel, row, column)] = x[(*other, channel // 4, 2 * row + inside // 2, 2 * column + inside % 2)]
    return made


RULES: dict[str, Rule] = {
    "interpolate.nearest": resized(2, nearest(False)),
    "interpolate.nearest-exact": resized(1, nearest(True)),
    "interpolate.area": area,
    "interpolate.linear": resized(1, line),
    "interpolate.bilinear": resized(2, line),
    "interpolate.bicubic": resized(2, cubic),
    "interpolate.trilinear": resized(3, line),
    "interpolate.antialias": smoothed,
    "grid_sample.bilinear": looked_up(line_at),
    "grid_sample.bilinear3d": looked_up(line_at),
    "grid_sample.nearest": looked_up(nearest_at),
    "grid_sample.bicubic": looked_up(cubic_at),
    "affine_grid": affine_grid,
    "pixel_shuffle": shuffle,
    "pixel_unshuffle": unshuffle,
    "channel_shuffle": lambda x: np.concatenate([x[:, [i, i + x.shape[1] // 2]] for i in range(x.shape[1] // 2)], 1),
}
