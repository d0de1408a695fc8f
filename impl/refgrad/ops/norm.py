"""Norms of vectors: `vector_norm`, `norm`, and `renorm`, which brings slices down to one.

Where a norm is 0 its gradient is taken to be 0, as torch takes it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims, dtypes
from ..op import GENERAL, method, op
from .arithmetic import _pow, zeros_times
from .choose import _where
from .complex import abs, reciprocal_or_zero, sgn
from .fit import cast
from .reduce import _kind, _spread, _wide, sum


@op(kind=GENERAL, method=False, node="LinalgVectorNormBackward0")
def _vector_norm(x, ord=2.0, dim=None, keepdim=False):
    """(sum |x|^ord)^(1/ord); the largest |x| for inf, how many are not 0 for 0."""
    axes = dims.several(dim, x.ndim)
    size = np.abs(_wide(x))
    if ord == np.inf:
        out = np.maximum.reduce(size, axis=axes, keepdims=keepdim)
    elif ord == -np.inf:
        out = np.minimum.reduce(size, axis=axes, keepdims=keepdim)
    elif ord == 0:
        out = np.add.reduce(size != 0, axis=axes, keepdims=keepdim, dtype=size.dtype)
    elif ord == 1:
        out = np.add.reduce(size, axis=axes, keepdims=keepdim)
    elif ord == 2:
        out = np.sqrt(np.add.reduce(size * size, axis=axes, keepdims=keepdim))
    else:
        out = np.power(np.add.reduce(np.power(size, ord), axis=axes, keepdims=keepdim), 1 / ord)
    return out.astype(x.real.dtype, copy=False)


_vector_norm.grads(x=lambda g, x, out, ord, dim, keepdim: _norm_grad(g, x, out, ord, dim, keepdim))


def _norm_grad(g: Any, x: Any, out: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    """The unit vector that the norm grows along; 0 where the norm is 0, as torch takes it."""
    g = _spread(g, x.shape, dim, keepdim)
    if ord == 0:
        return zeros_times(g)
    if ord == 1:
        return g * sgn(x)
    if ord == 2:
        return x * (g * reciprocal_or_zero(_spread(out, x.shape, dim, keepdim)))
    if ord in (np.inf, -np.inf):
        extreme = cast(abs(x) == _spread(out, x.shape, dim, keepdim), dtypes.numpy_of(out))
        return g * sgn(x) * (extreme / sum(extreme, dim, True))
    share = abs(x) * reciprocal_or_zero(_spread(out, x.shape, dim, keepdim))
    flat = share == 0
    return g * sgn(x) * _where(flat, 0.0, _pow(_where(flat, 1.0, share), ord - 1))


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The `ord`-norm of x taken as a vector; raises RuntimeError for integers."""
    x = x if dtype is None else cast(x, dtypes.of(dtype).numpy)
    array = getattr(x, "_a", x)
    if array.dtype.kind in "iub":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {_kind(array)}"
        )
    if array.size == 0 and (ord < 0 or ord == np.inf) and 0 in [array.shape[d] for d in dims.several(dim, array.ndim)]:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {float(ord)} norm on an empty tensor because the operation does "
            "not have an identity"
        )
    return _vector_norm(x, ord, dim, keepdim)


@method
def norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The p-norm of x taken as a vector ("fro" is 2); `p="nuc"` is the sum of a matrix's singular values."""
    if p == "nuc":
        from .matrix_norm import matrix_norm

        return matrix_norm(x, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


@method
def renorm(x: Any, p: float, dim: int, maxnorm: float) -> Any:
    """x with each slice along `dim` whose p-norm exceeds `maxnorm` scaled down to it."""
    at = dims.one(dim, len(x.shape))
    size = vector_norm(x, p, tuple(d for d in range(len(x.shape)) if d != at), True)
    over = size > maxnorm
    # torch divides by a little more than the norm
    return x * _where(over, maxnorm / (_where(over, size, 1.0) + 1e-7), 1.0)
