"""Which part of an array a view shows: to look at it, to paste into it, to gather what flows back through it.

A Window is found out from the addresses of two arrays, however the one was made of the other, and can then be used on
any array of the base's shape: on its gradient, or on what the base was before a write.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .op import LINEAR, op


class Window:
    """Which elements of an array of shape `of` are seen, and in which shape.

    strided   (shape, strides, offset) in elements of a C-ordered base, or
    indices   the flat index of every element seen, for a base that lies otherwise in memory; -1 for memory that is
              none of the base's, which as_strided may show: 0 is seen there, and nothing is written
    """

    __slots__ = ("indices", "of", "overlaps", "strided")

    def __init__(self, base: np.ndarray, view: np.ndarray) -> None:
        self.of = base.shape
        size = base.itemsize
        self.overlaps = _overlaps(view)
        start = address(view) - address(base)
        bounds = np.lib.array_utils.byte_bounds
        (low, high), (first, last) = bounds(base), bounds(view) if view.size else bounds(base)
        if base.flags.c_contiguous and low <= first and last <= high:
            self.strided = (view.shape, tuple(s // size for s in view.strides), start // size if view.size else 0)
            self.indices = None
            return
        self.strided = None
        # Number the base's elements where they lie, then read the numbers through the view.
        low, high = min(low, first), max(last, high)
        memory = np.full((high - low) // size, -1, np.int64)
        shift = (address(base) - low) // size
        laid = np.lib.stride_tricks.as_strided(memory[shift:], base.shape, tuple(s // size * 8 for s in base.strides))
        laid[...] = np.arange(base.size).reshape(base.shape)
        self.indices = np.lib.stride_tricks.as_strided(
            memory[shift + start // size :], view.shape, tuple(s // size * 8 for s in view.strides)
        ).copy()

    def look(self, array: np.ndarray) -> np.ndarray:
        """The elements of `array` (of shape `of`) in the window; may share its memory."""
        if self.strided is None:
            found = array.reshape(-1)[self.indices]
            return np.where(self.indices < 0, found.dtype.type(0), found)
        return self._strided(np.ascontiguousarray(array))

    def paste(self, array: np.ndarray, what: Any) -> np.ndarray:
        """A copy of `array` with `what` in the window."""
        result = np.array(array, order="C", copy=True).reshape(self.of)
        if self.strided is None:
            inside = self.indices >= 0
            result.reshape(-1)[self.indices[inside]] = np.broadcast_to(what, inside.shape)[inside]
        else:
            self._strided(result)[...] = what
        return result

    def gather(self, what: np.ndarray) -> np.ndarray:
        """Zeros of shape `of` to which `what` was added in the window; elements seen twice add up."""
        result = np.zeros(self.of, what.dtype)
        if self.strided is not None and not self.overlaps:
            self._strided(result)[...] += what
            return result
        indices = self.indices
        if indices is None:
            indices = self._strided(np.arange(result.size).reshape(self.of))
        inside = indices >= 0
        np.add.at(result.reshape(-1), indices[inside], np.broadcast_to(what, inside.shape)[inside])
        return result

    def _strided(self, array: np.ndarray) -> np.ndarray:
        assert self.strided is not None
        shape, strides, offset = self.strided
        size = array.itemsize
        if array.size == 0 or 0 in shape:
            return np.zeros(shape, array.dtype)
        return np.ndarray(shape, array.dtype, array, offset * size, tuple(s * size for s in strides))


def _overlaps(view: np.ndarray) -> bool:
    """May two of its elements share memory? Not if each stride steps over all that the smaller ones reach."""
    reach = 0
    for stride, n in sorted((abs(s), n) for s, n in zip(view.strides, view.shape, strict=True) if n > 1):
        if stride <= reach or stride == 0:
            return True
        reach += stride * (n - 1)
    return False


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


@op(kind=LINEAR, node="AsStridedBackward0", method=False)
def _window(x, window=None):
    """The elements of x in a window."""
    return window.look(x)


@op(kind=LINEAR, method=False)
def _gathered(x, window=None):
    """Zeros to which x was added in a window: the transpose of looking."""
    return window.gather(x)


@op(kind=LINEAR, method=False)
def _pasted(x, y, window=None):
    """A copy of x with y in a window."""
    return window.paste(x, y)


_window.grads(x=lambda g, window: _gathered(g, window))
_gathered.grads(x=lambda g, window: _window(g, window))
_pasted.grads(x=lambda g, window: _pasted(g, 0.0, window), y=lambda g, window: _window(g, window))


__all__ = ["Window", "address"]
