"""Put a program before the oracle: what its value and derivatives are, by no derivative rule of anybody's.

The forward program is evaluated in balls (Arb, by python-flint), which hold the true value whatever
was rounded; a derivative is a difference quotient of such values at hundreds of bits, taken from the
left and from the right. A Truth is one tensor of it, a Certificate all of them; Uncertified is the
oracle's silence, with the reason.

This is only the door: flint is imported behind it, and the oracle is silent where it is not installed.
"""

from __future__ import annotations

import functools
import importlib.util
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ... import catalogue
from ...outcome import Answers, Array
from ...programs.functionalise import functionalise
from ...programs.model import Program
from ..shadow import VALUES, Place
from ..tolerance import EPS, TINY, largest

MISSING = "python-flint is not installed: pip install 'gradspec[oracle]'"

SECONDS = 60.0
"""For how long the oracle may ponder on one program."""


@dataclass(frozen=True)
class Truth:
    """One tensor: the nearest doubles, and how far from the truth its balls may be; nan where nobody asked.

    A value's radius is proved. A derivative's contains the rounding, which is proved, and the truncation, which is
    what halving the step changed. `left` and `right` are the one-sided derivatives (a value's are the value),
    `kink` marks where they differ or do not exist, and `moved` is the tensor after every number of the inputs
    moved by one unit in the last place.
    """

    dtype: str
    value: np.ndarray
    radius: np.ndarray
    left: np.ndarray
    right: np.ndarray
    kink: np.ndarray
    moved: np.ndarray
    size: float
    """The program's largest number."""

    @property
    def scale(self) -> float:
        """The largest certified number; that of the program, where the tensor is nothing but zeros."""
        return largest(self.value) or self.size

    @property
    def ulp(self) -> float:
        """One unit in the last place of the tensor's largest number, in the tensor's dtype."""
        return EPS[self.dtype] * max(self.scale, TINY[self.dtype])

    @property
    def conditioning(self) -> float:
        """By how many such units the result moves when the inputs move by one of theirs."""
        return largest(self.moved - self.value) / self.ulp

    @property
    def digits(self) -> int:
        """To how many digits of the largest number all that was asked is certified; 99 stands for exactly."""
        radius = largest(self.radius)
        return max(0, math.floor(math.log10(self.scale / radius))) if radius and self.scale else 99


@dataclass(frozen=True)
class Certificate:
    """The truth about a program: by place, every tensor that was asked for; `bits` is the precision it took."""

    program: Program
    truths: Mapping[Place, Truth]
    bits: int

    @property
    def kinks(self) -> frozenset[Place]:
        """The places with an element whose left and right derivatives differ."""
        return frozenset(place for place, truth in self.truths.items() if truth.kink.any())

    @property
    def answers(self) -> Answers:
        """The same as an engine would have answered it, each number rounded to its tensor's dtype."""

        def told(question: int) -> tuple[Array | None, ...]:
            found = {n: array(truth.value, truth.dtype) for (q, n), truth in self.truths.items() if q == question}
            return tuple(found.get(n) for n in range(1 + max(found, default=-1)))

        return Answers(told(VALUES), tuple(told(q) for q in range(len(self.program.questions))))


@dataclass(frozen=True)
class Uncertified:
    """The oracle cannot say, and why."""

    reason: str


def array(values: np.ndarray, dtype: str) -> Array:
    """Numbers as a tensor of `dtype`."""
    with np.errstate(over="ignore"):
        return Array.of(values.astype("float32" if dtype == "bfloat16" else dtype), dtype)


@functools.cache
def installed() -> bool:
    """Is the ball arithmetic here?"""
    return importlib.util.find_spec("flint") is not None


def uncertified_ops() -> frozenset[str]:
    """The ops of the catalogue that the oracle has no meaning for (all of them where flint is missing)."""
    if not installed():
        return frozenset(catalogue.ops())
    from .forward import RULES

    return frozenset(catalogue.ops()) - RULES.keys()


def certify(
    program: Program,
    question: int | None = None,
    *,
    elements: Mapping[Place, int] | None = None,
    seconds: float = SECONDS,
) -> Certificate | Uncertified:
    """The truth about `program`, in its pure form: its outputs and the tensors of every question, or of one alone.

    With `elements`, only those places, and there only the element of that flat index (-1: every one).
    Raises nothing: whatever goes wrong is the reason of an Uncertified.
    """
    if not installed():
        return Uncertified(MISSING)
    try:
        from . import truth
        from .forward import RULES

        program = functionalise(program)
        if lacking := {step.op for step in program.steps} - RULES.keys():
            return Uncertified(f"no ball arithmetic for {', '.join(sorted(lacking))}")
        return truth.certified(program, question, elements, seconds)
    except Exception as error:  # noqa: BLE001 - the oracle is a witness, and its own fault must not end a run
        return Uncertified(f"the oracle itself failed: {type(error).__name__}: {error}")
