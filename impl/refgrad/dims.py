"""Which dimensions a call means: negative numbers count from the end, None means all of them.

A 0-dim tensor takes dim 0 and -1, as torch allows.
"""

from __future__ import annotations

from operator import index
from typing import Any

from . import errors


def one(dim: Any, ndim: int) -> int:
    """`dim` counted from the left; raises IndexError where there is no such dimension."""
    rank = max(ndim, 1)
    try:
        at = index(dim)
    except TypeError:
        raise TypeError(f"argument 'dim' must be int, not {type(dim).__name__}") from None
    if not -rank <= at < rank:
        raise errors.dim_out_of_range(at, ndim)
    return at % rank


def several(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions that `dim` (an int, a sequence, None or nothing for all) names; a 0-dim tensor has none."""
    if dim is None or (not isinstance(dim, int) and hasattr(dim, "__len__") and len(dim) == 0):
        return tuple(range(ndim))
    found = tuple(one(d, ndim) for d in (dim if hasattr(dim, "__iter__") else (dim,)))
    for d in found:
        if found.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return found if ndim else ()


def kept(shape: tuple[int, ...], dim: Any) -> tuple[int, ...]:
    """`shape` with size 1 in the dimensions that `dim` names."""
    gone = several(dim, len(shape))
    return tuple(1 if i in gone else n for i, n in enumerate(shape))


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements a reduction over `dim` makes into one."""
    total = 1
    for d in several(dim, len(shape)):
        total *= shape[d]
    return total
