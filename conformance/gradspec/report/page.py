"""Draw a Report as index.html: one page with its style and script inside, that asks nothing of any network.

Everything is there without JavaScript, which only filters, copies and moves the keyboard's focus.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

import jinja2
import msgspec

from ..judge.verdict import Verdict
from ..programs.model import Program, encode
from ..specs.model import Spec
from . import words
from .clean import clean
from .markdown import inline, render
from .model import Cell, Group, Report, SpecRow, Tally

TEMPLATES = Path(__file__).parent / "templates"

SEGMENTS = ("kept", "documented", "undecided", "departs", "errors", "unsupported")
"""The parts of a bar, from left to right: fields of a Tally."""


def page(report: Report, specs: Iterable[Spec] = ()) -> str:
    """The whole page; `specs` lend the text that opens under each row."""
    texts = {spec.id: clean(spec.text) for spec in specs}
    return _template().render(
        report=report,
        css=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        js=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
        data=_embedded({"verdicts": sorted(v.value for v in Verdict if v.departs)}),
        articles={row.id: _article(row, texts.get(row.id, "")) for row in report.specs},
        met=[v for v in Verdict if any(v in b.specs.verdicts for b in report.backends)],
        met_by_programs=[v for v in Verdict if any(v in b.programs.verdicts for b in report.backends)],
        dtypes=_margin_rows(report),
        ours=sum(finding.ours for finding in report.findings),
    )


@cache
def _template() -> jinja2.Template:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(words=words, Verdict=Verdict, segments=_segments, groups_of=_rows_of)
    env.filters.update(inline=inline, margin=margin, pretty=_pretty)
    return env.get_template("index.html.j2")


def margin(value: float | None) -> str:
    """A margin in few digits: "0.31", "4.2", "1.3e+06"."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.0f}" if value < 10_000 else f"{value:.1e}"


def _pretty(program: Program) -> str:
    """A program as JSON that a person can read."""
    return msgspec.json.format(encode(program), indent=1).decode()


def _embedded(value: object) -> str:
    """`value` as JSON that may stand inside <script>: no "</script>" and no "<!--" can occur in it."""
    return json.dumps(value).replace("<", "\\u003c")


def _segments(tally: Tally) -> list[tuple[str, int]]:
    """The parts of a bar that are not empty."""
    return [(name, getattr(tally, name)) for name in SEGMENTS if getattr(tally, name)]


def _rows_of(report: Report, chapter: Group) -> list[SpecRow]:
    return [row for row in report.specs if row.chapter == chapter.name]


def _margin_rows(report: Report) -> list[tuple[str, str]]:
    return sorted({(m.dtype, m.asked) for backend in report.backends for m in backend.margins})


def _article(row: SpecRow, text: str) -> str:
    """A page's text, with what each backend showed under the lines that promise something."""
    if not text:
        return '<p class="quiet">The text of this page was not at hand when the report was written.</p>'
    notes = {line.last: _shown(row, line.line, line.last) for line in row.lines}
    return render(text, notes, skip_title=True)


def _shown(row: SpecRow, first: int, last: int) -> str:
    """What the backends showed at one statement; those that showed the same thing share a line."""
    told: dict[tuple[str, str], list[str]] = {}
    for backend, cell in row.cells.items():
        if answer := _answer(cell, first, last):
            told.setdefault((answer, _manner(cell, first, last)), []).append(backend)
    if len(told) == 1 and len(row.cells) > 1 and sum(map(len, told.values())) == len(row.cells):
        ((answer, manner),) = told
        told = {(answer, manner): ["all"]}
    return "".join(
        f'<span class="seen{manner}"><b>{escape(", ".join(backends))}</b> {escape(answer)}\n</span>'
        for (answer, manner), backends in told.items()
    )


def _answer(cell: Cell, first: int, last: int) -> str:
    """What a cell has to say of the lines `first` to `last`: "[2.0, 4.0]", "raises RuntimeError: ..."."""
    said: list[str] = []
    for seen in cell.seen:
        if first <= seen.line <= last:
            said += filter(None, (seen.shown, f"raises {seen.raised}" if seen.raised else ""))
            said += (f"warns {warning}" for warning in seen.warned)
    if first <= cell.stopped_at <= last and cell.stopped and f"raises {cell.stopped}" not in said:
        said.append(f"stopped by {cell.stopped}")
    return "; ".join(said)


def _manner(cell: Cell, first: int, last: int) -> str:
    """How to set off what a cell shows at these lines: " bad" where it departs, " noted" where it may differ."""
    place = cell.where.rpartition(":")[2]
    here = (place.isdecimal() and first <= int(place) <= last) or first <= cell.stopped_at <= last
    if not here or cell.verdict is Verdict.AGREES:
        return ""
    return " bad" if cell.verdict.departs else " noted"
