"""Run a check over the programs of a run, and shrink each departure to the smallest program that shows it.

A check takes a Program and raises a Departure where an engine departs. A Turn is one program of a run and how it came
about. Which programs these are follows from the plan and the seed alone, never from what the check found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .draw import Plan, decoded, planned
from .model import Program
from .shrink import Check, Departure, smallest


def search(
    check: Check,
    count: int,
    seed: int,
    found: Callable[[Program, Departure], None],
    *,
    plan: Plan | None = None,
) -> Counter[str]:
    """Check `count` programs; hand the smallest program of each new signature, and its Departure, to `found`.

    Returns how many programs departed under each signature. What else `check` raises comes through.
    """
    tally: Counter[str] = Counter()
    for turn in turns(planned() if plan is None else plan, count, seed):
        try:
            check(turn.program)
        except Departure as departure:
            tally[departure.signature] += 1
            if tally[departure.signature] == 1:
                found(*turn.smallest(check, departure))
    return tally


@dataclass(frozen=True)
class Turn:
    """One program of a run, and how it was drawn."""

    program: Program
    plan: Plan
    number: int
    """Which program of the run it is."""
    seed: int
    """That of the run."""

    @property
    def swept(self) -> bool:
        """Is it one of the sweep, and so drawn from nothing?"""
        return self.plan.swept(self.number, self.seed) is not None

    def smallest(self, check: Check, departure: Departure) -> tuple[Program, Departure]:
        """The smallest program found with the signature of `departure`."""
        draft = None if self.swept else self.plan.draft(self.number, self.seed)
        return smallest(check, self.program, departure, draft, self.plan)


def turns(plan: Plan, count: int, seed: int, start: int = 0) -> Iterator[Turn]:
    """`count` programs of a run in their order, from number `start` on."""
    for number in range(start, start + count):
        program = plan.swept(number, seed) or decoded(plan.draft(number, seed), plan)
        yield Turn(program, plan, number, seed)
