"""Replace a part: the elements at places counted through the whole (`take`, `put`), a slice, or a diagonal.

The functions here are those of other modules in other words, and have no rules of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims
from ..op import method
from ..tensor import wrap
from .choose import _where
from .diagonal import _undiagonal
from .index import _put_at
from .index_along import _index_add, _index_copy
from .scatter import _gather
from .shape import reshape


@method
def take(x: Any, index: Any) -> Any:
    """The elements at `index`, counted through x in C order; negative from the end."""
    array = getattr(index, "_a", index)
    size = getattr(x, "_a", x).size
    if array.size and (array.min() < -size or array.max() >= size):
        raise IndexError(f"out of range: tried to access index {array.max()} on a tensor of {size} elements.")
    return reshape(_gather(reshape(x, (-1,)), wrap(array.reshape(-1) % max(size, 1))), array.shape)


@method
def put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """x with `source` written, or added, at `index`, counted through x in C order."""
    flat, places, values = reshape(x, (-1,)), reshape(index, (-1,)), reshape(source, (-1,))
    return reshape((_index_add if accumulate else _index_copy)(flat, places, values), x.shape)


@method
def select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    """x with one slice along dim replaced by `src`."""
    at = dims.one(dim, len(x.shape))
    return _put_at(x, src, ((slice(None),) * at + (index, Ellipsis)))


@method
def slice_scatter(
    x: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """x with part of one dimension replaced by `src`."""
    at = dims.one(dim, len(x.shape))
    return _put_at(x, src, ((slice(None),) * at + (slice(start, end, step), Ellipsis)))


@method
def diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """x with a diagonal replaced by `src`."""
    first, second = dims.one(dim1, len(x.shape)), dims.one(dim2, len(x.shape))
    mask = _undiagonal(wrap(np.ones(tuple(src.shape), bool)), tuple(x.shape), offset, first, second)
    return _where(mask, _undiagonal(src, tuple(x.shape), offset, first, second), x)
