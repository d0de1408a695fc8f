"""Count the fates of planted faults, and write them as a table: the mutation score.

The faults after reports were run once before anything was mended for them. That first count is kept in
`faults/reported/first.toml`, with why each of its survivors survived, and stands beside the score of now.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from .score import Fate


def score(fates: Sequence[Fate]) -> tuple[int, int]:
    """How many faults were killed, and of how many that could be planted."""
    able = [fate for fate in fates if fate.places]
    return sum(fate.death is not None for fate in able), len(able)


def share(killed: int, able: int) -> str:
    """A score in per cent."""
    return f"{100 * killed / max(able, 1):.1f} %"


@dataclass(frozen=True)
class Survival:
    """A fault that survived its first run: in which engines, why, and what was mended for it ("" where nothing)."""

    name: str
    where: tuple[str, ...]
    why: str
    mended: str


@dataclass(frozen=True)
class First:
    """The first run of the faults after reports: which generator it was, the counts by engine, who survived."""

    what: str
    counts: Mapping[str, tuple[int, int]]
    survivals: tuple[Survival, ...]

    @classmethod
    def read(cls) -> First:
        """As it is written down."""
        text = resources.files("gradspec.faults.reported").joinpath("first.toml").read_text(encoding="utf-8")
        return cls.of(tomllib.loads(text))

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> First:
        """From the tables of the file."""
        survivals = (Survival(s["fault"], tuple(s["in"]), s["why"], s.get("mended", "")) for s in data["survived"])
        return cls(data["what"], {id: (count[0], count[1]) for id, count in data["killed"].items()}, tuple(survivals))


def table(fates: Sequence[Fate], first: First) -> str:
    """The fates as Markdown: the scores, the first score, the survivors, then every fault."""
    drawn = [fate for fate in fates if fate.fault.origin == "drawn"]
    ours = [fate for fate in fates if fate.fault.origin != "drawn"]
    parts = (_scores(ours, drawn), _first(first, ours), _survivors(ours), _drawn(drawn), _everything(ours), ("",))
    return "\n".join((*HEAD, *itertools.chain(*parts)))


HEAD = (
    "# The mutation score",
    "",
    "How many faults, planted one at a time in an engine that is right, a default run finds.",
    "Made by `gradspec faults --write docs/mutation-score.md`, with a `--seed` for each that stands in the table.",
    "",
    "A fault is a function of `conformance/gradspec/faults/` that answers in the place of one or several of torch's",
    "names, so that the same fault is planted in every engine. It is killed by the first page or program whose verdict",
    "departs, unless a harmless stand-in in the same places upsets that case too. The seconds are those of a processor",
    "that a run on that engine alone takes up to there. A program on which the judge breaks down counts for nothing,",
    "and the oracle is not asked. Pages know no seed: another seed draws other programs for what no page finds.",
    "",
)


def _scores(ours: Sequence[Fate], drawn: Sequence[Fate]) -> Iterator[str]:
    yield from ("| faults | engine | seed | made | killed | score |", "| --- | --- | ---: | ---: | ---: | ---: |")
    reported = [fate for fate in ours if fate.fault.origin == "reported"]
    for name, chosen in (("written", ours), ("of them after reports", reported), ("drawn at random", drawn)):
        for id, seed in dict.fromkeys((fate.backend, fate.seed) for fate in chosen):
            killed, able = score([fate for fate in chosen if (fate.backend, fate.seed) == (id, seed)])
            yield f"| {name} | {id} | {seed} | {able} | {killed} | {share(killed, able)} |"


def _first(first: First, fates: Sequence[Fate]) -> Iterator[str]:
    """The score of the faults after reports before anything was mended for them, and what was, survivor by survivor."""
    if not any(fate.fault.origin == "reported" for fate in fates):
        return
    yield from ("", "## Faults written before any run", "", *first.what.strip().splitlines(), "")
    yield from ("| engine | made | killed at first | score at first |", "| --- | ---: | ---: | ---: |")
    for id, (killed, able) in first.counts.items():
        yield f"| {id} | {able} | {killed} | {share(killed, able)} |"
    if first.survivals:
        yield from ("", "| survived at first | in | because | since then |", "| --- | --- | --- | --- |")
    for one in first.survivals:
        yield f"| {one.name} | {', '.join(one.where)} | {one.why} | {one.mended or 'nothing'} |"


def _drawn(fates: Sequence[Fate]) -> Iterator[str]:
    """What the faults drawn at random are, and those of them that survive."""
    if fates:
        yield from ("", *DRAWN)
        yield from _survivors(fates, "## Drawn faults that survive")


DRAWN = (
    "## Faults drawn at random",
    "",
    "A drawn fault is a form of slips in an op of the catalogue (`conformance/gradspec/faults/drawn.py`), each pair",
    "equally likely. Nobody chose them and nothing was mended for them; `--drawn-seed` draws others. Some do nothing",
    "wrong, such as the forgotten keywords of a call that has none: they count as survivors.",
)


def _survivors(fates: Sequence[Fate], title: str = "## Survivors") -> Iterator[str]:
    """Each survivor, where it survives, and how many cases called what it stands behind."""
    yield from ("", title, "")
    alive = [fate for fate in fates if fate.places and fate.death is None]
    if not alive:
        yield "None."
        return
    yield from (
        "| fault | what it does | kind | survives in | cases that call it |",
        "| --- | --- | --- | --- | ---: |",
    )
    for name in dict.fromkeys(fate.fault.name for fate in alive):
        left = [fate for fate in alive if fate.fault.name == name]
        where = ", ".join(f"{fate.backend} (seed {fate.seed})" for fate in left)
        said = left[0].fault.said.replace("|", "\\|")
        yield f"| {name} | {said} | {left[0].fault.kind} | {where} | {max(fate.met for fate in left)} |"


def _everything(fates: Sequence[Fate]) -> Iterator[str]:
    """Every fault in every engine, at the first seed: where one was killed by a page, other seeds change nothing."""
    seed = fates[0].seed if fates else 0
    ids = list(dict.fromkeys(fate.backend for fate in fates))
    by = {(fate.fault.name, fate.backend): fate for fate in fates if fate.seed == seed}
    yield from ("", f"## Every fault, at seed {seed}", "", f"| fault | kind | {' | '.join(ids)} |")
    yield f"| --- | --- | {' | '.join('---' for _ in ids)} |"
    for name in dict.fromkeys(name for name, _ in by):
        row = [by.get((name, id)) for id in ids]
        kind = next(fate.fault.kind for fate in row if fate)
        yield f"| {name} | {kind} | {' | '.join(told(fate) if fate else '' for fate in row)} |"


def told(fate: Fate) -> str:
    """One fate in a few words."""
    if not fate.places:
        return "has no such name"
    if fate.death is None:
        return "**survives**"
    return f"{fate.death.verdict} in {fate.death.case}, {fate.death.seconds:.1f} s"
