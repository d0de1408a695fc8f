"""Say a report in words: a mark and a meaning for each verdict, a sentence for each backend.

A Mark is the letter and the shape under which a verdict is drawn: a reader who cannot tell two
colours apart still tells a disc (kept) from a ring (not held against it) and a square (departs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..judge.verdict import Verdict
from .model import BackendRow, Corners, Report, Tally

Shape = Literal["disc", "ring", "dash", "square", "diamond"]


@dataclass(frozen=True)
class Mark:
    """How a verdict is drawn, and what it means in one clause."""

    letter: str
    shape: Shape
    meaning: str


MARKS: dict[Verdict, Mark] = {
    Verdict.AGREES: Mark("✓", "disc", "does what is documented"),
    Verdict.DOCUMENTED: Mark("D", "ring", "differs as its known divergences say"),
    Verdict.UNSPECIFIED: Mark("?", "ring", "differs where nothing is promised"),
    Verdict.ILL_CONDITIONED: Mark("≈", "ring", "rounding drowns the question"),
    Verdict.UNSUPPORTED: Mark("–", "dash", "says that it lacks what is needed"),
    Verdict.WRONG_VALUE: Mark("V", "square", "another value"),
    Verdict.WRONG_GRADIENT: Mark("G", "square", "another gradient"),
    Verdict.WRONG_SHAPE: Mark("S", "square", "another shape"),
    Verdict.WRONG_DTYPE: Mark("T", "square", "another dtype"),
    Verdict.WRONG_ERROR: Mark("E", "square", "an error too many, too few, or another"),
    Verdict.CRASH: Mark("C", "square", "the process died"),
    Verdict.HANG: Mark("H", "square", "no answer within the limit"),
    Verdict.OUT_OF_MEMORY: Mark("M", "square", "out of memory"),
    Verdict.HARNESS_ERROR: Mark("!", "diamond", "a bug of gradspec's own"),
}

NOT_RUN = Mark("", "dash", "not run")


def visited(corners: Corners) -> str:
    """How far the programs went into the corners, in a line: of all cells, and of those of each axis."""
    if not corners.cells:
        return ""
    axes = dict.fromkeys(place.axis for place in corners.places)
    parts = []
    for axis in axes:
        places = [place for place in corners.places if place.axis == axis]
        parts.append(f"{axis} {100 * sum(p.met for p in places) // sum(p.cells for p in places)} %")
    missed = f"; no program has {', '.join(corners.unmet[:5])}" if corners.unmet else ""
    more = f" and {len(corners.unmet) - 5} more" if len(corners.unmet) > 5 else ""
    return f"{corners.met:,} of {corners.cells:,} corners visited: {', '.join(parts)}{missed}{more}"


def several(n: int, noun: str) -> str:
    """A number with its noun: "1 spec", "2,000 programs"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def reason(said: str, where: str) -> str:
    """A judgement's sentence with its place, unless the sentence names it."""
    return " ".join(filter(None, (said, f"({where})" if where and where not in said else "")))


def headline(report: Report) -> str:
    """The whole run in one sentence."""
    said = "Nothing departs"
    if report.departs:
        guilty = sum(bool(b.specs.departs + b.programs.departs) for b in report.backends)
        said = f"{several(report.departs, 'departure')} on {guilty} of {several(len(report.backends), 'backend')}"
    if report.errors:
        said += f"; gradspec itself failed {'once' if report.errors == 1 else f'{report.errors:,} times'}"
    return f"{said}."


def promises(tally: Tally) -> str:
    """What a backend did with its promises: "keeps 168 of 171 promises and departs from 3 (9 more are unsupported)"."""
    if not tally.checked:
        return f"was checked on no promise{_lacks(tally)}"
    kept = f"all {tally.kept:,}" if 1 < tally.kept == tally.checked else f"{tally.kept:,} of {tally.checked:,}"
    said = [
        f"keeps {kept} promises",
        f"departs from {tally.departs:,}" if tally.departs else "",
        f"differs as documented on {tally.documented:,}" if tally.documented else "",
        f"leaves {tally.undecided:,} undecided" if tally.undecided else "",
    ]
    return _list(list(filter(None, said))) + _lacks(tally)


def programs(tally: Tally) -> str:
    """What a backend did with its programs: "departs on 3 of 2,000 programs"; "" if it was given none."""
    if not tally.verdicts:
        return ""
    departs = f"{tally.departs:,}" if tally.departs else "none"
    return f"departs on {departs} of {several(tally.checked, 'program')}{_lacks(tally)}"


def sentence(backend: BackendRow) -> str:
    """What `backend` did, without its name and its full stop."""
    specs = promises(backend.specs) if backend.specs.verdicts or not backend.programs.verdicts else ""
    return "; ".join(filter(None, (specs, programs(backend.programs))))


def _lacks(tally: Tally) -> str:
    """What is missing from the denominator, in brackets."""
    more = " more" if tally.checked else ""
    said = [
        f"{tally.unsupported:,}{more} {'is' if tally.unsupported == 1 else 'are'} unsupported"
        if tally.unsupported
        else "",
        f"on {tally.errors:,} gradspec itself failed" if tally.errors else "",
    ]
    return f" ({', '.join(filter(None, said))})" if any(said) else ""


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
