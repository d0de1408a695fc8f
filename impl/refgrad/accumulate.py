"""What happens to a gradient at the end of its way: it is put into `.grad`, or added to what is there.

Without create_graph a gradient is added in place, and whoever holds `.grad` sees the sum; with create_graph the sum
is a new tensor, since the old one may be part of a graph. Source: torch.Tensor.backward; torch "Gradient Layouts".
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from .modes import state
from .tensor import Tensor, storage, wrap


def leaf_dtype(leaf: Tensor) -> Any:
    """The NumPy dtype of the leaf's gradients; ANY where they keep their own."""
    chosen = None if leaf._rare is None else leaf._rare.grad_dtype
    return leaf._a.dtype if chosen is None else chosen


def _laid_out_like(leaf: np.ndarray, g: np.ndarray, owned: bool) -> np.ndarray:
    """`g` in memory of its own, with the leaf's strides where the leaf leaves no gaps, row by row else."""
    if owned and (g.strides == leaf.strides or not state.grad_layout):
        return g
    if leaf.flags.c_contiguous:
        return g.copy(order="C")
    steps = sorted((s, n) for s, n in zip(leaf.strides, leaf.shape, strict=True) if n != 1)
    expected = leaf.itemsize
    for step, n in steps:
        if step != expected:
            return g if owned and g.flags.c_contiguous else g.copy(order="C")
        expected *= n
    laid = np.empty_like(leaf, g.dtype, order="K")
    laid[...] = g
    return laid


accumulating = threading.RLock()
"""Held while a leaf's `.grad` is replaced or added to: several threads may do backward into one leaf."""


def accumulate(leaf: Tensor, g: Any, owned: bool, taped: bool) -> None:
    """Add `g` to `leaf.grad`: in place when nobody records, into a new tensor when somebody does."""
    with accumulating:
        have = leaf._grad
        if taped:
            leaf._grad = g.clone() if have is None else have + g
        elif have is None:
            leaf._grad = wrap(_laid_out_like(leaf._a, g, owned))
        else:
            np.add(have._a, g, out=have._a)
            if have._store is not None:
                have._store.version += 1
            else:
                storage(have).version += 1


def keep_grad(tensor: Tensor, g: Any, taped: bool) -> None:
    """What `retain_grad` asked for: a non-leaf's gradient adds up in `.grad` as a leaf's does."""
    have = tensor._grad
    if taped:
        tensor._grad = g if have is None else have + g
    else:
        tensor._grad = wrap(g.copy() if have is None else have._a + g)


__all__ = ["accumulate", "keep_grad", "leaf_dtype"]
