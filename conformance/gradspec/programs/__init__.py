"""Random programs: what they are, how to draw them, what numbers they hold, and how to print them.

``from gradspec.programs import programs`` gives the Hypothesis strategy.
"""

from __future__ import annotations

from typing import Any

from .model import Input, Program, Question, Step

__all__ = ["Input", "Program", "Question", "Step", "programs"]


def __getattr__(name: str) -> Any:
    """`programs` is found when it is asked for: Hypothesis takes a fifth of a second to import."""
    if name == "programs":
        from .strategy import programs

        return programs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
