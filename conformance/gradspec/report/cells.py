"""Read what one result says: its Cell for the report, and the program that it is about."""

from __future__ import annotations

import msgspec

from ..errors import BrokenProgram
from ..outcome import SpecOutcome
from ..programs.model import Program, decode
from ..run.records import Result
from .clean import clean
from .model import Cell, Seen


def cell(result: Result) -> Cell:
    """The verdict with its reasons and what each line showed, all in characters that can be printed."""
    j, outcome = result.judgement, result.outcome or SpecOutcome()
    return Cell(
        verdict=j.verdict,
        where=clean(j.where),
        said=clean(j.said),
        margin=j.margin,
        known=clean(j.known),
        signature=clean(j.signature),
        seconds=round(result.seconds, 6),
        seen=tuple(
            Seen(
                line=o.line,
                shown=clean(o.shown),
                raised=clean(str(o.raised)) if o.raised else "",
                warned=tuple(clean(str(w)) for w in o.warned),
            )
            for o in outcome.observations
        ),
        stopped=clean(str(outcome.stopped)) if outcome.stopped else "",
        stopped_at=outcome.stopped_at,
        missing=outcome.missing,
        origin=result.part,
    )


def program(raw: msgspec.Raw) -> Program | None:
    """The program in `raw`; None where there is none, or none that this gradspec can read."""
    try:
        return decode(bytes(raw)) if raw else None
    except BrokenProgram:
        return None
