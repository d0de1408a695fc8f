"""Programs as a run draws them, for tests."""

from __future__ import annotations

from typing import Any

from gradspec.programs import Program
from gradspec.programs.draw import planned
from gradspec.programs.search import turns


def drawn(count: int, seed: int, **options: Any) -> list[Program]:
    """The first programs of a run with these options of `programs()`."""
    return [turn.program for turn in turns(planned(**options), count, seed)]
