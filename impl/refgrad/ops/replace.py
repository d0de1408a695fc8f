"""Replace a part: the elements at places counted through the whole (`take`, `put`), a slice, or a diagonal.

All but the last are the functions of other modules in other words, and have no rules of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims
from ..op import LINEAR, method, op
from ..tensor import wrap
from .diagonal import _diagonal, _writeable
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


@op(kind=LINEAR, method=False, node="DiagonalScatterBackward0")
def _with_diagonal(x, src, offset=0, dim1=0, dim2=1):
    """x with a diagonal replaced."""
    out = np.array(x, copy=True)
    _writeable(out, offset, dim1, dim2)[...] = src
    return out


_with_diagonal.grads(
    x=lambda g, offset, dim1, dim2: _with_diagonal(g, 0.0, offset, dim1, dim2),
    src=lambda g, offset, dim1, dim2: _diagonal(g, offset, dim1, dim2),
)


@method
def diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """x with a diagonal replaced by `src`."""
    return _with_diagonal(x, src, offset, dims.one(dim1, len(x.shape)), dims.one(dim2, len(x.shape)))
