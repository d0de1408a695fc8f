"""Evaluate a program in balls: every value of it, and what can be contracted from its outputs."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb

from ...programs.model import Program, Step
from . import (
    arranged,
    elementwise,
    factors,
    fourier,
    frozen,
    layers,
    losses,
    matrices,
    moving,
    pictures,
    rows,
    special,
    windows,
)
from .balls import Balls, Rule, balls, total

RULES: dict[str, Rule] = (
    elementwise.RULES
    | rows.RULES
    | moving.RULES
    | arranged.RULES
    | matrices.RULES
    | factors.RULES
    | layers.RULES
    | special.RULES
    | losses.RULES
    | windows.RULES
    | pictures.RULES
    | fourier.RULES
    | frozen.PLAIN
)
"""What each op means, by the catalogue's name."""


class TooLong(Exception):
    """The oracle was given less time than the program takes."""


@dataclass(frozen=True)
class Forward:
    """A program to be evaluated at many points, until the monotonic clock says `until`.

    Around `base`, what is detached stays what it is there.
    """

    program: Program
    until: float
    base: Sequence[Balls] | None = None

    @functools.cached_property
    def anchored(self) -> list[Balls] | None:
        """Every value at the base; None where nothing is frozen."""
        if self.base is None or not any(step.op in frozen.RULES for step in self.program.steps):
            return None
        return Forward(self.program, self.until).values(self.base)

    def values(self, inputs: Sequence[Balls]) -> list[Balls]:
        """The inputs and every step's value, by number."""
        if time.monotonic() > self.until:
            raise TooLong
        values = list(inputs)
        for step in self.program.steps:
            if 0 in step.shape:  # no elements, no arithmetic
                values.append(np.empty(step.shape, object))
                continue
            made = balls(self.made(step, values))
            if made.shape != step.shape:
                raise ArithmeticError(f"{step.op} came to shape {made.shape} in place of {step.shape}")
            values.append(made)
        return values

    def made(self, step: Step, values: Sequence[Balls]) -> Balls:
        """One step's value."""
        args = [values[n] for n in step.args]
        if step.op in frozen.RULES and self.anchored is not None:
            return frozen.RULES[step.op](*args, *(self.anchored[n] for n in step.args), **step.settings)
        return RULES[step.op](*args, **step.settings)

    def outputs(self, inputs: Sequence[Balls]) -> list[Balls]:
        """The outputs' values."""
        values = self.values(inputs)
        return [values[n] for n in self.program.outputs]

    def weighed(self, inputs: Sequence[Balls], weights: Sequence[Balls]) -> arb:
        """The outputs, each element times its weight, in one number: what reverse mode differentiates."""
        products = [
            total(w.reshape(-1) * out.reshape(-1)) for w, out in zip(weights, self.outputs(inputs), strict=True)
        ]
        return total(products)
