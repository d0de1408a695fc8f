"""Put a program before the oracle: what its value and derivatives are, by no derivative rule of anybody's.

A Certificate is its word; Uncertified is its silence, with the reason. This is only the door: the
oracle that computes with Arb balls stands behind it when python-flint is installed.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..outcome import Answers
from ..programs.model import Program


@dataclass(frozen=True)
class Certificate:
    """Answers that are right to the last bit shown, and the indices of the steps that sit on a kink."""

    answers: Answers
    kinks: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Uncertified:
    """The oracle cannot say, and why."""

    reason: str


def certify(program: Program) -> Certificate | Uncertified:
    """The right answers to `program`, or why there are none."""
    ops = ", ".join(sorted({step.op for step in program.steps}))
    return Uncertified(f"no ball arithmetic for {ops}")
