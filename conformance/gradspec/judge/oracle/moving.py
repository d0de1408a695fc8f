"""What the ops mean that move elements: NumPy's own words for it, on arrays whose elements are balls."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...catalogue.memory import VIEWS
from .balls import ZERO, Balls, Rule, balls


def reshaped(x: Balls, shape: Any) -> Balls:
    """The same elements in another shape."""
    return x.reshape(shape)


def embedded(x: Balls) -> Balls:
    """The last dimension on the diagonal of a matrix of zeros."""
    made = np.full((*x.shape, x.shape[-1]), ZERO, object)
    places = range(x.shape[-1])
    made[..., places, places] = x
    return made


def padded(x: Balls, pad: tuple[int, int], value: float) -> Balls:
    """`value` before and after the last dimension."""
    before, after = (np.full((*x.shape[:-1], count), value, object) for count in pad)
    return np.concatenate((before, x, after), axis=-1)


def tiled(x: Balls, dims: tuple[int, ...]) -> Balls:
    """Copies side by side."""
    return np.tile(x, dims)


def taken(x: Balls, index: Any, dim: int = 0) -> Balls:
    """The places `index` of one dimension."""
    return np.take(x, index, axis=dim)


def along(x: Balls, dim: int, index: Any) -> Balls:
    """One place of a dimension for each position of `index`."""
    return np.take_along_axis(x, np.array(index), axis=dim)


def put(x: Balls, index: Any, source: Balls) -> Balls:
    """A copy with what stands at the rows `index` replaced."""
    made = x.copy()
    made[index] = source[()]  # a single ball, where it has no dimensions
    return made


def added(x: Balls, source: Balls, index: Any) -> Balls:
    """A copy with the rows of `source` added at the rows `index`, which may repeat."""
    made = x.copy()
    for row, place in enumerate(index):
        made[place] = made[place] + source[row]
    return made


def scattered(x: Balls, source: Balls, dim: int, index: Any) -> Balls:
    """A copy with source[i, j] added at [index[i, j], j]."""
    made = x.copy()
    for (row, column), place in np.ndenumerate(np.array(index)):
        made[place, column] += source[row, column]
    return made


RULES: dict[str, Rule] = {
    **VIEWS,
    "reshape": reshaped,
    "clone": lambda x: x,
    "flip": lambda x, dims: np.flip(x, dims),
    "roll": lambda x, shift, dim: np.roll(x, shift, dim),
    "rot90": lambda x, k: np.rot90(x, k, (0, 1)),
    "tile": tiled,
    "repeat": tiled,
    "repeat_interleave": lambda x, repeats, dim: np.repeat(x, repeats, dim),
    "diag_embed": embedded,
    "tril": lambda x, diagonal: np.tril(x, diagonal),
    "triu": lambda x, diagonal: np.triu(x, diagonal),
    "pad": padded,
    "cat": lambda x, y, dim: np.concatenate((x, y), dim),
    "stack": lambda x, y, dim: np.stack((x, y), dim),
    "index_select": taken,
    "getitem": taken,
    "take": lambda x, index: x.reshape(-1)[list(index)],
    "gather": along,
    "take_along_dim": along,
    "embedding": taken,
    "index_fill": lambda x, index, value: put(x, list(index), balls(value)),
    "index_add": added,
    "index_copy": lambda x, source, index: put(x, list(index), source),
    "index_put": added,
    "scatter_add": scattered,
    "select_scatter": lambda x, source, index: put(x, index, source),
    "slice_scatter": lambda x, source, start: put(x, slice(start, None), source),
}
