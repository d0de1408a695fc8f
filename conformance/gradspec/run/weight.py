"""Rank departures: a silent wrong gradient at ordinary points weighs most, a tail least.

A Weight says in words why a departure matters; it orders what a terminal, a report and an issue tell first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..judge.verdict import Judgement, Verdict
from ..programs import values
from ..programs.model import Program

RANKS = (
    "a silent wrong gradient at ordinary points",
    "a silent wrong tangent or higher derivative at ordinary points",
    "a silent wrong value at ordinary points",
    "a failure that is seen: a crash, a hang, an error, a shape or a dtype",
    "wrong in single precision alone",
    "wrong at a corner: ties, zeros, infinity, nan",
    "wrong in a tail: numbers that are huge or tiny, or hardly more than rounding",
)
"""From the heaviest to the lightest."""
GRADIENT, HIGHER, VALUE, LOUD, SINGLE, CORNER, TAIL = range(len(RANKS))

ORDINARY = (1e-2, 1e3)
"""Between these sizes numbers are ordinary."""

SLIGHT = 100.0
"""A margin below this is hardly more than rounding: a hundred times what is allowed is a few digits of sixteen."""

DOUBLE = frozenset({"float64", "complex128"})


@dataclass(frozen=True, order=True)
class Weight:
    """The rank, then the distance as a part of what is allowed (negative, so that the largest comes first)."""

    rank: int
    minus_margin: float = 0.0

    def __str__(self) -> str:
        return RANKS[self.rank]


def weight(judgement: Judgement, program: Program | None = None) -> Weight:
    """How much a departure matters; one without a program is a page's, which speaks of what it names alone."""
    return Weight(_rank(judgement, program), -(judgement.margin or 0.0))


def _rank(judgement: Judgement, program: Program | None) -> int:
    if judgement.verdict not in (Verdict.WRONG_VALUE, Verdict.WRONG_GRADIENT):
        return LOUD
    if program is not None:
        numbers = list(_numbers(program))
        if any(map(_is_corner, numbers)):
            return CORNER
        if any(map(_is_tail, numbers)) or (judgement.margin is not None and judgement.margin < SLIGHT):
            return TAIL
        if not {leaf.dtype for leaf in program.inputs} & DOUBLE:
            return SINGLE
    if judgement.verdict is Verdict.WRONG_VALUE:
        return VALUE
    return GRADIENT if program is None or judgement.where.startswith("gradient of") else HIGHER


def _numbers(program: Program) -> Iterator[np.ndarray]:
    """The floating-point inputs; of what an expanded layout repeats, one slice."""
    for leaf, array in zip(program.inputs, values.inputs(program), strict=True):
        if array.dtype.kind in "fc":
            yield array[:1] if leaf.layout == "expanded" else array


def _is_corner(array: np.ndarray) -> bool:
    """Is there a zero, a number that is not finite, or one that comes twice?"""
    return not np.isfinite(array).all() or bool((array == 0).any()) or len(np.unique(array)) < array.size


def _is_tail(array: np.ndarray) -> bool:
    low, high = ORDINARY
    size = np.abs(array)
    return bool(((size < low) | (size > high)).any())
