"""Write down where engines are known to differ from what is documented: a table a chapter, a row a page and engine.

Nothing is run: the rows are the entries of the engines' known divergences, which every run holds to be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ..judge.known import Divergence, Known, load
from ..specs.model import Spec
from .clean import clean

NEWEST = "999"
"""A version that every entry without an upper bound holds for."""

OPENING = """\
# Where engines differ

<!-- Written by `gradspec specs differences --write`: edit the tables beside the adapters instead. -->

A page says what is documented. Where an engine is known to do otherwise, and may, a row says what it does and why.
A program that is moved from one engine to another will meet these. Each row is a test: `pytest -k ID` runs it, and
a difference that no longer happens fails.
"""


def tables(specs: Sequence[Spec], chapters: Mapping[str, str], backends: Sequence[str]) -> Iterator[str]:
    """The lines of a Markdown page about `specs`: `chapters` gives the order of the tables, and a line about each."""
    known = {id: load(id, {id.partition(":")[0]: NEWEST, "device": id.partition(":")[2]}) for id in backends}
    rows = list(_rows(specs, known))
    place = {chapter: n for n, chapter in enumerate(chapters)}
    rows.sort(key=lambda row: (place.get(row[0].chapter, len(place)), row[0].id))
    yield from OPENING.splitlines()
    for chapter, group in groupby(rows, key=lambda row: row[0].chapter):
        yield from ("", f"## {chapter}", "", chapters.get(chapter, ""), "")
        yield "| documented | engine | what it does | why | source |"
        yield "| --- | --- | --- | --- | --- |"
        for spec, engine, entry in group:
            cells = (f"[{spec.claim}](../specs/{spec.id}.md)", engine, entry.does, entry.why, entry.source)
            yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _rows(specs: Sequence[Spec], known: Mapping[str, Known]) -> Iterator[tuple[Spec, str, Divergence]]:
    """(page, engine, entry) for every page that an engine differs from."""
    for spec in specs:
        for id, entries in known.items():
            if (entry := entries.spec(spec.id)) is not None:
                yield spec, id.partition(":")[0], entry


def _cell(text: str) -> str:
    """`text` on one line, with nothing that ends a cell."""
    return clean(" ".join(text.split())).replace("|", "\\|")
