"""Several tensors as the axes of a grid, as the blocks of a matrix, as the columns of a table."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ..tensor import wrap
from .broadcast import expand
from .join import cat, stack
from .pad import _padded
from .shape import atleast_2d, reshape


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Every tensor's values along a dimension of its own, all of one shape."""
    rows = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else list(tensors)
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swap = indexing == "xy" and len(rows) > 1
    if swap:
        rows[:2] = rows[1::-1]
    shape = tuple(math.prod(r.shape) for r in rows)
    grids = [expand(reshape(r, (1,) * i + (-1,) + (1,) * (len(rows) - i - 1)), shape) for i, r in enumerate(rows)]
    return tuple(grids[1::-1] + grids[2:] if swap else grids)


def block_diag(*matrices: Any) -> Any:
    """The matrices along a diagonal, zeros elsewhere."""
    blocks = [atleast_2d(m) for m in matrices]
    width = sum(b.shape[1] for b in blocks)
    rows, before = [], 0
    for b in blocks:
        rows.append(_padded(b, ((0, 0), (before, width - before - b.shape[1]))))
        before += b.shape[1]
    return cat(rows, 0)


def cartesian_prod(*tensors: Any) -> Any:
    """Every combination of the tensors' values, a row each."""
    return reshape(stack(meshgrid(*tensors), -1), (-1, len(tensors))) if len(tensors) > 1 else tensors[0]


def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Every choice of r elements of a vector, a row each, in the order of their places."""
    if len(x.shape) != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return x[wrap(np.zeros(0, np.int64))]
    count = x.shape[0]
    if r == 2:
        return x[wrap(np.stack(np.triu_indices(count, 0 if with_replacement else 1), 1))]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.fromiter(itertools.chain.from_iterable(choose(range(count), r)), np.int64)
    return x[wrap(places.reshape(-1, r))]
