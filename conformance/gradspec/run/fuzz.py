"""Draw random programs, put each to every engine, judge the answers, and shrink what departs.

Which programs are drawn follows from the seed alone. A departure is put again, with every step's
value asked for, so that it can be pinned to a step. One that no earlier witness explains is shrunk
on its own backend, and the smallest program that still shows it becomes a case of its own: the
witness, with scripts and everybody's numbers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec
from msgspec.structs import replace

from ..judge.verdict import Judgement, Verdict
from ..outcome import Answers
from ..programs.draw import Plan, planned
from ..programs.model import Program, decode, encode
from ..programs.search import Turn, turns
from ..programs.shrink import Departure
from . import wire
from .bench import Bench, twice, unanswered
from .judging import Judges
from .records import NO_PROGRAM, Result
from .telling import numbers, scripts

SHRINKING = 60.0
"""Seconds that one departure may be shrunk for: enough, unless every candidate kills its worker."""


@dataclass(frozen=True)
class Found:
    """What a witness has shown, in general terms: these ops together, on this backend, in this way."""

    backend: str
    verdict: Verdict
    signature: str
    ops: frozenset[str]
    size: int

    @classmethod
    def of(cls, result: Result, program: Program) -> Found:
        """What the result of the smallest program stands for."""
        judgement = result.judgement
        return cls(result.backend, judgement.verdict, judgement.signature, _ops(program), len(encode(program)))

    def explains(self, result: Result, program: Program) -> bool:
        """Would this departure of `program` most likely shrink to the same witness, and not to a smaller one?"""
        same = (self.backend, self.verdict) == (result.backend, result.judgement.verdict)
        alike = self.signature == result.judgement.signature or self.ops <= _ops(program)
        return same and alike and self.size <= len(encode(program))


@dataclass
class Fuzz:
    """A search in progress: what it works with, how many programs were drawn and ran, what was found."""

    bench: Bench
    judges: Judges
    drawn: int = 0
    ran: int = 0
    """How many of them ran on at least one engine: the validity of the draws."""
    seconds: float = 0.0
    found: list[Found] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The witnesses of a run that is resumed explain what they explained."""
        self.found += [Found.of(r, decode(bytes(r.program), r.case)) for r in self.bench.ledger.witnesses()]

    def run(self, count: int, seed: int, plan: Plan | None = None) -> None:
        """Check the `count` programs that follow from `seed`, and shrink the departures that are new."""
        plan = planned(wrong=True) if plan is None else plan
        began = time.perf_counter()
        for turn in turns(plan, count, seed):
            self.settle(turn, self.check(turn.program))
            self.drawn += 1
            self.seconds = time.perf_counter() - began

    def check(self, program: Program) -> list[Result]:
        """Decide one program on every backend that has no verdict on it yet; all that is known of it, old and new."""
        case = f"program:{program.id}"
        results = dict(self.bench.ledger.before(case))
        if backends := self.bench.open_for(case):
            self.bench.begin(case, backends, encode(program))
            replies, judged = self.put(program, backends)
            self.ran += any(_ran(reply, program) for reply in replies.values())
            decided = [_result(program, id, replies[id], judged[id]) for id in backends]
            self.bench.decide(decided)
            results |= {result.backend: result for result in decided}
        else:
            self.bench.watch.decided(())
            self.ran += self.bench.ledger.ran(case)
        return [results[id] for id in self.bench.seats if id in results]

    def settle(self, turn: Turn, results: Sequence[Result]) -> None:
        """Shrink what departs in the results of a turn and is new."""
        for result in results:
            if self.is_new(result, turn.program):
                shrink = Shrink(self, result, turn.program)
                best, _ = turn.smallest(shrink, Departure(result.judgement.verdict))
                self.keep(best, result)

    def put(self, program: Program, backends: Sequence[str]) -> tuple[dict[str, wire.Reply], dict[str, Judgement]]:
        """Put `program` to `backends`, and once more to all of them where one departs."""
        replies = self.bench.put(wire.Replay(program, self.bench.limit), backends)
        first = self.judge(program, replies)
        if not any(judgement.verdict.departs for judgement in first.values()):
            return replies, first
        replies = self.bench.put(wire.Replay(program, self.bench.limit, steps=True), backends)
        second = self.judge(program, replies)
        return replies, {id: twice(first[id], partial(second.__getitem__, id)) for id in backends}

    def judge(self, program: Program, replies: Mapping[str, wire.Reply]) -> dict[str, Judgement]:
        """A judgement per reply: the judge's on an answer, the worker's own where it ended without one."""
        answers = {id: reply.outcome for id, reply in replies.items() if isinstance(reply.outcome, Answers)}
        judged = self.judges.program(program, answers) if answers else {}
        return {id: judged.get(id) or unanswered(reply) for id, reply in replies.items()}

    def is_new(self, result: Result, program: Program) -> bool:
        """Does `result` depart in a way that no witness explains yet, and that can still be shown?"""
        departs = result.judgement.verdict.departs and not result.numbers
        return departs and not any(found.explains(result, program) for found in self.found)

    def keep(self, program: Program, departed: Result) -> None:
        """Decide the witness of a departure on every backend, and write it down with scripts and numbers."""
        case, backends = f"program:{program.id}", list(self.bench.seats)
        self.bench.begin(case, backends, encode(program))
        replies, judged = self.put(program, backends)
        shown = numbers(program, {id: reply.outcome for id, reply in replies.items()})
        results = [_result(program, id, replies[id], judged[id]) for id in backends]
        results = [
            replace(result, scripts=scripts(program, result.judgement), numbers=shown)
            if result.judgement.verdict.departs
            else result
            for result in results
        ]
        self.bench.witness(results)
        self.found += [Found.of(result, program) for result in (departed, *results) if result.judgement.verdict.departs]


class Shrink:
    """The check of one departure while it is shrunk: does this candidate still depart so, on the same backend?

    It answers the same for the same program, and no to every new one once its time is up.
    """

    def __init__(self, fuzz: Fuzz, departed: Result, program: Program) -> None:
        self._fuzz = fuzz
        self._backend, self._verdict = departed.backend, departed.judgement.verdict
        self._known = {program.id: True}
        self._until = time.monotonic() + SHRINKING

    def __call__(self, program: Program) -> None:
        """Raise Departure if `program` departs."""
        if program.id not in self._known:
            self._known[program.id] = time.monotonic() < self._until and self._departs(program)
        if self._known[program.id]:
            raise Departure(self._verdict)

    def _departs(self, program: Program) -> bool:
        bench = self._fuzz.bench
        bench.begin(f"program:{program.id}", [self._backend], encode(program))
        replies = bench.put(wire.Replay(program, bench.limit), [self._backend])
        return self._fuzz.judge(program, replies)[self._backend].verdict == self._verdict


def _result(program: Program, id: str, reply: wire.Reply, judgement: Judgement) -> Result:
    kept = NO_PROGRAM if judgement.verdict is Verdict.AGREES else msgspec.Raw(encode(program))
    return Result(f"program:{program.id}", id, judgement, reply.seconds, program=kept)


def _ran(reply: wire.Reply, program: Program) -> bool:
    answers = reply.outcome
    if not isinstance(answers, Answers) or answers.missing:
        return False
    return bool(program.wrong) or -1 not in answers.refused


def _ops(program: Program) -> frozenset[str]:
    return frozenset(step.op for step in program.steps)
