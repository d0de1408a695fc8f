"""False alarms: many programs whose numbers every engine should agree on, and each departure traced to its cause.

    python -m benchmarks alarms [--programs N] [--seed S] [--folder DIR] [--write docs/false-alarms.md]

A Chunk is what came of a thousand programs, kept as a file of the folder: a run that was cut goes on with the chunk it
was in. What departs is traced in `_causes.py`.
"""

from __future__ import annotations

import argparse
import platform
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from gradspec import __version__
from gradspec.backends import registry
from gradspec.backends.abilities import drawable
from gradspec.judge import known
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.programs.draw import Plan, planned
from gradspec.programs.model import Mode, decode, encode
from gradspec.run import journal
from gradspec.run.bench import Bench, Silent
from gradspec.run.fuzz import Found, Fuzz
from gradspec.run.judging import Judges
from gradspec.run.records import SCHEMA, BackendInfo, Header, Result, Selection
from gradspec.run.seats import seated
from gradspec.run.telling import scripts

from ._causes import LIMIT, REFERENCE, Cause, traced

BACKENDS = ("refgrad", "benchmarks._reordered:Reordered", "torch:cpu")
MODES: tuple[Mode, ...] = ("reverse", "forward", "reverse-reverse")
CHUNK = 1000

ABOUT = """\
An alarm is a program of which the judge says that an engine departs. Here it should say so only where the engine is
wrong: the ops have no kinks, the inputs are ordinary numbers inside the domains, in float64 and float32, and all that
engines may do otherwise is to round. Two engines are held against refgrad: torch, and refgrad itself with every sum in
another order (`benchmarks/_reordered.py`), which is as right as the first. Each program asks for a gradient, and every
second one for a tangent and for a second derivative too."""


class Chunk(msgspec.Struct, frozen=True):
    """What came of the programs that follow from one seed."""

    seed: int
    programs: int
    counts: dict[str, dict[str, int]]
    """By backend, how often it got each verdict."""
    margins: dict[str, float]
    """By backend, the largest part of what is allowed that an agreeing answer took."""
    known: dict[str, dict[str, int]]
    """By backend, how often each known divergence explained a departure."""
    departed: tuple[Result, ...]
    """The departures, and the smallest program of each kind."""


def main() -> None:
    """Run what has not been run, trace what departed, and print the page or write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("report/alarms"))
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    chunks = list(run(asked.folder, asked.programs, asked.seed))
    text = "\n".join(page(chunks, traced(r for chunk in chunks for r in chunk.departed))) + "\n"
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
        print(asked.write)
    else:
        print(text)


def run(folder: Path, programs: int, seed: int) -> Iterator[Chunk]:
    """Every chunk in order: read where it is there, else run and kept."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Found] = []
    for n, start in enumerate(range(0, programs, CHUNK)):
        path = folder / f"{seed + n}-{min(CHUNK, programs - start)}.json"
        if path.exists():
            chunk = msgspec.json.decode(path.read_bytes(), type=Chunk)
        else:
            chunk = checked(folder, min(CHUNK, programs - start), seed + n, found)
            path.write_bytes(msgspec.json.encode(chunk))
        found += [Found.of(r, decode(bytes(r.program))) for r in chunk.departed if r.numbers]
        told = ", ".join(f"{id} {sum(r.backend == id for r in chunk.departed)}" for id in chunk.counts)
        print(f"{start + chunk.programs} programs; departing in the last {chunk.programs}: {told}", flush=True)
        yield chunk


def checked(folder: Path, programs: int, seed: int, found: Sequence[Found]) -> Chunk:
    """Run the programs of one seed on every engine; what `found` explains is not shrunk again."""
    with seated(BACKENDS) as seats:
        infos = tuple(seat.info for seat in seats.values())
        log = journal.create(folder, header(infos, programs, seed))
        tally = Tally(seats)
        fuzz = Fuzz(Bench.of(seats, log, tally, LIMIT), Judges.of(seats), found=list(found))
        fuzz.run(programs, seed, smooth(infos))
        log.close()
    log.path.unlink()  # what is worth keeping of it is in the chunk
    return Chunk(seed, programs, tally.counts, tally.margins, tally.known, tuple(tally.departed))


class Tally(Silent):
    """A watch that counts verdicts, and keeps departures and their witnesses."""

    def __init__(self, backends: Iterable[str]) -> None:
        self.counts: dict[str, dict[str, int]] = {id: Counter() for id in backends}
        self.known: dict[str, dict[str, int]] = {id: Counter() for id in self.counts}
        self.margins = dict.fromkeys(self.counts, 0.0)
        self.departed: list[Result] = []

    def decided(self, results: Sequence[Result]) -> None:
        """Count what was drawn."""
        for result in results:
            id, judgement = result.backend, result.judgement
            self.counts[id][judgement.verdict] += 1
            if judgement.known:
                self.known[id][judgement.known] += 1
            if judgement.verdict is Verdict.AGREES:
                self.margins[id] = max(self.margins[id], judgement.margin or 0.0)
        self.witnessed(results)

    def witnessed(self, results: Sequence[Result]) -> None:
        """Keep what departs."""
        self.departed += [result for result in results if result.judgement.verdict.departs]


def header(infos: Sequence[BackendInfo], programs: int, seed: int) -> Header:
    """The head of a chunk's journal."""
    selection = Selection(tuple(info.id for info in infos), programs=programs, seed=seed, limit=LIMIT)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Header(SCHEMA, __version__, now, selection, tuple(infos), platform.python_version(), platform.platform())


def smooth(infos: Collection[BackendInfo]) -> Plan:
    """Programs of ops without kinks, at ordinary points, from the ops that are not refgrad's alone."""
    others = [info for info in infos if not info.id.startswith(REFERENCE)]
    ops, _ = drawable((info.id, info.ops, info.questions) for info in others)
    return planned(ops=ops, modes=MODES, smooth=True, classes=("generic",), dtypes=("float64", "float32"),
                   mutation=False)  # fmt: skip


def page(chunks: Sequence[Chunk], causes: Sequence[Cause]) -> Iterator[str]:
    """The page: what was counted, which known divergences were met, and each other departure's cause."""
    programs = sum(chunk.programs for chunk in chunks)
    counts = summed(chunk.counts for chunk in chunks)
    yield "# False alarms"
    yield ""
    yield f"<!-- Written by `python -m benchmarks alarms --write docs/false-alarms.md`, {date.today()}. -->"
    yield ""
    yield f"{ABOUT}\n"
    yield f"## {programs:,} programs"
    yield ""
    verdicts = [str(verdict) for verdict in Verdict if any(verdict in count for count in counts.values())]
    yield from table(["engine", *verdicts, "largest margin of an agreeing answer"], "---:", (
        [versioned(id), *(f"{count.get(verdict, 0):,}" for verdict in verdicts),
         f"{max(chunk.margins[id] for chunk in chunks):.4f}"]
        for id, count in counts.items()
    ))  # fmt: skip
    yield "A margin is the distance as a part of what is allowed; 1 is the limit. Where it is below 1 by the allowance"
    yield "of the ops alone, the program's own rounding error is not measured, and the margin is an upper bound."
    for id in counts:
        yield from departures([one for one in causes if one.backend == id and one.verdict.departs], id)
    yield from settled([one for one in causes if not one.verdict.departs])
    for id, met in summed(chunk.known for chunk in chunks).items():
        yield from divergences(id, met)


def departures(causes: Sequence[Cause], id: str) -> Iterator[str]:
    """What one engine departed in, by op, the most frequent first, each with its smallest program."""
    yield f"\n## Departures of {id}: {len(causes)}\n"
    if not causes:
        yield "None."
        return
    yield "Each op was put to the engine alone, on the numbers that reached it in the departing program."
    yield "Distances are in units in the last place from the truth, certified by ball arithmetic.\n"
    by: dict[tuple[str, Verdict], list[Cause]] = defaultdict(list)
    for one in causes:
        by[one.op, one.verdict].append(one)
    rows = sorted(by.items(), key=lambda item: -len(item[1]))
    yield from table(["op", "verdict", "programs", "farthest", "refgrad there", "the smallest"], "---:", (
        [f"`{op}`", verdict, str(len(all_)), number(worst(all_).ulps), number(worst(all_).reference), f"[{n}](#{n})"]
        for n, ((op, verdict), all_) in enumerate(rows, 1)
    ))  # fmt: skip
    for n, (_, all_) in enumerate(rows, 1):
        least = min(all_, key=lambda one: len(encode(one.alone)))
        yield f'<a id="{n}"></a>{n}. {least.said}.\n'
        judgement = Judgement(least.verdict, least.where)
        yield f"```python\n{scripts(least.alone, judgement)['torch']}```\n"


def settled(causes: Sequence[Cause]) -> Iterator[str]:
    """What departed in the run and does no longer: the judge was mended, or the divergence is known since."""
    if causes:
        yield f"\n## Settled since the run: {len(causes)}\n"
        yield from (f"- {one.backend}, `{one.op}`: {one.said}." for one in causes)


def worst(causes: Sequence[Cause]) -> Cause:
    """The one that is farthest from the truth."""
    return max(causes, key=lambda one: one.ulps or 0.0)


def number(ulps: float | None) -> str:
    """A distance, if it is known."""
    return "" if ulps is None else f"{ulps:.3g}"


def divergences(id: str, met: Counter[str]) -> Iterator[str]:
    """How often each known divergence of an engine explained a departure."""
    if not met:
        return
    entries = {entry.id: entry for entry in known.load(id, registry.load(id).versions()).entries}
    yield f"\n## Known divergences of {id} that were met: {met.total():,}\n"
    rows = ([name, f"{n:,}", entries[name].does if name in entries else ""] for name, n in met.most_common())
    yield from table(["entry", "programs", "what the engine does"], "---", rows)


def summed(parts: Iterable[dict[str, dict[str, int]]]) -> dict[str, Counter[str]]:
    """Counts by engine, added up."""
    total: dict[str, Counter[str]] = {}
    for part in parts:
        for id, counts in part.items():
            total.setdefault(id, Counter()).update(counts)
    return total


def versioned(id: str) -> str:
    """An engine with its version."""
    backend = {registry.identity(b): b for b in map(registry.load, BACKENDS)}[id]
    return f"{id} {next(iter(backend.versions().values()))}"


def table(head: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown whose first column is words."""
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{f' {align} |' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


if __name__ == "__main__":
    main()
