"""Run a selection: every spec on every backend, the known findings, then random programs, into a journal.

`run` does all of it. It ends in an orderly way whatever stops it: Ctrl-C leaves a run file that says
that it is not complete, and `resume` goes on where it ended.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .. import __version__
from ..backends.abilities import drawable
from ..errors import ContradictingRuns
from ..judge.verdict import Judgement, Verdict
from ..programs.draw import Plan, planned
from ..specs.model import Spec
from . import corpus, journal
from .bench import Bench, Silent, Watch
from .crew import Crew
from .fuzz import Fuzz
from .journal import Run
from .judging import Judges
from .records import SCHEMA, BackendInfo, Footer, Header, Result, Selection
from .seats import seated


def run(
    selection: Selection,
    specs: Sequence[Spec],
    folder: Path,
    *,
    optional: Collection[str] = (),
    in_process: bool = False,
    workers: int = 1,
    watch: Watch | None = None,
) -> Run:
    """Run `specs` and the selection's programs, write the journal into `folder`, and read it back.

    A backend in `optional` that is not installed is left out; any other is an error before anything
    runs. An interrupt ends the run early: then the run that is returned is not `complete`. So many `workers`
    share the work, each with engines of its own; what is decided does not depend on how many there are.
    """
    watch = watch or Silent()
    with seated(selection.backends, optional, in_process=in_process, share=workers, note=watch.note) as seats:
        selection = msgspec.structs.replace(selection, backends=tuple(seats), specs=tuple(spec.id for spec in specs))
        header = Header(
            schema=SCHEMA,
            gradspec=__version__,
            started=_now(),
            selection=selection,
            backends=tuple(seat.info for seat in seats.values()),
            python=platform.python_version(),
            platform=platform.platform(),
        )
        log = journal.create(folder, header)
        return _go(header, specs, Bench.of(seats, log, watch, selection.limit), workers)


def resume(path: Path, specs: Sequence[Spec], *, in_process: bool = False, workers: int = 1,
           watch: Watch | None = None) -> Run:  # fmt: skip
    """Go on with a run that was cut: what has a verdict keeps it, the rest is run; `specs` are those of its header.

    Raises ContradictingRuns where an engine is not the one that began it.
    """
    before = journal.read(path)
    watch = watch or Silent()
    with seated(before.header.selection.backends, in_process=in_process, share=workers, note=watch.note) as seats:
        for began in before.header.backends:
            now = seats[began.id].info
            if now.versions != began.versions:
                raise ContradictingRuns(
                    f"{path}: was begun with {_words(began.versions)}, here is {_words(now.versions)}. Start a new run."
                )
        log = journal.reopen(path)
        bench = Bench.of(seats, log, watch, before.header.selection.limit, before.results)
        return _go(before.header, specs, bench, workers, str(path))


def _go(header: Header, specs: Sequence[Spec], bench: Bench, workers: int, resumed: str = "") -> Run:
    """Run what has no verdict yet; the footer is written however it ends, but for a journal that takes no more."""
    began = time.perf_counter()
    selection, complete = header.selection, False
    bench.watch.opened(header, len(specs) + selection.programs)
    judges = Judges.of(bench.seats)
    fuzz = Fuzz(bench, judges)
    plan = drawing(header.backends) if selection.programs else planned()
    crew = Crew(fuzz, header, specs, plan, workers, resumed)
    try:
        with crew:
            crew.pages()
            if selection.replay:
                corpus.replay(bench, judges, corpus.load(selection.replay))
            crew.programs()
        _strict(bench, judges)
        complete = True
    except KeyboardInterrupt:
        bench.watch.note("interrupted: what has a verdict is written down")
    finally:
        bench.watch.closed()
    seconds = time.perf_counter() - began
    counts = bench.ledger.counts()
    bench.journal.write(Footer(_now(), seconds, complete, counts, crew.drawn, crew.ran, fuzz.seconds))
    bench.journal.close()
    return journal.read(bench.journal.path)


def drawing(infos: Sequence[BackendInfo]) -> Plan:
    """What a run on these backends draws its programs from."""
    ops, modes = drawable((info.id, info.ops, info.questions) for info in infos)
    able = {capability for info in infos for capability in info.capabilities}
    return planned(ops=ops, modes=modes, mutation="hooks" in able, wrong="in-place" in able).sweeping()


def _strict(bench: Bench, judges: Judges) -> None:
    """A known divergence that had its chances and did not happen is a harness error, under its own case."""
    for id, lines in judges.stale().items():
        for line in lines:
            bench.watch.note(line)
            bench.witness([Result(f"known:{line}", id, Judgement(Verdict.HARNESS_ERROR, said=line))])


def _words(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
