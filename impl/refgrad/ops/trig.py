"""Circular and hyperbolic functions and their inverses."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..op import COMMON_FLOAT, ELEMENTWISE, FLOAT, op
from ..tensor import Tensor
from .complex import complex, conj
from .explog import rsqrt


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.sin)
def sin(x):
    """Sine."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.cos)
def cos(x):
    """Cosine."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def tan(x):
    """Tangent. The slope is made of it, so a unit lost here is two there: NumPy loses two in single precision."""
    return np.tan(x.astype(np.float64)).astype(x.dtype) if x.dtype == np.float32 else np.tan(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.arcsin)
def asin(x):
    """The inverse of sine on [-1, 1]."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.arccos)
def acos(x):
    """The inverse of cosine on [-1, 1]."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.arctan)
def atan(x):
    """The inverse of tangent."""


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def atan2(y, x):
    """The angle of the point (x, y)."""
    dtypes.refuse("atan2_cpu", "c", y, x)
    return np.arctan2(y, x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.sinh)
def sinh(x):
    """Hyperbolic sine."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.cosh)
def cosh(x):
    """Hyperbolic cosine."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.tanh)
def tanh(x):
    """Hyperbolic tangent."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.arcsinh)
def asinh(x):
    """The inverse of hyperbolic sine."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.arccosh)
def acosh(x):
    """The inverse of hyperbolic cosine on [1, inf)."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True, ufunc=np.arctanh)
def atanh(x):
    """The inverse of hyperbolic tangent on (-1, 1)."""


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def sinc(x):
    """sin(pi x) / (pi x), and 1 at 0."""
    z = np.pi * x
    return np.where(x == 0, 1, _turned(x)[0] / np.where(x == 0, 1, z)).astype(x.dtype)


def _turned(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sin(pi x) and cos(pi x), the whole turns taken off before pi is rounded."""
    whole = np.rint(x.real)
    sign = 1 - 2 * (whole % 2)
    z = np.pi * (x - whole)
    return sign * np.sin(z), sign * np.cos(z)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def deg2rad(x):
    """Degrees as radians."""
    return x * (np.pi / 180)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def rad2deg(x):
    """Radians as degrees."""
    return x * (180 / np.pi)


sin.grads(x=lambda g, x: g * conj(cos(x)))
cos.grads(x=lambda g, x: -g * conj(sin(x)))
tan.grads(x=lambda g, out: g * conj(1 + out * out))
asin.grads(x=lambda g, x: g * conj(rsqrt((1 - x) * (1 + x))))  # the product keeps its digits near +-1
acos.grads(x=lambda g, x: -g * conj(rsqrt((1 - x) * (1 + x))))
atan.grads(x=lambda g, x: g / conj(1 + x * x))
atan2.grads(y=lambda g, y, x: g * _over_square(x, y), x=lambda g, y, x: -g * _over_square(y, x))
sinh.grads(x=lambda g, x: g * conj(cosh(x)))
cosh.grads(x=lambda g, x: g * conj(sinh(x)))
tanh.grads(x=lambda g, out: g * conj(1 - out * out))
asinh.grads(x=lambda g, x: g * conj(rsqrt(x * x + 1)))
acosh.grads(x=lambda g, x: g * conj(rsqrt(x - 1) * rsqrt(x + 1)))
atanh.grads(x=lambda g, x: g / conj((1 - x) * (1 + x)))
sinc.grads(x=lambda g, x: g * conj(_sinc_derivative(x)))
deg2rad.grads(x=lambda g: g * (np.pi / 180))
rad2deg.grads(x=lambda g: g * (180 / np.pi))


@op(kind=ELEMENTWISE, method=False)
def _over_square(a, b):
    """a / (a^2 + b^2), and 0 at the origin; scaled by the larger, so that no square overflows."""
    top = np.maximum(np.abs(a), np.abs(b))
    scale = np.where((top == 0) | ~np.isfinite(top), 1, top)
    s, c = a / scale, b / scale
    size = s * s + c * c
    return np.where(size == 0, 0, s / np.where(size == 0, 1, size) / scale).astype(size.dtype)


# d/da of a/(a^2+b^2) is (b^2-a^2)/(a^2+b^2)^2 and d/db is -2ab/(a^2+b^2)^2: products of the same fractions.
_over_square.grads(
    a=lambda g, a, b: g * (_over_square(b, a) - _over_square(a, b)) * (_over_square(b, a) + _over_square(a, b)),
    b=lambda g, a, b: g * _over_square(a, b) * _over_square(b, a) * -2,
)


NEAR, TERMS = 1.5, 20
"""Up to |pi x| = NEAR times the order, sinc's derivatives come from so many terms of the Taylor series."""


def _series(z: np.ndarray, order: int) -> np.ndarray:
    """The derivative of sin(z)/z = sum (-1)^k z^2k / (2k + 1)! of the given order, by Horner's rule."""
    total = np.zeros_like(z)
    for k in range(TERMS + order, (order + 1) // 2 - 1, -1):
        total = total * z * z + (-1) ** k * math.perm(2 * k, order) / math.factorial(2 * k + 1)
    return total * z if order % 2 else total


@op(kind=ELEMENTWISE, method=False)
def _sinc_derivative(x, order=1):
    """The derivative of sinc of the given order.

    Away from 0 from z f^(n) = sin^(n)(z) - n f^(n-1), which loses digits near 0; there from the series.
    """
    z = np.pi * x
    near = np.abs(z) < NEAR * order
    far = np.where(near, 1, z)
    sine, cosine = _turned(x)
    value = sine / far
    for n in range(1, order + 1):
        value = ((sine, cosine, -sine, -cosine)[n % 4] - n * value) / far
    return (np.pi**order * np.where(near, _series(np.where(near, z, 0), order), value)).astype(x.dtype)


_sinc_derivative.grads(x=lambda g, x, order: g * conj(_sinc_derivative(x, order + 1)))

arcsin, arccos, arctan, arctan2, arcsinh, arccosh, arctanh = asin, acos, atan, atan2, asinh, acosh, atanh
for _name, _function in {
    "arcsin": asin, "arccos": acos, "arctan": atan, "arctan2": atan2, "arcsinh": asinh, "arccosh": acosh,
    "arctanh": atanh,
}.items():  # fmt: skip
    setattr(Tensor, _name, _function)


def polar(abs, angle):  # type: ignore[no-untyped-def]
    """The complex number of the given modulus and angle."""
    return complex(abs * cos(angle), abs * sin(angle))
