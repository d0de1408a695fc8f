"""What a run file holds: a Header, then Begin and Result records as they happen, then a Footer.

One JSON object a line (JSON Lines), each with its `kind`. A file without a Footer is a run that
was cut: it can be read and resumed. The schema's version is in the Header.
"""

from __future__ import annotations

import msgspec

from ..judge.verdict import Judgement
from ..outcome import SpecOutcome

SCHEMA = 1

NO_PROGRAM = msgspec.Raw()
"""Nothing, which is false. (msgspec cannot read `Raw | None` back: it takes every value for a broken null.)"""


class BackendInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who was tested: "torch:cuda", its capabilities and versions."""

    id: str
    capabilities: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    ops: tuple[str, ...] = ()
    """The ops of the catalogue that it has."""
    questions: tuple[str, ...] = ()
    """The questions to programs that it answers."""


class Selection(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for: enough to repeat the run or to resume it."""

    backends: tuple[str, ...]
    specs: tuple[str, ...] = ()
    """The ids of the specs selected, in order."""
    programs: int = 0
    seed: int = 0
    limit: float = 10.0
    """Seconds per case."""
    replay: tuple[str, ...] = ()
    """The names of the known findings that are replayed first."""


class Header(msgspec.Struct, frozen=True, omit_defaults=True, tag="header", tag_field="kind"):
    """The first line."""

    schema: int
    gradspec: str
    started: str
    selection: Selection
    backends: tuple[BackendInfo, ...]
    python: str = ""
    platform: str = ""
    parts: tuple[Header, ...] = ()
    """For a run merged from several: the headers of those, in order."""


class Begin(msgspec.Struct, frozen=True, omit_defaults=True, tag="begin", tag_field="kind"):
    """Written before a case is sent to a worker, so that a crash names its case."""

    case: str
    """"spec:backward/accumulates" or "program:<id>"."""
    backend: str
    program: msgspec.Raw = NO_PROGRAM
    """The program itself, on the first Begin of each program case."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True, tag="result", tag_field="kind"):
    """What came of one case on one backend."""

    case: str
    backend: str
    judgement: Judgement
    seconds: float = 0.0
    outcome: SpecOutcome | None = None
    """The observations, for specs: so that a report can show them and runs can be compared."""
    program: msgspec.Raw = NO_PROGRAM
    """The program, where the judgement is not `agrees`."""
    scripts: dict[str, str] = {}
    """For a witness: standalone scripts by engine, {"torch": "...", "jax": "..."}."""
    numbers: dict[str, str] = {}
    """For a witness: what each backend answered at the place of the departure, as text."""
    part: int = 0
    """In a merged run: the number of the part it came from."""


class Footer(msgspec.Struct, frozen=True, omit_defaults=True, tag="footer", tag_field="kind"):
    """The last line of a run that came to its end (or was stopped in an orderly way)."""

    ended: str
    seconds: float
    complete: bool
    counts: dict[str, dict[str, int]]
    """backend id -> verdict -> how many."""
    programs_drawn: int = 0
    programs_run: int = 0
    """How many of them ran on at least one engine: the validity of the draws."""
    programs_seconds: float = 0.0
    """How much of the time went into programs, shrinking included."""


Record = Header | Begin | Result | Footer
