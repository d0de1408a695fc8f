"""Look at each op alone, in every corner, before chance is asked: the sweep that every run is woven through with.

A Look is one op applied to fresh inputs of one dtype, layout and value class. A Corner makes several Looks at one
op and the questions to ask; they stand side by side in one program, each with an output of its own. `swept` is the
n-th program of a sweep: from the ops, the seed and n alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..catalogue import dtypes
from ..catalogue.model import Interval, Op, Slot
from .build import LAYOUTS, inside
from .model import SECOND_ORDER, Input, Mode, Program, Question, Step
from .pool import Application, nonempty, with_empty
from .single import smallest

FAR = 8.0
"""How far from zero ordinary numbers of single precision lie: where slopes saturate and exponentials grow."""

TURNED = 0.618033988749895
"""Where the sweep of the next seed begins, as a part of its length: shards of one run begin far from each other."""


class Look(NamedTuple):
    """One application of an op, and what its inputs are like."""

    way: Application
    dtype: str = "float64"
    layout: str = "contiguous"
    values: str = "generic"
    far: bool = False


class Corner(NamedTuple):
    """Which looks are taken at an op, other ones for each turn, and what is asked of them."""

    looks: Callable[[Op, int], Iterator[Look]]
    modes: tuple[Mode, ...]


def ordinary(op: Op, turn: int) -> Iterator[Look]:
    """Double precision at smooth points: up to four ways to apply the op, with other settings if it has any.

    And once with complex numbers, if it takes them: who forgets to conjugate is found nowhere else.
    """
    first = smallest(op)
    yield Look(first)
    settings = [way for way in distinct(nonempty(op)) if way.settings != first.settings]
    yield from (Look(way) for way in other(settings, None, turn, 3))
    yield from (Look(way) for way in other(nonempty(op), first, turn, 2 - len(settings)))
    if dtypes.takes(op, "complex128"):
        yield Look(first, "complex128")


def stored(op: Op, turn: int) -> Iterator[Look]:
    """Memory in every order, each on the shapes in which it shows; then nothing, one, and no dimension."""
    square = [way for way in nonempty(op) if way.shapes[0] == SQUARE]
    yield from (Look(way, layout="transposed") for way in other(distinct(square), None, turn, 3))
    for layout, ranks in SHOWN_BY.items():
        for rank in ranks:
            if ways := [way for way in nonempty(op) if shown(way, layout, rank)]:
                yield Look(nearest(ways), layout=layout)
                break
    empty = sorted(with_empty(op), key=lambda way: 0 in way.result)  # first those that make something of nothing
    yield from map(Look, empty[:1])
    yield from (Look(way) for way in other(empty, None, turn, 1))
    ones = [way for way in nonempty(op) if 1 in way.shapes[0]]
    yield from (Look(way) for way in other([way for way in ones if len(way.shapes[0]) > 1] or ones, None, turn, 2))
    yield from (Look(way) for way in other([way for way in nonempty(op) if () in way.shapes], None, turn, 1))


def single(op: Op, turn: int) -> Iterator[Look]:
    """Single precision: where slopes saturate, at numbers near zero, and at large ones."""
    way = smallest(op)
    yield Look(way, "float32", far=dtypes.wild(op))
    if dtypes.wild(op):
        yield from (Look(way, "float32", values=values) for values in ("tiny", "large"))


def cornered(op: Op, turn: int) -> Iterator[Look]:
    """Ties, zeros of either sign, the ends of the domain, infinity and nan."""
    for values in ("ties", "signed-zeros", "edges", "inf", "nan"):
        if dtypes.wild(op) or values not in dtypes.UNTAMED:
            yield Look(smallest(op), values=values)


CORNERS = (
    Corner(ordinary, ("reverse", "forward", "reverse-reverse")),
    Corner(single, ("reverse", "forward")),
    Corner(stored, ("reverse",)),
    Corner(cornered, ("reverse",)),
)

SHOWN_BY = {
    "transposed": (2, 3, 4), "strided": (1, 2), "offset": (1, 2), "expanded": (2, 1, 3), "channels-last": (4, 3),
}  # fmt: skip
"""The layouts, and the numbers of dimensions on which each is tried: a slip may know one kind of shape only."""


SQUARE = (3, 3)
"""A matrix that is turned and keeps its shape: nobody notices that its rows were taken for columns but by numbers."""


def swept(n: int, ops: Sequence[Op], modes: Sequence[Mode], seed: int) -> Program:
    """The n-th program of a sweep, of `length(ops)`: corner by corner, the ops in their order."""
    place = (n + int(seed * TURNED % 1 * length(ops))) % length(ops)
    corner, op = CORNERS[place // len(ops)], ops[place % len(ops)]
    turn = (seed << 20) + place
    return beside(list(corner.looks(op, turn)), asked(op, corner.modes, modes, turn), turn)


def length(ops: Sequence[Op]) -> int:
    """How many programs a sweep has."""
    return len(CORNERS) * len(ops)


def beside(looks: Sequence[Look], questions: tuple[Question, ...], seed: int) -> Program:
    """The looks side by side in one program."""
    leaves: list[Input] = []
    starts = []
    for look in looks:
        starts.append(len(leaves))
        for shape, slot in zip(look.way.shapes, look.way.op.slots, strict=True):
            layout = look.layout if len(shape) >= LAYOUTS[look.layout] else "contiguous"
            low, high = reach(slot, look)
            leaves.append(Input(shape, look.dtype, layout, look.values, low, high, (seed << 8) + len(leaves)))
    steps = [
        Step(way.op.name, tuple(range(start, start + way.op.arity)), dict(way.settings), way.result, dtype)
        for (way, dtype, *_), start in zip(looks, starts, strict=True)
    ]
    return Program(tuple(leaves), tuple(steps), tuple(range(len(leaves), len(leaves) + len(steps))), questions)


def reach(slot: Slot, look: Look) -> Interval:
    """Between which numbers an input lies."""
    low, high = inside(slot.domain)
    if look.values == "edges":
        return (slot.domain[0] if math.isfinite(slot.domain[0]) else low,
                slot.domain[1] if math.isfinite(slot.domain[1]) else high)  # fmt: skip
    if look.far:
        return (low if math.isfinite(slot.domain[0]) else -FAR, high if math.isfinite(slot.domain[1]) else FAR)
    return low, high


def asked(op: Op, modes: Sequence[Mode], able: Sequence[Mode], seed: int) -> tuple[Question, ...]:
    """What the op allows among `modes`, and engines among `able`; reverse, where that is nothing."""
    fitting = [
        mode for mode in modes
        if mode in able and (op.tangent or "forward" not in mode) and (op.orders >= 2 or mode not in SECOND_ORDER)
    ]  # fmt: skip
    return tuple(Question(mode, seed) for mode in fitting or ["reverse"])


def shown(way: Application, layout: str, rank: int) -> bool:
    """Has the first argument so many dimensions, and enough elements for the layout to be another than contiguous?"""
    shape = way.shapes[0]
    first = shape[:1] if layout == "expanded" else shape[-2:] if layout == "transposed" else shape
    return len(shape) == rank and math.prod(shape) > 1 and min(first, default=1) > 1 - (layout == "channels-last")


def nearest(ways: Sequence[Application]) -> Application:
    """The way with arguments like those of `smallest`."""
    return min(ways, key=lambda way: abs(sum(map(math.prod, way.shapes)) - 8))


def distinct(ways: Sequence[Application]) -> list[Application]:
    """The ways that differ in their settings, each on the largest argument, where wrong places show."""
    found: dict[str, Application] = {}
    for way in sorted(ways, key=lambda way: -sum(size > 1 for shape in way.shapes for size in shape)):
        found.setdefault(repr(sorted(way.settings.items())), way)
    return list(found.values())


def other(ways: Sequence[Application], than: Application | None, turn: int, count: int) -> list[Application]:
    """So many of the ways, at equal distances, starting elsewhere at each turn."""
    left = [way for way in ways if way is not than]
    count = max(0, min(count, len(left)))
    return [left[(turn + n * len(left) // count) % len(left)] for n in range(count)]
