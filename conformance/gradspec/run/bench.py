"""The table that a run works at: the engines in their seats, the journal, the ledger of what is decided.

A Bench puts a case to several engines at once and writes down what came of it. A Watch is told what
happens, so that somebody may draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Protocol

import msgspec

from ..judge.verdict import Judgement
from . import wire
from .journal import Journal
from .ledger import Ledger
from .records import NO_PROGRAM, Begin, Header, Result
from .supervisor import Seat


class Watch(Protocol):
    """Who is told how a run goes on."""

    def opened(self, header: Header, cases: int) -> None:
        """The run begins; it has this many cases, if nothing is skipped."""

    def decided(self, results: Sequence[Result]) -> None:
        """One case has its verdicts, one per backend; none where it had them before."""

    def witnessed(self, results: Sequence[Result]) -> None:
        """A departure has been shrunk: the verdicts on the smallest program that shows it."""

    def note(self, line: str) -> None:
        """Something a person should know."""

    def closed(self) -> None:
        """The run is over: draw no more."""


class Silent:
    """A watch that keeps everything to itself."""

    def opened(self, header: Header, cases: int) -> None:
        """Say nothing."""

    def decided(self, results: Sequence[Result]) -> None:
        """Say nothing."""

    def witnessed(self, results: Sequence[Result]) -> None:
        """Say nothing."""

    def note(self, line: str) -> None:
        """Say nothing."""

    def closed(self) -> None:
        """Say nothing."""


@dataclass
class Bench:
    """Seats by backend id, the journal, the watch, the limit per case, and what has been decided so far."""

    seats: Mapping[str, Seat]
    journal: Journal
    watch: Watch
    limit: float
    ledger: Ledger
    lock: RLock = field(default_factory=RLock)
    """Who decides holds it: those who share a run's work report from threads of their own."""

    @classmethod
    def of(cls, seats: Mapping[str, Seat], log: Journal, watch: Watch, limit: float,
           before: Iterable[Result] = ()) -> Bench:  # fmt: skip
        """A bench where nothing is decided yet but what a run that is resumed has decided `before`."""
        return cls(seats, log, watch, limit, Ledger(seats, before))

    def put(self, request: wire.Perform | wire.Replay, backends: Iterable[str]) -> dict[str, wire.Reply]:
        """Put one case to several engines, which work on it at the same time."""
        backends = list(backends)
        for id in backends:
            self.seats[id].send(request)
        return {id: self.seats[id].collect() for id in backends}

    def begin(self, case: str, backends: Iterable[str], program: bytes = b"") -> None:
        """Write down that a case is about to be put to `backends`, so that nothing can make it anonymous."""
        first = msgspec.Raw(program) if program else NO_PROGRAM
        self.journal.write(*(Begin(case, id, NO_PROGRAM if n else first) for n, id in enumerate(backends)))

    def open_for(self, case: str) -> list[str]:
        """The backends that have no verdict on `case` yet, in order."""
        with self.lock:
            return self.ledger.open_for(case)

    def decide(self, results: Sequence[Result]) -> None:
        """Write down one case's verdicts."""
        with self.lock:
            self._keep(results)
            self.watch.decided(results)

    def witness(self, results: Sequence[Result]) -> None:
        """Write down the verdicts on a witness, which was drawn by nobody."""
        with self.lock:
            self._keep(results)
            self.watch.witnessed(results)

    def _keep(self, results: Sequence[Result]) -> None:
        self.journal.write(*results)
        self.ledger.decide(results)


def twice(first: Judgement, again: Callable[[], Judgement]) -> Judgement:
    """A departure is believed when it happens again; of two runs that disagree, the second one stands and says so."""
    if not first.verdict.departs:
        return first
    second = again()
    if second.verdict == first.verdict:
        return second
    said = f"{second.said}; " if second.said else ""
    return msgspec.structs.replace(second, said=f"{said}the first of two runs was {first.verdict}: {first.said}")


def unanswered(reply: wire.Reply) -> Judgement:
    """The judgement on a reply that brought no outcome but a verdict: what the worker died of is its signature."""
    assert reply.verdict is not None
    return Judgement(reply.verdict, said=reply.said, signature=f"{reply.verdict}: {reply.said}")
