"""Measure how much of what is documented a run has checked: by chapter and level, and by area of the inventory.

A Row is one chapter at one level on one backend, with its Tally. An Area is a part of the inventory: its
statements, how many have a page, and how many each backend has checked. `coverage` writes both as plain text of
80 columns; `unchecked` names the pages that no backend checked, and `fell` lists the verdicts that were asked for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import UnknownName
from ..judge.verdict import CHECKED, Verdict
from ..run.journal import Run
from ..specs.inventory import Inventory, reached
from ..specs.model import FUNCTIONAL, LEVELS, Spec
from .clean import clean
from .model import Tally

WIDTH = 80
NARROW = 5
"""The width of the narrowest column of numbers."""


@dataclass(frozen=True)
class Row:
    """How the pages of one chapter and level fared on one backend; `pages` is how many there are."""

    backend: str
    chapter: str
    level: str
    pages: int
    tally: Tally

    @property
    def open(self) -> int:
        """The pages that this run says nothing of: not run, or gradspec itself failed on them."""
        return self.pages - self.tally.checked - self.tally.unsupported


@dataclass(frozen=True)
class Area:
    """How far one part of the inventory is covered: `checked` counts, by backend, what some page checked there."""

    name: str
    statements: int
    on_a_page: int
    untestable: int
    checked: Mapping[str, int]


def rows(specs: Sequence[Spec], run: Run) -> list[Row]:
    """A Row for each chapter and level that has pages, on each backend of the run."""
    verdicts = _verdicts(run)
    groups: dict[tuple[str, str], list[str]] = {}
    for spec in sorted(specs, key=lambda spec: (spec.chapter, LEVELS.index(spec.level))):
        groups.setdefault((spec.chapter, spec.level), []).append(spec.id)
    return [
        Row(id, chapter, level, len(pages), Tally.of(verdicts[id, page] for page in pages if (id, page) in verdicts))
        for id in (info.id for info in run.header.backends)
        for (chapter, level), pages in groups.items()
    ]


def areas(inventory: Inventory, specs: Sequence[Spec], run: Run) -> list[Area]:
    """An Area for each part of the inventory, then for each kind of behaviour (core, adapt, no), then for all."""
    pages = reached(specs)
    verdicts = _verdicts(run)
    backends = [info.id for info in run.header.backends]

    parts = {name: [b.id for b in inventory.behaviours if b.area == name] for name in inventory.areas}
    parts |= {f"({kind})": [b.id for b in inventory.behaviours if b.functional == kind] for kind in FUNCTIONAL}
    parts["all"] = [b.id for b in inventory.behaviours]

    def checked(ids: Sequence[str], backend: str) -> int:
        return sum(any(verdicts.get((backend, page)) in CHECKED for page in pages.get(id, ())) for id in ids)

    return [
        Area(
            name,
            statements=len(ids),
            on_a_page=sum(id in pages for id in ids),
            untestable=sum(id in inventory.untestable for id in ids),
            checked={backend: checked(ids, backend) for backend in backends},
        )
        for name, ids in parts.items()
    ]


def unchecked(specs: Iterable[Spec], run: Run) -> list[str]:
    """A line for each page that no backend of the run checked."""
    checked = {page for (_, page), verdict in _verdicts(run).items() if verdict in CHECKED}
    return [
        f"{spec.id}.md:1: no backend of this run checked the page. Add a backend that can, or see what it needs."
        for spec in specs
        if spec.id not in checked
    ]


def _verdicts(run: Run) -> dict[tuple[str, str], Verdict]:
    """(backend, page) -> verdict."""
    cases = ((result, *result.case.partition(":")) for result in run.results)
    return {(result.backend, id): result.judgement.verdict for result, kind, _, id in cases if kind == "spec"}


def fell(run: Run, backend: str | None = None, verdict: str | None = None) -> dict[str, list[str]]:
    """Page -> "torch:cpu agrees", of the verdicts on `backend` and called `verdict`, where these are given."""
    if verdict is not None and verdict not in set(Verdict):
        raise UnknownName.of("verdict", verdict, [known.value for known in Verdict])
    known(run, backend)
    found: dict[str, list[str]] = {}
    for (id, page), fallen in _verdicts(run).items():
        if id == (backend or id) and fallen == (verdict or fallen):
            found.setdefault(page, []).append(f"{id} {fallen}")
    return found


def known(run: Run, backend: str | None) -> None:
    """Raise UnknownName where `backend` is named and not in the run."""
    ids = [info.id for info in run.header.backends]
    if backend is not None and backend not in ids:
        raise UnknownName.of("backend", backend, ids, f"The run has: {', '.join(ids)}.")


def coverage(specs: Sequence[Spec], inventory: Inventory | None, run: Run, backend: str | None = None) -> Iterator[str]:
    """The lines of a table per backend (of `backend` alone, if given), and of one for the inventory, if any."""
    known(run, backend)
    measured = rows(specs, run)
    for id in dict.fromkeys(row.backend for row in measured):
        if id == (backend or id):
            yield from _table([row for row in measured if row.backend == id])
            yield ""
    if inventory is not None:
        yield from _inventory(areas(inventory, specs, run))
        for title, reasons in (("untestable", inventory.untestable), ("tape only", inventory.tape_only)):
            yield from _reasons(title, reasons)


def _reasons(title: str, reasons: Mapping[str, str]) -> Iterator[str]:
    """The behaviours that no page tests, or none without a tape, and why."""
    if reasons:
        yield from ("", title)
    for id, reason in reasons.items():
        yield from textwrap.wrap(f"{id}: {reason}", WIDTH, initial_indent="  ", subsequent_indent="    ")


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """The chapters and levels of one backend, and their sum."""
    names = ("pages", "checked", "agrees", "documented", "departs", "unsupported", "open")
    yield clean(rows[0].backend)
    yield f"{'chapter':<14}{'level':<9}" + " ".join(f"{name:>{NARROW}}" for name in names)
    totals = [0] * len(names)
    for row in rows:
        t = row.tally
        counts = [row.pages, t.checked, t.kept, t.documented, t.departs, t.unsupported, row.open]
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        yield _line(f"{row.chapter:<14}{row.level:<9}", names, counts)
    yield _line(f"{'all':<23}", names, totals)


def _line(head: str, names: Sequence[str], counts: Sequence[int]) -> str:
    """Numbers under their names; a dot where there is nothing."""
    cells = (f"{count or '·':>{max(NARROW, len(name))}}" for name, count in zip(names, counts, strict=True))
    return head + " ".join(cells)


def _inventory(areas: Sequence[Area]) -> Iterator[str]:
    """The areas, with as many backends beside them as fit; the others in further tables."""
    fixed = ["stated", "paged", "untestable"]
    for n, backends in enumerate(_side_by_side(list(areas[0].checked), WIDTH - len(_line(" " * 10, fixed, [0, 0, 0])))):
        if n:
            yield ""
        yield f"{'inventory':<10}" + " ".join(f"{name:>{NARROW}}" for name in [*fixed, *map(clean, backends)])
        for area in areas:
            counts = [area.statements, area.on_a_page, area.untestable, *(area.checked[id] for id in backends)]
            yield _line(f"{area.name:<10}", [*fixed, *backends], counts)


def _side_by_side(names: Sequence[str], room: int) -> list[list[str]]:
    """`names` in groups that fit into `room` as columns; at least one group, and at least one name in the others."""
    groups: list[list[str]] = [[]]
    used = 0
    for name in names:
        used += 1 + max(NARROW, len(name))
        if used > room and groups[-1]:
            groups.append([])
            used = 1 + max(NARROW, len(name))
        groups[-1].append(name)
    return groups
