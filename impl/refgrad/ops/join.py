"""Shapes that need new memory: join, cut, repeat, flip, pad, and the triangles of a matrix.

Cutting (`split`, `chunk`, `unbind`, `narrow`, `select`) gives views; they are here beside what they
undo. Source: torch.cat and its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes
from ..op import LINEAR, method, op
from ..tensor import Tensor
from .fit import cast
from .shape import _reshape, atleast_1d, atleast_2d, atleast_3d, expand, permute, reshape, unsqueeze


@op(kind=LINEAR, method=False)
def _slice(x, dim=0, start=0, stop=0, step=1):
    """Part of one dimension, copied where it is no view (for rules)."""
    return x[(slice(None),) * dim + (slice(start, stop, step),)]


@op(kind=LINEAR, method=False, node="SliceBackward1")
def _unslice(x, shape=(), dim=0, start=0, stop=0, step=1):
    """Zeros of `shape` with x in part of one dimension: what slicing transposes to."""
    out = np.zeros(shape, x.dtype)
    out[(slice(None),) * dim + (slice(start, stop, step),)] = x
    return out


_slice.grads(x=lambda g, x_shape, dim, start, stop, step: _unslice(g, x_shape, dim, start, stop, step))
_unslice.grads(x=lambda g, dim, start, stop, step: _slice(g, dim, start, stop, step))


@op(kind=LINEAR, method=False, node="CatBackward0")
def _cat(*tensors, dim=0):
    """The tensors one after another along `dim`."""
    return np.concatenate(tensors, axis=dim)


_cat.grads(each=lambda g, shapes, dim, index: _part(g, shapes, dim, index))


def _part(g: Any, shapes: list[tuple[int, ...]], dim: int, index: int) -> Any:
    start = sum(shape[dim] for shape in shapes[:index])
    return _slice(g, dim, start, start + shapes[index][dim])


def _alike(tensors: Sequence[Any]) -> list[Any]:
    """The tensors in the dtype that they share."""
    arrays = [getattr(x, "_a", x) for x in tensors]
    common = dtypes.promote(arrays, [])
    return [x if a.dtype == common else cast(x, common) for x, a in zip(tensors, arrays, strict=True)]


def cat(tensors: Sequence[Any], dim: int = 0, **named: Any) -> Any:
    """The tensors one after another along `dim`; their other sizes are equal. Empty 1-d tensors are left out."""
    dim = named.get("axis", dim)
    if not len(tensors):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not x.shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    kept = [x for x in _alike(tensors) if tuple(x.shape) != (0,)] or list(tensors)
    first = kept[0].shape
    at = _dims.one(dim, len(first))
    for i, x in enumerate(kept):
        if len(x.shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(x.shape)}")
        for d, (n, m) in enumerate(zip(first, x.shape, strict=True)):
            if n != m and d != at:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {at}. Expected size {n} but got size {m} for tensor "
                    f"number {i} in the list."
                )
    return _cat(*kept, dim=at)


concat = concatenate = cat


@op(kind=LINEAR, method=False, node="StackBackward0")
def _stack(*tensors, dim=0):
    """The tensors side by side in a new dimension."""
    return np.stack(tensors, axis=dim)


_stack.grads(each=lambda g, shapes, dim, index: _reshape(_slice(g, dim, index, index + 1), shapes[index]))


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors, of one shape, side by side in a new dimension."""
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tuple(tensors[0].shape)
    for i, x in enumerate(tensors):
        if tuple(x.shape) != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(x.shape)} at entry {i}"
            )
    return _stack(*_alike(tensors), dim=_dims.one(dim, len(first) + 1))


def hstack(tensors: Sequence[Any]) -> Any:
    """The tensors beside each other: along the columns, or the one dimension that they have."""
    wide = atleast_1d(tuple(tensors))
    return cat(wide, 0 if len(wide[0].shape) == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """The tensors below each other, each a row or rows."""
    return cat(atleast_2d(tuple(tensors)), 0)


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Any:
    """The tensors behind each other, along the third dimension."""
    return cat(atleast_3d(tuple(tensors)), 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """The tensors beside each other, each a column or columns."""
    return hstack([reshape(x, (-1, 1)) if len(x.shape) < 2 else x for x in tensors])


@op(kind=LINEAR, view=True, outputs=0, method=False)
def _split(x, sizes=(), dim=0):
    """Pieces of the given sizes along `dim`."""
    ends = np.cumsum((0, *sizes)).tolist()
    lead = (slice(None),) * dim
    return tuple(x[(*lead, slice(a, b))] for a, b in zip(ends[:-1], ends[1:], strict=True))


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
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {at}), "
                f"but got split_sizes={sizes}"
            )
    return _split(x, tuple(sizes), at)  # type: ignore[no-any-return]


@method
def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of one size, the last may be smaller; views."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = x.shape[_dims.one(dim, len(x.shape))]
    return split(x, max(-(-size // chunks), 1), dim) if size else split(x, [0] * chunks, dim)  # type: ignore[no-any-return]


@method
def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces whose sizes differ by one at most, or pieces between the given indices; views."""
    at = _dims.one(dim, len(x.shape))
    size = x.shape[at]
    if isinstance(indices_or_sections, int):
        if indices_or_sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {indices_or_sections}")
        small, more = divmod(size, indices_or_sections)
        ends = np.cumsum([small + (i < more) for i in range(indices_or_sections)]).tolist()[:-1]
    else:
        given = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
        ends = [slice(0, i).indices(size)[1] for i in given]
    bounds = [0, *ends, size]
    sizes = tuple(max(b - a, 0) for a, b in zip(bounds[:-1], bounds[1:], strict=True))
    if sum(sizes) == size:
        return _split(x, sizes, at)  # type: ignore[no-any-return]
    return tuple(narrow(x, at, a, max(b - a, 0)) for a, b in zip(bounds[:-1], bounds[1:], strict=True))


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
    return tuple(np.moveaxis(x, dim, 0)[i, ...] for i in range(x.shape[dim]))


_unbind.grads(x=lambda g, dim: _stack(*g, dim=dim))


@method
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along `dim`, one view each."""
    if not x.shape:
        raise RuntimeError("Dimension specified as 0 but tensor has no dimensions")
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
    """Each slice along `dim` again, `repeats[i]` times."""
    return np.repeat(x, repeats, axis=dim)


@op(kind=LINEAR, method=False)
def _deinterleaved(x, repeats=(), dim=0):
    """Neighbouring repeats added up: what repeating transposes to."""
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
    counts = tuple([given] * size if isinstance(given, int) else given * size if len(given) == 1 else given)
    if len(counts) != size:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {len(counts)} and "
            f"input.size({at}) = {size}"
        )
    return _interleaved(x, counts, at)


@op(kind=LINEAR, inplace=True)
def tril(x, diagonal=0):
    """The lower triangle of every matrix, zeros above `diagonal`."""
    return np.tril(x, diagonal)


@op(kind=LINEAR, inplace=True)
def triu(x, diagonal=0):
    """The upper triangle of every matrix, zeros below `diagonal`."""
    return np.triu(x, diagonal)


tril.grads(x=lambda g, diagonal: tril(g, diagonal))
triu.grads(x=lambda g, diagonal: triu(g, diagonal))


@method
def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Zeros with the last dimension of x on the diagonal of two new dimensions."""
    from .shape import _undiagonal

    ndim = len(x.shape) + 1
    first, second = _dims.one(dim1, ndim), _dims.one(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    if first > second:
        first, second, offset = second, first, -offset
    side = x.shape[-1] + abs(offset)
    shape = list(x.shape[:-1])
    shape.insert(first, side)
    shape.insert(second, side)
    return _undiagonal(x, tuple(shape), offset, first, second)


@method
def diag(x: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with this diagonal."""
    from .shape import _copied
    from .shape import diagonal as of

    if len(x.shape) not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {len(x.shape)}D")
    return diag_embed(x, diagonal) if len(x.shape) == 1 else _copied(of(x, diagonal))


@op(kind=LINEAR, method=False, node="ConstantPadNdBackward0")
def _padded(x, amounts=(), value=0):
    """x with `value` around it; a negative amount takes away."""
    cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, amounts, strict=True))
    return np.pad(x[cut], [(max(a, 0), max(b, 0)) for a, b in amounts], constant_values=x.dtype.type(value))


_padded.grads(x=lambda g, amounts: _padded(g, tuple((-a, -b) for a, b in amounts)))
_padded.jvp(lambda dx, amounts: _padded(dx, amounts))  # the constant has no tangent


def _padding(x: Any, pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """torch's flat list, last dimension first, as a pair for every dimension."""
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * len(x.shape):
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length {len(pad)} "
            f"and input of dimension {len(x.shape)}"
        )
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return ((0, 0),) * (len(x.shape) - len(pairs)) + tuple(reversed(pairs))


def _around(size: int, before: int, after: int, mode: str) -> np.ndarray:
    """Which element stands at each place of a padded dimension."""
    if mode == "reflect" and max(before, after) >= size:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at dimension of size {size}"
        )
    places = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    if mode == "circular":
        return places % size
    return np.where(places < 0, -places, np.where(places >= size, 2 * (size - 1) - places, places))


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: Any = None) -> Any:
    """x with room around it, filled with a constant, or with what it holds (reflect, replicate, circular)."""
    from .index import index_select

    amounts = _padding(x, pad)
    if mode == "constant":
        return _padded(x, amounts, 0 if value is None else value)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    for d, (before, after) in enumerate(amounts):
        if before or after:
            x = index_select(x, d, _around(x.shape[d], before, after, mode))
    return x


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
