"""Distances of points: `dist`, and those between the rows of two matrices (`cdist`) or of one (`pdist`).

Euclidean distances are taken row by row, so that the differences of all pairs are never in memory at once, and each
from its own difference: |x|^2 + |y|^2 - 2 x y, a matrix product, would lose the digits of near points. Other norms are
norms of differences. A distance of 0 has the gradient 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..op import GENERAL, LINEAR, method, op
from .arithmetic import sub
from .broadcast import expand
from .complex import reciprocal_or_zero
from .index import _advanced
from .norm import vector_norm
from .permute import _transpose
from .reduce import sum
from .shape import unsqueeze


@method
def dist(x: Any, y: Any, p: float = 2) -> Any:
    """The p-norm of x - y."""
    return vector_norm(sub(x, y), p)


@op(kind=GENERAL, method=False, node="CdistBackward0")
def _between(x, y):
    """The distance of every row of x (..., n, d) from every row of y (..., m, d)."""
    from scipy.spatial.distance import cdist

    out = np.empty((*x.shape[:-1], y.shape[-2]), x.dtype)
    for at in np.ndindex(x.shape[:-2]):
        out[at] = cdist(x[at], y[at])
    return out


@op(kind=GENERAL, method=False)
def _pulled(weight, x, y):
    """sum_j weight[i, j] (x[i] - y[j]): what pulls each row of x, where every row of y pulls."""
    out = np.empty(x.shape, np.result_type(weight, x))
    for at, row, away in _differences(x, y):
        np.matmul(weight[(*at, row)], away, out=out[(*at, row)])
    return out


@op(kind=GENERAL, method=False)
def _along(arrow, x, y):
    """arrow[i] . (x[i] - y[j]): how far y[j] lies from x[i] in the direction of an arrow there."""
    out = np.empty((*x.shape[:-1], y.shape[-2]), np.result_type(arrow, x))
    for at, row, away in _differences(x, y):
        np.matmul(away, arrow[(*at, row)], out=out[(*at, row)])
    return out


def _differences(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[tuple[int, ...], int, np.ndarray]]:
    """For each row of x (where it stands) its differences from all rows of y, in memory that is used again."""
    away = np.empty(y.shape[-2:], np.result_type(x, y))
    for at in np.ndindex(x.shape[:-2]):
        for row in range(x.shape[-2]):
            yield at, row, np.subtract(x[(*at, row)], y[at], out=away)


_between.grads(
    x=lambda g, x, y, out: _pulled(g * reciprocal_or_zero(out), x, y),
    y=lambda g, x, y, out: _pulled(_transpose(g * reciprocal_or_zero(out), -2, -1), y, x),
)
_pulled.grads(
    weight=lambda g, x, y: _along(g, x, y),
    x=lambda g, weight: g * sum(weight, -1, True),
    y=lambda g, weight: -(_transpose(weight, -2, -1) @ g),
)
_along.grads(
    arrow=lambda g, x, y: _pulled(g, x, y),
    x=lambda g, arrow: arrow * sum(g, -1, True),
    y=lambda g, arrow: -(_transpose(g, -2, -1) @ arrow),
)


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str | None = None) -> Any:
    """The p-norm distance of every row of x1 to every row of x2; leading dimensions broadcast."""
    for name, x in (("X1", x1), ("X2", x2)):
        if dtypes.numpy_of(x).kind not in "fV":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype.word}")
        if len(x.shape) < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {len(x.shape)}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p != 2:
        return vector_norm(sub(unsqueeze(x1, -2), unsqueeze(x2, -3)), p, -1)
    lead = errors.broadcast(tuple(x1.shape[:-2]), tuple(x2.shape[:-2]))
    return _between(*(expand(x, (*lead, *x.shape[-2:])) if tuple(x.shape[:-2]) != lead else x for x in (x1, x2)))


@op(kind=GENERAL, method=False, node="PdistBackward0")
def _within(x):
    """The distances between the rows of a matrix, each pair once."""
    from scipy.spatial.distance import pdist

    return pdist(x).astype(x.dtype) if len(x) else np.empty(0, x.dtype)


@op(kind=LINEAR, method=False)
def _square_form(x, size=0):
    """The symmetric matrix with the numbers of all pairs on both sides of a diagonal of zeros."""
    out = np.zeros((size, size), x.dtype)
    first, second = np.triu_indices(size, 1)
    out[first, second] = out[second, first] = x
    return out


_within.grads(x=lambda g, x, out: _pulled(_square_form(g * reciprocal_or_zero(out), len(x)), x, x))
_square_form.grads(x=lambda g, size: _advanced(g + _transpose(g, 0, 1), np.triu_indices(size, 1)))


def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norm distances between the rows of a matrix, each pair once."""
    if len(input.shape) != 2:
        raise RuntimeError("pdist only supports 2D tensors, got: " + f"{len(input.shape)}D")
    if p == 2:
        return _within(input)
    first, second = np.triu_indices(input.shape[0], 1)
    return vector_norm(sub(input[first], input[second]), p, -1)
