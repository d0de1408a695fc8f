"""Circular and hyperbolic functions and their inverses."""

from __future__ import annotations

import numpy as np

from ..op import COMMON_FLOAT, ELEMENTWISE, FLOAT, op
from .complex import conj
from .explog import rsqrt


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def sin(x):
    """Sine."""
    return np.sin(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def cos(x):
    """Cosine."""
    return np.cos(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def tan(x):
    """Tangent."""
    return np.tan(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def asin(x):
    """The inverse of sine on [-1, 1]."""
    return np.arcsin(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def acos(x):
    """The inverse of cosine on [-1, 1]."""
    return np.arccos(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def atan(x):
    """The inverse of tangent."""
    return np.arctan(x)


@op(kind=ELEMENTWISE, promote=COMMON_FLOAT, inplace=True)
def atan2(y, x):
    """The angle of the point (x, y)."""
    return np.arctan2(y, x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def sinh(x):
    """Hyperbolic sine."""
    return np.sinh(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def cosh(x):
    """Hyperbolic cosine."""
    return np.cosh(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def tanh(x):
    """Hyperbolic tangent."""
    return np.tanh(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def asinh(x):
    """The inverse of hyperbolic sine."""
    return np.arcsinh(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def acosh(x):
    """The inverse of hyperbolic cosine on [1, inf)."""
    return np.arccosh(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def atanh(x):
    """The inverse of hyperbolic tangent on (-1, 1)."""
    return np.arctanh(x)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def sinc(x):
    """sin(pi x) / (pi x), and 1 at 0."""
    return np.sinc(x)


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
sinc.grads(x=lambda g, x: g * conj(_sinc_slope(x)))
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


@op(kind=ELEMENTWISE, method=False)
def _sinc_slope(x):
    """sinc'(x) = (cos(pi x) - sinc(x)) / x, by its series near 0."""
    z = np.pi * x
    series = -np.pi * z / 3 * (1 - z * z / 10 * (1 - z * z / 28 * (1 - z * z / 54)))
    near = np.abs(z) < 0.3
    return np.where(near, series, (np.cos(z) - np.sinc(x)) / np.where(near, 1, x)).astype(x.dtype)


@op(kind=ELEMENTWISE, method=False)
def _sinc_bend(x):
    """sinc''(x) = -pi^2 sinc(x) - 2 sinc'(x) / x, by its series near 0."""
    z = np.pi * x
    series = -(np.pi**2) / 3 * (1 - 3 * z * z / 10 * (1 - 5 * z * z / 84 * (1 - 7 * z * z / 270)))
    near = np.abs(z) < 0.3
    far = np.where(near, 1, x)
    return np.where(near, series, -(np.pi**2) * np.sinc(x) - 2 * (np.cos(z) - np.sinc(x)) / far / far).astype(x.dtype)


_sinc_slope.grads(x=lambda g, x: g * conj(_sinc_bend(x)))
# sinc''' follows from differentiating x sinc'' + 2 sinc' + pi^2 x sinc = 0 once more, away from 0.
_sinc_bend.grads(x=lambda g, x: g * conj(_sinc_third(x)))


@op(kind=ELEMENTWISE, method=False)
def _sinc_third(x):
    """sinc'''(x), by its series near 0; the highest order written out."""
    z = np.pi * x
    series = np.pi**3 * z / 5 * (1 - 5 * z * z / 42 * (1 - 7 * z * z / 180))
    near = np.abs(z) < 0.5
    far = np.where(near, 1, x)
    value, slope = np.sinc(x), (np.cos(z) - np.sinc(x)) / far
    bend = -(np.pi**2) * value - 2 * slope / far
    return np.where(near, series, -(3 * bend + np.pi**2 * (far * slope + value)) / far).astype(x.dtype)
