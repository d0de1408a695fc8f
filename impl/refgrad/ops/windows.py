"""Windows that slide over the last dimensions: cut them out of a tensor, and lay them back where they were.

The two are transposes of each other: an element that several windows saw gets the sum of what they send.
"""

from __future__ import annotations

import numpy as np

from ..grids import seen, volume
from ..op import LINEAR, op


@op(kind=LINEAR, method=False, node="Im2ColBackward0")
def _cut(x, grid=None):
    """The elements of every window, (..., size, places) as `unfold` has them, zeros where it reaches beyond x."""
    cut = seen(x, grid)
    lead = x.ndim - grid.rank
    order = [*range(lead), *range(lead + grid.rank, lead + 2 * grid.rank), *range(lead, lead + grid.rank)]
    return np.ascontiguousarray(cut.transpose(order))


@op(kind=LINEAR, method=False, node="Col2ImBackward0")
def _laid(x, grid=None):
    """Windows (..., size, places) added up where they lie: what cutting transposes to."""
    lead = x.shape[: x.ndim - 2 * grid.rank]
    wide = np.zeros((*lead, *grid.padded), x.dtype)
    if volume(grid.size) <= volume(grid.places):
        for at, where in grid.offsets():
            wide[(..., *where)] += x[(*(slice(None),) * len(lead), *at)]
    else:
        for place in np.ndindex(*grid.places):
            wide[(..., *grid.window(place))] += x[(..., *place)]
    return np.ascontiguousarray(wide[(..., *grid.inside)])


_cut.grads(x=lambda g, grid: _laid(g, grid))
_laid.grads(x=lambda g, grid: _cut(g, grid))
