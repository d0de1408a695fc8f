"""Say what changed between two runs: what was fixed, what broke, what appeared, vanished or changed its reason.

A Change is one case on one backend before and after. A Comparison holds the changes by class; its
text fits a terminal of 80 columns, and `markdown` a pull request. Programs that appear or vanish
without departing are only counted: another seed draws others.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..judge.verdict import CHECKED, Judgement
from ..run.journal import Run
from ..run.records import Header
from . import summary
from .clean import clean
from .words import reason, several

WIDTH = 80
SHOWN = 30
"""How many changes of a class the terminal lists, but for what broke and what was fixed: those are all listed."""


@dataclass(frozen=True)
class Change:
    """One case on one backend; `old` or `new` is None where that run did not have it."""

    case: str
    backend: str
    old: Judgement | None
    new: Judgement | None

    @property
    def name(self) -> str:
        """The case as one says it: "backward/accumulates", "program 01ab..."."""
        kind, _, name = self.case.partition(":")
        return name if kind == "spec" else f"{kind} {name}"


@dataclass(frozen=True)
class Comparison:
    """Two runs beside each other.

    broke     was checked and did not depart; now departs.
    fixed     departed; now checked and does not.
    appeared  was not there, or not checked; now is.
    vanished  was checked; now is not there, unsupported, or our own error.
    changed   neither broke nor was fixed, but the verdict or its reason is another.
    """

    old: Header
    new: Header
    broke: tuple[Change, ...]
    fixed: tuple[Change, ...]
    appeared: tuple[Change, ...]
    vanished: tuple[Change, ...]
    changed: tuple[Change, ...]
    same: int
    programs_appeared: int
    programs_vanished: int

    @property
    def classes(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """The classes with their names, those that matter most first."""
        return tuple((name, getattr(self, name)) for name in ("broke", "fixed", "vanished", "appeared", "changed"))

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def compare(old: Run, new: Run) -> Comparison:
    """Put the cases of `old` and `new` side by side, by case and backend."""
    before = {(r.case, r.backend): r.judgement for r in old.results}
    after = {(r.case, r.backend): r.judgement for r in new.results}
    classes = ("broke", "fixed", "appeared", "vanished", "changed", "same")
    found: dict[str, list[Change]] = {name: [] for name in classes}
    drawn = {"appeared": 0, "vanished": 0}
    for case, backend in dict.fromkeys((*before, *after)):
        change = Change(case, backend, before.get((case, backend)), after.get((case, backend)))
        name = _class(change)
        departs = any(judgement and judgement.verdict.departs for judgement in (change.old, change.new))
        if name in drawn and case.startswith("program:") and not departs:
            drawn[name] += 1
        else:
            found[name].append(change)
    same = len(found.pop("same"))
    return Comparison(
        old.header,
        new.header,
        **{name: tuple(changes) for name, changes in found.items()},
        same=same,
        programs_appeared=drawn["appeared"],
        programs_vanished=drawn["vanished"],
    )


def _class(change: Change) -> str:
    old, new = change.old, change.new
    was, is_ = bool(old and old.verdict in CHECKED), bool(new and new.verdict in CHECKED)
    if old and new and was and is_:
        if old.verdict.departs != new.verdict.departs:
            return "broke" if new.verdict.departs else "fixed"
        return "same" if _reason(old) == _reason(new) else "changed"
    if was != is_:
        return "appeared" if is_ else "vanished"
    return "same" if (old and old.verdict) == (new and new.verdict) else "changed"


def _reason(judgement: Judgement) -> tuple[str, ...]:
    return judgement.verdict, judgement.where, judgement.said, judgement.known


def _lines(c: Comparison) -> Iterable[str]:
    yield f"old  {_who(c.old)}"
    yield f"new  {_who(c.new)}"
    yield from _notes(c)
    for name, changes in c.classes:
        if changes:
            yield f"\n{name} ({len(changes)})"
            shown = changes if name in ("broke", "fixed") else changes[:SHOWN]
            for change in shown:
                yield from _wrapped(f"{change.backend}  {clean(change.name)}", 2)
                yield from _wrapped(_became(change), 6)
            if len(shown) < len(changes):
                yield f"  and {len(changes) - len(shown)} more"
    yield f"\n{_total(c)}"


def _wrapped(text: str, indent: int) -> Sequence[str]:
    margin = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin + "  ", break_on_hyphens=False)


def _who(header: Header) -> str:
    return f"{header.started}, gradspec {header.gradspec}, {several(len(header.backends), 'backend')}"


def _notes(c: Comparison) -> Iterable[str]:
    """What the two runs were made with, where it differs."""
    old = {info.id: info.versions for info in c.old.backends}
    new = {info.id: info.versions for info in c.new.backends}
    for id in dict.fromkeys((*old, *new)):
        if id not in old or id not in new:
            yield f"{clean(id)} is only in the {'new' if id in new else 'old'} run"
            continue
        for name in dict.fromkeys((*old[id], *new[id])):
            was, is_ = old[id].get(name, "nothing"), new[id].get(name, "nothing")
            if was != is_:
                yield clean(f"{id}: {name} {was} -> {is_}")


def _became(change: Change) -> str:
    """What became of it: "agrees -> wrong-value: promised 4, and 5 came"."""
    old = change.old.verdict if change.old else "absent"
    new = change.new.verdict if change.new else "absent"
    last = change.new or change.old
    said = reason(last.said, last.where) if last else ""
    return clean(f"{old if old == new else f'{old} -> {new}'}{f': {said}' if said else ''}")


def _total(c: Comparison) -> str:
    counts = ", ".join(f"{name} {len(changes)}" for name, changes in c.classes)
    programs = ""
    if c.programs_appeared or c.programs_vanished:
        programs = f"; programs only in the new run {c.programs_appeared:,}, only in the old {c.programs_vanished:,}"
    return f"{counts}, same {c.same:,}{programs}"


def markdown(c: Comparison) -> str:
    """The comparison as Markdown: a table for each class that is not empty."""
    text = summary.text
    lines = [f"## gradspec: {text(_total(c))}\n", f"- old: {text(_who(c.old))}", f"- new: {text(_who(c.new))}"]
    lines += [f"- {text(note)}" for note in _notes(c)]
    for name, changes in c.classes:
        if changes:
            lines += [f"\n### {name.capitalize()} ({len(changes)})\n", "| backend | case | |", "| --- | --- | --- |"]
            lines += [f"| {text(x.backend)} | {text(clean(x.name))} | {text(_became(x))} |" for x in changes]
    return "\n".join(lines) + "\n"
