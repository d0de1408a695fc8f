"""Running sums and products along one dimension, and the product of all elements.

Derivatives of products never divide, so that zeros need no special case: what multiplies an element
is built from the others, by pairs (`prod`) or by a recurrence (`cumprod`).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .. import dims
from ..op import GENERAL, LINEAR, method, op
from .arithmetic import sub
from .broadcast import expand
from .complex import conj
from .explog import _summed_complex, exp
from .join import _cat, _slice
from .pad import _padded
from .rearrange import _flip
from .reduce import _by_dim, _spread, _summand, _wide, sum
from .shape import _reshape, reshape, unsqueeze
from .split import _select, narrow


@op(kind=LINEAR, inplace=True, method=False, node="CumsumBackward0")
def _cumsum(x, dim=0, dtype=None):
    """The sum so far."""
    x = _summand(x, dtype)
    return np.cumsum(_wide(x), axis=dim).astype(x.dtype, copy=False) if x.ndim else x.copy()


@op(kind=LINEAR, method=False, node="CumsumBackward0")
def _cumsum_from_end(x, dim=0):
    """The sum from here on: what the sum so far transposes to."""
    return np.flip(np.cumsum(np.flip(x, dim), axis=dim), dim) if np.ndim(x) else x.copy()


_cumsum.grads(x=lambda g, dim: _cumsum_from_end(g, dim))
_cumsum_from_end.grads(x=lambda g, dim: _cumsum(g, dim))


@method
def cumsum(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """The sum of the elements so far along dim; integers add up in int64."""
    return _cumsum(x, dims.one(dim, len(x.shape)), dtype)


@op(kind=GENERAL, method=False, node="CumprodBackward0")
def _cumprod(x, dim=0, dtype=None):
    """The product so far."""
    x = _summand(x, dtype)
    return np.cumprod(_wide(x), axis=dim).astype(x.dtype, copy=False) if x.ndim else x.copy()


@op(kind=GENERAL, method=False)
def _recurrence(b, a, dim=0):
    """y[k] = b[k] + a[k] y[k-1], from y[-1] = 0."""
    out = np.array(b, dtype=np.result_type(a, b))
    y, factor = np.moveaxis(out, dim, 0), np.moveaxis(a, dim, 0)
    for k in range(1, len(y)):
        y[k] += factor[k] * y[k - 1]
    return out


def _shifted(x: Any, dim: int, value: float = 0.0) -> Any:
    """x one place further, `value` coming in."""
    amounts = [(0, 0)] * len(x.shape)
    amounts[dim] = (1, -1)
    return _padded(x, tuple(amounts), value)


def _recurrence_from_end(b: Any, a: Any, dim: int) -> Any:
    """z[k] = b[k] + a[k+1] z[k+1]: what the recurrence transposes to."""
    return _flip(_recurrence(_flip(b, (dim,)), _shifted(_flip(a, (dim,)), dim), dim), (dim,))


_recurrence.grads(
    b=lambda g, a, dim: _recurrence_from_end(g, conj(a), dim),
    a=lambda g, a, out, dim: _recurrence_from_end(g, conj(a), dim) * conj(_shifted(out, dim)),
)


def _cumprod_grad(g: Any, x: Any, dim: int) -> Any:
    """The product before each element times g summed over the products after it."""
    if not x.shape:
        return g
    before = _shifted(_cumprod(x, dim), dim, 1.0)
    return conj(before) * _recurrence_from_end(g, conj(x), dim)


_cumprod.grads(x=lambda g, x, dim: _cumprod_grad(g, x, dim))


@method
def cumprod(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """The product of the elements so far along dim; integers multiply in int64."""
    return _cumprod(x, dims.one(dim, len(x.shape)), dtype)


@op(kind=GENERAL, method=False)
def _logcumsumexp(x, dim=0):
    """log of the sum of exponentials so far."""
    if not x.ndim:
        return x.copy()
    if x.dtype.kind == "c":
        steps = itertools.accumulate(np.moveaxis(x, dim, 0), _summed_complex)
        return np.stack(list(steps), dim) if x.shape[dim] else x.copy()
    return np.logaddexp.accumulate(_wide(x), axis=dim).astype(x.dtype, copy=False)


def _logcumsumexp_grad(g: Any, x: Any, out: Any, dim: int) -> Any:
    """exp(x[k] - out[k]) (g[k] + exp(out[k] - out[k+1]) (g[k+1] + ...)): no factor exceeds 1."""
    if not x.shape:
        return g
    ratios = conj(exp(sub(_shifted(out, dim), out)))
    return conj(exp(sub(x, out))) * _recurrence_from_end(g, ratios, dim)


_logcumsumexp.grads(x=lambda g, x, out, dim: _logcumsumexp_grad(g, x, out, dim))


@method
def logcumsumexp(x: Any, dim: int) -> Any:
    """log of the sum of the exponentials so far along dim, without overflow."""
    return _logcumsumexp(x, dims.one(dim, len(x.shape)))


@op(kind=GENERAL, method=False, node=_by_dim("Prod"))
def _prod(x, dim=None, keepdim=False, dtype=None):
    """The product of all elements, or along one dimension."""
    x = _summand(x, dtype)
    return np.multiply.reduce(_wide(x), axis=dims.several(dim, x.ndim), keepdims=keepdim).astype(x.dtype, copy=False)


_prod.grads(x=lambda g, x, dim, keepdim: _spread(g, x.shape, dim, keepdim) * conj(_products_of_others(x, dim)))


@method
def prod(x: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of all elements, or along one dimension; integers multiply in int64."""
    if dim is not None and not isinstance(dim, int):
        raise TypeError(f"prod() received an invalid combination of arguments - got ({type(dim).__name__})")
    return _prod(x, dim, keepdim, dtype)


def _products_of_others(x: Any, dim: int | None) -> Any:
    """For every element the product of all others (along dim).

    The elements are paired, the pairs multiplied, and so on to a single product; on the way back
    each of a pair gets the other times what its pair got. Every step is a product, so it can be
    differentiated as often as you like, zeros or not.
    """
    shape = tuple(x.shape)
    flat = reshape(x, (-1,)) if dim is None else x
    at = 0 if dim is None else dims.one(dim, len(shape))
    if not flat.shape:
        return _ones(flat)
    levels = []
    while flat.shape[at] > 1:
        size = flat.shape[at]
        if size % 2:
            amounts = [(0, 0)] * len(flat.shape)
            amounts[at] = (0, 1)
            flat = _padded(flat, tuple(amounts), 1.0)
        left, right = (_slice(flat, at, start, flat.shape[at], 2) for start in (0, 1))
        levels.append((left, right, size))
        flat = left * right
    others = _ones(flat)
    for left, right, size in reversed(levels):
        others = _slice(_interleaved_pair(others * right, others * left, at), at, 0, size)
    return _reshape(others, shape) if dim is None else others


@op(method=False)
def _ones(x):
    """Ones of x's shape and dtype."""
    return np.ones_like(x)


def _interleaved_pair(left: Any, right: Any, dim: int) -> Any:
    """left[0], right[0], left[1], right[1], ... along dim."""
    shape = tuple(left.shape)
    both = _cat(unsqueeze(left, dim + 1), unsqueeze(right, dim + 1), dim=dim + 1)
    return _reshape(both, (*shape[:dim], 2 * shape[dim], *shape[dim + 1 :]))


@method
def diff(x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Each element minus the one before it, n times over."""
    parts = [part for part in (prepend, x, append) if part is not None]
    if len(parts) > 1:
        x = _cat(*parts, dim=dims.one(dim, len(x.shape)))
    if not x.shape:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    at = dims.one(dim, len(x.shape))
    for _ in range(n):
        size = x.shape[at]
        x = sub(narrow(x, at, 1, max(size - 1, 0)), narrow(x, at, 0, max(size - 1, 0))) if size else x
    return x


def _areas(y: Any, x: Any, dx: float, at: int) -> Any:
    """The area between each two neighbouring points."""
    size = y.shape[at]
    heights = narrow(y, at, 1, size - 1) + narrow(y, at, 0, size - 1)
    if x is None:
        return heights * (dx / 2)
    width = diff(x, dim=-1 if len(x.shape) == 1 else at - len(y.shape))
    if len(x.shape) == 1:
        width = reshape(width, (-1, *(1,) * (len(y.shape) - at - 1)))
    return heights * width / 2


def trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """The area under y by the trapezoidal rule, at the places x or `dx` apart."""
    at = dims.one(dim, len(y.shape))
    size = y.shape[at]
    if size < 2:
        return sum(y, at) * 0
    if x is not None:
        return sum(_areas(y, x, dx, at), at)
    ends = _select(y, at, 0) + _select(y, at, size - 1)
    return (sum(narrow(y, at, 1, size - 2), at) + ends * 0.5) * dx


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """The area under y so far, at every point but the first."""
    at = dims.one(dim, len(y.shape))
    return cumsum(_areas(y, x, dx, at), at)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of x in a last dimension of N: from 0 on if `increasing`, else down to 0."""
    count = x.shape[-1] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    ones = _ones(reshape(x, (*x.shape, 1)))
    if count < 2:
        return narrow(ones, -1, 0, count)
    powers = expand(unsqueeze(x, -1), (*x.shape, count - 1))
    out = _cat(ones, cumprod(powers, -1), dim=len(x.shape))
    return out if increasing else _flip(out, (len(x.shape),))
