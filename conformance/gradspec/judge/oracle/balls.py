"""Arrays of balls: NumPy object arrays whose elements are flint.arb, and functions lifted to them.

A ball is a number with a radius that holds the true value, whatever was rounded on the way. Where a
comparison of balls cannot be decided, both answers are taken: the ball that comes out holds both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import arb

from ...catalogue import shapes
from ...catalogue.reduction import grouped

Balls = Any
"""A NumPy array with dtype object, whose every element is an arb. (NumPy's types have no word for it.)"""

Rule = Callable[..., Any]
"""One op: arrays of balls by position, settings by keyword."""

ZERO, ONE = arb(0), arb(1)


def balls(values: Any) -> Balls:
    """`values`, numbers or balls, as an array of balls. Floats are taken exactly."""
    boxed = np.asarray(values, dtype=object)
    return np.asarray(_ball(boxed), dtype=object).reshape(boxed.shape)


def _one(value: Any) -> arb:
    if isinstance(value, np.generic):  # a single number of single precision
        value = value.item()
    return value if isinstance(value, arb) else arb(0 if value is None else value)


_ball = np.frompyfunc(_one, 1, 1)


def if_above(x: arb, threshold: arb | float, yes: arb, no: arb) -> arb:
    """`yes` where x > threshold, `no` where not; both, where the ball cannot say."""
    if x > threshold:
        return yes
    return no if x <= threshold else yes.union(no)


def each(function: Rule) -> Rule:
    """A function of numbers as an op on each element; several arguments broadcast."""

    def rule(*arrays: Balls, **settings: Any) -> Balls:
        return balls(np.frompyfunc(functools.partial(function, **settings), len(arrays), 1)(*arrays))

    return rule


def fold(function: Rule) -> Rule:
    """A function from a list of balls to one as a reduction along `dim`, with `keepdim`."""

    def rule(x: Balls, *, dim: Any = None, keepdim: bool = False, **settings: Any) -> Balls:
        rows = grouped(x, dim)
        made = np.empty(rows.shape[:-1], object)
        for place in np.ndindex(made.shape):
            made[place] = function(list(rows[place]), **settings)
        return made.reshape(shapes.reduced([x.shape], {"dim": dim, "keepdim": keepdim}) or ())

    return rule


def along(function: Rule, *, last: bool = False) -> Rule:
    """A function from a list of balls to another as an op along `dim` (`last`: along the last dimension)."""

    def rule(x: Balls, *, dim: int = -1, **settings: Any) -> Balls:
        rows = np.moveaxis(x, -1 if last else dim, -1)
        made = [function(list(rows[place]), **settings) for place in np.ndindex(rows.shape[:-1])]
        return np.moveaxis(balls(made).reshape(*rows.shape[:-1], -1), -1, -1 if last else dim)

    return rule


def per_matrix(function: Rule, *, rank: int = 2) -> Rule:
    """A function of matrices as an op on batches of them; the second argument's items have `rank` dimensions."""

    def rule(a: Balls, *others: Balls, **settings: Any) -> Balls:
        batch = a.shape[:-2]
        made = [function(a[at], *(other[at] for other in others), **settings) for at in np.ndindex(batch)]
        return (
            balls(made[0])
            if not batch
            else np.stack([balls(item) for item in made]).reshape(*batch, *np.shape(made[0]))
        )

    return rule


def total(row: Sequence[arb]) -> arb:
    """The sum; 0 of nothing."""
    return sum(row, ZERO)
