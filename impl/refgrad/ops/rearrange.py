"""The same elements in other places, or several times: `flip`, `roll`, `rot90`, `tile`, `repeat_interleave`.

All of them copy. The gradient of a moved element moves back; those of its copies add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dims as _dims
from ..op import LINEAR, method, op
from ..tensor import Tensor
from .permute import permute
from .shape import reshape


@op(kind=LINEAR, method=False, node="FlipBackward0")
def _flip(x, dims=()):
    """The given dimensions backwards."""
    return np.flip(x, dims).copy()


_flip.grads(x=lambda g, dims: _flip(g, dims))


@method
def flip(x: Any, *dims: Any, **named: Any) -> Any:
    """The given dimensions backwards, in new memory."""
    given = dims or (named["dims"],)
    where = given[0] if len(given) == 1 and not isinstance(given[0], int) else given
    return _flip(x, _dims.several(where, len(x.shape)) if len(where) else ())


@method
def fliplr(x: Any) -> Any:
    """The columns backwards."""
    return flip(x, (1,))


@method
def flipud(x: Any) -> Any:
    """The rows backwards."""
    return flip(x, (0,))


@op(kind=LINEAR, method=False, node="RollBackward0")
def _roll(x, shifts=(), dims=None):
    """The elements moved along, those that fall off coming in at the start."""
    return np.roll(x, shifts, dims)


_roll.grads(x=lambda g, shifts, dims: _roll(g, tuple(-s for s in shifts), dims))


@method
def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved along by `shifts`, round the end; without dims, as one flat row."""
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if dims is None or (not isinstance(dims, int) and len(dims) == 0):
        return reshape(_roll(reshape(x, (-1,)), steps, (0,)), x.shape) if len(x.shape) != 1 else _roll(x, steps, (0,))
    where = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(steps) != len(where):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(where)}")
    return _roll(x, steps, tuple(_dims.one(d, len(x.shape)) for d in where)) if x.shape else x


@method
def rot90(x: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """The plane of two dimensions turned by k quarters, from the first towards the second."""
    a, b = (_dims.one(d, len(x.shape)) for d in dims)
    turns = k % 4
    if turns == 0:
        return x.clone() if isinstance(x, Tensor) else x.copy()
    if turns == 2:
        return flip(x, (a, b))
    order = list(range(len(x.shape)))
    order[a], order[b] = b, a
    return flip(permute(x, order), (a,)) if turns == 1 else flip(permute(x, order), (b,))


@op(kind=LINEAR, method=False, node="RepeatBackward0")
def _tile(x, times=()):
    """Copies side by side, `times[d]` along each dimension d."""
    return np.tile(x, times)


@op(kind=LINEAR, method=False)
def _untile(x, shape=(), times=()):
    """The copies added up: what tiling transposes to."""
    wide = (1,) * (len(times) - len(shape)) + tuple(shape)
    pairs = [n for pair in zip(times, wide, strict=True) for n in pair]
    return np.add.reduce(x.reshape(pairs), axis=tuple(range(0, len(pairs), 2))).reshape(shape)


_tile.grads(x=lambda g, x_shape, times: _untile(g, x_shape, times))
_untile.grads(x=lambda g, times: _tile(g, times))


def _repeat_method(x: Any, *repeats: Any) -> Any:
    """Copies side by side: one count a dimension, new dimensions in front."""
    times = tuple(repeats[0]) if len(repeats) == 1 and not isinstance(repeats[0], int) else repeats
    if len(times) < len(x.shape):
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return _tile(x, times)


Tensor.repeat = _repeat_method  # type: ignore[attr-defined]


@method
def tile(x: Any, *dims: Any) -> Any:
    """Copies side by side; missing counts are 1."""
    times = tuple(dims[0]) if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return _tile(x, (1,) * (len(x.shape) - len(times)) + times)


@op(kind=LINEAR, method=False, node="RepeatInterleaveBackward0")
def _interleaved(x, repeats=(), dim=0):
    """Each slice along `dim` again, `repeats` times, or the i-th `repeats[i]` times."""
    return np.repeat(x, repeats, axis=dim)


@op(kind=LINEAR, method=False)
def _deinterleaved(x, repeats=(), dim=0):
    """Neighbouring repeats added up: what repeating transposes to."""
    if isinstance(repeats, int):
        return np.add.reduce(x.reshape(*x.shape[:dim], -1, repeats, *x.shape[dim + 1 :]), axis=dim + 1)
    if repeats and min(repeats) > 0:
        return np.add.reduceat(x, np.cumsum((0, *repeats[:-1])), axis=dim)
    out = np.zeros((*x.shape[:dim], len(repeats), *x.shape[dim + 1 :]), x.dtype)
    np.add.at(out, (slice(None),) * dim + (np.repeat(np.arange(len(repeats)), repeats),), x)
    return out


_interleaved.grads(x=lambda g, repeats, dim: _deinterleaved(g, repeats, dim))
_deinterleaved.grads(x=lambda g, repeats, dim: _interleaved(g, repeats, dim))


@method
def repeat_interleave(x: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each element (or slice along `dim`) again, `repeats` times."""
    if dim is None:
        x, dim = reshape(x, (-1,)), 0
    at = _dims.one(dim, len(x.shape))
    size = x.shape[at]
    given = repeats.tolist() if isinstance(repeats, Tensor) else repeats
    if not isinstance(given, int) and len(given) == 1:
        given = given[0]
    if isinstance(given, int) and given > 0 and x.shape[at]:
        return _interleaved(x, given, at)
    counts = (given,) * size if isinstance(given, int) else tuple(given)
    if len(counts) != size:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {len(counts)} and "
            f"input.size({at}) = {size}"
        )
    return _interleaved(x, counts, at)
