"""Where elements lie in memory: an array seen with other strides, and an index along one dimension as flat places.

`strided` shows the one. NumPy reads and adds fastest at `places` in flat memory: `read_at` reads there, `fold_at`
adds, multiplies or compares there, in the order of the index. All take arrays and know no op.
"""

from __future__ import annotations

import itertools
import operator

import numpy as np


def strided(x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """NumPy's as_strided, at a tenth of its price where x lies in C order."""
    if x.flags.c_contiguous and x.size:
        return np.ndarray(shape, x.dtype, x, 0, strides)
    return np.lib.stride_tricks.as_strided(x, shape, strides)


def places(index: np.ndarray, shape: tuple[int, ...], dim: int) -> np.ndarray:
    """Where out[index[i, j], j] (for dim 0, and so on) lies in an array of `shape` in C order."""
    steps = list(itertools.accumulate(shape[:0:-1], initial=1, func=operator.mul))[::-1]
    found = index * steps[dim]
    for d, (n, step) in enumerate(zip(index.shape, steps, strict=True)):
        if d != dim:
            found += np.arange(0, n * step, step).reshape(-1, *(1,) * (index.ndim - d - 1)) if step else 0
    return found


def read_at(x: np.ndarray, index: np.ndarray, dim: int) -> np.ndarray:
    """out[i, j] = x[index[i, j], j], for dim 0."""
    return x.reshape(-1)[places(index, x.shape, dim)]


def fold_at(fold: np.ufunc, x: np.ndarray, index: np.ndarray, source: np.ndarray, dim: int) -> np.ndarray:
    """x with out[index[i, j], j] = fold(out[index[i, j], j], source[i, j]), for dim 0."""
    out = np.array(x, order="C", copy=True)
    source = np.asarray(source[tuple(slice(n) for n in index.shape)], out.dtype)
    fold.at(out.reshape(-1), places(index, out.shape, dim).reshape(-1), source.reshape(-1))
    return out
