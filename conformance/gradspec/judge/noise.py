"""Run the reference with other roundings: what its arithmetic gives, moved by one unit in the last place.

Another engine writes a derivative otherwise, and rounds where the reference does not. Where large numbers cancel, that
is all that is left: 1 - p of a softmax that is 1 to the last digit is 0 here and 1e-16 there. The sums and products
that derivative rules are made of are moved; what is compared for equality later (a maximum, a median) is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from refgrad.modes import state

from .tolerance import EPS

ARITHMETIC = frozenset({"add", "sub", "subtract", "mul", "multiply", "div", "divide", "sum", "exp"})
"""The names of the kernels: the reference's own, and NumPy's where it takes those."""


def moved(array: np.ndarray, words: np.random.PCG64, dtype: str) -> np.ndarray:
    """Every number one unit in the last place of `dtype` up or down, as the next words say."""
    signs = np.where(words.random_raw(array.size) >> np.uint64(63), 1.0, -1.0).reshape(array.shape)
    return np.asarray(array * (1.0 + EPS[dtype] * signs).astype(array.real.dtype))


@contextmanager
def shaken(words: np.random.PCG64) -> Iterator[None]:
    """Within, every result of the reference's arithmetic on tensors is moved."""
    right = state.quiet

    def quiet(kernel: Callable[..., Any], *args: Any) -> Any:
        made = right(kernel, *args)
        if kernel.__name__ not in ARITHMETIC:
            return made
        made = np.asarray(made)
        return moved(made, words, made.dtype.name) if made.dtype.name in EPS else made

    state.quiet = quiet
    try:
        yield
    finally:
        state.quiet = right
