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
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..backends.refgrad import Refgrad
from ..outcome import Answers, Array
from ..programs import values as data
from ..programs.functionalise import functionalise
from ..programs.model import SECOND_ORDER, Program, Step
from .doubt import Blurred, Doubt, doubts
from .names import Names, names
from .noise import FACTORISING, beside, moved, shaken
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
    """refgrad with every dtype in `lift` replaced, and, with a `nudge`, every number that enters or leaves a step, or
    is a sum or product on the way, moved by one unit in the last place: another engine's roundings, so to speak.
    """

    def __init__(self, lift: Mapping[str, str], nudge: int = 0) -> None:
        super().__init__()
        self.lift = lift
        self.words = np.random.PCG64(nudge) if nudge else None

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """As any engine; with a nudge, in shaken arithmetic."""
        if self.words is None:
            return super().answer(program, steps=steps)
        with shaken(self.words):
            return super().answer(program, steps=steps)

    def reverse(self, outputs: Sequence[Any], inputs: Sequence[Any], cotangents: Sequence[Any],
                create_graph: bool = False) -> Sequence[Any]:  # fmt: skip
        """The gradients; with a nudge the rules always run on tensors, whose arithmetic is shaken."""
        return super().reverse(outputs, inputs, cotangents, create_graph or self.words is not None)

    def tensor(self, array: np.ndarray, dtype: str) -> Any:
        """`array`, drawn in the program's own dtype and so rounded to it, in the dtype that replaces it."""
        dtype = self.lift.get(dtype, dtype)
        if self.words is not None and dtype in EPS:
            array = moved(array, self.words, dtype)
        return super().tensor(array, dtype)

    def apply(self, step: Step, args: Sequence[Any]) -> Any:
        """One step's value, and with it its derivative, nudged."""
        if self.words is not None and step.op in FACTORISING:
            scale = step.settings.get("scale", 0.0)
            args = [self.beside(arg, scale if isinstance(scale, int | float) else 0.0) for arg in args]
        made = super().apply(step, args)
        dtype = self.dtype_name(made)
        return (
            made * self.tensor(np.ones(tuple(made.shape)), dtype) if self.words is not None and dtype in EPS else made
        )

    def beside(self, matrices: Any, scale: float) -> Any:
        """The argument of a factorisation, moved as the best of algorithms may have it."""
        array, dtype = self.numpy(matrices), self.dtype_name(matrices)
        if array is None or self.words is None or dtype not in EPS:
            return matrices
        return matrices + super().tensor(beside(array, self.words, dtype, scale), dtype)


@dataclass(frozen=True)
class Shadow:
    """The reference's answers to one program; `ratio` is what the distance of coarse from fine is worth."""

    program: Program
    own: Answers
    fine: Answers
    coarse: tuple[Answers, ...]
    ratio: float
    doubts: Mapping[int, Doubt] = field(default_factory=dict)
    """By the index of the step, where its derivative is in doubt."""
    written: Program | None = None
    """The program as its author wrote it, if it is not pure."""

    @functools.cached_property
    def names(self) -> Names:
        """What its author calls the steps and the outputs."""
        return names(self.written or self.program)

    @functools.cached_property
    def kinked(self) -> frozenset[int]:
        """The indices of the steps whose arguments are close to a point without a derivative."""
        return frozenset(index for index, doubt in self.doubts.items() if doubt.kinked)

    def doubtful(self, place: Place, *, settled: bool) -> np.ndarray | None:
        """The elements at a place that a doubt reaches, `settled` ones included if so asked; None means all."""
        before, after = at(self.own, place), at(self._blurred_all if settled else self._blurred, place)
        if before is None or after is None or before.shape != after.shape:
            return None
        a, b = before.numpy(), after.numpy()
        missing = np.isnan(b) if place[0] >= 0 else np.isnan(b) & ~np.isnan(a)  # a value is in doubt if it is another
        found: np.ndarray = missing | ((a != b) & ~np.isnan(b))
        return found

    def settled(self, place: Place, element: int) -> bool:
        """Does a kink reach this element, and does the documentation settle it? It does so for first derivatives."""
        if place[0] >= 0 and self.program.questions[place[0]].mode in SECOND_ORDER:
            return False
        free, contested = (self.doubtful(place, settled=settled) for settled in (False, True))
        if free is None or contested is None:
            return False
        return bool(contested.reshape(-1)[element] and not free.reshape(-1)[element])

    @functools.cached_property
    def _blurred(self) -> Answers:
        return Blurred(self.program, self.doubts, settled=False).answer(self.program, steps=True)

    @functools.cached_property
    def _blurred_all(self) -> Answers:
        if not any(mask.any() for doubt in self.doubts.values() for mask in doubt.settled):
            return self._blurred
        return Blurred(self.program, self.doubts, settled=True).answer(self.program, steps=True)

    @functools.cached_property
    def size(self) -> float:
        """The largest finite number among the inputs and the steps' values."""
        values = [*data.inputs(self.program), *(step.numpy() for step in self.own.steps if step is not None)]
        return max((largest(np.asarray(value)) for value in values), default=0.0)

    def wider(self) -> Shadow:
        """The same with more coarse runs, for a suspect."""
        return self._wider

    @functools.cached_property
    def _wider(self) -> Shadow:
        lift = DOWN if self.fine is self.own else {}
        more = [At(lift, nudge).answer(self.program, steps=True) for nudge in range(1, NUDGES + 1)]
        return replace(self, coarse=(*self.coarse, *more))


def cast(program: Program) -> Shadow:
    """Run `program`, in its pure form, on the reference, at its own precision and at another."""
    written, program = program, functionalise(program)
    own = At({}).answer(program, steps=True)
    if own.missing or -1 in own.refused:
        return Shadow(program, own, own, (), 1.0, written=written)
    met = {leaf.dtype for leaf in program.inputs}
    double = not met.isdisjoint(DOWN)
    if double and not met.isdisjoint(UP):  # what is single in it sets the rounding error
        other = At(UP).answer(program, steps=True)
        return Shadow(program, own, other, (own, At({}, 1).answer(program, steps=True)), 1.0,
                      doubted(program, own, other), written)  # fmt: skip
    other = At(DOWN if double else UP).answer(program, steps=True)
    found = doubted(program, own, other)
    if other.refused.keys() != own.refused.keys():  # an op that only one precision has: nothing to measure with
        return Shadow(program, own, own, (), 1.0, found, written)
    if double:
        return Shadow(program, own, own, (other,), RATIO, found, written)
    return Shadow(program, own, other, (own,), 1.0, found, written)


def doubted(program: Program, own: Answers, other: Answers) -> dict[int, Doubt]:
    """The doubts of a program, given every step's value at two precisions."""
    inputs = data.inputs(program)
    first = [step.numpy() for step in own.steps if step is not None]
    second = [step.numpy() for step in other.steps if step is not None]
    if len(first) != len(program.steps):
        return {}
    return doubts(program, [*inputs, *first], [*inputs, *(second if len(second) == len(first) else first)])


def at(answers: Answers, place: Place) -> Array | None:
    """The tensor at a place of the answers; None where there is none."""
    question, index = place
    held = {VALUES: answers.values, STEPS: answers.steps}
    tensors = (
        held[question] if question in held else answers.questions[question] if question < len(answers.questions) else ()
    )
    return tensors[index] if index < len(tensors) else None
