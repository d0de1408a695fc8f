"""Turn a run into a Report: count the verdicts, lay them out by spec and backend, gather the findings.

The specs are asked only for their words; a run whose pages are gone still makes a report, under the
pages' ids. Every text that came from an engine is made printable here, once, for all formats.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ..errors import NothingChecked
from ..judge.verdict import CHECKED, Verdict
from ..programs.model import MODES, Program
from ..run.journal import Run
from ..run.records import NO_PROGRAM, BackendInfo, Result
from ..specs.model import LEVELS, Spec
from .cells import cell, program
from .clean import clean
from .corners import corners
from .findings import Cases, findings, known
from .model import (
    SCHEMA,
    BackendRow,
    Corners,
    Group,
    Line,
    Margin,
    Part,
    Report,
    SpecRow,
    Tally,
)
from .words import several


def build(run: Run, specs: Iterable[Spec] = ()) -> Report:
    """Arrange `run`; `specs` lend their claims, levels and lines. Raises NothingChecked where no case really ran."""
    verdicts = Counter(r.judgement.verdict for r in run.results)
    if not any(verdicts[v] for v in CHECKED):
        had = ", ".join(f"{n} {v}" for v, n in verdicts.items()) or "no results at all"
        raise NothingChecked(f"the run of {run.header.started} checked nothing: {had}. Is the selection too narrow?")
    pages = {spec.id: spec for spec in specs}
    spec_cases, program_cases = _cases(run, "spec"), _cases(run, "program")
    ids = tuple(dict.fromkeys((*run.header.selection.specs, *(c.partition(":")[2] for c in spec_cases))))
    rows = tuple(_row(id, pages.get(id), spec_cases.get(f"spec:{id}", {})) for id in ids)
    programs = {b.case.partition(":")[2]: b.program for b in run.begun if b.program}
    margins = _margins(program_cases, programs)
    backends = tuple(
        _backend(info, rows, program_cases, tuple(margins.get(info.id, ()))) for info in run.header.backends
    )
    footer = run.footer
    return Report(
        schema=SCHEMA,
        gradspec=run.header.gradspec,
        started=run.header.started,
        ended=footer.ended if footer else "",
        seconds=footer.seconds if footer else sum(r.seconds for r in run.results),
        complete=run.complete,
        notes=_notes(run, backends, ids, pages),
        parts=tuple(
            Part(h.started, h.python, h.platform, h.selection.seed, h.backends)
            for h in (run.header.parts or (run.header,))
        ),
        backends=backends,
        specs=rows,
        chapters=_groups(rows, [r.chapter for r in rows], lambda row: row.chapter),
        levels=_groups(rows, [level for level in LEVELS if any(r.level == level for r in rows)], lambda row: row.level),
        programs_drawn=footer.programs_drawn if footer else 0,
        programs_run=footer.programs_run if footer else 0,
        findings=findings(rows, spec_cases, program_cases | _cases(run, "corpus"), pages),
        known=known(run.results),
        corners=_corners(run, program_cases, programs),
    )


def _corners(run: Run, cases: Cases, programs: Mapping[str, msgspec.Raw]) -> Corners:
    """What the programs that were checked visited, of the ops and questions that some engine has."""
    named = (case.partition(":")[2] for case in cases)
    read = (program(programs[name]) for name in named if name in programs)
    infos = run.header.backends
    ops, modes = {op for info in infos for op in info.ops}, {mode for info in infos for mode in info.questions}
    return corners([found for found in read if found is not None], ops, [mode for mode in MODES if mode in modes])


def _cases(run: Run, kind: str) -> dict[str, dict[str, Result]]:
    cases: dict[str, dict[str, Result]] = {}
    for result in run.results:
        if result.case.partition(":")[0] == kind:
            cases.setdefault(result.case, {})[result.backend] = result
    return cases


def _row(id: str, page: Spec | None, results: Mapping[str, Result]) -> SpecRow:
    cells = {backend: cell(result) for backend, result in results.items()}
    if page is None:
        return SpecRow(id=id, claim=id, chapter=id.partition("/")[0], level="must", cells=cells)
    steps = [step for check in page.checks for step in check.steps]
    return SpecRow(
        id=id,
        claim=clean(page.claim),
        chapter=page.chapter,
        level=page.level,
        cells=cells,
        sources=tuple(map(clean, page.sources)),
        since=page.since,
        lines=tuple(
            Line(s.line, s.line + s.source.count("\n"), clean(s.source), s.promise, clean(s.expected), s.kind)
            for s in steps
        ),
    )


def _backend(info: BackendInfo, rows: Sequence[SpecRow], programs: Cases, margins: tuple[Margin, ...]) -> BackendRow:
    cells = [row.cells[info.id] for row in rows if info.id in row.cells]
    results = [results[info.id] for results in programs.values() if info.id in results]
    return BackendRow(
        info=BackendInfo(info.id, info.capabilities, {clean(k): clean(v) for k, v in info.versions.items()}),
        specs=Tally.of(cell.verdict for cell in cells),
        programs=Tally.of(result.judgement.verdict for result in results),
        specs_not_run=len(rows) - len(cells),
        seconds=round(sum(c.seconds for c in cells) + sum(r.seconds for r in results), 6),
        margins=margins,
    )


def _groups(rows: Sequence[SpecRow], names: Iterable[str], of: Callable[[SpecRow], str]) -> tuple[Group, ...]:
    backends = tuple(dict.fromkeys(backend for row in rows for backend in row.cells))
    return tuple(
        Group(
            name=name,
            specs=sum(of(row) == name for row in rows),
            tallies={
                backend: Tally.of(r.cells[backend].verdict for r in rows if of(r) == name and backend in r.cells)
                for backend in backends
            },
        )
        for name in dict.fromkeys(names)
    )


def _margins(cases: Cases, programs: Mapping[str, msgspec.Raw]) -> dict[str, list[Margin]]:
    """A Margin of each backend for each dtype and set of questions, in that order."""
    seen: dict[tuple[str, str, str], list[tuple[float, str]]] = defaultdict(list)
    for case, results in cases.items():
        name = case.partition(":")[2]
        raw = programs.get(name) or next((r.program for r in results.values() if r.program), NO_PROGRAM)
        dtype, asked = _asked(program(raw))
        for backend, result in results.items():
            if result.judgement.margin is not None:
                seen[backend, dtype, asked].append((result.judgement.margin, name))
    margins: dict[str, list[Margin]] = defaultdict(list)
    for (backend, dtype, asked), found in sorted(seen.items()):
        worst, name = max(found)
        margins[backend].append(Margin(dtype, asked, len(found), worst, name))
    return margins


def _asked(program: Program | None) -> tuple[str, str]:
    """The dtype of a program's outputs ("mixed" for several) and the derivatives asked of it."""
    if program is None:
        return "unknown", "unknown"
    dtypes = {program.meta(output)[1] for output in program.outputs}
    modes = dict.fromkeys(question.mode for question in program.questions)
    return dtypes.pop() if len(dtypes) == 1 else "mixed", " + ".join(sorted(modes)) or "values only"


def _notes(run: Run, backends: Sequence[BackendRow], ids: Sequence[str], pages: Mapping[str, Spec]) -> tuple[str, ...]:
    """What takes something from the numbers, each in one sentence."""
    notes = []
    if run.footer is None:
        notes.append("This run was cut short: its file has no last line. What follows counts only what had finished.")
    elif not run.footer.complete:
        notes.append("This run was stopped before its end. What follows counts only what had finished.")
    finished = {(r.case, r.backend) for r in run.results}
    open_ = dict.fromkeys((b.case, b.backend) for b in run.begun if (b.case, b.backend) not in finished)
    if open_ and not run.complete:  # a whole run leaves none but the attempts at shrinking a program
        (case, backend), more = next(iter(open_)), len(open_) - 1
        others = f" (and {more} more)" if more else ""
        notes.append(f"Begun and never finished: {case.partition(':')[2]} on {backend}{others}.")
    replayed = [r.judgement.verdict for r in run.results if r.case.startswith("corpus:")]
    if replayed:
        entries = several(len({r.case for r in run.results if r.case.startswith("corpus:")}), "known finding")
        gone = replayed.count(Verdict.HARNESS_ERROR)
        said = f"{gone} of them gone, which must be said in their files" if gone else "none of them gone"
        notes.append(f"{entries} replayed: {said}.")
    for b in backends:
        if errors := b.specs.errors + b.programs.errors:
            notes.append(f"gradspec itself failed on {several(errors, 'case')} of {b.id}: they count for nobody.")
        if not b.specs.checked + b.programs.checked:
            notes.append(f"Nothing was checked on {b.id}: its numbers mean nothing.")
        elif 0 < b.specs_not_run < len(ids):
            notes.append(f"{b.id} was not run on {b.specs_not_run} of the {len(ids)} specs.")
    if pages and (lost := [id for id in ids if id not in pages]):
        notes.append(f"{len(lost)} specs of this run have no page here ({lost[0]} is one): their ids stand for them.")
    if len(run.header.parts) > 1:
        seeds = sorted({part.selection.seed for part in run.header.parts})
        drawn = f" with the seeds {', '.join(map(str, seeds))}" if len(seeds) > 1 else ""
        notes.append(f"Merged from {len(run.header.parts)} runs{drawn}.")
    return tuple(map(clean, notes))
