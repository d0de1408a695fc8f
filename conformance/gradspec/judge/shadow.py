"""Run a program on the reference at several precisions: what is right, how sure that is, and where the kinks are.

A Shadow is the reference's answers at the program's own precision (`own`), the best ones (`fine`)
and ones with more rounding error (`coarse`). Below double precision `fine` is computed in double
and `coarse` is `own`: their distance is the program's rounding error itself. In double, where
NumPy has nothing higher, `fine` is `own` and `coarse` is computed in single: their distance, scaled
by the ratio of the unit roundoffs, estimates it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import catalogue
from ..backends.refgrad import Refgrad
from ..outcome import Answers, Array
from ..programs import values as data
from ..programs.functionalise import functionalise
from ..programs.model import Program, Step
from .tolerance import EPS, largest

UP = {"float16": "float64", "bfloat16": "float64", "float32": "float64", "complex64": "complex128"}
DOWN = {"float64": "float32", "complex128": "complex64"}
RATIO = EPS["float64"] / EPS["float32"]

NUDGES = 3
"""How many more coarse runs, each with every number moved by one unit in the last place, are made for a suspect.
One run can be lucky; that four are lucky together, by a factor of ten, is out of the question."""

Place = tuple[int, int]
"""(index of the question, or VALUES or STEPS; index of the tensor within the answer)."""
VALUES, STEPS = -1, -2


class At(Refgrad):
    """refgrad with every dtype in `lift` replaced, and, with a `nudge`, every number that enters or leaves a step
    moved by one unit in the last place, up or down: another engine's roundings, so to speak.
    """

    def __init__(self, lift: Mapping[str, str], nudge: int = 0) -> None:
        super().__init__()
        self.lift = lift
        self.words = np.random.PCG64(nudge) if nudge else None

    def tensor(self, array: np.ndarray, dtype: str) -> Any:
        """`array`, drawn in the program's own dtype and so rounded to it, in the dtype that replaces it."""
        dtype = self.lift.get(dtype, dtype)
        if self.words is not None and dtype in EPS:
            signs = np.where(self.words.random_raw(array.size) >> np.uint64(63), 1.0, -1.0).reshape(array.shape)
            array = array * (1.0 + EPS[dtype] * signs)
        return super().tensor(array, dtype)

    def apply(self, step: Step, args: Sequence[Any]) -> Any:
        """One step's value, and with it its derivative, nudged."""
        made = super().apply(step, args)
        dtype = self.dtype_name(made)
        return (
            made * self.tensor(np.ones(tuple(made.shape)), dtype) if self.words is not None and dtype in EPS else made
        )


@dataclass(frozen=True)
class Shadow:
    """The reference's answers to one program; `ratio` is what the distance of coarse from fine is worth."""

    program: Program
    own: Answers
    fine: Answers
    coarse: tuple[Answers, ...]
    ratio: float
    kinked: frozenset[int] = frozenset()
    """The indices of the steps whose arguments are close to a point without a derivative."""

    @functools.cached_property
    def size(self) -> float:
        """The largest finite number among the inputs and the steps' values."""
        values = [*data.inputs(self.program), *(step.numpy() for step in self.own.steps if step is not None)]
        return max((largest(np.asarray(value)) for value in values), default=0.0)

    def wider(self) -> Shadow:
        """The same with more coarse runs, for a suspect."""
        lift = DOWN if self.fine is self.own else {}
        more = [At(lift, nudge).answer(self.program, steps=True) for nudge in range(1, NUDGES + 1)]
        return Shadow(self.program, self.own, self.fine, (*self.coarse, *more), self.ratio, self.kinked)


def cast(program: Program) -> Shadow:
    """Run `program`, in its pure form, on the reference, at its own precision and at another."""
    program = functionalise(program)
    own = At({}).answer(program, steps=True)
    if own.missing or -1 in own.refused:
        return Shadow(program, own, own, (), 1.0)
    double = any(leaf.dtype in DOWN for leaf in program.inputs)
    other = At(DOWN if double else UP).answer(program, steps=True)
    kinked = near_kinks(program, own)
    if other.refused.keys() != own.refused.keys():  # an op that only one precision has: nothing to measure with
        return Shadow(program, own, own, (), 1.0, kinked)
    return (
        Shadow(program, own, own, (other,), RATIO, kinked)
        if double
        else Shadow(program, own, other, (own,), 1.0, kinked)
    )


def near_kinks(program: Program, own: Answers) -> frozenset[int]:
    """The steps at which the catalogue promises no derivative, given every step's value."""
    arrays = [*data.inputs(program), *(step.numpy() for step in own.steps if step is not None)]
    return frozenset(
        index
        for index, step in enumerate(program.steps)
        if catalogue.get(step.op).kinks([arrays[n] for n in step.args], step.settings)
    )


def at(answers: Answers, place: Place) -> Array | None:
    """The tensor at a place of the answers; None where there is none."""
    question, index = place
    held = {VALUES: answers.values, STEPS: answers.steps}
    tensors = (
        held[question] if question in held else answers.questions[question] if question < len(answers.questions) else ()
    )
    return tensors[index] if index < len(tensors) else None
