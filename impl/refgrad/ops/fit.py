"""Bring a gradient to the shape and dtype of what it is the gradient of.

Broadcasting copied a value, so the derivative adds the copies (`sum_to`). A real tensor that met
complex ones gets the real part. A tensor that was promoted gets its own dtype back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import LINEAR, op
from ..places import strided
from ..promotion import COMPUTED
from ..tensor import Tensor


@op(kind=LINEAR, node="ExpandBackward0", view=True, method=False)
def _expand(x, shape=()):
    """x repeated along new and size-1 dimensions, without copying; what is not repeated keeps its stride."""
    lead = len(shape) - x.ndim
    strides = [s if n == m else 0 for s, n, m in zip(x.strides, x.shape, shape[lead:], strict=True)]
    return strided(x, shape, (*(0,) * lead, *strides))


@op(kind=LINEAR, node="SumBackward1", method=False)
def sum_to(x, shape=()):
    """x added up over the dimensions that broadcasting from `shape` would have made."""
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(i for i in range(lead, x.ndim) if shape[i - lead] == 1 and x.shape[i] != 1)
    return np.add.reduce(x, axis=axes, keepdims=True).reshape(shape)


@op(kind=LINEAR, node="ToCopyBackward0", method=False)
def cast(x, dtype=None):
    """x in another dtype (a NumPy dtype); from complex to real, the real part."""
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real
    return x.astype(dtype)


@op(kind=LINEAR, node="ExpandBackward0", method=False)
def expand_copy(x, shape=()):
    """x repeated to `shape`; on Tensors no view, so that the double backward may do as it likes."""
    return repeated(x, shape)


def repeated(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """np.broadcast_to, at a fifth of its price where there is one element to repeat, as behind a sum of all."""
    if type(x) is not np.ndarray or x.size != 1 or x.dtype not in COMPUTED:
        return np.broadcast_to(x, shape)
    out: np.ndarray = np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
    out.flags.writeable = False
    return out


_expand.grads(x=lambda g, x_shape: sum_to(g, x_shape))
expand_copy.grads(x=lambda g, x_shape: sum_to(g, x_shape))
sum_to.grads(x=lambda g, x_shape: expand_copy(g, x_shape))
cast.grads(x=lambda g, x_dtype: cast(g, x_dtype))


def fitted(g: Any, shape: tuple[int, ...], dtype: np.dtype, node: str, index: int) -> Any:
    """`g` with this shape and dtype; raises where no broadcasting of `shape` could have given g's."""
    if g.shape != shape:
        lead = len(g.shape) - len(shape)
        if lead < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[lead:], strict=True)):
            raise RuntimeError(
                f"Function {node} returned an invalid gradient at index {index} - got {list(g.shape)} but expected "
                f"shape compatible with {list(shape)}"
            )
        g = sum_to(g, shape)
    have = g._a.dtype if isinstance(g, Tensor) else g.dtype
    return g if have == dtype else cast(g, dtype)


__all__ = ["cast", "expand_copy", "fitted", "repeated", "sum_to"]
