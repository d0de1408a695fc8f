"""Convolution, and the two products that are its derivatives.

All three belong to one number, the sum over windows of x times weight times y, which is linear in each: `_convolution`
is its derivative by y, `_to_input` that by x, `_to_weight` that by the weight. So the rules of each are the
other two, at every order, and a transposed convolution is `_to_input` called by name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import MULTILINEAR, op
from .complex import conj
from .windows import _laid, seen


def _grouped(x: np.ndarray, groups: int) -> np.ndarray:
    """The channels (dimension 1) as groups of channels."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])


def _rows(x: np.ndarray, grid: Any, groups: int) -> np.ndarray:
    """What the windows of x see, as matrices: (group, batch x places, channels x size)."""
    cut = seen(_grouped(x, groups), grid)  # (batch, group, channel, places, size)
    r = grid.rank
    order = (1, 0, *range(3, 3 + r), 2, *range(3 + r, 3 + 2 * r))
    return cut.transpose(order).reshape(groups, x.shape[0] * int(np.prod(grid.places)), -1)


def _columns(y: np.ndarray, groups: int) -> np.ndarray:
    """What stands at the places as matrices: (group, batch x places, out channels)."""
    return np.moveaxis(_grouped(y, groups), (1, 2), (0, -1)).reshape(groups, -1, y.shape[1] // groups)


@op(kind=MULTILINEAR, method=False, node="ConvolutionBackward0")
def _convolution(x, weight, grid=None, groups=1):
    """Every window of x (batch, channel, space) times every filter (out, channel / groups, size)."""
    kernel = weight.reshape(groups, weight.shape[0] // groups, -1)
    made = np.matmul(_rows(x, grid, groups), kernel.transpose(0, 2, 1))  # (group, batch x places, out / groups)
    made = made.reshape(groups, x.shape[0], *grid.places, -1)
    return np.ascontiguousarray(np.moveaxis(made, (0, -1), (1, 2))).reshape(x.shape[0], -1, *grid.places)


@op(kind=MULTILINEAR, method=False, node="ConvolutionBackward0")
def _to_input(y, weight, grid=None, groups=1):
    """y (batch, out, places) through the filters back to where the windows lie: (batch, channel, space)."""
    kernel = weight.reshape(groups, weight.shape[0] // groups, -1)
    made = np.matmul(kernel.transpose(0, 2, 1), np.swapaxes(_columns(y, groups), 1, 2))  # (group, channels x size, ...)
    made = made.reshape(groups, weight.shape[1], *grid.size, y.shape[0], *grid.places)
    made = np.moveaxis(made, 2 + grid.rank, 0)  # (batch, group, channel, size, places)
    return _laid.op.kernel(made, grid).reshape(y.shape[0], -1, *grid.space)


@op(kind=MULTILINEAR, method=False, node="ConvolutionBackwardBackward0")
def _to_weight(x, y, grid=None, groups=1):
    """For every filter the windows of x, each times its element of y: (out, channel / groups, size)."""
    made = np.matmul(np.swapaxes(_columns(y, groups), 1, 2), _rows(x, grid, groups))
    return made.reshape(y.shape[1], x.shape[1] // groups, *grid.size)


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
