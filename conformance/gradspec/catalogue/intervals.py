"""Interval arithmetic: from where the arguments lie to where the result of an op lies.

Each function here makes a `bounds` rule for an Op: (intervals of the arguments, their shapes,
settings) -> interval of the result, or None where the result may be anything (overflow, a pole).
Intervals are closed, hold every element of a tensor, and need not be the tightest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .model import Interval, Shape

Bounds = Callable[[Sequence[Interval], Sequence[Shape], Mapping[str, Any]], Interval | None]

POSITIVE: Interval = (0.0, math.inf)
ABOVE_ONE: Interval = (1.0, math.inf)
UNIT: Interval = (-1.0, 1.0)
PROBABILITY: Interval = (0.0, 1.0)


def _guarded(rule: Callable[..., Sequence[float]]) -> Bounds:
    """`rule`, with None for what overflows or has no value at an end of the interval."""

    def bounds(intervals: Sequence[Interval], shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Interval | None:
        try:
            low, high = rule(intervals, shapes, settings)
        except (OverflowError, ValueError, ZeroDivisionError):
            return None
        return (low, high) if math.isfinite(low) and math.isfinite(high) else None

    return bounds


def increasing(f: Callable[[float], float]) -> Bounds:
    """For a function that never falls: (f(low), f(high))."""
    return _guarded(lambda intervals, shapes, settings: (f(intervals[0][0]), f(intervals[0][1])))


def decreasing(f: Callable[[float], float]) -> Bounds:
    """For a function that never rises: (f(high), f(low))."""
    return _guarded(lambda intervals, shapes, settings: (f(intervals[0][1]), f(intervals[0][0])))


def even(f: Callable[[float], float]) -> Bounds:
    """For an even function that never falls right of zero: it lies between f(nearest to 0) and f(farthest)."""
    return _guarded(lambda intervals, shapes, settings: (f(nearest(intervals[0])), f(farthest(intervals[0]))))


def within(low: float, high: float) -> Bounds:
    """For a function whose range is [low, high], whatever the arguments."""
    return lambda intervals, shapes, settings: (low, high)


def rule(f: Callable[..., Sequence[float]]) -> Bounds:
    """Any rule of (intervals, shapes, settings); an overflow or a non-finite end becomes None."""
    return _guarded(f)


def corners(f: Callable[..., float]) -> Bounds:
    """For a function monotone in each argument (whatever its direction): the extremes over the corners."""

    def extremes(intervals: Sequence[Interval], shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Interval:
        values = [f(*corner) for corner in itertools.product(*intervals)]
        return min(values), max(values)

    return _guarded(extremes)


def same(intervals: Sequence[Interval], shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Interval:
    """For an op that only moves or selects elements of its first argument."""
    return intervals[0]


def hull(intervals: Sequence[Interval], shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Interval:
    """For an op whose result takes each element from some argument."""
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def with_zero(intervals: Sequence[Interval], shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Interval:
    """For an op that moves elements of its first argument and fills with zeros."""
    return min(intervals[0][0], 0.0), max(intervals[0][1], 0.0)


def nearest(interval: Interval) -> float:
    """The least absolute value in the interval."""
    low, high = interval
    return 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))


def farthest(interval: Interval) -> float:
    """The greatest absolute value in the interval."""
    return max(abs(interval[0]), abs(interval[1]))


def plus(a: Interval, b: Interval) -> Interval:
    """The sum of two intervals."""
    return a[0] + b[0], a[1] + b[1]


def times(a: Interval, b: Interval) -> Interval:
    """The product of two intervals."""
    values = [x * y for x in a for y in b]
    return min(values), max(values)


def summed(interval: Interval, count: int) -> Interval:
    """The sum of up to `count` numbers of the interval, none of them included."""
    return min(0.0, count * interval[0]), max(0.0, count * interval[1])
