"""Run the reference with other roundings: what its arithmetic gives, moved by one unit in the last place.

Another engine writes a derivative otherwise, and rounds where the reference does not. Where large numbers cancel, that
is all that is left: 1 - p of a softmax that is 1 to the last digit is 0 here and 1e-16 there. The sums and products
that derivative rules are made of are moved; what is compared for equality later (a maximum, a median) is not.

A factorisation rounds otherwise. What is promised of it is that it is the exact one of a matrix beside the given one,
as near as p(n) units in the last place of its largest number, where p grows modestly: here it is n, the number of
columns (LAPACK Users' Guide, "Accuracy and Stability", of each decomposition). And NumPy computes all of them in double
precision, so that the reference's own roundings say nothing of another engine's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from refgrad.modes import state

from .tolerance import EPS

ARITHMETIC = frozenset({"add", "sub", "subtract", "mul", "multiply", "div", "divide", "sum", "exp"})
"""The names of the kernels: the reference's own, and NumPy's where it takes those."""


FACTORISING = frozenset({
    "linalg.inv", "linalg.pinv", "linalg.pinv.rtol", "linalg.det", "linalg.slogdet", "logdet", "linalg.solve",
    "linalg.solve_triangular", "linalg.matrix_power.negative", "linalg.tensorinv", "linalg.tensorsolve",
    "linalg.lu_solve", "linalg.lstsq", "cholesky_solve", "cholesky_inverse", "linalg.cholesky", "linalg.eigvalsh",
    "linalg.svdvals", "linalg.eigh", "linalg.eigvals", "linalg.eig", "linalg.svd", "linalg.svd.full", "linalg.qr",
    "linalg.lu", "linalg.lu_factor", "linalg.cond", "linalg.matrix_norm.ord", "linalg.matrix_norm.nuclear",
})  # fmt: skip
"""The ops that solve, factorise, or look for eigenvalues and singular values."""


def beside(matrices: np.ndarray, words: np.random.PCG64, dtype: str, scale: float = 0.0) -> np.ndarray:
    """What takes matrices to others beside them: each number n units in the last place of its matrix's largest.

    With a `scale` it is `matrices / scale` plus some matrix of numbers up to n that is factorised.
    """
    sizes = np.abs(np.where(np.isfinite(matrices), matrices, 0.0))
    largest = sizes.max(tuple(range(max(sizes.ndim - 2, 0), sizes.ndim)), keepdims=True, initial=0.0)
    n = matrices.shape[-1] if matrices.ndim else 1
    return np.asarray(_signs(words, matrices.shape) * n * EPS[dtype] * np.maximum(largest, n * scale))


def moved(array: np.ndarray, words: np.random.PCG64, dtype: str) -> np.ndarray:
    """Every number one unit in the last place of `dtype` up or down, as the next words say."""
    return np.asarray(array * (1.0 + EPS[dtype] * _signs(words, array.shape)).astype(array.real.dtype))


def _signs(words: np.random.PCG64, shape: tuple[int, ...]) -> np.ndarray:
    """Plus and minus one."""
    return np.where(words.random_raw(math.prod(shape)) >> np.uint64(63), 1.0, -1.0).reshape(shape)


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
