"""The Hypothesis strategy for random programs: `programs()` draws one, and shrinks towards few, simple steps.

Hypothesis draws the short strings of bytes of a Draft (draw.py), so a draw costs about a millisecond, and what
Hypothesis does to the bytes (drop a string, lower a byte) is a program again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from hypothesis import strategies as st

from .draw import FRAME, STEP, Draft, Plan, decoded, planned
from .model import Program

Options = ParamSpec("Options")


def strategic(plan: Callable[Options, Plan]) -> Callable[Options, st.SearchStrategy[Program]]:
    """A function that takes the same options and gives the strategy for what they plan."""

    @functools.wraps(plan)
    def strategy(*args: Options.args, **options: Options.kwargs) -> st.SearchStrategy[Program]:
        return drawn_from(plan(*args, **options))

    strategy.__name__ = strategy.__qualname__ = "programs"
    return strategy


@st.composite
def drawn_from(draw: st.DrawFn, plan: Plan) -> Program:
    """The programs of a plan; not by `map`, of which Hypothesis would show the bytes in place of the program."""
    return decoded(draw(drafts(plan)), plan)


def drafts(plan: Plan) -> st.SearchStrategy[Draft]:
    """Everything that there is to decode."""
    return st.builds(
        Draft,
        st.integers(0, 2**31 - 1),
        st.binary(min_size=FRAME, max_size=FRAME),
        st.lists(st.binary(min_size=STEP, max_size=STEP), min_size=1, max_size=plan.steps),
        st.none(),  # or Hypothesis would make up what to show: of a named tuple it infers every field
    )


programs = strategic(planned)
