"""Find the fates of many faults in several engines, and keep them in a file to go on with.

A Hunt is what is asked: faults, engines, pages, how many programs of which seeds. Engine by engine, every fault is
put to the pages first; then, seed by seed, those that no page finds to the programs. A Ledger is the file.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..backends import registry
from ..backends.protocol import Backend
from ..errors import CannotWrite, UnreadableRun
from ..faults.model import Fault, places_of
from ..judge.verdict import Verdict
from ..specs.model import Spec
from . import score, wire, worker
from .score import Bed, Case, Death, Fate
from .spread import spread


class Line(msgspec.Struct, frozen=True):
    """What came of one fault in one engine on some cases, `end` seconds long; no verdict: it survived them.

    It holds for the fault that is written so, and for these very cases: `text` and `cases` are fingerprints.
    """

    cases: str
    text: str
    fault: str
    backend: str
    met: int
    end: float
    case: str = ""
    verdict: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Ledger:
    """Lines by (cases, text, backend), and the file that they are added to, if any."""

    path: Path | None
    lines: dict[tuple[str, str, str], Line]

    @classmethod
    def open(cls, path: Path | None) -> Ledger:
        """What is in the file, if there is one; a last line that was cut is passed over. Raises UnreadableRun."""
        if path is None or not path.exists():
            return cls(path, {})
        try:
            lines = [msgspec.json.decode(line, type=Line) for line in path.read_bytes().split(b"\n")[:-1]]
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableRun(f"{path}: no file of fates: {error}. Give another one to --resume.") from None
        return cls(path, {(line.cases, line.text, line.backend): line for line in lines})

    def add(self, line: Line) -> None:
        """Write one line down. Raises CannotWrite."""
        self.lines[line.cases, line.text, line.backend] = line
        if self.path is None:
            return
        try:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise CannotWrite(f"{self.path}: cannot be written: {error.strerror}. Give --resume another.") from None


@dataclass(frozen=True)
class Hunt:
    """What is asked: which faults in which engines, put to which pages and to how many programs of which seeds."""

    faults: Sequence[Fault]
    engines: Sequence[Backend]
    specs: Sequence[Spec]
    programs: int
    seeds: Sequence[int] = (0,)
    workers: int = 1

    def fates(self, ledger: Ledger) -> Iterator[Fate]:
        """The fate of every fault in every engine at every seed, as they are found."""
        infos = [worker.describe(engine) for engine in self.engines]
        pages = score.pages(self.specs)
        drawn = {seed: score.programs(self.programs, seed, infos) for seed in self.seeds}
        for engine in self.engines:
            alive: dict[str, Line] = {}
            for fault, line in self._lines(engine, pages, self.faults, ledger):
                if not line.verdict:
                    alive[fault.name] = line
                    continue
                for seed in self.seeds:
                    yield _fate(engine, fault, line, seed)
            rest = [fault for fault in self.faults if fault.name in alive]
            for seed, cases in drawn.items():
                for fault, line in self._lines(engine, cases, rest, ledger):
                    yield _fate(engine, fault, line, seed, alive[fault.name])

    def _lines(
        self, engine: Backend, cases: Sequence[Case], faults: Sequence[Fault], ledger: Ledger
    ) -> Iterator[tuple[Fault, Line]]:
        """What comes of each fault on these cases: what the ledger has first, then the others, written down."""
        about, id = _fingerprint("".join(map(written, cases))), registry.identity(engine)
        keys = {fault.name: (about, text(fault), id) for fault in faults}
        yield from ((fault, ledger.lines[keys[fault.name]]) for fault in faults if keys[fault.name] in ledger.lines)
        missing = [fault for fault in faults if keys[fault.name] not in ledger.lines]
        if not missing:
            return
        bed = Bed.made(engine, cases, missing, self.workers)
        for fault, fate in zip(missing, spread(bed.fate, missing, self.workers), strict=True):
            line = Line(about, text(fault), fault.name, id, fate.met, bed.end)
            if fate.death:
                death = fate.death
                line = msgspec.structs.replace(line, case=death.case, verdict=str(death.verdict), seconds=death.seconds)
            ledger.add(line)
            yield fault, line


def _fate(engine: Backend, fault: Fault, line: Line, seed: int, before: Line | None = None) -> Fate:
    """The fate that a line tells, after the one of the cases before it."""
    met, began = (before.met, before.end) if before else (0, 0.0)
    death = Death(line.case, Verdict(line.verdict), began + line.seconds) if line.verdict else None
    places = len(places_of(engine.torch, fault))
    return Fate(fault, registry.identity(engine), places, met + line.met, death, seed)


def text(fault: Fault) -> str:
    """A fingerprint of how a fault is written; of a drawn one, of how it is drawn."""
    drawn = isinstance(fault.wrong, functools.partial)
    source = inspect.getsource(sys.modules[fault.wrong.func.__module__] if drawn else fault.wrong)  # type: ignore[attr-defined]
    return _fingerprint(f"{fault.targets}{fault.name if drawn else ''}{source}")


def written(case: Case) -> str:
    """What a case is, the same in every process: a page's text, or a program's name, which follows from what it is."""
    return case.name + (case.request.spec.text if isinstance(case.request, wire.Perform) else "")


def _fingerprint(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
