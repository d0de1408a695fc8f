"""Read and write where a mask holds (`masked_select`, `masked_scatter`), and turn masks into indices and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, errors
from ..op import LINEAR, inplace_method, method, op
from ..tensor import Tensor, wrap
from .broadcast import expand
from .choose import _masked_fill


@op(kind=LINEAR, method=False, node="MaskedSelectBackward0")
def _masked_select(x, mask):
    """The elements where the mask holds, in C order."""
    return x[mask]


@op(kind=LINEAR, method=False)
def _unmasked(x, mask):
    """Zeros of the mask's shape, with x's elements where it holds."""
    out = np.zeros(mask.shape, x.dtype)
    out[mask] = x.reshape(-1)[: int(np.count_nonzero(mask))]
    return out


_masked_select.grads(x=lambda g, mask: _unmasked(g, mask))
_unmasked.grads(x=lambda g, mask, x_shape: _first_where(g, mask, x_shape))


@method
def masked_select(x: Any, mask: Any) -> Any:
    """The elements where the mask holds, in one dimension; x and the mask broadcast."""
    if dtypes.numpy_of(mask) != np.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = errors.broadcast(tuple(x.shape), tuple(mask.shape))
    return _masked_select(expand(x, shape), expand(mask, shape))


@op(kind=LINEAR, method=False, node="MaskedScatterBackward0")
def _masked_scatter(x, mask, source):
    """x with the elements of `source`, one after another, where the mask holds."""
    need = int(np.count_nonzero(mask))
    if np.size(source) < need:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes and at least {need} elements in source"
        )
    out = np.array(x, copy=True)
    out[mask] = np.reshape(source, -1)[:need]
    return out


@op(kind=LINEAR, method=False)
def _first_where(x, mask, shape=()):
    """x's elements where the mask holds, at the beginning of zeros of `shape`."""
    out = np.zeros(shape, x.dtype).reshape(-1)
    found = x[mask]
    out[: found.size] = found
    return out.reshape(shape)


_masked_scatter.grads(
    x=lambda g, mask: _masked_fill(g, mask, 0),
    source=lambda g, mask, source_shape: _first_where(g, mask, source_shape),
)
_first_where.grads(x=lambda g, mask: _unmasked(g, mask))


@method
def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """x with the elements of `source`, one after another, where the mask holds."""
    shape = errors.broadcast(tuple(x.shape), tuple(mask.shape))
    return _masked_scatter(expand(x, shape), expand(mask, shape), source)


_write_scattered = inplace_method(_masked_scatter.op, "masked_scatter_")


def _masked_scatter_in_place(x: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """In-place version of `masked_scatter`."""
    return _write_scattered(x, expand(mask, tuple(x.shape)), source)


Tensor.masked_scatter_ = _masked_scatter_in_place  # type: ignore[attr-defined]  # methods are attached where they are written


@op(method=False)
def _nonzero(x):
    """The indices of the elements that are not 0, a row each."""
    return np.argwhere(x)


def nonzero(x: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: a row each, or a tensor for every dimension."""
    return tuple(wrap(i) for i in np.nonzero(np.atleast_1d(x._a))) if as_tuple else _nonzero(x)


argwhere = _nonzero
Tensor.nonzero, Tensor.argwhere = nonzero, _nonzero  # type: ignore[attr-defined]


def one_hot(x: Tensor, num_classes: int = -1) -> Tensor:
    """A row for every class index, 1 at the index."""
    a = x._a
    if a.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if a.size and a.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        if not a.size:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = int(a.max()) + 1
    if a.size and num_classes <= a.max():
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((a[..., None] == np.arange(num_classes)).astype(np.int64))
