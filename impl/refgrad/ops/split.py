"""Cut a tensor along one dimension: into pieces, slices, or one part. All of them are views.

`split` and its relatives give several tensors, `unbind` one for every index, `narrow` and `select` one
of these. What undoes them is in join.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from .. import dims as _dims
from ..op import LINEAR, method, op
from ..tensor import Tensor
from .join import _cat, _stack, _unslice
from .shape import unsqueeze


def _which_split(tensors: Any, settings: Any) -> tuple[str, slice]:
    """torch has an op for pieces of one size, and another for a list of sizes."""
    return ("SplitWithSizesBackward0" if settings[2] else "SplitBackward0"), slice(None)


@op(kind=LINEAR, view=True, outputs=0, method=False, node=_which_split)
def _split(x, sizes=(), dim=0, listed=False):
    """Pieces of the given sizes along `dim`."""
    ends = accumulate(sizes, initial=0)
    lead = (slice(None),) * dim
    return tuple(x[(*lead, slice(a, b))] for a, b in pairwise(ends))


_split.grads(x=lambda g, dim: _cat(*g, dim=dim))


@method
def split(x: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of one size (the last may be smaller), or of the sizes listed; views."""
    at = _dims.one(dim, len(x.shape))
    size = x.shape[at]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        if step < 0 or (step == 0 and size):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        sizes = [min(step, size - start) for start in range(0, size, step)] if size else [0]
    else:
        sizes = list(split_size_or_sections)
        if sum(sizes) != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension "
                f"{at}), but got split_sizes={sizes}"
            )
    return _split(x, tuple(sizes), at, not isinstance(split_size_or_sections, int))  # type: ignore[no-any-return]


@method
def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of one size, the last may be smaller; views."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = x.shape[_dims.one(dim, len(x.shape))]
    return split(x, max(-(-size // chunks), 1), dim) if size else split(x, [0] * chunks, dim)  # type: ignore[no-any-return]


@method
def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces whose sizes differ by one at most, or pieces between the given indices; each a view of its own."""
    at = _dims.one(dim, len(x.shape))
    size = x.shape[at]
    if isinstance(indices_or_sections, int):
        if indices_or_sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {indices_or_sections}")
        small, more = divmod(size, indices_or_sections)
        ends = [i * small + min(i, more) for i in range(1, indices_or_sections)]
    else:
        given = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
        ends = [slice(0, i).indices(size)[1] for i in given]
    bounds = [0, *ends, size]
    return tuple(narrow(x, at, a, max(b - a, 0)) for a, b in pairwise(bounds))


@method
def split_with_sizes(x: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Pieces of the sizes listed; views."""
    return split(x, list(split_sizes), dim)  # type: ignore[no-any-return]


@method
def hsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along the columns, or along the one dimension that there is; views."""
    return tensor_split(x, indices_or_sections, 0 if len(x.shape) == 1 else 1)  # type: ignore[no-any-return]


@method
def vsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along the rows; views."""
    return tensor_split(x, indices_or_sections, 0)  # type: ignore[no-any-return]


@method
def dsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along the third dimension; views."""
    return tensor_split(x, indices_or_sections, 2)  # type: ignore[no-any-return]


@op(kind=LINEAR, outputs=0, method=False, node="UnsafeSplitBackward0")
def _unsafe_split(x, sizes=(), dim=0):
    """Pieces that share x's memory, though nobody keeps account of that."""
    return _split.op.kernel(x, sizes, dim)


_unsafe_split.grads(x=lambda g, dim: _cat(*g, dim=dim))


@method
def unsafe_split(x: Any, split_size: int, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of one size that may be written to, provided that x and the other pieces are not used then."""
    at = _dims.one(dim, len(x.shape))
    size = x.shape[at]
    return _unsafe_split(x, tuple(min(split_size, size - a) for a in range(0, size, split_size)), at)  # type: ignore[no-any-return]


@method
def unsafe_chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces that may be written to, provided that x and the other pieces are not used then."""
    size = x.shape[_dims.one(dim, len(x.shape))]
    return unsafe_split(x, max(-(-size // chunks), 1), dim)  # type: ignore[no-any-return]


@op(kind=LINEAR, view=True, outputs=0, method=False)
def _unbind(x, dim=0):
    """The slices along `dim`, one tensor each."""
    rows = np.moveaxis(x, dim, 0)
    return tuple([rows[i, ...] for i in range(len(rows))])


_unbind.grads(x=lambda g, dim: _stack(*g, dim=dim))


@method
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along `dim`, one view each."""
    if not x.shape:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return _unbind(x, _dims.one(dim, len(x.shape)))  # type: ignore[no-any-return]


def _iterate(x: Tensor) -> Any:
    """for row in x."""
    if not x.shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(x, 0))


Tensor.__iter__ = _iterate  # type: ignore[attr-defined]


@op(kind=LINEAR, view=True, method=False, node="SliceBackward0")
def _narrow(x, dim=0, start=0, stop=0):
    """The elements from start to stop along `dim`."""
    return x[(slice(None),) * dim + (slice(start, stop),)]


_narrow.grads(x=lambda g, x_shape, dim, start, stop: _unslice(g, x_shape, dim, start, stop))


@method
def narrow(x: Any, dim: int, start: Any, length: int) -> Any:
    """`length` elements along `dim` from `start`; a view."""
    at = _dims.one(dim, len(x.shape))
    size, begin = x.shape[at], int(start)
    if begin < 0:
        begin += size
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if begin + length > size:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({size}).")
    return _narrow(x, at, begin, begin + length)


@op(kind=LINEAR, view=True, method=False, node="SelectBackward0")
def _select(x, dim=0, index=0):
    """One slice along `dim`."""
    return x[(slice(None),) * dim + (index, ...)]


_select.grads(x=lambda g, x_shape, dim, index: _unslice(unsqueeze(g, dim), x_shape, dim, index, index + 1))


@method
def select(x: Any, dim: int, index: int) -> Any:
    """One slice along `dim`; a view."""
    if not x.shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    at, size, i = _dims.one(dim, len(x.shape)), x.shape[_dims.one(dim, len(x.shape))], int(index)
    if not -size <= i < size:
        raise IndexError(f"select(): index {i} out of range for tensor of size {list(x.shape)} at dimension {at}")
    return _select(x, at, i % size)
