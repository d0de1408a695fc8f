"""How far from the reference an engine may be on one tensor of one program, and why exactly so far.

A Limit is that distance with its reasons: the program's own rounding error (`noise`), the
catalogue's allowance for its ops (`budget`), and the size of the numbers (`scale`). There is no
constant tolerance, and nothing grows with the number of elements.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..outcome import Array
from ..programs.model import MODES, SECOND_ORDER

NOISE = 16.0
"""How many times the program's measured rounding error an engine may be away. Another order of
summation, a fused multiply-add or another polynomial for exp each lose about what we lost. Of 12,000
honest answers the farthest was 10.4 such losses away; sixteen are far below any mistake in a formula."""

ORDERS = {"value": 1.0} | {mode: 4.0 if mode in SECOND_ORDER else 2.0 for mode in MODES} | {"penalty": 6.0}
"""How many calls stand behind one op's share of an answer: a derivative recomputes about as much as
the value did, a second derivative twice that. A penalty has a second derivative along a first one."""

DROWNED = 1e-3
"""A tensor whose noise is this part of its size says nothing: three digits are left, or fewer. For
half precisions, which have no more than three to begin with, it is half of their digits (`sqrt(eps)`)."""

BLIND = 0.1
"""Where a coarse run at half the digits is off by this part (or has overflown), it has lost them all, and its distance
can no longer be scaled: 1 - tanh(x)**2 near 1 loses everything in single precision, and then says nothing of what
double loses."""

EPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52,
       "complex64": 2.0**-23, "complex128": 2.0**-52}  # fmt: skip
"""The spacing of numbers at one, by dtype name."""

TINY = {"float16": 2.0**-14, "bfloat16": 2.0**-126, "float32": 2.0**-126, "float64": 2.0**-1022,
        "complex64": 2.0**-126, "complex128": 2.0**-1022}  # fmt: skip
"""The smallest normal number: engines may flush what is below it to zero (JAX, Sharp Bits), so less is no error."""


@dataclass(frozen=True)
class Limit:
    """The distance allowed on one tensor: NOISE * noise + budget."""

    noise: float = 0.0
    budget: float = 0.0
    scale: float = 0.0
    eps: float = 0.0
    blind: bool = False

    @property
    def allowed(self) -> float:
        """The largest distance that is still rounding."""
        return NOISE * self.noise + self.budget

    @property
    def drowned(self) -> bool:
        """Does the rounding error leave too few digits to ask anything of them?"""
        return self.blind or bool(self.noise > max(DROWNED, math.sqrt(self.eps)) * self.scale)

    def margin(self, distance: float) -> float:
        """`distance` as a part of what is allowed: 0 exact, 1 the limit."""
        return distance / self.allowed if self.allowed else (float("inf") if distance else 0.0)


def limit(
    fine: Array,
    coarse: Sequence[Array],
    ratio: float,
    ulps: float,
    dtype: str,
    nowhere: float = 0.0,
    where: np.ndarray | None = None,
    sized: np.ndarray | None = None,
) -> Limit:
    """The limit for a tensor of `dtype` whose best value is `fine`.

    `coarse` are values of the same tensor with more rounding error; `ratio` is what their distance
    from `fine` is worth in `dtype`. `ulps` is how many units in the last place of the tensor's
    largest number its ops may lose. A tensor of zeros has no such number, and yet an engine may come to
    them by way of numbers that cancel: then `nowhere`, the program's largest, stands in. Integers and
    booleans have no rounding: nothing is allowed. The rounding error is
    measured on the elements that `where` names, the size on those that `sized` names.
    """
    if dtype not in EPS:
        return Limit()
    best = real(fine)
    measured = np.ones(best.shape, bool) if where is None else where
    scale = largest(best if sized is None else best[sized]) or nowhere
    spread = max((_spread(real(other)[measured], best[measured]) for other in coarse), default=0.0)
    lost = any((np.isfinite(best) & ~np.isfinite(real(other)))[measured].any() for other in coarse)
    blind = ratio < 1.0 and (lost or spread > BLIND * scale)
    return Limit(ratio * spread, ulps * EPS[dtype] * scale + TINY[dtype], scale, EPS[dtype], blind)


def distances(got: np.ndarray, references: Sequence[np.ndarray]) -> np.ndarray:
    """Each element's distance from the nearest reference; equal infinities and two nans are no distance apart.

    A tensor at two precisions is two references: where the lower one overflows, an engine may too.
    """
    return functools.reduce(np.minimum, (_apart(got, reference) for reference in references))


def real(array: Array) -> np.ndarray:
    """The numbers as float64; a complex one as its two parts along a last axis."""
    values = array.numpy()
    if np.iscomplexobj(values):
        values = np.stack([values.real, values.imag], -1)
    return values.astype(np.float64)


def largest(values: np.ndarray) -> float:
    """The largest finite magnitude; 0 where there is none."""
    return float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    finite = np.isfinite(a) & np.isfinite(b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(finite, np.abs(a - b), np.where(same, 0.0, np.inf))


def _spread(a: np.ndarray, b: np.ndarray) -> float:
    """The largest distance where both are finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.max(np.abs(a - b), initial=0.0, where=np.isfinite(a) & np.isfinite(b)))
