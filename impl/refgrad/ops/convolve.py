"""Convolution, and the two products that are its derivatives.

All three belong to one number, the sum over windows of x times weight times y, which is linear in each: `_convolution`
is its derivative by y, `_to_input` that by x, `_to_weight` that by the weight. So the rules of each are the
other two, at every order, and a transposed convolution is `_to_input` called by name.
"""

from __future__ import annotations

import numpy as np

from ..grids import Grid, seen, volume
from ..op import MULTILINEAR, op
from .complex import conj
from .windows import _laid


def _apart(x: np.ndarray, groups: int) -> np.ndarray:
    """Channels (dimension 1) in groups, all places in a row: (batch, group, channel, place)."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, -1)


def _columns(x: np.ndarray, grid: Grid, groups: int) -> np.ndarray:
    """What each window sees, as a column: (batch, group, channels x size, places)."""
    cut = seen(x, grid)  # (batch, channel, places, size)
    r = grid.rank
    order = (0, 1, *range(2 + r, 2 + 2 * r), *range(2, 2 + r))
    rows = x.shape[1] // groups * volume(grid.size)
    return cut.transpose(order).reshape(x.shape[0], groups, rows, volume(grid.places))


def _filters(weight: np.ndarray, groups: int) -> np.ndarray:
    """The filters as rows: (group, out, channels x size)."""
    return weight.reshape(groups, weight.shape[0] // groups, -1)


@op(kind=MULTILINEAR, method=False, node="ConvolutionBackward0")
def _convolution(x, weight, grid=None, groups=1):
    """Every window of x (batch, channel, space) times every filter (out, channel / groups, size)."""
    made = np.matmul(_filters(weight, groups), _columns(x, grid, groups))
    return made.reshape(x.shape[0], weight.shape[0], *grid.places)


@op(kind=MULTILINEAR, method=False, node="ConvolutionBackward0")
def _to_input(y, weight, grid=None, groups=1):
    """y (batch, out, places) through the filters back to where the windows lie: (batch, channel, space)."""
    made = np.matmul(_filters(weight, groups).transpose(0, 2, 1), _apart(y, groups))
    return _laid.op.kernel(made.reshape(y.shape[0], -1, *grid.size, *grid.places), grid)


@op(kind=MULTILINEAR, method=False, node="ConvolutionBackwardBackward0")
def _to_weight(x, y, grid=None, groups=1):
    """For every filter the windows of x, each times its element of y: (out, channel / groups, size)."""
    made = np.matmul(_columns(x, grid, groups), np.swapaxes(_apart(y, groups), 2, 3)).sum(0)
    return np.ascontiguousarray(np.swapaxes(made, 1, 2)).reshape(y.shape[1], x.shape[1] // groups, *grid.size)


_convolution.grads(
    x=lambda g, weight, grid, groups: _to_input(g, conj(weight), grid, groups),
    weight=lambda g, x, grid, groups: _to_weight(conj(x), g, grid, groups),
)
_to_input.grads(
    y=lambda g, weight, grid, groups: _convolution(g, conj(weight), grid, groups),
    weight=lambda g, y, grid, groups: _to_weight(g, conj(y), grid, groups),
)
_to_weight.grads(
    x=lambda g, y, grid, groups: _to_input(conj(y), g, grid, groups),
    y=lambda g, x, grid, groups: _convolution(conj(x), g, grid, groups),
)
