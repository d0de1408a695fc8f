"""Say in which situations a step is, so that what is known of an engine excuses it there and nowhere else.

A Situation is a name that an entry may give as `when`; SITUATIONS says what it means, of one step and the values of
its arguments. Where a value is not at hand, the step is not in a situation that asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal, get_args

import numpy as np

from .. import catalogue
from ..catalogue import memory
from ..programs import values as data
from ..programs.model import Program, Step
from .shadow import Shadow

Situation = Literal[
    "overlapping", "empty argument", "equal numbers", "small number", "zero", "negative number",
    "strided parameter", "truth value",
]  # fmt: skip

Arguments = Callable[[], list[np.ndarray]]
"""The values of a step's arguments; none where nobody computed them."""

SMALL = 0.5
"""Where x - tanh(x) = x**3 / 3 - ... begins to lose digits: a unit in the last place of x is 12 of that."""

MOVING = frozenset({"shaping", "arranging", "indexing"})
"""The families whose ops may hand their argument's memory on."""


def overlapping(program: Program, step: Step, arguments: Arguments) -> bool:
    """Do elements of an argument share memory, as neighbouring windows do? (Not by a stride of 0: every engine
    sees that one.)
    """
    return any(_shares(program, number) for number in step.args)


def empty_argument(program: Program, step: Step, arguments: Arguments) -> bool:
    """Has an argument no elements?"""
    return any(0 in program.meta(number)[0] for number in step.args)


def equal_numbers(program: Program, step: Step, arguments: Arguments) -> bool:
    """Is a number of the first argument one of another's as well?"""
    own, *others = arguments() or [np.empty(0)]
    return any(np.isin(own, other).any() for other in others)


def small_number(program: Program, step: Step, arguments: Arguments) -> bool:
    """Has an argument a number below SMALL?"""
    return any((np.abs(x) < SMALL).any() for x in arguments())


def zero(program: Program, step: Step, arguments: Arguments) -> bool:
    """Has the last argument a 0? (Of a power, that is the exponent.)"""
    return any((x == 0).any() for x in arguments()[-1:])


def negative_number(program: Program, step: Step, arguments: Arguments) -> bool:
    """Has an argument a number below 0?"""
    return any((x.real < 0).any() for x in arguments())


def strided_parameter(program: Program, step: Step, arguments: Arguments) -> bool:
    """May an argument behind the first lie in memory with gaps, or with its elements on one place?"""
    return any(_strided(program, number) for number in step.args[1:])


def truth_value(program: Program, step: Step, arguments: Arguments) -> bool:
    """Is an argument of dtype bool?"""
    return any(program.meta(number)[1] == "bool" for number in step.args)


SITUATIONS: Mapping[Situation, Callable[[Program, Step, Arguments], bool]] = {
    "overlapping": overlapping,
    "empty argument": empty_argument,
    "equal numbers": equal_numbers,
    "small number": small_number,
    "zero": zero,
    "negative number": negative_number,
    "strided parameter": strided_parameter,
    "truth value": truth_value,
}
NAMES: tuple[Situation, ...] = get_args(Situation)


def of(program: Program, index: int, shadow: Shadow | None, asked: Collection[str]) -> frozenset[str]:
    """Those of the situations `asked` for in which step `index` of a pure program is."""
    if not asked:
        return frozenset()
    step = program.steps[index]

    def arguments() -> list[np.ndarray]:
        return [] if shadow is None else [_value(program, number, shadow) for number in step.args]

    return frozenset(name for name in NAMES if name in asked and SITUATIONS[name](program, step, arguments))


def _value(program: Program, number: int, shadow: Shadow) -> np.ndarray:
    """The reference's value of that number; empty where it has none."""
    if number < len(program.inputs):
        return data.materialise(program.inputs[number])
    index = number - len(program.inputs)
    made = shadow.own.steps[index] if index < len(shadow.own.steps) else None
    return np.empty(0) if made is None else made.numpy()


def _shares(program: Program, number: int) -> bool:
    """Do elements of that value share memory, by windows that overlap?"""
    if number < len(program.inputs):
        return False
    step = program.steps[number - len(program.inputs)]
    op = catalogue.get(step.op)
    if op.name == "as_strided" or (op.name == "unfold.dim" and step.settings["size"] > step.settings["step"]):  # type: ignore[operator]
        return True
    return op.family in MOVING and not memory.fresh(op) and any(_shares(program, arg) for arg in step.args)


def _strided(program: Program, number: int) -> bool:
    if number < len(program.inputs):
        leaf = program.inputs[number]
        return leaf.layout in ("strided", "expanded") and max(leaf.shape, default=1) > 1
    return catalogue.get(program.steps[number - len(program.inputs)].op).family in MOVING
