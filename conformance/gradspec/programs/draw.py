"""Draw random programs: what there is to draw, and the n-th program of a run, from its seed and n alone.

A program is packed into a Draft of short strings of bytes, one per step and one for the frame, and decoded by a
Builder: whatever the bytes are they mean a program, and smaller bytes a simpler one. A Plan says what may be drawn.
The drafts of a run are raw words of PCG64, whose stream NumPy promises, so every process, machine and version draws
the same; Hypothesis draws those of `programs()` (strategy.py). The n-th draft of a run is decoded as a program that
shows what its turn is to show: so a run visits every op, and the corners of the inputs evenly.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from .. import catalogue
from ..catalogue import kinks
from ..catalogue.dtypes import COMPLEX, takes
from ..catalogue.model import Op
from ..errors import GradspecError, UnknownName
from .build import BESIDE, MIXED, Builder, Choices
from .cells import WEIGHTS, Feature, featured
from .model import MODES, Mode, Program, Question
from .mutate import modes_of, mutated
from .sweep import length, swept
from .values import CLASSES
from .wrong import spoiled

RARITY: dict[Mode, int] = {"reverse": 2, "forward": 2, "reverse-reverse": 2}
RARE = 12
"""Of how many programs one is asked a question: those by which most faults are found of every second one."""

WOVEN = 7
"""While the sweep lasts, of so many programs one is drawn, and the others are its next ones."""

FRAME, STEP = 32, 24
"""Bytes from which the frame of a program and each of its steps are decoded."""

STEPS = 40
"""The most ops that are drawn for one program."""

SHORT, LONG = 8, 32
"""A program of a run has up to SHORT of them, but for one in LONG, which may have as many as there may be."""

DTYPES = tuple(WEIGHTS["dtype"])


class Draft(NamedTuple):
    """What is drawn: the seed of the numbers, bytes for the frame and for each step, and what is shown first."""

    seed: int
    frame: bytes
    steps: list[bytes]
    shows: Feature | None = None


@dataclass(frozen=True)
class Plan:
    """What may be drawn: the ops, simplest first, and what a program is made of."""

    ops: tuple[Op, ...]
    dtypes: tuple[str, ...] = DTYPES
    modes: tuple[Mode, ...] = MODES
    classes: tuple[str, ...] = tuple(CLASSES)
    steps: int = STEPS
    mutation: bool = True
    wrong: bool = False
    sweep: bool = False
    """Is the sweep over the ops woven through the first programs?"""

    def sweeping(self) -> Plan:
        """The same with the sweep, as a run draws it."""
        return replace(self, sweep=True)

    def draft(self, n: int, seed: int) -> Draft:
        """The n-th draft of a run."""
        words = np.random.PCG64(np.random.SeedSequence((seed, n)))
        data = words.random_raw(-(-(8 + FRAME + self.steps * STEP) // 8)).astype("<u8").tobytes()
        head, frame, rest = Choices(data[:8]), data[8 : 8 + FRAME], data[8 + FRAME :]
        count = 1 + head.below(min(self.steps, SHORT))
        if head.once_in(LONG) and self.steps > SHORT:
            count = SHORT + 1 + head.below(self.steps - SHORT)
        steps = [rest[k * STEP : (k + 1) * STEP] for k in range(count)]
        return Draft(int.from_bytes(data[4:8]) >> 1, frame, steps, self.turn(n, seed))

    @functools.cached_property
    def taking(self) -> dict[str, tuple[Op, ...]]:
        """By dtype, the ops that take it."""
        return {
            name: tuple(op for op in self.ops if takes(op, "float64" if name in (MIXED, *BESIDE) else name))
            for name in DTYPES
        }

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the ops."""
        return tuple(op.name for op in self.ops)

    def turn(self, n: int, seed: int) -> Feature:
        """What the n-th program of a run shows, if it is drawn."""
        before = min(n - n // WOVEN, length(self.ops)) if self.sweep else 0
        return featured(n - before, seed, self.names, self.dtypes, self.classes)

    def swept(self, n: int, seed: int) -> Program | None:
        """The n-th program of a run, if it is one of the sweep."""
        place = n - n // WOVEN
        if not self.sweep or n % WOVEN == WOVEN - 1 or place >= length(self.ops):
            return None
        return swept(place, self.ops, self.modes, seed)


def planned(
    *,
    steps: int = STEPS,
    dtypes: Collection[str] = DTYPES,
    ops: Collection[str] | None = None,
    smooth: bool = False,
    modes: Collection[Mode] = MODES,
    classes: Collection[str] = tuple(CLASSES),
    mutation: bool | None = None,
    wrong: bool = False,
) -> Plan:
    """What random programs are drawn from; each of them runs as it is, and has at least one gradient to ask for.

    steps   at most so many ops are drawn, mostly far fewer; squashing an argument into a domain may add a few.
    dtypes  one of them is the dtype of the whole program; "mixed" is float32 with float64,
            "with-int64" and "with-bool" float64 with inputs that have no derivative.
    ops     the names to choose from (default: the whole catalogue); raises UnknownName for a stranger.
    smooth  only ops without kinks, so that every derivative asked for exists.
    modes   the questions that may be asked, each at most once, all with the same cotangents and tangents.
    classes the value classes of the inputs; all but "generic" seek kinks, ties and the edges of domains.
    mutation  may programs write in place, view, detach, hook, call custom Functions?
            (default: where `ops` names something that does, or nothing)
    wrong   may a few be wrong on purpose (`program.wrong` says how)? Then every engine must refuse them.
    """
    given = set(catalogue.entries() if ops is None else ops)
    for name in sorted(given):
        catalogue.get(name)  # raises UnknownName
    named = [op for op in catalogue.in_order() if op.name in given]
    chosen = tuple(op for op in named if not smooth or op.kinks is kinks.never)
    if not (chosen and dtypes and modes and classes and steps > 0):
        raise GradspecError("programs(): nothing to draw from. Give at least one op, dtype, mode, class and step.")
    for kind, wanted, known in (("value class", classes, CLASSES), ("dtype", dtypes, DTYPES)):
        if strange := set(wanted) - set(known):
            raise UnknownName.of(kind, min(strange), known)
    return Plan(chosen, tuple(dtypes), tuple(modes), tuple(classes), steps,
                not given.issubset(catalogue.ops()) if mutation is None else mutation, wrong)  # fmt: skip


def decoded(draft: Draft, plan: Plan) -> Program:
    """The program that a draft means; it begins with the two ops that the draft shows, if any."""
    choices, feature = Choices(draft.frame), draft.shows
    dtype = feature.dtype if feature else weighed(choices, plan.dtypes, "dtype")
    ops = plan.taking[dtype]
    if not ops:
        dtype, ops = "float64", plan.ops
    numbers = feature.values if feature else weighed(choices, plan.classes, "values")
    plain = "generic" if "generic" in plan.classes else numbers
    builder = Builder(dtype, draft.seed, choices.once_in(32), (plain, numbers, numbers, numbers))
    builder.layout = feature.layout if feature else ""
    asked = [plan.modes[0], *(mode for mode in plan.modes[1:] if choices.once_in(RARITY.get(mode, RARE)))]
    busy = choices.once_in(3) and plan.mutation
    shown = [op for op in map(catalogue.get, filter(None, (feature.op, feature.then))) if op in ops] if feature else []
    for step in draft.steps if len(draft.steps) >= len(shown) else draft.steps * 2:
        choices = Choices(step)
        if shown:
            op = shown.pop(0)
            _ = builder.add(op, choices) or builder.add(op, Choices(b""))  # as it may, or as it always can
        elif not (busy and mutated(builder, ops, choices)):
            builder.add(ops[choices.below(len(ops))], choices)
    if not any(value.op for value in builder.values):
        builder.add(ops[0], Choices(b""))
    program = builder.program(questions(builder, asked, draft.seed))
    spoils = choices.once_in(16) and plan.wrong and 0 not in {size for value in builder.values for size in value.shape}
    return spoiled(program, choices) or program if spoils else program


def weighed(choices: Choices, places: Collection[str], axis: str) -> str:
    """One of the places of an axis, the first the simplest."""
    table = [place for place in places for _ in range(WEIGHTS[axis][place])]
    return table[choices.below(len(table))]


def questions(builder: Builder, asked: Collection[Mode], seed: int) -> tuple[Question, ...]:
    """What every op of the program allows among the modes asked for; reverse, where that is nothing."""
    ops = [value.op for value in builder.values if value.op is not None]
    layouts = {value.leaf.layout for value in builder.values if value.leaf is not None}
    # torch stores a tangent in its primal's layout, and cannot write to an expanded one
    dual = all(op.tangent for op in ops) and "expanded" not in layouts
    twice = all(op.orders >= 2 for op in ops)
    able: dict[Mode, bool] = {
        "jacobian": builder.dtype not in COMPLEX,  # which torch refuses
        "forward": dual,
        "forward-reverse": dual and twice,
        "reverse-forward": dual and twice,
        "forward-forward": dual and twice,
        "reverse-reverse": twice,
        "penalty": twice,
    }
    fitting = modes_of(builder)
    allowed = [mode for mode in asked if able.get(mode, True) and mode in fitting] or ["reverse"]
    return tuple(Question(mode, seed) for mode in allowed)
