"""Run a check over many drawn programs, and shrink each departure to the smallest program that shows it.

A check takes a Program and raises a Departure where an engine departs. `search` draws in batches:
short seeded Hypothesis calls, so that memory stays flat and a batch can be drawn again. Which
programs are drawn follows from the seed alone, never from what the check found.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

from .draw import Draft, Plan, decoded, planned
from .edit import simpler
from .model import Program

Drawn = TypeVar("Drawn")

BATCH = 100
"""Programs per Hypothesis call."""

STIRRED = 5
"""Programs per draft: drawing one costs as much as running a program, stirring it nearly nothing, and what is stirred
otherwise has nothing in common but its number of steps and the choices that were 0."""

Check = Callable[[Program], None]


class Departure(Exception):
    """What a check raises: an engine departs. Under one `signature` duplicates gather."""

    def __init__(self, signature: str, said: str = "") -> None:
        super().__init__(said or signature)
        self.signature = signature


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
    plan = planned() if plan is None else plan
    tally: Counter[str] = Counter()
    for batch, size in batches(count):
        for turn in turns(plan, batch, size, seed):
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
    size: int
    """How many drafts there are in its batch."""

    def smallest(self, check: Check, departure: Departure) -> tuple[Program, Departure]:
        """The smallest program with the signature of `departure`, among those that show the same feature or none.

        One of the sweep was not drawn: it gets smaller by itself.
        """
        if self.plan.swept(self.number, self.seed) is not None:
            return reduced(check, self.program, departure)
        strategy = self.plan.drafts().map(lambda draft: taken(self.plan, draft, self.number, self.seed))
        own = batch_seed(self.seed, self.number // BATCH)
        return reduced(check, *smallest(check, strategy, self.size, own, self.program, departure))


def taken(plan: Plan, draft: Draft, number: int, seed: int) -> Program:
    """What a draft becomes as the program of that number in a run."""
    return decoded(draft.stirred(batch_seed(seed, number)), plan, plan.turn(number, seed))


def turns(plan: Plan, batch: int, size: int, seed: int) -> Iterator[Turn]:
    """The programs of one batch in their order, each with what its turn in the run is to show.

    Hypothesis begins with the simplest draft there is, in every batch the same: one more is drawn, and that left out,
    and so are those that are drawn to show nothing.
    """
    drafts: list[Draft] = []
    count = 1 + math.ceil(size / STIRRED)
    hypothesis_call(drafts.append, plan.drafts(), count, batch_seed(seed, batch), Phase.generate)
    showing = [draft for draft in drafts[1:] if draft.shows] or drafts
    for place in range(size):
        number = batch * BATCH + place
        program = plan.swept(number, seed) or taken(plan, showing[place % len(showing)], number, seed)
        yield Turn(program, plan, number, seed, count)


def reduced(check: Check, program: Program, departure: Departure) -> tuple[Program, Departure]:
    """The program with all taken away that can be without another departure.

    Hypothesis shrinks the bytes that a program was decoded from, and can be stuck where no smaller bytes mean
    a smaller program; here the program itself gets smaller.
    """
    for candidate in simpler(program):
        try:
            check(candidate)
        except Departure as again:
            if again.signature == departure.signature:
                return reduced(check, candidate, again)
    return program, departure


def batches(count: int) -> Iterator[tuple[int, int]]:
    """The numbers of the batches and their sizes."""
    return ((start // BATCH, min(BATCH, count - start)) for start in range(0, count, BATCH))


def batch_seed(seed: int, batch: int) -> int:
    """The seed of one batch; batches of different seeds share none below four billion."""
    return (seed << 32) + batch


def drawn(strategy: SearchStrategy[Program], count: int, seed: int) -> list[Program]:
    """The programs of one batch: the same for the same seed (and version of Hypothesis)."""
    collected: list[Program] = []
    hypothesis_call(collected.append, strategy, count, seed, Phase.generate)
    return collected


def smallest(
    check: Check, strategy: SearchStrategy[Program], count: int, seed: int, first: Program, departure: Departure
) -> tuple[Program, Departure]:
    """The smallest program that Hypothesis finds with the signature of `departure`, starting from `first`.

    The batch is drawn again up to `first`; a candidate that departs otherwise counts as passing.
    """
    best, reached = (first, departure), False

    def candidate(program: Program) -> None:
        nonlocal best, reached
        reached = reached or program == first
        if not reached:
            return
        try:
            check(program)
        except Departure as again:
            if again.signature == departure.signature:
                best = program, again
                raise

    try:
        hypothesis_call(candidate, strategy, count, seed, Phase.generate, Phase.shrink)
    except Departure:  # Hypothesis ends with the smallest failure, run once more
        return best
    return first, departure  # it did not happen again: the check is not a function of the program


def hypothesis_call(
    test: Callable[[Drawn], object], strategy: SearchStrategy[Drawn], count: int, seed: int, *phases: Phase
) -> None:
    """One seeded run of Hypothesis that writes nothing, prints nothing and knows no deadline."""
    quiet = settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )

    def of(value: Drawn) -> None:
        test(value)

    seeded(seed)(quiet(given(strategy)(of)))()
