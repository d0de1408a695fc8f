"""Count which corners of the inputs a run's programs visited: op by op, and place by place on each axis.

The table says what a run could not have found: a fault of an op that no program met in float16, on an
expanded input or at a tie.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from .. import catalogue
from ..programs.cells import AXES, Cell, cells, visited
from ..programs.model import Program
from .model import Corners, OpRow, Place

GLYPHS = "▁▂▃▄▅▆▇█"
"""1, 2 or 3, 4 to 7, ... programs; a cell that none met is a NONE, one that does not exist an ABSENT."""

NONE, ABSENT = "·", " "


def corners(programs: Iterable[Program], ops: Collection[str], modes: Collection[str]) -> Corners:
    """The table for `programs`, which were drawn from `ops` and asked in `modes`."""
    met, counted, drawn = Counter[Cell](), Counter[str](), 0
    for program in programs:
        drawn += 1
        met.update(visited(program))
        counted.update({step.op for step in program.steps})
    there = cells(ops, modes) if drawn else []
    by_place: dict[tuple[str, str], list[Cell]] = {}
    for cell in there:
        by_place.setdefault((cell.axis, cell.place), []).append(cell)
    columns = sorted(by_place, key=lambda key: AXES.index(key[0]))  # stable: the order of the places stays
    exists = set(there)
    return Corners(
        cells=len(there),
        met=sum(cell in met for cell in there),
        places=tuple(
            Place(
                axis,
                place,
                len(found),
                sum(cell in met for cell in found),
                tuple(cell.op for cell in found if cell not in met),
            )
            for (axis, place) in columns
            for found in [by_place[axis, place]]
        ),
        ops=tuple(
            OpRow(
                op,
                counted[op],
                {
                    axis: "".join(
                        _glyph(met[cell]) if (cell := Cell(op, axis, place)) in exists else ABSENT
                        for of, place in columns
                        if of == axis
                    )
                    for axis in AXES
                },
            )
            for op in (op.name for op in catalogue.in_order() if op.name in ops)
        )
        if drawn
        else (),
    )


def _glyph(count: int) -> str:
    return GLYPHS[min(count.bit_length(), len(GLYPHS)) - 1] if count else NONE
