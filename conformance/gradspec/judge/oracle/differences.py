"""Differentiate by differences: a quotient from the left and one from the right, each at a step and at half of it.

Sides is what comes: the central derivative as a ball, the one-sided ones, and whether there is a kink.
With h = 2**-100 and 300 bits, truncation is about 2**-200 and rounding no more; the rounding is
proved by the balls, the truncation judged by what halving the step changes, which is more than what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from .balls import Balls, balls


@dataclass(frozen=True)
class Sides:
    """A directional derivative: `central` with its error as radius, `left`, `right`, and where they part for good."""

    central: Balls
    left: Balls
    right: Balls
    kink: np.ndarray


@dataclass(frozen=True)
class Steps:
    """The step of a first difference, and the smaller one of the difference inside a second derivative."""

    first: arb
    second: arb


def sides(function: Callable[[arb], Balls | arb], step: arb) -> Sides:
    """The derivative at 0 of `function`, which takes a number to an array."""
    here = balls(function(arb(0)))
    left, right = _quotients(function, here, step)
    finer_left, finer_right = _quotients(function, here, step / 2)
    coarse, fine = balls((left + right) / 2), balls((finer_left + finer_right) / 2)
    return Sides(
        balls(_widened(fine, coarse)),
        balls(_widened(finer_left, left)),
        balls(_widened(finer_right, right)),
        np.asarray(_parts(finer_right - finer_left, right - left) | _grows(fine, coarse), dtype=bool),
    )


def central(function: Callable[[arb], Balls | arb], step: arb) -> Any:
    """The plain central quotient at 0: an array, or a number, as `function` gives them."""
    return (function(step) - function(-step)) / (2 * step)


def _quotients(function: Callable[[arb], Balls | arb], here: Balls, step: arb) -> tuple[Balls, Balls]:
    after, before = balls(function(step)), balls(function(-step))
    return balls((here - before) / step), balls((after - here) / step)


def _widen(fine: arb, coarse: arb) -> arb:
    return fine + arb(0, abs(fine - coarse).upper())


def _stays(fine: arb, coarse: arb) -> bool:
    """Does the gap between the sides outlive half the step? The gap of a smooth function is halved with it."""
    return bool(abs(fine) > 0.75 * abs(coarse)) or bool(abs(fine) > 0 and not coarse.is_finite())


def _grew(fine: arb, coarse: arb) -> bool:
    """Does the quotient grow as the step shrinks? Then the derivative is infinite, or the function jumps."""
    return bool(abs(fine) > 1.25 * abs(coarse))


_widened = np.frompyfunc(_widen, 2, 1)
_parts = np.frompyfunc(_stays, 2, 1)
_grows = np.frompyfunc(_grew, 2, 1)
