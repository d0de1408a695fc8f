"""Keep the known findings as witness files, and replay them before any program is drawn.

An Entry is one file of conformance/gradspec/corpus/: a witness with its lore. Replayed, it is still
there (`documented`) or gone. A finding that is gone fails the run, as a known divergence that no longer
happens does: its file must say in which versions it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..errors import BrokenProgram, UnknownName
from ..judge.known import matches
from ..judge.verdict import Judgement, Verdict
from ..outcome import Answers
from ..programs.model import encode
from . import wire
from .bench import Bench, unanswered
from .judging import Judges
from .records import NO_PROGRAM, BackendInfo, Result
from .repro import program_of
from .weight import weight
from .witness import Lore, Witness, read

FOLDER = Path(__file__).parents[1] / "corpus"
"""Beside the code, and so inside an installed package too."""


@dataclass(frozen=True)
class Entry:
    """One known finding; its name is its file's, without the suffix."""

    name: str
    witness: Witness
    lore: Lore

    def speaks_of(self, info: BackendInfo) -> bool:
        """Is this engine, in this version on this device, known to be wrong here?"""
        engine, _, device = info.id.partition(":")
        versions = self.lore.wrong.get(engine)
        on = (info.versions.get("device") or device or "cpu").partition(":")[0]
        return versions is not None and on in self.lore.devices and matches(info.versions.get(engine, ""), versions)


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all known findings, in order."""
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


def load(wanted: Sequence[str] | None = None, folder: Path = FOLDER) -> list[Entry]:
    """The findings called `wanted` (None: all), the heaviest first.

    Raises UnknownName for a stranger, BrokenProgram for a file without lore.
    """
    known = names(folder)
    for name in wanted or ():
        if name not in known:
            raise UnknownName.of("known finding", name, known)
    entries = [_entry(folder / f"{name}.json") for name in (known if wanted is None else wanted)]
    return sorted(entries, key=lambda entry: weight(entry.witness.judgement, program_of(entry.witness)))


def _entry(path: Path) -> Entry:
    witness = read(path)
    if witness.lore is None:
        raise BrokenProgram(f"{path}: a witness without its lore. See the head of run/witness.py for what to add.")
    return Entry(path.stem, witness, witness.lore)


def replay(bench: Bench, judges: Judges, entries: Sequence[Entry]) -> None:
    """Put every entry to every engine that has no verdict on it yet; note what is gone, and count."""
    fallen: list[Verdict] = []
    for entry in entries:
        case = f"corpus:{entry.name}"
        results = dict(bench.ledger.before(case))
        if backends := bench.open_for(case):
            results |= {result.backend: result for result in _replayed(bench, judges, entry, case, backends)}
        fallen += [results[id].judgement.verdict for id, seat in bench.seats.items() if entry.speaks_of(seat.info)]
    bench.watch.note(told(len(entries), fallen))


def _replayed(bench: Bench, judges: Judges, entry: Entry, case: str, backends: Sequence[str]) -> list[Result]:
    program = program_of(entry.witness)
    bench.begin(case, backends, encode(program))
    replies = bench.put(wire.Replay(program, bench.limit, steps=True), backends)
    answers = {id: reply.outcome for id, reply in replies.items() if isinstance(reply.outcome, Answers)}
    judged = judges.program(program, answers) if answers else {}
    results = [
        _result(entry, case, bench.seats[id].info, reply, judged.get(id) or unanswered(reply))
        for id, reply in replies.items()
    ]
    bench.witness(results)
    for result in results:
        if result.judgement.verdict is Verdict.HARNESS_ERROR:
            bench.watch.note(result.judgement.said)
    return results


def _result(entry: Entry, case: str, info: BackendInfo, reply: wire.Reply, judgement: Judgement) -> Result:
    """What one engine's verdict means for a finding that is known of it, or of others."""
    if entry.speaks_of(info):
        judgement = verdict(entry, info, judgement)
    agrees = judgement.verdict is Verdict.AGREES
    shown = NO_PROGRAM if agrees else msgspec.Raw(encode(program_of(entry.witness)))  # on one line, as journals are
    return Result(case, info.id, judgement, reply.seconds, program=shown)


def verdict(entry: Entry, info: BackendInfo, judgement: Judgement) -> Judgement:
    """`documented` while the engine departs as the entry says, a harness error once it agrees; else what it is."""
    file = f"corpus/{entry.name}.json"
    if judgement.verdict in (entry.witness.judgement.verdict, Verdict.DOCUMENTED):
        said = f"{judgement.said}. Still there ({file}): {entry.lore.claim}"
        return replace(judgement, verdict=Verdict.DOCUMENTED, known=judgement.known or file, said=said)
    if judgement.verdict is Verdict.AGREES:
        engine = info.id.partition(":")[0]
        said = (
            f"{file} is gone in {engine} {info.versions.get(engine, '')}: {entry.lore.claim}. It is mended: bound the"
            f" versions of {engine} in this file, which are {entry.lore.wrong[engine]!r}"
        )
        return Judgement(Verdict.HARNESS_ERROR, file, said)
    return judgement


def told(entries: int, fallen: Sequence[Verdict]) -> str:
    """One sentence: how many known findings are still there, how many are gone, by the verdicts on who has them."""
    there, gone = fallen.count(Verdict.DOCUMENTED), fallen.count(Verdict.HARNESS_ERROR)
    other = len(fallen) - there - gone
    also = f", {other} otherwise" if other else ""
    return f"corpus: {entries} known findings replayed: {there} still there, {gone} gone{also}"
