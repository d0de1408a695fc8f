"""What a report says, as plain data: the results of a run counted and arranged, nothing drawn yet.

A Tally counts verdicts. A Cell is what one backend did with one case; a SpecRow is a page with a
cell per backend; a Group is a chapter or a level with a tally per backend. A BackendRow sums up one
backend, its Margins how near its programs came to the limit. A Finding is a case on which somebody
departs, with one Departure per backend that does. A Report holds them all; `schema()` publishes
its JSON form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from ..judge.verdict import CHECKED, Verdict
from ..programs.model import Program
from ..run.records import BackendInfo

SCHEMA = 1
"""The version of report.json. Fields may be added under one version; none changes its meaning."""


class Tally(msgspec.Struct, frozen=True):
    """How often each verdict fell. `checked` is the honest denominator: what really ran."""

    checked: int = 0
    kept: int = 0
    """agrees, or differs only where nothing is promised (unspecified)"""
    documented: int = 0
    undecided: int = 0
    """ill-conditioned: it ran, and the question drowned in rounding"""
    departs: int = 0
    unsupported: int = 0
    errors: int = 0
    """harness-error: gradspec's own bugs"""
    verdicts: dict[str, int] = {}

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Tally:
        """Count `verdicts`."""
        counted = Counter(verdicts)
        return cls(
            checked=sum(counted[v] for v in CHECKED),
            kept=counted[Verdict.AGREES] + counted[Verdict.UNSPECIFIED],
            documented=counted[Verdict.DOCUMENTED],
            undecided=counted[Verdict.ILL_CONDITIONED],
            departs=sum(n for v, n in counted.items() if v.departs),
            unsupported=counted[Verdict.UNSUPPORTED],
            errors=counted[Verdict.HARNESS_ERROR],
            verdicts={v.value: counted[v] for v in Verdict if counted[v]},
        )


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one line of a page showed on one backend, in words."""

    line: int
    shown: str = ""
    raised: str = ""
    warned: tuple[str, ...] = ()


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """One backend's verdict on one case, and the reasons for it."""

    verdict: Verdict
    where: str = ""
    said: str = ""
    margin: float | None = None
    known: str = ""
    signature: str = ""
    seconds: float = 0.0
    seen: tuple[Seen, ...] = ()
    stopped: str = ""
    """The error that ended the check early, and the line it came from."""
    stopped_at: int = 0
    missing: tuple[str, ...] = ()
    """The capabilities lacking, when nothing of the page could run."""
    origin: int = 0
    """For a merged run: which of its `parts` this came from."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One statement of a page and its promise; `last` is the last line it takes."""

    line: int
    last: int
    source: str
    promise: str = "runs"
    expected: str = ""
    kind: str = ""


class SpecRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One page of the suite; a backend without a cell was not run on it."""

    id: str
    claim: str
    chapter: str
    level: str
    cells: dict[str, Cell]
    sources: tuple[str, ...] = ()
    since: str = ""
    lines: tuple[Line, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """The specs of one chapter or level: how many, and each backend's tally."""

    name: str
    specs: int
    tallies: dict[str, Tally]


class Margin(msgspec.Struct, frozen=True):
    """How near the programs of one dtype that asked one set of questions came to what is allowed.

    Counts the programs within the limit or over it that have a margin; 1 is the limit.
    """

    dtype: str
    asked: str
    programs: int
    worst: float
    case: str
    """The program that came nearest."""


class BackendRow(msgspec.Struct, frozen=True):
    """One backend: who it is, its tallies over specs and over programs, and its margins."""

    info: BackendInfo
    specs: Tally
    programs: Tally
    specs_not_run: int
    seconds: float
    margins: tuple[Margin, ...] = ()

    @property
    def id(self) -> str:
        """The engine and its device: "torch:cpu"."""
        return self.info.id

    @property
    def label(self) -> str:
        """In words: "torch 2.13.0 on cpu"."""
        engine, _, device = self.id.partition(":")
        version = self.info.versions.get(engine.split("-")[0], "").partition("+")[0]  # "2.13.0+cpu": see the device
        device = self.info.versions.get("device") or device
        return " ".join(p for p in (engine, version, f"on {device}" if device else "") if p)


class Departure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One backend's departure on one case, with its witness."""

    backend: str
    cell: Cell
    numbers: dict[str, str] = {}
    """What each engine (and the oracle, where it was asked) answered at that place."""
    scripts: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A case on which at least one backend departs (or the harness failed)."""

    case: str
    title: str
    departures: tuple[Departure, ...]
    others: dict[str, Cell]
    """The verdicts of the backends that do not depart."""
    program: Program | None = None
    alike: tuple[str, ...] = ()
    """Further cases that show the same on the same backends; this one is the smallest."""
    weight: str = ""
    """Why it matters, in words: findings stand in this order, a silent wrong gradient at ordinary points first."""

    @property
    def kind(self) -> str:
        """What kind of case it is: "spec" or "program"."""
        return self.case.partition(":")[0]

    @property
    def name(self) -> str:
        """The case without its kind."""
        return self.case.partition(":")[2]

    @property
    def ours(self) -> bool:
        """Is it a failure of the harness alone?"""
        return not any(d.cell.verdict.departs for d in self.departures)


class Known(msgspec.Struct, frozen=True):
    """An entry of a backend's known divergences and the cases that it explained."""

    backend: str
    id: str
    cases: tuple[str, ...]


class Part(msgspec.Struct, frozen=True):
    """One run that this one is made of: where and with what it was made."""

    started: str
    python: str
    platform: str
    seed: int
    backends: tuple[BackendInfo, ...]


class Place(msgspec.Struct, frozen=True):
    """A place on one axis of the inputs (the layout "strided"): for how many ops it exists, and how many met it."""

    axis: str
    name: str
    cells: int
    met: int
    empty: tuple[str, ...]
    """The ops that did not."""


class OpRow(msgspec.Struct, frozen=True):
    """One op: in how many programs it was, and for each axis a character a place, which grows with the programs."""

    op: str
    programs: int
    met: dict[str, str]


class Corners(msgspec.Struct, frozen=True):
    """Which cells (an op at a place) the programs of a run visited, of those that exist."""

    cells: int = 0
    met: int = 0
    places: tuple[Place, ...] = ()
    ops: tuple[OpRow, ...] = ()

    @property
    def unmet(self) -> tuple[str, ...]:
        """The ops that are in no program."""
        return tuple(row.op for row in self.ops if not row.programs)


class Report(msgspec.Struct, frozen=True):
    """Everything that the page, the tables and the badge are drawn from."""

    schema: int
    gradspec: str
    started: str
    ended: str
    seconds: float
    complete: bool
    notes: tuple[str, ...]
    """What a reader must know before believing the numbers: cut short, nothing checked, ..."""
    parts: tuple[Part, ...]
    backends: tuple[BackendRow, ...]
    specs: tuple[SpecRow, ...]
    chapters: tuple[Group, ...]
    levels: tuple[Group, ...]
    programs_drawn: int
    programs_run: int
    findings: tuple[Finding, ...]
    known: tuple[Known, ...]
    corners: Corners = Corners()

    @property
    def departs(self) -> int:
        """How many departures there are in all, specs and programs, over all backends."""
        return sum(b.specs.departs + b.programs.departs for b in self.backends)

    @property
    def errors(self) -> int:
        """How many times the harness itself failed."""
        return sum(b.specs.errors + b.programs.errors for b in self.backends)


def encode(report: Report) -> bytes:
    """`report` as indented JSON with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def decode(text: bytes) -> Report:
    """Read report.json back; msgspec.ValidationError names the path of what does not fit."""
    return msgspec.json.decode(text, type=Report)


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json (draft 2020-12)."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "gradspec report"}
    found: dict[str, Any] = _flowing(msgspec.json.schema(Report))
    return head | found


def _flowing(part: Any) -> Any:
    """A part of the schema with its descriptions on one line: Python 3.13 indents docstrings as 3.12 does not."""
    if isinstance(part, dict):
        return {
            key: " ".join(value.split()) if key == "description" and isinstance(value, str) else _flowing(value)
            for key, value in part.items()
        }
    return [_flowing(item) for item in part] if isinstance(part, list) else part
