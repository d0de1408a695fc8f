"""Functions of one number, applied to each element: roots, exponentials, circular and special functions, rounding."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from . import kinks, shapes
from .arithmetic import call
from .intervals import (
    ABOVE_ONE,
    POSITIVE,
    PROBABILITY,
    UNIT,
    decreasing,
    even,
    farthest,
    increasing,
    rule,
    same,
    within,
)  # fmt: skip
from .model import REALS, Interval, Op, Slot


def unary(name: str, torch: str = "", jax: str = "", domain: Interval = REALS, **more: Any) -> Op:
    """An entry of one tensor. Function names default to torch.<name> and jnp.<name>."""
    torch, jax = call(torch or f"torch.{name}", 1), call(jax or f"jnp.{name}", 1)
    return Op(name, torch, (Slot("input", domain),), shapes.same, jax=jax, **{"family": "elementwise"} | more)


def special(name: str, jax: str = "", **more: Any) -> Op:
    """An entry that JAX keeps under jax.scipy.special."""
    return unary(name, jax=f"jax.scipy.special.{jax or name}", **more)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * x))


def erf_inverse(x: float) -> float:
    """The inverse of erf, from the normal quantile."""
    return NormalDist().inv_cdf((x + 1) / 2) / math.sqrt(2)


def digamma_between(i: Any, s: Any, k: Any) -> Interval:
    """log x - 1/x < digamma(x) < log x - 1/(2x) for x > 0, and digamma rises."""
    low, high = i[0]
    return math.log(low) - 1 / low, math.log(high) - 1 / (2 * high)


def halves(arrays: Any, settings: Any) -> kinks.Mask:
    """Rounding to the nearest jumps in the middle between integers."""
    middle = arrays[0] - 0.5
    return kinks.near(middle, np.round(middle))


OPS = (
    unary("neg", jax="jnp.negative", bounds=decreasing(lambda x: -x)),
    unary("positive", bounds=same),
    unary("square", bounds=even(lambda x: x * x)),
    unary("abs", bounds=even(abs), kinks=kinks.at(0.0)),
    unary("exp", bounds=increasing(math.exp)),
    unary("log", domain=POSITIVE, bounds=increasing(math.log)),
    unary("sqrt", domain=POSITIVE, bounds=increasing(math.sqrt)),
    unary("sin", bounds=within(-1.0, 1.0)),
    unary("cos", bounds=within(-1.0, 1.0)),
    unary("tanh", bounds=increasing(math.tanh)),
    unary("reciprocal", domain=POSITIVE, bounds=decreasing(lambda x: 1 / x)),
    unary("rsqrt", jax="lax.rsqrt", domain=POSITIVE, bounds=decreasing(lambda x: 1 / math.sqrt(x))),
    unary("exp2", bounds=increasing(lambda x: 2.0**x)),
    unary("expm1", bounds=increasing(math.expm1)),
    unary("log2", domain=POSITIVE, bounds=increasing(math.log2)),
    unary("log10", domain=POSITIVE, bounds=increasing(math.log10)),
    unary("log1p", domain=(-1.0, math.inf), bounds=increasing(math.log1p)),
    unary("tan", domain=(-math.pi / 2, math.pi / 2), bounds=increasing(math.tan)),
    unary("asin", jax="jnp.arcsin", domain=UNIT, bounds=increasing(math.asin)),
    unary("acos", jax="jnp.arccos", domain=UNIT, bounds=decreasing(math.acos)),
    unary("atan", jax="jnp.arctan", bounds=increasing(math.atan)),
    unary("sinh", bounds=increasing(math.sinh)),
    unary("cosh", bounds=even(math.cosh)),
    unary("asinh", jax="jnp.arcsinh", bounds=increasing(math.asinh)),
    unary("acosh", jax="jnp.arccosh", domain=ABOVE_ONE, bounds=increasing(math.acosh)),
    unary("atanh", jax="jnp.arctanh", domain=UNIT, bounds=increasing(math.atanh)),
    unary("sigmoid", jax="jax.nn.sigmoid", bounds=increasing(logistic)),
    special("logit", domain=PROBABILITY, bounds=increasing(lambda x: math.log(x / (1 - x)))),
    special("erf", bounds=increasing(math.erf)),
    special("erfc", bounds=decreasing(math.erfc)),
    special("erfinv", domain=UNIT, bounds=increasing(erf_inverse), ulps=16.0),  # two Newton steps on a rational fit
    special(
        "lgamma",
        jax="gammaln",
        domain=POSITIVE,
        bounds=rule(lambda i, s, k: (-0.1215, max(map(math.lgamma, i[0])))),  # its least value, at 1.4616
        ulps=16.0,  # it crosses zero at 1 and 2, where the series cancels
    ),
    special("digamma", domain=POSITIVE, bounds=rule(digamma_between), ulps=16.0),  # it crosses zero at 1.4616
    special("i0", bounds=rule(lambda i, s, k: (1.0, math.cosh(farthest(i[0]))))),  # 1 <= i0 <= cosh
    unary(
        "sinc",
        bounds=within(-0.2173, 1.0),
        kinks=kinks.at(0.0, room=1e4),
        ulps=256.0,  # torch and jax divide the difference below: certified 850 ulps off in a second derivative
        notes="near 0 the derivative cancels: cos(pi x) - sinc(x), over x",
    ),
    unary("deg2rad", bounds=increasing(math.radians)),
    unary("rad2deg", bounds=increasing(math.degrees)),
    unary("nan_to_num", bounds=same),
    unary("floor", bounds=increasing(math.floor), kinks=kinks.integers),
    unary("ceil", bounds=increasing(math.ceil), kinks=kinks.integers),
    unary("trunc", bounds=increasing(math.trunc), kinks=kinks.integers),
    unary("round", bounds=increasing(round), kinks=halves, notes="halves go to the even neighbour"),
    unary("frac", jax="{0} - jnp.trunc({0})", bounds=within(-1.0, 1.0), kinks=kinks.integers),
    unary("sign", bounds=within(-1.0, 1.0), kinks=kinks.at(0.0)),
)
