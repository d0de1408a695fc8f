"""Sums, products, quotients and powers of tensors and numbers, with broadcasting."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import COMMON, COMMON_FLOAT, ELEMENTWISE, LINEAR, MULTILINEAR, op
from ..tensor import Tensor
from .compare import where
from .complex import conj, real
from .explog import log


@op(kind=LINEAR, promote=COMMON, inplace=True, method=False)
def _add(x, y):
    """Sum, element by element."""
    return np.add(x, y)


@op(kind=LINEAR, promote=COMMON, inplace=True, method=False)
def _sub(x, y):
    """Difference, element by element."""
    if x.dtype.kind == "b" or (isinstance(y, np.ndarray) and y.dtype.kind == "b"):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    return np.subtract(x, y)


@op(kind=MULTILINEAR, promote=COMMON, inplace=True)
def mul(x, y):
    """Product, element by element."""
    return np.multiply(x, y)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True, method=False)
def _div(x, y):
    """Quotient, element by element; integers become floating."""
    return np.true_divide(x, y)


_add.op.Node.__name__, _sub.op.Node.__name__, _div.op.Node.__name__ = "AddBackward0", "SubBackward0", "DivBackward0"
_add.grads(x=lambda g: g, y=lambda g: g)
_sub.grads(x=lambda g: g, y=lambda g: -g)
mul.grads(x=lambda g, y: g * conj(y), y=lambda g, x: g * conj(x))
_div.grads(x=lambda g, y: g / conj(y), y=lambda g, x, y: -g * conj(x / y) / conj(y))  # y * y may overflow


@op(kind=LINEAR, inplace=True)
def neg(x):
    """-x."""
    if x.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
            "`~` or `logical_not()` operator instead."
        )
    return np.negative(x)


neg.grads(x=lambda g: -g)


@op(kind=LINEAR)
def clone(x):
    """A copy that gradients pass through."""
    return x.copy(order="K")


clone.grads(x=lambda g: g)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True)
def remainder(x, y):
    """x - y * floor(x / y): the sign is y's, as Python's %."""
    return np.remainder(x, y)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True)
def fmod(x, y):
    """x - y * trunc(x / y): the sign is x's, as C's fmod."""
    return np.fmod(x, y)


remainder.grads(x=lambda g: g, y=lambda g, x, y: -g * floor_divide(x, y))
fmod.grads(x=lambda g: g, y=lambda g, x, y: -g * _trunc_divide(x, y))


@op(promote=COMMON, inplace=True)
def floor_divide(x, y):
    """floor(x / y); no derivative is defined for it."""
    return np.floor_divide(x, y)


@op(promote=COMMON, method=False)
def _trunc_divide(x, y):
    """trunc(x / y)."""
    return np.trunc(x / y).astype(np.result_type(x, y))


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, method=False)
def _pow(x, y):
    """x to the power y, element by element."""
    if x.dtype.kind in "iub" and np.any(np.asarray(y) < 0):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(x, y)


_pow.op.Node.__name__ = "PowBackward0"
_pow.grads(x=lambda g, x, y: _pow_base(g, x, y), y=lambda g, x, y, out: _pow_exponent(g, x, y, out))


def _pow_base(g: Any, x: Any, y: Any) -> Any:
    """y x^(y-1), and 0 where y is 0 even at x = 0."""
    if not isinstance(y, Tensor | np.ndarray | np.generic):
        return zeros_times(g) if y == 0 else g * conj(y * _pow(x, y - 1))
    zero = y == 0
    return where(zero, zeros_times(g), g * conj(y * _pow(x, where(zero, y, y - 1))))


def _pow_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """x^y log x, and 0 at x = 0 with y >= 0: there the limit is 0."""
    flat = (x == 0) & ((y if not is_complex(y) else real(y)) >= 0)
    return g * conj(where(flat, zeros_times(out), out * log(x)))


@op(kind=LINEAR, method=False)
def zeros_times(x):
    """0 * x without its NaN."""
    return np.zeros_like(x)


zeros_times.grads(x=lambda g: zeros_times(g))


def is_complex(x: Any) -> bool:
    """Is the tensor, array or number complex?"""
    return isinstance(x, complex) or getattr(getattr(x, "_a", x), "dtype", np.dtype(float)).kind == "c"


def add(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """x + alpha y."""
    return _add(x, y) if alpha == 1 else _add(x, mul(y, alpha) if isinstance(y, Tensor) else y * alpha)


def sub(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """x - alpha y."""
    return _sub(x, y) if alpha == 1 else _sub(x, mul(y, alpha) if isinstance(y, Tensor) else y * alpha)


def div(x: Any, y: Any, *, rounding_mode: str | None = None) -> Any:
    """x / y; with rounding_mode "floor" or "trunc" the rounded quotient, whose gradient is 0."""
    if rounding_mode is None:
        return _div(x, y)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    return rounded(x / y, np.floor if rounding_mode == "floor" else np.trunc)


@op(kind=ELEMENTWISE, method=False, node="DivBackward1")
def rounded(x, how=None):
    """x rounded by a NumPy function; flat, so its gradient is 0."""
    return how(x)


rounded.grads(x=lambda g: zeros_times(g))


def pow(x: Any, y: Any) -> Any:
    """x to the power y. A square, a square root and their like take their own, more accurate, roads."""
    return _pow(x, y)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def lerp(x, y, weight):
    """x + weight (y - x), computed from the nearer end, so that weight 1 gives y exactly."""
    near = np.abs(weight) < 0.5
    return np.where(near, x + weight * (y - x), y - (y - x) * (1 - weight))


lerp.grads(
    x=lambda g, weight: g * conj(1 - weight),
    y=lambda g, weight: g * conj(weight),
    weight=lambda g, x, y: g * conj(y - x),
)


def addcmul(x: Any, a: Any, b: Any, *, value: Any = 1) -> Any:
    """x + value a b."""
    return add(x, mul(a, b), alpha=value)


def addcdiv(x: Any, a: Any, b: Any, *, value: Any = 1) -> Any:
    """x + value a / b."""
    return add(x, div(a, b), alpha=value)

