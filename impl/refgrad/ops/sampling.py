"""Elements of a picture by one index for all of its channels, and what that transposes to."""

from __future__ import annotations

import numpy as np

from ..grids import volume
from ..op import LINEAR, op


@op(kind=LINEAR, method=False)
def _looked_at(x, index, rank=2):
    """The elements of x (batch, channel, space...) at the indices (batch, out...) into each plane."""
    planes = x.reshape(*x.shape[:2], -1)
    made = np.empty((*x.shape[:2], volume(index.shape[1:])), x.dtype)
    for plane, at, row in zip(planes, index, made, strict=True):
        np.take(plane, at.ravel(), axis=1, out=row, mode="clip")  # which spares a copy; all indices are inside
    return made.reshape(*x.shape[:2], *index.shape[1:])


@op(kind=LINEAR, method=False)
def _put_back(x, index, shape=(), rank=2):
    """Planes of `shape` with the elements of x added at the indices."""
    size = volume(shape[2:])
    lead = np.arange(shape[0] * shape[1]).reshape(shape[0], shape[1], 1) * size
    flat = lead + index.reshape(shape[0], 1, -1)
    return np.bincount(flat.ravel(), x.ravel(), volume(shape)).astype(x.dtype).reshape(shape)


_looked_at.grads(x=lambda g, index, x_shape, rank: _put_back(g, index, x_shape, rank))
_put_back.grads(x=lambda g, index, rank: _looked_at(g, index, rank))
