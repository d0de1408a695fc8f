"""Show a run while it goes on, and sum it up when it is over.

Bars draws on a terminal, Lines writes plain lines where there is none (a file, a CI log): both are a
Watch. `summary` prints the closing table. Text that came from an engine is never taken for markup.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ..judge.verdict import Verdict
from ..report import words
from ..report.clean import clean
from ..report.model import Finding, Report, Tally
from .records import Header, Result

EVERY = 10.0
"""Seconds between two plain lines."""

SHOWN = 10
"""How many findings the summary names; the report has them all."""


class Bars:
    """A bar that moves, for a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._departed: set[str] = set()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[found]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def opened(self, header: Header, cases: int) -> None:
        """Say what runs, and start the bar."""
        _open(self._console, header)
        self._task = self._bars.add_task("checking", total=cases, found="")
        self._bars.start()

    def decided(self, results: Sequence[Result]) -> None:
        """One case further."""
        self._departed |= {r.case for r in results if r.judgement.verdict.departs}
        found = f"{len(self._departed)} departing" if self._departed else ""
        self._bars.update(self._task, advance=1, found=found)

    def witnessed(self, results: Sequence[Result]) -> None:
        """Name what was found, above the bar."""
        _witnessed(self._console, results)

    def note(self, line: str) -> None:
        """A line above the bar."""
        self._console.print(Text(clean(line), style="dim"))

    def closed(self) -> None:
        """Take the bar away."""
        self._bars.stop()


class Lines:
    """A line now and then, for a file or a CI log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()
        self._done = self._total = 0
        self._departed: set[str] = set()

    def opened(self, header: Header, cases: int) -> None:
        """Say what runs."""
        _open(self._console, header)
        self._total = cases

    def decided(self, results: Sequence[Result]) -> None:
        """Count; say how far it is every ten seconds."""
        self._done += 1
        self._departed |= {r.case for r in results if r.judgement.verdict.departs}
        if time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            self.note(f"{self._done} of {self._total} cases, {len(self._departed)} departing")

    def witnessed(self, results: Sequence[Result]) -> None:
        """Name what was found."""
        _witnessed(self._console, results)

    def note(self, line: str) -> None:
        """One line."""
        self._console.print(Text(clean(line)), soft_wrap=True)

    def closed(self) -> None:
        """Nothing was drawn that would have to go."""


def _open(console: Console, header: Header) -> None:
    """Who is tested, with which seed."""
    s = header.selection
    cases = f"{len(s.specs)} specs, {s.programs} programs, seed {s.seed}"
    console.print(Text(clean(f"gradspec {header.gradspec}: {cases}")), soft_wrap=True)
    for backend in header.backends:
        versions = ", ".join(f"{name} {version}" for name, version in backend.versions.items())
        console.print(Text(clean(f"  {backend.id}  ({versions})")), soft_wrap=True)


def _witnessed(console: Console, results: Sequence[Result]) -> None:
    for result in results:
        if result.judgement.verdict.departs:
            console.print(Text(clean(f"found: {result.backend} {result.judgement.verdict}: {result.judgement.said}")))


def summary(console: Console, report: Report, folder: Path, programs_seconds: float = 0.0) -> None:
    """The closing table, the findings, and where the report lies; fits 80 columns."""
    kinds = [("specs", [row.specs for row in report.backends]), ("programs", [row.programs for row in report.backends])]
    for kind, tallies in kinds:
        if any(tally.verdicts for tally in tallies):
            console.print(_table(kind, [row.id for row in report.backends], tallies))
    if report.programs_drawn:
        rate = f", {report.programs_drawn / programs_seconds:.3g} a second" if programs_seconds else ""
        console.print(f"{report.programs_drawn} programs drawn, {report.programs_run} of them ran{rate}")
    if report.corners.cells:
        console.print(words.visited(report.corners), soft_wrap=True, highlight=False)
    for finding in report.findings[:SHOWN]:
        _show(console, finding)
    if len(report.findings) > SHOWN:
        console.print(f"... and {len(report.findings) - SHOWN} findings more")
    console.print(Text(f"report: {folder / 'index.html'}"), soft_wrap=True)


def _table(kind: str, ids: Sequence[str], tallies: Sequence[Tally]) -> Table:
    """Backends down, the verdicts that fell across."""
    fallen = [verdict for verdict in Verdict if any(tally.verdicts.get(verdict.value) for tally in tallies)]
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    table.add_column(kind, overflow="fold")
    for verdict in fallen:
        table.add_column(verdict.value.replace("-", "\n"), justify="right", style="red" if verdict.departs else "")
    table.add_column("checked", justify="right")
    for id, tally in zip(ids, tallies, strict=True):
        counts = [str(tally.verdicts.get(verdict.value, 0) or "·") for verdict in fallen]
        table.add_row(Text(clean(id)), *counts, str(tally.checked))
    return table


def _show(console: Console, finding: Finding) -> None:
    """One finding: who departs, and in whose words."""
    for departure in finding.departures:
        cell = departure.cell
        head = Text.assemble((f"{cell.verdict} ", "bold red"), f"{departure.backend}  {finding.name}")
        console.print(head, soft_wrap=True)
        console.print(Text(f"    {cell.said or cell.where}"), soft_wrap=True)
    if not finding.ours:
        console.print(Text(f"    weight: {finding.weight}", style="dim"), soft_wrap=True)
