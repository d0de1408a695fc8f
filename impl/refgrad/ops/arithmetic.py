"""Sums, products, quotients and powers of tensors and numbers, with broadcasting."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import COMMON, COMMON_FLOAT, COMMON_NUMBERS, ELEMENTWISE, LINEAR, MULTILINEAR, Overload, method, op
from ..recipe import no_derivative
from ..tensor import Tensor, wrap
from .choose import chosen, where
from .complex import conj, real
from .explog import log, reciprocal
from .fit import cast


@op(kind=LINEAR, promote=COMMON, inplace=True, method=False, ufunc=np.add)
def _add(x, y):
    """Sum, element by element."""


@op(kind=LINEAR, promote=COMMON_NUMBERS, inplace=True, method=False, ufunc=np.subtract)
def _sub(x, y):
    """Difference, element by element."""


def _which_rsub(tensors: Any, settings: Any) -> tuple[str, slice]:
    whole = isinstance(tensors[1], Tensor)
    return ("RsubBackward0", slice(None)) if whole else ("RsubBackward1", slice(0, 1))


@op(kind=LINEAR, promote=COMMON_NUMBERS, method=False, node=_which_rsub)
def _rsub(x, y):
    """y - x, element by element."""
    return np.subtract(y, x)


@op(kind=MULTILINEAR, promote=COMMON, inplace=True, ufunc=np.multiply)
def mul(x, y):
    """Product, element by element."""


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True, method=False, ufunc=np.true_divide)
def _div(x, y):
    """Quotient, element by element; integers become floating."""


_add.op.Node.__name__, _sub.op.Node.__name__, _div.op.Node.__name__ = "AddBackward0", "SubBackward0", "DivBackward0"
_add.grads(x=lambda g: g, y=lambda g: g)
_sub.grads(x=lambda g: g, y=lambda g: -g)
_rsub.grads(x=lambda g: -g, y=lambda g: g)
mul.grads(x=lambda g, y: g * conj(y), y=lambda g, x: g * conj(x))
_div.grads(x=lambda g, y: g / conj(y), y=lambda g, x, y: -g * conj(x / y) / conj(y))  # y * y may overflow


@op(kind=LINEAR, inplace=True)
def neg(x):
    """-x."""
    if x.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        )
    return np.negative(x)


neg.grads(x=lambda g: -g)


@op(kind=LINEAR)
def clone(x):
    """A copy that gradients pass through."""
    return x.copy(order="K")


clone.grads(x=lambda g: g)


def _check_divisor(kernel: str, x: Any, y: Any) -> None:
    """Refuse bools and complex numbers, and integers to be divided by 0: no integer could be the answer."""
    dtypes.refuse(kernel, "bc", x, y)
    if np.asarray(x).dtype.kind in "iu" and np.asarray(y).dtype.kind in "iu" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")


def _beside(name: str) -> Overload:
    """torch's node has an edge for the second argument only where that is a tensor."""
    return lambda tensors, settings: (name, slice(None) if isinstance(tensors[1], Tensor) else slice(0, 1))


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, node=_beside("RemainderBackward0"))
def remainder(x, y):
    """x - y * floor(x / y): the sign is y's, as Python's %."""
    _check_divisor("remainder_cpu", x, y)
    return np.remainder(x, y)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, node=_beside("FmodBackward0"))
def fmod(x, y):
    """x - y * trunc(x / y): the sign is x's, as C's fmod."""
    _check_divisor("fmod_cpu", x, y)
    return np.fmod(x, y)


remainder.grads(x=lambda g: g, y=lambda g, x, y: -g * _rounded_div(x, y, "floor"))
fmod.grads(x=lambda g: g, y=lambda g, x, y: -g * _turns(x, y))


@op(kind=ELEMENTWISE, promote=COMMON, method=False)
def _turns(x, y):
    """How often y goes into x: what the quotient is, cut after it was rounded, may be one more."""
    if x.dtype.kind != "f":
        return _rounded_div.op.kernel(x, y, "trunc")
    turns = x / y
    return np.where(np.isfinite(turns), np.rint((x - np.fmod(x, y)) / y), turns).astype(turns.dtype)


_turns.grads(x=lambda g: zeros_times(g), y=lambda g: zeros_times(g))


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, node="NotImplemented")
def floor_divide(x, y):
    """floor(x / y); no derivative is defined for it."""
    _check_divisor("div_floor_cpu", x, y)
    return np.floor_divide(x, y)


floor_divide.grads(x=no_derivative("aten::floor_divide"), y=no_derivative("aten::floor_divide"))


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, method=False, node="DivBackward1")
def _rounded_div(x, y, mode="floor"):
    """x / y rounded down or towards zero; flat, so its gradient is 0."""
    _check_divisor(f"div_{mode}_cpu", x, y)
    if mode == "floor":
        return np.floor_divide(x, y)
    return np.trunc(np.true_divide(x, y)) if x.dtype.kind == "f" else (x - np.fmod(x, y)) // y


_rounded_div.grads(x=lambda g: zeros_times(g), y=lambda g: zeros_times(g))


def _which_power(tensors: Any, settings: Any) -> tuple[str, slice]:
    """torch has an overload for each place where a number may stand, and counts only tensors as inputs."""
    x, y = tensors
    if not isinstance(y, Tensor):
        return "PowBackward0", slice(0, 1)
    return ("PowBackward1", slice(None)) if isinstance(x, Tensor) else ("PowBackward2", slice(1, 2))


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True, method=False, node=_which_power)
def _pow(x, exponent):
    """x to the power `exponent`, element by element."""
    if type(x) is np.ndarray and x.dtype.kind in "fc" and type(exponent) in (int, float) and exponent == 2:
        return np.square(x)  # torch multiplies as well, and it costs half as much
    dtypes.refuse("pow", "b", x, exponent)
    kind = np.asarray(x).dtype.kind
    if kind in "iub" and np.asarray(exponent).dtype.kind in "iub" and np.any(np.asarray(exponent) < 0):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    if isinstance(exponent, float) and kind != "c" and exponent in (0.5, -0.5):
        return np.sqrt(x) if exponent > 0 else 1 / np.sqrt(x)  # torch takes the root's road: nan at -inf, -inf at -0.
    out = np.power(x, exponent)
    if isinstance(exponent, np.ndarray) and exponent.size == 1 and exponent.item() == 0.5 and kind == "f":
        return np.where(x == -np.inf, np.inf, out).astype(out.dtype)  # NumPy takes that road for any lone exponent
    return out


NUMBER = (int, float, complex)

_pow.grads(
    x=lambda g, x, exponent: _pow_base(g, x, exponent),
    exponent=lambda g, x, exponent, out: _pow_exponent(g, x, exponent, out),
)


def _pow_base(g: Any, x: Any, y: Any) -> Any:
    """y x^(y-1), and 0 where y is 0 even at x = 0.

    (Only where the power is not finite: elsewhere the 0 changes with y, by 1 / x, which torch loses.)
    """
    if isinstance(y, NUMBER):
        plain = y == 2 and not isinstance(x, Tensor)  # a Tensor goes on to be differentiated, down to a constant's 0
        return zeros_times(g) if y == 0 else g * conj(y * (x if plain else _pow(x, y - 1)))
    power, zero = _pow(x, y - 1), y == 0
    if isinstance(zero, np.ndarray) and not zero.any():
        return g * conj(y * power)
    lost = zero & (power - power != 0)
    return where(lost, zeros_times(g), g * conj(y * _pow(x, where(lost, y, y - 1))))


def _pow_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """x^y log x, and 0 at x = 0 with y >= 0: there the limit is 0."""
    if not hasattr(x, "dtype"):
        x = np.asarray(x, dtypes.numpy_of(out))
    elif dtypes.numpy_of(x).kind in "biu":  # the logarithm of an integer would be in single precision
        x = cast(x, dtypes.numpy_of(out))
    flat = ((y if not is_complex(y) else real(y)) >= 0) & (x == 0)
    return g * conj(where(flat, zeros_times(out), out * log(x)))


@op(kind=LINEAR, method=False)
def zeros_times(x):
    """0 * x without its NaN."""
    return np.zeros_like(x)


zeros_times.grads(x=lambda g: zeros_times(g))


def is_complex(x: Any) -> bool:
    """Is the tensor, array or number complex?"""
    return isinstance(x, complex) or getattr(getattr(x, "_a", x), "dtype", np.dtype(float)).kind == "c"


def _times(alpha: Any, y: Any) -> Any:
    return y if isinstance(alpha, int) and alpha == 1 else mul(y, alpha) if isinstance(y, Tensor) else y * alpha


@method
def add(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """x + alpha y; of two Python numbers, the sum of the tensors that they would be."""
    if isinstance(x, NUMBER) and isinstance(y, NUMBER):
        x, y = (wrap(np.asarray(n, dtypes.of_number(n))) for n in (x, y))
    return _add(x, _times(alpha, y))


@method
def sub(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """x - alpha y."""
    return _sub(x, _times(alpha, y))


def rsub(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """y - alpha x."""
    return _rsub(_times(alpha, x), y)


def rdiv(x: Any, y: Any) -> Any:
    """y / x, for a number y: what Python asks x for, and torch computes in these two steps."""
    return mul(reciprocal(x), y)


def _checked_mode(mode: str) -> str:
    if mode not in ("floor", "trunc"):
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'")
    return mode


@method
def div(x: Any, y: Any, *, rounding_mode: str | None = None) -> Any:
    """x / y; with rounding_mode "floor" or "trunc" the rounded quotient, whose gradient is 0."""
    return _div(x, y) if rounding_mode is None else _rounded_div(x, y, _checked_mode(rounding_mode))


@method
def pow(x: Any, y: Any) -> Any:
    """x to the power y."""
    return _pow(x, y)


@method
def float_power(x: Any, y: Any) -> Any:
    """x to the power y, in double precision."""
    return _pow(
        *(
            cast(t, np.dtype(np.complex128 if is_complex(t) else np.float64)) if isinstance(t, Tensor) else t
            for t in (x, y)
        )
    )


@method
def positive(x: Tensor) -> Tensor:
    """x itself; raises RuntimeError for a boolean tensor."""
    if x._a.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return x


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def lerp(x, y, weight):
    """x + weight (y - x), computed from the nearer end, so that weight 1 gives y exactly."""
    near = np.abs(weight) < 0.5
    return chosen(near, x + weight * (y - x), y - (y - x) * (1 - weight))


lerp.grads(
    x=lambda g, weight: g * conj(1 - weight),
    y=lambda g, weight: g * conj(weight),
    weight=lambda g, x, y: g * conj(y - x),
)


@op(kind=ELEMENTWISE, promote=COMMON, inplace=True)
def addcmul(x, tensor1, tensor2, value=1):
    """x + value tensor1 tensor2."""
    return x + value * (tensor1 * tensor2)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def addcdiv(x, tensor1, tensor2, value=1):
    """x + value tensor1 / tensor2."""
    return x + value * (tensor1 / tensor2)


addcmul.grads(
    x=lambda g: g,
    tensor1=lambda g, tensor2, value: g * conj(tensor2 * value),
    tensor2=lambda g, tensor1, value: g * conj(tensor1 * value),
)
addcdiv.grads(
    x=lambda g: g,
    tensor1=lambda g, tensor2, value: g * conj(value / tensor2),
    tensor2=lambda g, tensor1, tensor2, value: -g * conj(value * (tensor1 / tensor2) / tensor2),
)


# Other names

subtract, multiply, divide, negative = sub, mul, div, neg


@method
def true_divide(x: Any, y: Any) -> Any:
    """x / y."""
    return _div(x, y)


for _name, _function in {"subtract": sub, "multiply": mul, "divide": div, "negative": neg}.items():
    setattr(Tensor, _name, _function)
