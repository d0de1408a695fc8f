"""What the ops mean that put tensors together, cut them up, or write at places: hstack, chunk, index_reduce."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from flint import arb

from .balls import ZERO, Balls, Rule
from .moving import put


def windows(x: Balls, size: int, step: int) -> Balls:
    """Every window of the last dimension."""
    return np.stack([x[..., n : n + size] for n in range(0, x.shape[-1] - size + 1, step)], -2)


def diag(x: Balls, offset: int) -> Balls:
    """A vector on a diagonal, or the diagonal of a matrix."""
    if x.ndim > 1:
        return np.diagonal(x, offset)
    side = len(x) + abs(offset)
    made = np.full((side, side), ZERO, object)
    at = np.arange(len(x))
    made[at + max(-offset, 0), at + max(offset, 0)] = x
    return made


def around(x: Balls, mode: str, numpy: str) -> Balls:
    """One place before and one after the last dimension, from what is next or at the other end."""
    before, after = {"reflect": (1, -2), "replicate": (0, -1), "circular": (-1, 0)}[mode]
    return np.concatenate((x[..., [before]], x, x[..., [after]]), -1)


def blocks(x: Balls, y: Balls) -> Balls:
    """Two matrices along the diagonal."""
    x, y = np.atleast_2d(x), np.atleast_2d(y)
    made = np.full((x.shape[0] + y.shape[0], x.shape[1] + y.shape[1]), ZERO, object)
    made[: x.shape[0], : x.shape[1]], made[x.shape[0] :, x.shape[1] :] = x, y
    return made


def flat_put(x: Balls, index: Any, source: Balls) -> Balls:
    """A copy with what stands at these places in C order replaced."""
    return put(x.reshape(-1), list(index), source).reshape(x.shape)


def placed(x: Balls, source: Balls, index: Any) -> Balls:
    """A copy with source[i, j] at [index[i, j], j]."""
    made = x.copy()
    for at, row in np.ndenumerate(np.array(index)):
        made[(row, *at[1:])] = source[at]
    return made


def folded(x: Balls, source: Balls, index: Any, reduce: str, include_self: bool) -> Balls:
    """What meets in each place: its own element, if it counts, and those of `source` at [index, ...]."""
    rows = np.array(index)
    rows = np.broadcast_to(rows.reshape(*rows.shape, *(1,) * (source.ndim - rows.ndim)), source.shape)
    meeting: dict[Any, list[arb]] = {at: [x[at]] for at in np.ndindex(x.shape)}
    reached = {(row, *at[1:]) for at, row in np.ndenumerate(rows)}
    for at in () if include_self else reached:
        meeting[at] = []
    for at, row in np.ndenumerate(rows):
        meeting[row, *at[1:]].append(source[at])
    made = x.copy()
    for place, found in meeting.items():
        made[place] = FOLDS[reduce](found)
    return made


FOLDS: dict[str, Rule] = {
    "amax": lambda row: functools.reduce(arb.max, row),
    "amin": lambda row: functools.reduce(arb.min, row),
    "prod": lambda row: functools.reduce(lambda a, b: a * b, row),
    "mean": lambda row: sum(row, ZERO) / len(row),
}

_place = np.frompyfunc(lambda x: int(x > -1) + int(x > 0) + int(x > 1), 1, 1)
"""How many of -1, 0 and 1 lie below."""

RULES: dict[str, Rule] = {
    "flatten": lambda x: x.reshape(-1),
    "ravel": lambda x: x.reshape(-1),
    "unflatten": lambda x: x[..., None, :],
    "view": lambda x, shape: x.reshape(shape),
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "mT": lambda x: np.swapaxes(x, -1, -2),
    "squeeze.all": np.squeeze,
    "roll.flat": lambda x, shift: np.roll(x, shift),
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "atleast_1d": np.atleast_1d,
    "atleast_2d": np.atleast_2d,
    "atleast_3d": lambda x: np.atleast_2d(x)[..., None] if x.ndim < 3 else x,
    "as_strided": lambda x: np.stack([x.reshape(-1)[n : n + 3] for n in range(2)]),
    "unfold.dim": windows,
    "split": lambda x, size, which: np.split(x, range(size, len(x), size))[which],
    "chunk": lambda x, dim, which: np.array_split(x, 2, dim)[which],
    "hsplit": lambda x: x,
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "diag": diag,
    "diagflat": lambda x: diag(x.reshape(-1), 0),
    "combinations": lambda x, r, places: x[np.array(places).reshape(-1, r)],
    "pad.around": around,
    "pad.negative": lambda x: np.concatenate((x[..., 1:], np.full((*x.shape[:-1], 1), ZERO, object)), -1),
    "hstack": lambda x, y: np.hstack((x, y)),
    "vstack": lambda x, y: np.vstack((x, y)),
    "dstack": lambda x, y: np.concatenate([np.atleast_2d(t)[..., None] if t.ndim < 3 else t for t in (x, y)], 2),
    "column_stack": lambda x, y: np.concatenate([t.reshape(-1, 1) if t.ndim < 2 else t for t in (x, y)], 1),
    "block_diag": blocks,
    "broadcast_tensors": lambda x, y: x * y,
    "meshgrid": lambda x, y, indexing: np.multiply.outer(*((x, y) if indexing == "ij" else (y, x))),
    "cartesian_prod": lambda x, y: np.array([[a, b] for a in x for b in y], object).reshape(-1, 2),
    "masked_select": lambda x, index, **_: x.reshape(-1)[list(index)],
    "getitem.pairs": lambda x, first, last: x[list(first), ..., list(last)],
    "getitem.mixed": lambda x, last, **_: x[-1][None, ..., list(last)],
    "masked_scatter": lambda x, y, index, **_: flat_put(x, index, y.reshape(-1)[: len(index)]),
    "scatter": placed,
    "scatter.value": lambda x, value, **_: np.full(x.shape, arb(value), object),
    "index_put.replacing": lambda x, source, index: put(x, list(index), source),
    "diagonal_scatter": lambda x, y: put(x, (range(y.shape[0]), range(y.shape[0])), y),
    "put": lambda x, y, index: flat_put(x, index, y.reshape(-1)),
    **dict.fromkeys(("scatter_reduce", "scatter_reduce.prod", "index_reduce", "index_reduce.prod"), folded),
    "searchsorted": lambda x: np.asarray(_place(x), object) * x,
}
