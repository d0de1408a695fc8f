"""Look at each op alone, in every corner, before chance is asked: the sweep that every run is woven through with.

A Look is one op applied to fresh inputs of one dtype, layout and value class. A Corner makes several Looks at one
op and the questions to ask; they stand side by side in one program, each with an output of its own. A last round asks
every question there is, of one Look at each of a few ops together. `swept` is the n-th program of a sweep: from the
ops, the seed and n alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..catalogue import dtypes
from ..catalogue.model import Interval, Op, Shape, Slot
from .build import BESIDE, LAYOUTS, MIXED, holds, inside, takes
from .model import MODES, SECOND_ORDER, Input, Mode, Program, Question, Step
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

    And with complex numbers, if it takes them (who forgets to conjugate is found nowhere else), or several dtypes.
    """
    first = smallest(op)
    yield Look(first)
    settings = [way for way in distinct(nonempty(op)) if way.settings != first.settings]
    yield from (Look(way) for way in other(settings, None, turn, 3))
    yield from (Look(way) for way in other(nonempty(op), first, turn, 2 - len(settings)))
    yield from (Look(first, dtype) for dtype in ("complex128", "complex64") if dtypes.takes(op, dtype))
    if op.name in dtypes.PROMOTING:
        alike = nearest([way for way in nonempty(op) if len({shape == () for shape in way.shapes}) == 1])
        yield from (Look(alike, dtype) for dtype in (MIXED, *BESIDE) if takes(op, dtype))


def stored(op: Op, turn: int) -> Iterator[Look]:
    """Memory in every order, each on the shapes in which it shows; then nothing, one, and no dimension."""
    square = [way for way in nonempty(op) if way.shapes[0] == SQUARE]
    yield from (Look(way, layout="transposed") for way in other(distinct(square), None, turn, 3))
    for layout, ranks in SHOWN_BY.items():
        shows, plain = LAYOUTS[layout], nonempty(op)
        by_rank = ([way for way in plain if len(way.shapes[0]) == rank and shows(way.shapes[0])] for rank in ranks)
        if ways := next(filter(None, by_rank), None) or [way for way in plain if any(map(shows, way.shapes))]:
            yield Look(nearest(ways), layout=layout)
    empty = sorted(with_empty(op), key=lambda way: 0 in way.result)  # first those that make something of nothing
    yield from map(Look, empty[:1])
    yield from (Look(way) for way in other(empty, None, turn, 1))
    ones = [way for way in nonempty(op) if 1 in way.shapes[0]]
    yield from (Look(way) for way in other([way for way in ones if len(way.shapes[0]) > 1] or ones, None, turn, 2))
    yield from (Look(way) for way in other([way for way in nonempty(op) if () in way.shapes], None, turn, 1))


def single(op: Op, turn: int) -> Iterator[Look]:
    """Single precision: where slopes saturate, at numbers near zero, and at large ones. Half, if the op takes it."""
    way = smallest(op)
    yield Look(way, "float32", far=dtypes.wild(op))
    if dtypes.wild(op):
        yield from (Look(way, "float32", values=values) for values in ("tiny", "large"))
    yield from (Look(way, dtype) for dtype in ("float16", "bfloat16") if dtypes.takes(op, dtype))


def cornered(op: Op, turn: int) -> Iterator[Look]:
    """Integers, ties, zeros of either sign, the ends of the domain, infinity and nan."""
    for values in ("integers", "ties", "zeros", "signed-zeros", "edges", "inf", "nan"):
        if dtypes.wild(op) or values not in dtypes.UNTAMED:
            yield Look(smallest(op), values=values)


CORNERS = (
    Corner(ordinary, ("reverse", "forward", "reverse-reverse")),
    Corner(single, ("reverse", "forward", "subset", "jacobian")),
    Corner(stored, ("reverse",)),
    Corner(cornered, ("reverse",)),
)

SHOWN_BY = {
    "transposed": (2, 3, 4), "strided": (1, 2), "offset": (1, 2), "expanded": (2, 1, 3), "channels-last": (4, 3),
}  # fmt: skip
"""The layouts, and the numbers of dimensions on which each is tried first: a slip may know one kind of shape only."""

EVERY: tuple[Mode, ...] = tuple(mode for mode in MODES if mode != "jacobian")
"""What the last round asks: all that is about every input and every output."""

TOGETHER = 8
"""So many ops share a program of the last round."""


SQUARE = (3, 3)
"""A matrix that is turned and keeps its shape: nobody notices that its rows were taken for columns but by numbers."""


def swept(n: int, ops: Sequence[Op], modes: Sequence[Mode], seed: int) -> Program:
    """The n-th program of a sweep, of `length(ops)`: corner by corner, the ops in their order."""
    place = (n + int(seed * TURNED % 1 * length(ops))) % length(ops)
    turn = (seed << 20) + place
    if place >= len(CORNERS) * len(ops):
        group = grouped(tuple(ops))[place - len(CORNERS) * len(ops)]
        return beside([Look(smallest(op)) for op in group], asked(group, EVERY, modes, turn), turn)
    corner, op = CORNERS[place // len(ops)], ops[place % len(ops)]
    return beside(list(corner.looks(op, turn)), asked([op], corner.modes, modes, turn), turn)


def length(ops: Sequence[Op]) -> int:
    """How many programs a sweep has."""
    return len(CORNERS) * len(ops) + len(grouped(tuple(ops)))


@functools.cache
def grouped(ops: tuple[Op, ...]) -> list[tuple[Op, ...]]:
    """The ops, TOGETHER at a time, those that allow the same questions."""
    alike: dict[tuple[bool, bool], list[Op]] = {}
    for op in ops:
        alike.setdefault((op.tangent, op.orders >= 2), []).append(op)
    return [tuple(some[at : at + TOGETHER]) for some in alike.values() for at in range(0, len(some), TOGETHER)]


def beside(looks: Sequence[Look], questions: tuple[Question, ...], seed: int) -> Program:
    """The looks side by side in one program."""
    leaves: list[Input] = []
    starts = []
    for look in looks:
        starts.append(len(leaves))
        for shape, slot in zip(look.way.shapes, look.way.op.slots, strict=True):
            layout = look.layout if LAYOUTS[look.layout](shape) else "contiguous"
            leaves.append(leaf(shape, slot, look, layout, (seed << 8) + len(leaves), len(leaves) - starts[-1]))
    steps = []
    for (way, *_), start in zip(looks, starts, strict=True):
        args = range(start, start + way.op.arity)
        dtype = dtypes.promoted([leaves[n].dtype for n in args], way.shapes)
        steps.append(Step(way.op.name, tuple(args), dict(way.settings), way.result, dtype))
    return Program(tuple(leaves), tuple(steps), tuple(range(len(leaves), len(leaves) + len(steps))), questions)


def leaf(shape: Shape, slot: Slot, look: Look, layout: str, seed: int, place: int) -> Input:
    """The input of a look that stands at a place among the op's arguments."""
    dtype = ("float32", "float64")[place % 2] if look.dtype == MIXED else look.dtype
    if look.dtype not in BESIDE:
        return Input(shape, dtype, layout, look.values, *reach(slot, look), seed)
    dtype = BESIDE[look.dtype]
    if place != max(n for n, slot in enumerate(look.way.op.slots) if holds(slot.domain, dtype)):
        return Input(shape, "float64", layout, look.values, *reach(slot, look), seed)
    low, high = (0.0, 1.0) if dtype == "bool" else reach(slot, look)
    return Input(shape, dtype, layout, "integers", low, high, seed, requires_grad=False)


def reach(slot: Slot, look: Look) -> Interval:
    """Between which numbers an input lies."""
    low, high = inside(slot.domain)
    if look.values == "edges":
        return (slot.domain[0] if math.isfinite(slot.domain[0]) else low,
                slot.domain[1] if math.isfinite(slot.domain[1]) else high)  # fmt: skip
    if look.far:
        return (low if math.isfinite(slot.domain[0]) else -FAR, high if math.isfinite(slot.domain[1]) else FAR)
    return low, high


def asked(ops: Sequence[Op], modes: Sequence[Mode], able: Sequence[Mode], seed: int) -> tuple[Question, ...]:
    """What the ops allow among `modes`, and engines among `able`; reverse, where that is nothing."""
    tangent, twice = all(op.tangent for op in ops), all(op.orders >= 2 for op in ops)
    fitting = [
        mode for mode in modes
        if mode in able and (tangent or "forward" not in mode) and (twice or mode not in SECOND_ORDER)
    ]  # fmt: skip
    return tuple(Question(mode, seed) for mode in fitting or ["reverse"])


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
