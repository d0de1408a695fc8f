"""Measure how many planted faults a default run finds: the mutation score.

Each fault is planted in each engine, and the engine put to every page and then to the programs that a
run draws, up to the first departure: a Death, with what it was and after how many seconds. A case that
upsets the fault's harmless twin as well counts for nothing. What no case upsets survives.
"""

from __future__ import annotations

import contextlib
import signal
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
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

LIMIT = 10.0
"""Seconds per case, as in a run."""


@dataclass(frozen=True)
class Case:
    """One page, or one program with the reference's word on it, said while the reference was right."""

    name: str
    request: wire.Perform | wire.Replay
    shadow: Shadow | None = None


@dataclass(frozen=True)
class Death:
    """What found a fault first: the case, the verdict, and how many seconds a run takes up to there."""

    case: str
    verdict: Verdict
    seconds: float


@dataclass(frozen=True)
class Fate:
    """What became of one fault in one engine: without a death it survived.

    `places` is behind how many names it stood, `met` how many cases called one of them.
    """

    fault: Fault
    backend: str
    places: int
    met: int
    death: Death | None


class Late(Exception):
    """A case took longer than its limit."""


def cases(pages: Sequence[Spec], programs: int, seed: int, infos: Sequence[BackendInfo]) -> list[Case]:
    """The cases of a run on these backends, in its order."""
    found = [Case(spec.id, wire.Perform(spec, max(LIMIT, spec.seconds))) for spec in pages]
    plan = drawing(infos)
    for turn in turns(plan, programs, seed):
        program = turn.program
        with contextlib.suppress(Exception):  # where the judge itself breaks down, a run finds no fault
            found.append(Case(f"program {program.id}", wire.Replay(program, LIMIT), shadows.cast(program)))
    return found


@dataclass(frozen=True)
class Bed:
    """An engine and the cases of a run on it: after how many seconds each has its verdict, and what it calls.

    Only a case that calls a name can be upset by a fault that stands behind it: the others need not be run again.
    """

    engine: Backend
    cases: Sequence[tuple[Case, float, frozenset[Place]]]

    @classmethod
    def made(cls, engine: Backend, cases: Sequence[Case], faults: Sequence[Fault]) -> Bed:
        """Run every case once without a fault, with an ear at every place where one could stand."""
        bed, began, heard = cls(engine, ()), time.perf_counter(), []
        for case in cases:
            with overheard(engine.torch, faults) as called:
                bed.verdict(case, contextlib.nullcontext())
            heard.append((case, time.perf_counter() - began, frozenset(called)))
        return cls(engine, heard)

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
    """Raise Late after so many seconds; warnings are nobody's business here."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def score(fates: Sequence[Fate]) -> tuple[int, int]:
    """How many faults were killed, and of how many that could be planted."""
    able = [fate for fate in fates if fate.places]
    return sum(fate.death is not None for fate in able), len(able)


def table(fates: Sequence[Fate]) -> str:
    """The fates as Markdown: the score of each engine, the survivors, then every fault."""
    ids = list(dict.fromkeys(fate.backend for fate in fates))
    names = list(dict.fromkeys(fate.fault.name for fate in fates))
    by = {(fate.fault.name, fate.backend): fate for fate in fates}
    return "\n".join((*HEAD, *_scores(ids, fates), *_survivors(names, fates), *_everything(ids, names, by), ""))


HEAD = (
    "# The mutation score",
    "",
    "How many faults, planted one at a time in an engine that is right, a default run finds.",
    "Made by `gradspec faults --write docs/mutation-score.md`.",
    "",
    "A fault is a function of `conformance/gradspec/faults/` that answers in the place of one or several of torch's",
    "names, so that the same fault is planted in every engine. It is killed by the first page or program whose verdict",
    "departs, unless a harmless stand-in in the same places upsets that case too. The seconds are those that a run on",
    "that engine alone takes up to there. A program on which the judge breaks down counts for nothing, and the oracle",
    "is not asked.",
    "",
)


def _scores(ids: Sequence[str], fates: Sequence[Fate]) -> Iterator[str]:
    yield from ("| engine | faults | killed | score |", "| --- | ---: | ---: | ---: |")
    for id in ids:
        killed, able = score([fate for fate in fates if fate.backend == id])
        yield f"| {id} | {able} | {killed} | {100 * killed / max(able, 1):.1f} % |"


def _survivors(names: Sequence[str], fates: Sequence[Fate]) -> Iterator[str]:
    """Each survivor, where it survives, and how many cases called what it stands behind."""
    yield from ("", "## Survivors", "")
    alive = [fate for fate in fates if fate.places and fate.death is None]
    if not alive:
        yield "None."
        return
    yield from (
        "| fault | what it does | kind | survives in | cases that call it |",
        "| --- | --- | --- | --- | ---: |",
    )
    for name in names:
        left = [fate for fate in alive if fate.fault.name == name]
        if left:
            where, met = ", ".join(fate.backend for fate in left), max(fate.met for fate in left)
            said = left[0].fault.said.replace("|", "\\|")
            yield f"| {name} | {said} | {left[0].fault.kind} | {where} | {met} |"


def _everything(ids: Sequence[str], names: Sequence[str], by: Mapping[tuple[str, str], Fate]) -> Iterator[str]:
    yield from ("", "## Every fault", "", f"| fault | kind | {' | '.join(ids)} |")
    yield f"| --- | --- | {' | '.join('---' for _ in ids)} |"
    for name in names:
        row = [by.get((name, id)) for id in ids]
        kind = next(fate.fault.kind for fate in row if fate)
        yield f"| {name} | {kind} | {' | '.join(told(fate) if fate else '' for fate in row)} |"


def told(fate: Fate) -> str:
    """One fate in a few words."""
    if not fate.places:
        return "has no such name"
    if fate.death is None:
        return "**survives**"
    return f"{fate.death.verdict} in {fate.death.case}, {fate.death.seconds:.1f} s"
