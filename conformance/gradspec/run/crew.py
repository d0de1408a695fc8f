"""Share the work of a run: N - 1 hands with engines of their own, beside the run's own.

A Crew deals pages and programs to its hands, writes down what they say, and does its own share. Which
programs there are, what is decided of them and which departures are shrunk does not depend on N: a hand
only checks, and the run shrinks what is new in the order in which it was drawn.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Self

from ..programs.draw import Plan
from ..programs.search import turns
from ..specs.model import Spec
from . import pages, share
from .fuzz import Fuzz
from .records import Begin, Header, Result
from .supervisor import environment, last_line

HAND = f"{__package__}.hand"

LEAVING = 5.0
"""Seconds that a hand may take to let its engines go."""


class Hand:
    """A process that checks what it is dealt; what it says is heard in a thread of its own."""

    def __init__(self, crew: Crew, join: share.Join) -> None:
        self.crew = crew
        self.drawn = self.ran = 0
        self._item: share.Item | None = None
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as the hand
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", HAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the run, which ends its hands in its own order
        )
        self._say(join)
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()

    def leave(self) -> None:
        """End the process, which ends its engines."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING)
            self._process.kill()
        self._ear.join(LEAVING)
        self._log.close()

    def finish(self) -> None:
        """Wait for what the hand says at its end."""
        self._ear.join()

    def _listen(self) -> None:
        """Hear everything until the hand falls silent; what it did not finish is for others."""
        try:
            self._hear()
        except Exception as error:  # noqa: BLE001 - a full disk, say: it ends the run, from the run's own thread
            self.crew.failed = error
            self._process.kill()
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        if self._item is not None:
            self.crew.deal.again(self._item)
        if self._process.wait() and not self.crew.closing:
            self._log.seek(0)
            words = last_line(self._log.read().decode(errors="replace"))
            self.crew.bench.watch.note(f"a worker is gone, the others do its share{words}")

    def _hear(self) -> None:
        assert self._process.stdout is not None
        results: list[Result] = []
        with self._process.stdout as words:
            for line in words:
                match share.word(line):
                    case Begin() as begin:
                        self.crew.bench.journal.write(begin)
                    case Result() as result:
                        results.append(result)
                    case share.Turned(ran):
                        self._turned(results, ran)
                        results = []
                    case share.Done(departed):
                        self._done(departed)
                    case share.Left(met, happened):
                        self.crew.known(met, happened)

    def _turned(self, results: Sequence[Result], ran: bool) -> None:
        self.crew.heard(results)
        if isinstance(self._item, share.Batch):
            self.drawn += 1
            self.ran += ran

    def _done(self, departed: Sequence[share.Departed]) -> None:
        """Go on with the next item; the first Done says that the hand is ready, and there was none."""
        if self._item is not None:
            self.crew.finished(self._item, departed)
        self._item = self.crew.take()
        if self._item is not None:
            self._say(self._item)
        else:
            assert self._process.stdin is not None
            self._process.stdin.close()

    def _say(self, order: share.Order) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone, which is noticed where it is listened to
            share.say(self._process.stdin.fileno(), order)


class Crew:
    """Whoever works on a run: its own bench, and its hands, from the moment that it is entered."""

    def __init__(self, fuzz: Fuzz, header: Header, specs: Sequence[Spec], plan: Plan, workers: int = 1,
                 resumed: str = "") -> None:  # fmt: skip
        selection = header.selection
        self.bench, self.fuzz, self.judges = fuzz.bench, fuzz, fuzz.judges
        self.plan, self.seed, self.count = plan, selection.seed, selection.programs
        self.deal = share.Deal(share.items(specs, selection.programs, workers))
        self.failed: Exception | None = None
        self.closing = False
        self._join, self._workers = share.Join(header, workers, resumed), workers
        self._hands: list[Hand] = []
        self._departed: dict[int, tuple[int, Sequence[share.Departed]]] = {}
        """By the number of its first program, the size of each batch that is done, and what departed in it."""
        self._settled = 0
        self._began = 0.0

    def __enter__(self) -> Self:
        self._hands = [Hand(self, self._join) for _ in range(self._workers - 1)]
        return self

    def __exit__(self, *error: object) -> None:
        self.closing = True
        for hand in self._hands:
            hand.leave()

    @property
    def drawn(self) -> int:
        """How many programs were drawn."""
        return self.fuzz.drawn + sum(hand.drawn for hand in self._hands)

    @property
    def ran(self) -> int:
        """How many of them ran on at least one engine."""
        return self.fuzz.ran + sum(hand.ran for hand in self._hands)

    def pages(self) -> None:
        """Run pages until none is left to be dealt."""
        while isinstance(item := self.take(share.Pages), share.Pages):
            for spec in item.specs:
                pages.run(self.bench, spec, self.judges)
            self.finished(item)
            self._check()

    def programs(self) -> None:
        """Check programs, and what others give up, until everything is done and what is new is shrunk."""
        if not self._hands:  # then each departure is shrunk at once
            self.fuzz.run(self.count, self.seed, self.plan)
            return
        while not self.deal.finished:
            match self.take():
                case share.Pages(specs) as item:
                    for spec in specs:
                        pages.run(self.bench, spec, self.judges)
                    self.finished(item)
                case share.Batch() as batch:
                    self.finished(batch, self._checked(batch))
                case None:
                    self.deal.wait(0.1)
            self._check()
            self._settle()
        for hand in self._hands:
            hand.finish()
        self._check()

    def take(self, kind: type[share.Item] | None = None) -> share.Item | None:
        """The next item for whoever asks."""
        item = self.deal.take(kind)
        if isinstance(item, share.Batch):
            self._began = self._began or time.perf_counter()
        return item

    def finished(self, item: share.Item, departed: Sequence[share.Departed] = ()) -> None:
        """Somebody has done an item."""
        if isinstance(item, share.Batch):
            self._departed[item.start] = item.count, departed
            self.fuzz.seconds = time.perf_counter() - self._began
        self.deal.done()

    def heard(self, results: Sequence[Result]) -> None:
        """Write down what a hand decided of a case, unless somebody else has decided it."""
        with self.bench.lock:
            fresh = bool(results) and bool(self.bench.open_for(results[0].case))
            self.bench.decide(results) if fresh else self.bench.watch.decided(())

    def known(self, met: Mapping[str, Mapping[str, int]], happened: Mapping[str, Mapping[str, int]]) -> None:
        """Add up what a hand met of the known divergences."""
        with self.bench.lock:
            for id, table in self.judges.known.items():
                table.met.update(met[id])
                table.happened.update(happened[id])

    def _checked(self, batch: share.Batch) -> list[share.Departed]:
        departed: list[share.Departed] = []
        for turn in turns(self.plan, batch.count, self.seed, batch.start):
            departed += share.departed(turn.number, self.fuzz.check(turn.program))
            self.fuzz.drawn += 1
        return departed

    def _check(self) -> None:
        """Raise what went wrong in a thread."""
        if self.failed is not None:
            raise self.failed

    def _settle(self) -> None:
        """Shrink what is new, as far as all programs before it are decided."""
        while self._settled in self._departed:
            count, departed = self._departed.pop(self._settled)
            for one in departed:
                (turn,) = turns(self.plan, 1, self.seed, one.number)
                self.fuzz.settle(turn, one.results)
            self._settled += count
