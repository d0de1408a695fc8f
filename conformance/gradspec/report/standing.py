"""Say of every documented behaviour whether an engine keeps it: area by area, engines side by side.

A Standing is what became of one behaviour on one engine, read from the verdicts of its pages. `inventory` writes
the share that holds as a table, and then names every behaviour that does not hold, with the reason.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..judge.verdict import CHECKED, Judgement, Verdict
from ..run.journal import Run
from ..specs.inventory import Behaviour, Inventory, reached
from ..specs.model import FUNCTIONAL, Spec
from .clean import clean
from .coverage import known

Word = Literal["holds", "departs", "open", "documented", "out of scope"]

MEANINGS: Mapping[Word, str] = {
    "departs": "departing from what is documented",
    "open": "open: not run, or gradspec itself failed",
    "documented": "differing as the engine's known divergences say",
    "out of scope": "out of scope",
}
"""What is said of the behaviours that do not hold, in the order in which they are named."""

WIDTH = 80
TITLE, STATED, SHARE = 33, 7, 13
"""The columns: an area's title, how many behaviours it states, and how many of them hold on one engine."""


@dataclass(frozen=True)
class Standing:
    """One behaviour on one engine; `why` is empty where it holds."""

    behaviour: Behaviour
    word: Word
    why: str = ""


def inventory(listed: Inventory, specs: Sequence[Spec], run: Run, backends: Sequence[str] = ()) -> Iterator[str]:
    """The lines of the table, and of what does not hold on each of `backends` (all of the run, where none is named)."""
    for id in backends:
        known(run, id)
    ids = [info.id for info in run.header.backends if info.id in backends or not backends]
    found = {id: standings(listed, specs, run, id) for id in ids}
    room = (WIDTH - TITLE - STATED) // SHARE
    for n in range(0, len(ids), room):
        yield from _table(listed, {id: found[id] for id in ids[n : n + room]})
        yield ""
    for id in ids:
        yield from _exceptions(id, found[id])


def standings(listed: Inventory, specs: Sequence[Spec], run: Run, backend: str) -> list[Standing]:
    """Every behaviour of the list on `backend`, in the list's order."""
    pages = reached(specs)
    judged = {r.case.partition(":")[2]: r.judgement for r in run.results if r.backend == backend and _is_spec(r.case)}
    tape = any(info.id == backend and "tape" in info.capabilities for info in run.header.backends)

    def standing(behaviour: Behaviour) -> Standing:
        if reason := listed.untestable.get(behaviour.id):
            return Standing(behaviour, "out of scope", reason)
        named = [judged.get(page) for page in pages.get(behaviour.id, ())]
        word, why = _stand(named)
        if word == "out of scope" and not tape and behaviour.id in listed.tape_only:
            why = listed.tape_only[behaviour.id]
        return Standing(behaviour, word, why)

    return [standing(behaviour) for behaviour in listed.behaviours]


def _stand(pages: Sequence[Judgement | None]) -> tuple[Word, str]:
    """What the verdicts of a behaviour's pages come to: the worst that was seen, or that none could be run."""
    seen = [page for page in pages if page is not None]
    departing = [page for page in seen if page.verdict.departs]
    documented = [page for page in seen if page.verdict is Verdict.DOCUMENTED]
    failed = [page for page in seen if page.verdict is Verdict.HARNESS_ERROR]
    if departing:
        return "departs", departing[0].said
    if failed or len(seen) < len(pages) or not pages:
        return "open", failed[0].said if failed else "not run"
    if documented:
        return "documented", documented[0].said
    if any(page.verdict in CHECKED for page in seen):
        return "holds", ""
    return "out of scope", "; ".join(dict.fromkeys(page.said for page in seen))


def _table(listed: Inventory, found: Mapping[str, Sequence[Standing]]) -> Iterator[str]:
    """A line for each area, then for each kind of behaviour, then for all."""
    parts = {title: [b.id for b in listed.behaviours if b.area == name] for name, title in listed.areas.items()}
    parts |= {f"({kind})": [b.id for b in listed.behaviours if b.functional == kind] for kind in FUNCTIONAL}
    parts["all"] = [b.id for b in listed.behaviours]
    holding = {id: {s.behaviour.id for s in all if s.word == "holds"} for id, all in found.items()}
    yield f"{'what holds':<{TITLE}}{'stated':>{STATED}}" + "".join(f"{clean(id):>{SHARE}}" for id in found)
    for title, ids in parts.items():
        short = title if len(title) < TITLE else f"{title[: TITLE - 2]}…"
        yield f"{short:<{TITLE}}{len(ids):>{STATED}}" + "".join(
            _share(len(holding[id].intersection(ids)), len(ids)) for id in found
        )


def _share(holds: int, stated: int) -> str:
    """As in "37  94 %"; 100 only where all of them hold."""
    percent = f"{100 * holds // stated} %" if stated else "·"
    return f"{holds:>{SHARE - 6}}{percent:>6}"


def _exceptions(backend: str, standings: Sequence[Standing]) -> Iterator[str]:
    """What does not hold on one engine: the behaviours that have one reason stand together."""
    holds = sum(s.word == "holds" for s in standings)
    yield clean(f"{backend}: {holds} of {len(standings)} documented behaviours hold")
    for word, meaning in MEANINGS.items():
        reasons: dict[str, list[str]] = {}
        for s in standings:
            if s.word == word:
                reasons.setdefault(s.why, []).append(s.behaviour.id)
        if reasons:
            yield f"  {meaning} ({sum(map(len, reasons.values()))})"
        for why, ids in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
            yield from textwrap.wrap(clean(why), WIDTH, initial_indent="  - ", subsequent_indent="    ")
            yield from textwrap.wrap(
                ", ".join(ids), WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False
            )
    yield ""


def _is_spec(case: str) -> bool:
    return case.startswith("spec:")
