"""Ask of every page whether it can fail: perform it once, then judge it again with each promise flipped.

A Survivor is a flip that the judge let pass. A Mutated page counts its flips and keeps the survivors; where
nothing of the page could be flipped, it says why. Summed up by `Score`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..judge.flips import flips, kept
from ..judge.specs import place
from ..outcome import SpecOutcome
from ..report.words import several
from ..specs.model import Spec
from . import wire
from .supervisor import Seat


@dataclass(frozen=True)
class Survivor:
    """A flip that nobody noticed: the page's line, what was turned, and what is promised now."""

    where: str
    what: str
    promise: str

    def __str__(self) -> str:
        return f"{self.where}: the flipped {self.what} survives: {self.promise}"


@dataclass(frozen=True)
class Mutated:
    """What came of one page's flips. `idle` says why none was made, where none was."""

    id: str
    made: int = 0
    survivors: tuple[Survivor, ...] = ()
    idle: str = ""


@dataclass(frozen=True)
class Score:
    """The flips of many pages, and the pages without any, by the reason."""

    pages: int
    made: int
    survived: int
    idle: dict[str, int]

    @classmethod
    def of(cls, mutated: Sequence[Mutated]) -> Score:
        """Count."""
        return cls(
            sum(page.made > 0 for page in mutated),
            sum(page.made for page in mutated),
            sum(len(page.survivors) for page in mutated),
            dict(Counter(page.idle for page in mutated if page.idle)),
        )

    def __str__(self) -> str:
        idle = "".join(f"; {several(n, 'page')} {why}" for why, n in sorted(self.idle.items()))
        caught = self.made - self.survived
        return f"{caught:,} of {several(self.made, 'flip')} caught on {several(self.pages, 'page')}{idle}"


def mutate(seat: Seat, specs: Iterable[Spec], limit: float) -> Iterator[Mutated]:
    """Perform each of `specs` in `seat`, within `limit` seconds, and flip every promise that it kept."""
    for spec in specs:
        seat.send(wire.Perform(spec, max(limit, spec.seconds)))
        reply = seat.collect()
        if isinstance(reply.outcome, SpecOutcome):
            yield flipped(spec, reply.outcome, seat.torch_messages)
        else:
            yield Mutated(spec.id, idle=f"ended in {reply.verdict}")


def flipped(spec: Spec, outcome: SpecOutcome, torch_messages: bool) -> Mutated:
    """Flip every promise of `spec` that what was observed keeps, and see which flips pass as well."""
    if outcome.missing:
        return Mutated(spec.id, idle="unsupported")
    seen = {observation.line: observation for observation in outcome.observations}
    promises = [
        (check, step) for check in spec.checks for step in check.steps if step.promise not in ("runs", "observe")
    ]
    made, survivors, departs = 0, [], False
    for check, step in promises:
        if step.line not in seen:
            continue
        if not kept(spec, check, step, seen[step.line], torch_messages):
            departs = True
            continue
        for flip in flips(step, seen[step.line], torch_messages):
            made += 1
            if kept(spec, check, flip.step, seen[step.line], torch_messages):
                now = flip.step
                promise = f"# {now.promise} {now.kind}: {now.expected}" if now.kind else f"# => {now.expected}"
                survivors.append(Survivor(place(spec, step.line), flip.what, promise))
    idle = "" if made else "differing already" if departs else "promising nothing" if not promises else "not reached"
    return Mutated(spec.id, made, tuple(survivors), idle)
