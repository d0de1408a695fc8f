"""What a run and the hands that share its work say to each other: JSON, one message a line.

A Join opens it. Each Item that a hand takes is answered by the records that a run would write, with a
Turned after every case, and then a Done; a hand says what it Left when there is no more to take.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from threading import Condition

import msgspec

from ..specs.model import Spec
from .records import Begin, Header, Result

PAGES = 8
"""How many pages are dealt at once."""

PROGRAMS = 50
"""How many programs at most are dealt at once."""


class Join(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """Work on this run, one of so many who do, and go on from the file that it was `resumed` from, if any."""

    header: Header
    workers: int
    resumed: str = ""


class Pages(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """Run these specs."""

    specs: tuple[Spec, ...]


class Batch(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """Check `count` of the run's programs, from number `start` on."""

    start: int
    count: int


class Turned(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """One case is done: its results came before, if it had none; `ran` as a program's validity is counted."""

    ran: bool = False


class Departed(msgspec.Struct, frozen=True):
    """The results of the program of that number, of which one departs."""

    number: int
    results: tuple[Result, ...]


class Done(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """The item is done; what departed in it may have to be shrunk."""

    departed: tuple[Departed, ...] = ()


class Left(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """By backend, how often each known divergence was met and happened."""

    met: dict[str, dict[str, int]]
    happened: dict[str, dict[str, int]]


Item = Pages | Batch
Order = Join | Pages | Batch
Word = Begin | Result | Turned | Done | Left

order = msgspec.json.Decoder(Order).decode
word = msgspec.json.Decoder(Word).decode
_encode = msgspec.json.Encoder().encode


def say(file: int, *messages: Order | Word) -> None:
    """Send messages; raises OSError where nobody listens any more."""
    rest = memoryview(b"".join(_encode(message) + b"\n" for message in messages))
    while rest:
        rest = rest[os.write(file, rest) :]


def items(specs: Iterable[Spec], programs: int, workers: int) -> list[Item]:
    """The work of a run in portions, small enough that nobody waits long for the last of them."""
    pages = tuple(specs)
    size = max(1, min(PROGRAMS, programs // (4 * workers)))
    return [
        *(Pages(pages[n : n + PAGES]) for n in range(0, len(pages), PAGES)),
        *(Batch(n, min(size, programs - n)) for n in range(0, programs, size)),
    ]


def departed(number: int, results: Sequence[Result]) -> list[Departed]:
    """The results of the program of that number, if one of them departs; else nothing."""
    return [Departed(number, tuple(results))] if any(r.judgement.verdict.departs for r in results) else []


class Deal:
    """Items for whoever asks next, from any thread; what is handed back is dealt again."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._open, self._out = deque(items), 0
        self._changed = Condition()

    def take(self, kind: type[Item] | None = None) -> Item | None:
        """The next item (if it is of that kind); None where there is none now."""
        with self._changed:
            if not self._open or not isinstance(self._open[0], kind or object):
                return None
            self._out += 1
            return self._open.popleft()

    def done(self) -> None:
        """One of those that were taken is done."""
        with self._changed:
            self._out -= 1
            self._changed.notify_all()

    def again(self, item: Item) -> None:
        """Whoever took it cannot do it."""
        with self._changed:
            self._open.appendleft(item)
            self.done()

    def wait(self, seconds: float) -> None:
        """Wait until something is done, or handed back, but not longer."""
        with self._changed:
            self._changed.wait(seconds)

    @property
    def finished(self) -> bool:
        """Is nothing left, in no one's hands either?"""
        with self._changed:
            return not self._open and not self._out
