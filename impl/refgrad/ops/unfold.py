"""Windows that slide along a dimension, as a view; where windows overlap, their gradients add up."""

from __future__ import annotations

import numpy as np

from .. import dims as _dims
from ..op import LINEAR, op
from ..places import strided
from ..tensor import Tensor
from .shape import reshape


@op(kind=LINEAR, view=True, method=False, node="UnfoldBackward0")
def _unfold(x, dim=0, size=1, step=1):
    """Windows of `size` elements along `dim`, each `step` further, as a last dimension."""
    shape, strides = [*x.shape, size], [*x.strides, x.strides[dim]]
    shape[dim] = (shape[dim] - size) // step + 1
    strides[dim] *= step
    return strided(x, tuple(shape), tuple(strides))


@op(kind=LINEAR, method=False)
def _folded(x, shape=(), dim=0, size=1, step=1):
    """Zeros of `shape` to which windows were added: what cutting them transposes to."""
    out = np.zeros(shape, x.dtype)
    lead, count = (slice(None),) * dim, x.shape[dim]
    if size < count:  # the n-th elements of all windows at once
        for n in range(size):
            out[(*lead, slice(n, n + step * count, step))] += x[..., n]
        return out
    for i in range(count):
        out[(*lead, slice(i * step, i * step + size))] += np.moveaxis(x[(*lead, i)], -1, dim)
    return out


_unfold.grads(x=lambda g, x_shape, dim, size, step: _folded(g, x_shape, dim, size, step))
_folded.grads(x=lambda g, dim, size, step: _unfold(g, dim, size, step))


def _unfold_method(x: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` elements along `dimension`, each `step` further, as a last dimension; a view."""
    at = _dims.one(dimension, len(x.shape))
    if size > (x.shape[at] if x.shape else 1):
        raise RuntimeError(f"maximum size for tensor at dimension {at} is {x.shape[at]} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _unfold(x if x.shape else reshape(x, (1,)), at, size, step)  # type: ignore[no-any-return]


Tensor.unfold = _unfold_method  # type: ignore[attr-defined]
