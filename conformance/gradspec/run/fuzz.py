"""Draw random programs, put each to every engine, judge the answers, and shrink what departs."""

from __future__ import annotations

from dataclasses import dataclass

from .bench import Bench
from .judging import Judges


@dataclass
class Tally:
    """How many programs were drawn, and how many of them ran on the first backend."""

    drawn: int = 0
    ran: int = 0


def run(bench: Bench, count: int, seed: int, judges: Judges, tally: Tally) -> None:
    """Check `count` programs that follow from `seed`."""
