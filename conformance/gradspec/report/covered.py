"""Write the coverage table down: which op each engine has, in which mode and order, as Markdown.

At the head what the marks mean and how many ops are right in each column; then a table for each family; at the end,
engine by engine, why a cell is no tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .clean import clean

if TYPE_CHECKING:
    from ..run.survey import Cell, Entry

MARKS = {
    "agrees": ("✓", "as the reference computes it, within rounding"),
    "documented": ("D", "otherwise, as its known divergences say"),
    "undecided": ("?", "otherwise where nothing is promised, or rounding drowns the question"),
    "unsupported": ("–", "says that it has no such thing"),
    "raises": ("E", "raises an error where the reference answers"),
    "differs": ("✗", "another number, shape or dtype"),
    "failed": ("!", "no answer within the limit, a crash, or a bug of gradspec's own"),
}
"""Each word of a cell: how it is drawn, and what it says of the engine."""

COLUMNS = ("value", "reverse", "forward", "second", "complex")
LONG = 160
"""So many characters of a reason are shown."""


def page(entries: Sequence[Entry], engines: Mapping[str, str], made: str) -> Iterator[str]:
    """The lines of the page; `engines` gives the versions by id, `made` says by which command and when."""
    yield from ("# Which op differentiates where", "", f"<!-- Written by {made}: run it instead of editing. -->", "")
    yield (
        f"{len(entries)} ops, each as a program of one step on a few numbers away from kinks, put to every engine and"
        f" judged by the rules of [a run](verdicts.md). Made by {made}: {', '.join(engines.values())}."
    )
    yield from ("", "| mark | the engine |", "| --- | --- |")
    yield from (f"| {mark} | {said} |" for mark, said in MARKS.values())
    yield from (
        "",
        "*second* stands for four compositions, in this order where they are not alike: reverse over reverse,",
    )
    yield "forward over reverse, reverse over forward, forward over forward. *complex* stands for value, reverse and"
    yield "forward mode of complex128: `–` where the reference refuses as well, `?` where nothing is promised. An empty"
    yield "cell is of an op that torch does not differentiate, or whose arguments are the parts of complex numbers."
    yield "refgrad is the reference: that its answers are right is what the others, and [the oracle](accuracy.md), say."
    yield from ("", *_summary(entries, engines), "")
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        families.setdefault(entry.op.family, []).append(entry)
    for family, members in families.items():
        yield from (f"## {family}", "", *_table(members, engines), "")
    yield from ("## Why not", "")
    for id in engines:
        yield from (f"### {id}", "", *(_reasons(entries, id) or ["Nothing."]), "")


def _summary(entries: Sequence[Entry], engines: Mapping[str, str]) -> Iterator[str]:
    """How many ops are right in each column, of those that have it."""
    yield f"| ops right, of those that differentiate | {' | '.join(COLUMNS)} |"
    yield f"| --- |{' ---: |' * len(COLUMNS)}"
    for id in engines:
        row = []
        for column in COLUMNS:
            asked = [cells for entry in entries if (cells := entry.cells[id].get(column))]
            right = sum(all(cell.word == "agrees" for cell in cells) for cells in asked)
            row.append(f"{right} of {len(asked)}")
        yield f"| {id} | {' | '.join(row)} |"


def _table(entries: Iterable[Entry], engines: Mapping[str, str]) -> Iterator[str]:
    heads = [f"{id} {column}" if column == "value" else column for id in engines for column in COLUMNS]
    yield f"| op | {' | '.join(heads)} |"
    yield f"| --- |{' :-: |' * len(heads)}"
    for entry in entries:
        marks = [drawn(entry.cells[id].get(column, ())) for id in engines for column in COLUMNS]
        yield f"| {entry.op.name} | {' | '.join(marks)} |"


def drawn(cells: Sequence[Cell]) -> str:
    """One mark where all cells are alike, else one for each."""
    marks = [MARKS[cell.word][0] for cell in cells]
    return marks[0] if len(set(marks)) == 1 else "".join(marks)


def _reasons(entries: Iterable[Entry], id: str) -> list[str]:
    """A line for each op, word and reason; of complex numbers only what is wrong."""
    lines = []
    for entry in entries:
        found: dict[tuple[str, str], list[str]] = {}
        for column, cells in entry.cells[id].items():
            for cell in cells:
                if cell.word == "agrees" or (column == "complex" and cell.word not in ("differs", "failed")):
                    continue
                mode = f"complex {cell.mode}" if column == "complex" else cell.mode
                found.setdefault((cell.word, _short(cell.said)), []).append(mode)
        for (word, said), modes in found.items():
            which = "everything" if len(modes) > len(COLUMNS) else ", ".join(modes)
            lines.append(f"- {entry.op.name}, {which}: {word}: {said}")
    return lines


def _short(said: str) -> str:
    """A reason on one line, cut."""
    line = clean(" ".join(said.split())).replace("<", "\\<")
    return line if len(line) <= LONG else f"{line[:LONG]}…"
