"""The shapes that programs are made of, and the ways an op applies to them.

An Application is an op with settings, at shapes of its arguments that fit, and the shape that comes
out. Shapes come from a small pool, so that a compiling engine meets each (op, shape, dtype) again
and again and compiles it once.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..catalogue.model import Op, Shape

POOL: tuple[Shape, ...] = (
    (), (3,), (2,), (1,), (2, 3), (3, 3), (3, 2), (1, 3), (2, 1), (6,),
    (2, 3, 3), (3, 3, 2), (2, 1, 3), (1, 2, 3, 3), (0,), (0, 3), (2, 0),
)  # fmt: skip
"""0-d, sizes 0 and 1, pairs that broadcast, up to rank 4, and a rotation of another (which tells an order of
dimensions from its inverse); the simplest first."""

VARIANTS = 4
"""How many ways an op is applied to one shape of its first argument: other shapes and settings beside it."""

EMPTY = frozenset(shape for shape in POOL if 0 in shape)


class Application(NamedTuple):
    """An op at given shapes, with given settings, and the shape of its result."""

    op: Op
    shapes: tuple[Shape, ...]
    settings: Mapping[str, Any]
    result: Shape


@functools.cache
def applications(op: Op) -> tuple[Application, ...]:
    """The ways in which `op` is applied: to shapes of the pool and into it, and to its own `starts`.

    Of all the ways with one shape in front, VARIANTS are taken, other ones for each shape in front.
    """
    found: dict[Shape, list[Application]] = {}
    for shapes in dict.fromkeys([*op.starts, *itertools.product(POOL, repeat=op.arity)]):
        for settings in op.settings(shapes):
            result = op.shape(shapes, settings)
            if result in POOL or (result is not None and shapes in op.starts):
                found.setdefault(shapes[0], []).append(Application(op, shapes, settings, result))
    return tuple(way for turn, ways in enumerate(found.values()) for way in spread(ways, turn))


def spread(ways: list[Application], turn: int) -> list[Application]:
    """VARIANTS of them at equal distances, starting further on at each turn; in their order."""
    if len(ways) <= VARIANTS:
        return ways
    chosen = {(turn + n * len(ways) // VARIANTS) % len(ways) for n in range(VARIANTS)}
    return [ways[n] for n in sorted(chosen)]


@functools.cache
def nonempty(op: Op) -> tuple[Application, ...]:
    """Those in which no size is 0."""
    return tuple(a for a in applications(op) if EMPTY.isdisjoint((*a.shapes, a.result)))


@functools.cache
def with_empty(op: Op) -> tuple[Application, ...]:
    """Those with an argument of which some size is 0."""
    return tuple(a for a in applications(op) if not EMPTY.isdisjoint(a.shapes))


@functools.cache
def applications_at(op: Op, slot: int, shape: Shape, empties: bool) -> tuple[Application, ...]:
    """Those whose argument number `slot` has this shape; sizes of 0 only where `empties` allows them."""
    return tuple(a for a in (applications(op) if empties else nonempty(op)) if a.shapes[slot] == shape)
