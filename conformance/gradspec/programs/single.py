"""A program of one op alone: what a table of ops is made by asking.

`smallest` chooses how the op is applied, `alone` makes the Program, `smooth` looks for one away from kinks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..catalogue.model import Op
from . import values
from .build import inside
from .model import Input, Program, Question, Step
from .pool import Application, nonempty

SIZE = 8
"""About so many numbers the arguments have together: enough to tell elements apart, few to differentiate."""

TRIES = 100


def smallest(op: Op, size: int = SIZE) -> Application:
    """The application whose arguments have nearest to `size` numbers; none of them is empty."""
    return min(nonempty(op), key=lambda a: abs(sum(map(math.prod, a.shapes)) - size))


def alone(
    application: Application,
    questions: Sequence[Question] = (),
    *,
    dtype: str = "float64",
    result: str = "",
    seed: int = 0,
) -> Program:
    """One step on fresh inputs of `dtype`, inside the domains; `result` is the dtype that comes out, if another."""
    leaves = [
        Input(shape, dtype, low=low, high=high, seed=seed + n)
        for n, (shape, (low, high)) in enumerate(
            zip(application.shapes, (inside(slot.domain) for slot in application.op.slots), strict=True)
        )
    ]
    step = Step(
        application.op.name,
        tuple(range(len(leaves))),
        dict(application.settings),
        application.result,
        result or dtype,
    )
    return Program(tuple(leaves), (step,), (len(leaves),), tuple(questions))


def smooth(application: Application, questions: Sequence[Question] = (), *, seed: int = 0) -> Program:
    """The same in float64, away from kinks if some seed of TRIES is (what is called a kink may be a wide stretch)."""
    made = [alone(application, questions, seed=seed)]
    for n in range(TRIES):
        program = alone(application, questions, seed=seed + n * len(application.shapes))
        if not application.op.kinks(values.inputs(program), application.settings):
            return program
    return made[0]
