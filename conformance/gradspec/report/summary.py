"""Write a Report as Markdown for a pull request: a table, what departs with its witness, what is unsupported.

Engines' words are escaped so that they can neither end a table's cell, nor start markup, nor call
somebody by "@name".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from . import words
from .model import Finding, Report

LIMIT = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""

_SYNTAX = re.compile(r"[&<>|`*_\[\]\\~$]")
_CALLS = re.compile(r"[@#](?=\w)")


def summary(report: Report) -> str:
    """The Markdown text. Departures that do not fit are counted, not shown."""
    head = "\n".join((*_head(report), *_corners(report), *_notes(report)))
    tail = "\n".join(_unsupported(report))
    shown, room = [], LIMIT - len(head) - len(tail)
    for finding in report.findings:
        text = "\n".join(_finding(finding))
        room -= len(text) + 1
        if room < 0:
            break
        shown.append(text)
    rest = len(report.findings) - len(shown)
    more = [f"\n… and {words.several(rest, 'more finding')}, in report.json.\n"] if rest else []
    title = ["\n### Findings\n"] if report.findings else []
    return "\n".join((head, *title, *shown, *more, tail)).rstrip("\n") + "\n"


def text(said: str) -> str:
    """`said` on one line, showing just these characters, in Markdown and in HTML inside Markdown.

    Entities make syntax plain; an empty comment keeps "@name" from calling somebody and "#12" from linking.
    """
    line = _SYNTAX.sub(lambda m: f"&#{ord(m[0])};", _CALLS.sub("\\g<0>\0", " ".join(said.split())))
    return line.replace("\0", "<!-- -->")


def fence(code: str, language: str = "") -> str:
    """`code` in a fence that nothing inside it can close."""
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", code)), default=2)
    mark = "`" * (longest + 1)
    return f"{mark}{language}\n{code.rstrip(chr(10))}\n{mark}"


def _head(report: Report) -> Iterator[str]:
    yield f"## gradspec: {text(words.headline(report))}\n"
    yield "| backend | promises kept | depart | documented | undecided | unsupported | programs checked | depart |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for b in report.backends:
        s, p = b.specs, b.programs
        specs = f"{s.kept} of {s.checked} | {s.departs} | {s.documented} | {s.undecided} | {s.unsupported}"
        yield f"| {text(b.label)} | {specs} | {p.checked} | {p.departs} |"


def _corners(report: Report) -> Iterator[str]:
    if report.corners.cells:
        yield ""
        yield f"{text(words.visited(report.corners))}."


def _notes(report: Report) -> Iterator[str]:
    if report.notes:
        yield ""
        yield from (f"- {text(note)}" for note in report.notes)


def _finding(finding: Finding) -> Iterator[str]:
    for d in finding.departures:
        about = words.reason(d.cell.said, d.cell.where)
        yield (
            f"<details><summary><b>{text(d.backend)}</b> {d.cell.verdict}: "
            f"{text(finding.name)}{f'. {text(about)}' if about else ''}</summary>\n"
        )
        if finding.kind == "spec":
            yield f"{finding.title}\n"  # a claim is Markdown already
        if d.numbers:
            yield "| | |\n| --- | --- |"
            yield from (f"| {text(who)} | {text(what)} |" for who, what in d.numbers.items())
            yield ""
        if d.scripts:
            yield f"{fence(next(iter(d.scripts.values())), 'python')}\n"  # one of them: a comment has little room
        yield "</details>"
    if finding.alike:
        yield f"\n… and {words.several(len(finding.alike), 'more case')} alike.\n"


def _unsupported(report: Report) -> Iterator[str]:
    lines = []
    for b in report.backends:
        lacking = Counter(what for row in report.specs if b.id in row.cells for what in row.cells[b.id].missing)
        if lacking:
            counted = "; ".join(f"{text(what)} ({words.several(n, 'spec')})" for what, n in lacking.most_common(20))
            lines.append(f"- {text(b.id)}: {counted}{'; …' if len(lacking) > 20 else ''}")
    if lines:
        yield "\n### Unsupported\n"
        yield from lines
