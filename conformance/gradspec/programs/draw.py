"""The Hypothesis strategy for random programs: `programs()` draws one, and shrinks towards few, simple steps.

A program is packed into short strings of bytes, one per step and one for the frame, and decoded by a
Builder. So a draw costs about a millisecond, and what Hypothesis does to the bytes (drop a string, lower
a byte) is a program again.
"""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import strategies as st

from .. import catalogue
from ..catalogue import kinks
from ..catalogue.model import Op
from ..errors import GradspecError, UnknownName
from .build import Builder, Choices
from .model import MODES, Mode, Program, Question
from .values import CLASSES

RARITY: dict[Mode, int] = {"reverse": 2, "forward": 2, "reverse-reverse": 2}
RARE = 12
"""Of how many programs one is asked a question: those by which most faults are found of every second one."""

FRAME, STEP = 24, 16
"""Bytes from which the frame of a program and each of its steps are decoded."""

DTYPES = ("float64", "float32")


def programs(
    *,
    steps: int = 8,
    dtypes: Collection[str] = DTYPES,
    ops: Collection[str] | None = None,
    smooth: bool = False,
    modes: Collection[Mode] = MODES,
    classes: Collection[str] = ("generic",),
) -> st.SearchStrategy[Program]:
    """Random programs that run as they are.

    steps   at most so many ops are drawn; squashing an argument into a domain may add a few.
    dtypes  one of them is the dtype of the whole program; the first is the simplest.
    ops     the names to choose from (default: the whole catalogue); raises UnknownName for a stranger.
    smooth  only ops without kinks, so that every derivative asked for exists.
    modes   the questions that may be asked, each at most once, all with the same cotangents and tangents.
    classes the value classes of the inputs; all but "generic" seek kinks, ties and the edges of domains.
    """
    named = catalogue.in_order() if ops is None else sorted({catalogue.get(name) for name in ops}, key=simplicity)
    chosen = tuple(op for op in named if not smooth or op.kinks is kinks.never)
    if not (chosen and dtypes and modes and classes and steps > 0):
        raise GradspecError("programs(): nothing to draw from. Give at least one op, dtype, mode, class and step.")
    if strange := set(classes) - set(CLASSES):
        raise UnknownName.of("value class", min(strange), CLASSES)
    return st.builds(
        lambda seed, frame, steps: decoded(seed, frame, steps, chosen, tuple(dtypes), tuple(modes), tuple(classes)),
        st.integers(0, 2**31 - 1),
        st.binary(min_size=FRAME, max_size=FRAME),
        st.lists(st.binary(min_size=STEP, max_size=STEP), min_size=1, max_size=steps),
    )


def decoded(
    seed: int,
    frame: bytes,
    steps: Collection[bytes],
    ops: tuple[Op, ...],
    dtypes: tuple[str, ...],
    modes: tuple[Mode, ...],
    classes: tuple[str, ...] = ("generic",),
) -> Program:
    """The program that these bytes mean."""
    choices = Choices(frame)
    dtype = dtypes[min(choices.below(4) // 3, len(dtypes) - 1)]
    builder = Builder(dtype, seed, choices.once_in(32), classes)
    asked = [modes[0], *(mode for mode in modes[1:] if choices.once_in(RARITY.get(mode, RARE)))]
    for step in steps:
        choices = Choices(step)
        builder.add(ops[choices.below(len(ops))], choices)
    if not any(value.op for value in builder.values):
        builder.add(ops[0], Choices(b""))
    return builder.program(questions(builder, asked, seed))


def simplicity(op: Op) -> int:
    """The place in the catalogue, which goes from the simplest to the least."""
    return catalogue.in_order().index(op)


def questions(builder: Builder, asked: Collection[Mode], seed: int) -> tuple[Question, ...]:
    """What every op of the program allows among the modes asked for; reverse, where that is nothing."""
    ops = [value.op for value in builder.values if value.op is not None]
    layouts = {value.leaf.layout for value in builder.values if value.leaf is not None}
    # torch stores a tangent in its primal's layout, and cannot write to an expanded one
    dual = all(op.tangent for op in ops) and "expanded" not in layouts
    twice = all(op.orders >= 2 for op in ops)
    able = {
        "forward": dual,
        "forward-reverse": dual and twice,
        "reverse-forward": dual and twice,
        "forward-forward": dual and twice,
        "reverse-reverse": twice,
        "penalty": twice,
    }
    allowed = [mode for mode in asked if able.get(mode, True)] or ["reverse"]
    return tuple(Question(mode, seed) for mode in allowed)
