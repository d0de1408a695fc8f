"""The Hypothesis strategy for random programs: `programs()` draws one, and shrinks towards few, simple steps.

A program is packed into a Draft of short strings of bytes, one per step and one for the frame, and
decoded by a Builder. So a draw costs about a millisecond, and what Hypothesis does to the bytes (drop a
string, lower a byte) is a program again. A Plan draws drafts and decodes each as a program that shows
what its turn is to show: so a run visits every op, and the corners of the inputs evenly.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from .. import catalogue
from ..catalogue import kinks
from ..catalogue.dtypes import COMPLEX, takes
from ..catalogue.model import Op
from ..errors import GradspecError, UnknownName
from .build import Builder, Choices
from .cells import MIXED, WEIGHTS, Feature, featured
from .model import MODES, Mode, Program, Question
from .mutate import modes_of, mutated
from .sweep import length, swept
from .values import CLASSES
from .wrong import spoiled

RARITY: dict[Mode, int] = {"reverse": 2, "forward": 2, "reverse-reverse": 2}
RARE = 12
"""Of how many programs one is asked a question: those by which most faults are found of every second one."""

WOVEN = 6
"""While the sweep lasts, of so many programs one is drawn, and the others are its next ones."""

FRAME, STEP = 32, 16
"""Bytes from which the frame of a program and each of its steps are decoded."""

DTYPES = tuple(WEIGHTS["dtype"])


class Draft(NamedTuple):
    """What Hypothesis draws: the seed of the numbers, and bytes for the frame and for each step.

    With 0 for `shows` the program need not show what it was drawn for: so a shrinking one can lose it.
    """

    seed: int
    frame: bytes
    steps: list[bytes]
    shows: int = 1

    def stirred(self, salt: int) -> Draft:
        """The draft with every byte that is not 0 replaced by another that is not 0, as `salt` has it.

        Hypothesis repeats itself: of 500 bytes that it draws a third are 0, of 500 integers a hundred differ.
        What a step becomes depends on the equal ones before it, not on its place: so others can be dropped.
        """
        before = Counter[bytes]()

        def stir(text: bytes) -> bytes:
            before[text] += 1
            noise = np.random.SeedSequence((salt, before[text])).generate_state(len(text)).tolist()
            return bytes(1 + (byte - 1 + more) % 255 if byte else 0 for byte, more in zip(text, noise, strict=True))

        seed = (self.seed + salt * 7919) % 2**31 if self.seed else 0
        return Draft(seed, stir(self.frame), [stir(step) for step in self.steps], self.shows)


@dataclass(frozen=True)
class Plan:
    """What may be drawn: the ops, simplest first, and what a program is made of."""

    ops: tuple[Op, ...]
    dtypes: tuple[str, ...] = DTYPES
    modes: tuple[Mode, ...] = MODES
    classes: tuple[str, ...] = tuple(CLASSES)
    steps: int = 8
    mutation: bool = True
    wrong: bool = False
    sweep: bool = False
    """Is the sweep over the ops woven through the first programs?"""

    def drafts(self) -> st.SearchStrategy[Draft]:
        """Everything that there is to decode."""
        return st.builds(
            Draft,
            st.integers(0, 2**31 - 1),
            st.binary(min_size=FRAME, max_size=FRAME),
            st.lists(st.binary(min_size=STEP, max_size=STEP), min_size=1, max_size=self.steps),
            st.builds(max, st.integers(0, 999), st.integers(0, 999)),  # 0 by shrinking, seldom by chance
        )

    @functools.cached_property
    def taking(self) -> dict[str, tuple[Op, ...]]:
        """By dtype, the ops that take it."""
        return {
            name: tuple(op for op in self.ops if takes(op, "float64" if name == MIXED else name)) for name in DTYPES
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


def programs(
    *,
    steps: int = 8,
    dtypes: Collection[str] = DTYPES,
    ops: Collection[str] | None = None,
    smooth: bool = False,
    modes: Collection[Mode] = MODES,
    classes: Collection[str] = tuple(CLASSES),
    mutation: bool | None = None,
    wrong: bool = False,
) -> st.SearchStrategy[Program]:
    """Random programs that run as they are.

    steps   at most so many ops are drawn; squashing an argument into a domain may add a few.
    dtypes  one of them is the dtype of the whole program; "mixed" is float32 with float64.
    ops     the names to choose from (default: the whole catalogue); raises UnknownName for a stranger.
    smooth  only ops without kinks, so that every derivative asked for exists.
    modes   the questions that may be asked, each at most once, all with the same cotangents and tangents.
    classes the value classes of the inputs; all but "generic" seek kinks, ties and the edges of domains.
    mutation  may programs write in place, view, detach, hook, call custom Functions?
            (default: where `ops` names something that does, or nothing)
    wrong   may a few be wrong on purpose (`program.wrong` says how)? Then every engine must refuse them.
    """
    plan = planned(steps=steps, dtypes=dtypes, ops=ops, smooth=smooth, modes=modes, classes=classes,
                   mutation=mutation, wrong=wrong)  # fmt: skip
    return plan.drafts().map(lambda draft: decoded(draft, plan))


def planned(
    *,
    steps: int = 8,
    dtypes: Collection[str] = DTYPES,
    ops: Collection[str] | None = None,
    smooth: bool = False,
    modes: Collection[Mode] = MODES,
    classes: Collection[str] = tuple(CLASSES),
    mutation: bool | None = None,
    wrong: bool = False,
    sweep: bool = False,
) -> Plan:
    """The Plan behind `programs()`, with the same options, and with a sweep or without."""
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
                not given.issubset(catalogue.ops()) if mutation is None else mutation, wrong, sweep)  # fmt: skip


def decoded(draft: Draft, plan: Plan, feature: Feature | None = None) -> Program:
    """The program that a draft means; with a `feature`, one that begins by showing its two ops."""
    choices = Choices(draft.frame)
    feature = feature if draft.shows else None
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
