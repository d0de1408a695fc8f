"""See a tensor's memory with any size and strides: `as_strided`. What flows back is gathered through a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import LINEAR, method, op
from ..tensor import Tensor
from ..window import Window, _gathered, address


@op(kind=LINEAR, view=True, node="AsStridedBackward0", method=False)
def _strided_view(x, size=(), stride=(), offset=None, window=None):
    """x's memory seen with another shape and other strides."""
    return _at(x, size, stride, offset)


_strided_view.grads(x=lambda g, window: _gathered(g, window))


def _at(x: np.ndarray, size: tuple[int, ...], stride: tuple[int, ...], offset: int | None) -> np.ndarray:
    owner = x
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    start = (address(x) - address(owner)) // x.itemsize if offset is None else offset
    flat = np.lib.stride_tricks.as_strided(owner, (owner.size,), (owner.itemsize,)).view(x.dtype)
    return np.lib.stride_tricks.as_strided(flat[start:], tuple(size), tuple(s * x.itemsize for s in stride))


@method
def as_strided(x: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view with the given size, strides and offset, in elements of x's memory."""
    window = Window(x._a, _at(x._a, tuple(size), tuple(stride), storage_offset))
    result: Tensor = _strided_view(x, tuple(size), tuple(stride), storage_offset, window)
    return result
