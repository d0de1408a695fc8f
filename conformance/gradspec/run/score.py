"""Find out of every planted fault whether a default run finds it, and where first.

Each fault is planted in each engine, and the engine put to every page and then to the programs that a
run draws, up to the first departure: a Death, with what it was and after how many seconds. A case that
upsets the fault's harmless twin as well counts for nothing. What no case upsets survives. `tally` counts.
"""

from __future__ import annotations

import contextlib
import itertools
import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

from ..backends import registry
from ..backends.protocol import Backend
from ..faults.model import Fault, Place, overheard, places_of, planted
from ..judge import known
from ..judge import programs as judging
from ..judge import shadow as shadows
from ..judge import specs as reading
from ..judge.shadow import Shadow
from ..judge.verdict import Judgement, Verdict
from ..outcome import Answers, SpecOutcome
from ..programs.search import turns
from ..specs.model import Spec
from . import wire, worker
from .bench import unanswered
from .clean import restored
from .driver import drawing
from .records import BackendInfo
from .spread import spread

LIMIT = 10.0
"""Seconds of the processor per case, as many as a run has of the clock."""


@dataclass(frozen=True)
class Case:
    """One page, or one program with the reference's word on it, said while the reference was right."""

    name: str
    request: wire.Perform | wire.Replay
    shadow: Shadow | None = None


@dataclass(frozen=True)
class Death:
    """What found a fault first: the case, the verdict, and how many seconds of a processor a run takes up to there."""

    case: str
    verdict: Verdict
    seconds: float


@dataclass(frozen=True)
class Fate:
    """What became of one fault in one engine: without a death it survived.

    `places` is behind how many names it stood, `met` how many cases called one of them; `seed` is that of the
    programs that it was put to.
    """

    fault: Fault
    backend: str
    places: int
    met: int
    death: Death | None
    seed: int = 0


class Late(Exception):
    """A case took longer than its limit."""


def pages(specs: Sequence[Spec]) -> list[Case]:
    """The pages as cases, in a run's order."""
    return [Case(spec.id, wire.Perform(spec, max(LIMIT, spec.seconds))) for spec in specs]


def programs(number: int, seed: int, infos: Sequence[BackendInfo]) -> list[Case]:
    """The programs that a run of this seed on these backends draws, in its order."""
    found = []
    for turn in turns(drawing(infos), number, seed):
        with contextlib.suppress(Exception):  # where the judge itself breaks down, a run finds no fault
            shadow = shadows.cast(turn.program)
            found.append(Case(f"program {turn.program.id}", wire.Replay(turn.program, LIMIT), shadow))
    return found


@dataclass(frozen=True)
class Bed:
    """An engine and cases of a run on it: after how many seconds each has its verdict, and what it calls.

    Only a case that calls a name can be upset by a fault that stands behind it: the others need not be run again.
    """

    engine: Backend
    cases: Sequence[tuple[Case, float, frozenset[Place]]]

    @classmethod
    def made(cls, engine: Backend, cases: Sequence[Case], faults: Sequence[Fault], workers: int = 1) -> Bed:
        """Run every case once without a fault, with an ear at every place where one could stand."""
        bed = cls(engine, ())
        with overheard(engine.torch, faults) as called:

            def listen(case: Case) -> tuple[float, frozenset[Place]]:
                called.clear()
                began = time.process_time()
                bed.verdict(case, contextlib.nullcontext())
                return time.process_time() - began, frozenset(called)

            heard = list(spread(listen, cases, workers, at_once=20))
        ends = itertools.accumulate(took for took, _ in heard)
        return cls(engine, [(case, end, names) for case, end, (_, names) in zip(cases, ends, heard, strict=True)])

    @property
    def end(self) -> float:
        """After how many seconds the last case has its verdict."""
        return self.cases[-1][1] if self.cases else 0.0

    @property
    def id(self) -> str:
        """The backend's id."""
        return registry.identity(self.engine)

    def fate(self, fault: Fault) -> Fate:
        """Plant one fault and look for the first case that it upsets, twice, and its harmless twin does not."""
        torch = self.engine.torch
        places = {(id(owner), name) for owner, name in places_of(torch, fault)}
        met = [(case, seconds) for case, seconds, called in self.cases if places & called]
        for case, seconds in met:
            verdict = self.verdict(case, planted(torch, fault))
            if verdict.departs and self.verdict(case, planted(torch, fault)).departs:
                if not self.verdict(case, planted(torch, fault, harmless=True)).departs:
                    return Fate(fault, self.id, len(places), len(met), Death(case.name, verdict, seconds))
        return Fate(fault, self.id, len(places), len(met), None)

    def verdict(self, case: Case, fault: contextlib.AbstractContextManager[object]) -> Verdict:
        """The verdict on one case while `fault` is there; the judge works when it is gone again."""
        try:
            with restored(self.engine.torch), _limited(case.request.limit), fault:
                reply = worker.handle(self.engine, case.request)
        except Late:
            return Verdict.HANG
        return self._judged(case, reply).verdict

    def _judged(self, case: Case, reply: wire.Reply) -> Judgement:
        table = known.load(self.engine.name, self.engine.versions())
        if isinstance(case.request, wire.Perform) and isinstance(reply.outcome, SpecOutcome):
            return reading.judge(case.request.spec, reply.outcome, self.engine.torch_messages, table)
        if isinstance(case.request, wire.Replay) and isinstance(reply.outcome, Answers) and case.shadow is not None:
            return judging.judge_program(case.request.program, reply.outcome, case.shadow, table)
        return unanswered(reply)


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise Late after so many seconds of the processor; warnings are nobody's business here.

    Not of the clock: on a busy machine an engine's late import took ten, and the fault looked like its harmless twin.
    """

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
