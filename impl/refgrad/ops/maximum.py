"""The larger or the smaller of two tensors, element by element.

A tie has no derivative. The conventions are torch's: `maximum` and `minimum` share the gradient, `fmax` and
`fmin` give it to the first. Source: torch, "Gradients for non-differentiable functions", and specs/kinks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import COMMON, GENERAL, op
from .choose import _where
from .compare import ge, le


@op(kind=GENERAL, promote=COMMON)
def maximum(x, y):
    """The larger, element by element; NaN if either is NaN."""
    if x.dtype.kind == "c":
        raise RuntimeError("maximum not implemented for complex tensors.")
    return np.maximum(x, y)


@op(kind=GENERAL, promote=COMMON)
def minimum(x, y):
    """The smaller, element by element; NaN if either is NaN."""
    if x.dtype.kind == "c":
        raise RuntimeError("minimum not implemented for complex tensors.")
    return np.minimum(x, y)


# A tie is shared: half of the gradient to each. A NaN on either side lets all of it through on both.
maximum.grads(x=lambda g, x, y: _shared(g, x, y, ge), y=lambda g, x, y: _shared(g, y, x, ge))
minimum.grads(x=lambda g, x, y: _shared(g, x, y, le), y=lambda g, x, y: _shared(g, y, x, le))


def _shared(g: Any, mine: Any, other: Any, wins: Any) -> Any:
    loses = ~wins(mine, other) & (mine == mine) & (other == other)
    return _where(mine == other, g * 0.5, _where(loses, 0.0, g))


@op(kind=GENERAL, promote=COMMON)
def fmax(x, y):
    """The larger, element by element; a NaN gives way to a number."""
    if np.result_type(x, y).kind == "c":
        raise RuntimeError("fmax not implemented for complex tensors.")
    return np.fmax(x, y)


@op(kind=GENERAL, promote=COMMON)
def fmin(x, y):
    """The smaller, element by element; a NaN gives way to a number."""
    if np.result_type(x, y).kind == "c":
        raise RuntimeError("fmin not implemented for complex tensors.")
    return np.fmin(x, y)


# A tie goes to the first.
fmax.grads(
    x=lambda g, x, y: _where((x >= y) | (y != y), g, 0.0),
    y=lambda g, x, y: _where((x >= y) | (y != y), 0.0, g),
)
fmin.grads(
    x=lambda g, x, y: _where((x <= y) | (y != y), g, 0.0),
    y=lambda g, x, y: _where((x <= y) | (y != y), 0.0, g),
)

# The forward formulas give a tie to the second: torch's two modes differ there.
fmax.jvp(lambda dx, dy, x, y: _where((x > y) | (y != y), dx, dy))
fmin.jvp(lambda dx, dy, x, y: _where((x < y) | (y != y), dx, dy))
