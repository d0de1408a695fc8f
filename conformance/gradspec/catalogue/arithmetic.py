"""Arithmetic, element by element, on one or several tensors that broadcast.

Besides the four operations: powers, maxima and minima, choices by comparison, and the two-argument
functions of analysis (atan2, hypot, logaddexp, xlogy).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import intervals, kinks, shapes
from .intervals import POSITIVE, corners, farthest, nearest, plus, rule, times
from .model import REALS, Interval, Op, Slot


def call(function: str, arity: int) -> str:
    """The template that calls `function` on its tensors; a template is left as it is."""
    return function if "{" in function else f"{function}({', '.join(f'{{{n}}}' for n in range(arity))})"


def binary(
    name: str, torch: str = "", jax: str = "", *, first: Interval = REALS, other: Interval = REALS, **more: Any
) -> Op:
    """An entry of two tensors that broadcast. `torch` and `jax` are function names or whole templates."""
    return Op(
        name,
        call(torch or f"torch.{name}", 2),
        (Slot("input", first), Slot("other", other)),
        shapes.broadcast,
        jax=call(jax or f"jnp.{name}", 2),
        family="arithmetic",
        **more,
    )


def ternary(name: str, jax: str, slots: tuple[Slot, Slot, Slot], torch: str = "", **more: Any) -> Op:
    """An entry of three tensors that broadcast."""
    return Op(name, call(torch or f"torch.{name}", 3), slots, shapes.broadcast, jax=jax, family="arithmetic", **more)


def power(name: str, exponents: tuple[float, ...], domain: Interval) -> Op:
    """A tensor to the power of a plain number."""
    return Op(
        name,
        "torch.pow({0}, {exponent})",
        (Slot("input", domain),),
        shapes.same,
        shapes.choices(exponent=exponents),
        rule(lambda i, s, k: ends(i[0], k["exponent"])),
        jax="jnp.power({0}, {exponent})",
        family="arithmetic",
    )


def ends(interval: Interval, exponent: float) -> Interval:
    """Where x**exponent lies: at the ends, and at 0 where an even power turns."""
    values = [x**exponent for x in (*interval, nearest(interval))] if exponent > 0 else [x**exponent for x in interval]
    return min(values), max(values)


def log_sum(x: float, y: float) -> float:
    """log(exp(x) + exp(y)) without overflow."""
    return max(x, y) + math.log1p(math.exp(-abs(x - y)))


def log_sum2(x: float, y: float) -> float:
    """log2(2**x + 2**y) without overflow."""
    return log_sum(x * math.log(2), y * math.log(2)) / math.log(2)


def quotient_jumps(arrays: Any, settings: Any) -> kinks.Mask:
    """remainder and fmod jump where the quotient is an integer."""
    with np.errstate(all="ignore"):  # at the edges of the domain
        quotient = arrays[0] / arrays[1]
    return kinks.near(quotient, np.round(quotient))


def either_zero(arrays: Any, settings: Any) -> kinks.Mask:
    """copysign jumps in the sign's zero, and turns in the magnitude's."""
    return kinks.Mask.of(kinks.near(arrays[0], 0.0) | kinks.near(arrays[1], 0.0))


def added(i: Any, s: Any, k: Any) -> Interval:
    """input + value * (a * b)."""
    return plus(i[0], times(times(i[1], i[2]), (k["value"], k["value"])))


def added_quotient(i: Any, s: Any, k: Any) -> Interval:
    """input + value * (a / b), for b > 0."""
    return added((i[0], i[1], (1 / i[2][1], 1 / i[2][0])), s, k)


def clamped(x: float, low: float | None, high: float | None) -> float:
    """`x` moved to the nearest bound; None is no bound."""
    x = x if low is None else max(x, low)
    return x if high is None else min(x, high)


OPS = (
    binary("add", bounds=corners(lambda x, y: x + y)),
    binary("mul", jax="jnp.multiply", bounds=corners(lambda x, y: x * y)),
    binary("sub", jax="jnp.subtract", bounds=corners(lambda x, y: x - y)),
    binary("div", jax="jnp.true_divide", other=POSITIVE, bounds=corners(lambda x, y: x / y)),
    binary("maximum", bounds=corners(max), kinks=kinks.meet),
    binary("minimum", bounds=corners(min), kinks=kinks.meet),
    binary("fmax", bounds=corners(max), kinks=kinks.meet),
    binary("fmin", bounds=corners(min), kinks=kinks.meet),
    binary(
        "where",
        "torch.where({0} > {1}, {0}, {1})",
        "jnp.where({0} > {1}, {0}, {1})",
        bounds=intervals.hull,
        kinks=kinks.meet,
    ),
    power("pow.integer", (2, 3), REALS),
    power("pow.scalar", (0.5, 1.5, -1, -0.5), POSITIVE),
    Op(
        "pow.base",
        "torch.pow({base}, {0})",
        (Slot("exponent"),),
        shapes.same,
        shapes.choices(base=(2.0, 0.5)),
        rule(lambda i, s, k: tuple(sorted(k["base"] ** x for x in i[0]))),
        jax="jnp.power({base}, {0})",
        family="arithmetic",
    ),
    binary("pow", jax="jnp.power", first=POSITIVE, bounds=corners(lambda x, y: x**y)),
    binary("atan2", jax="jnp.arctan2", other=POSITIVE, bounds=corners(math.atan2)),
    binary(
        "hypot",
        other=POSITIVE,
        bounds=rule(lambda i, s, k: (math.hypot(*map(nearest, i)), math.hypot(*map(farthest, i)))),
    ),
    binary(
        "copysign",
        bounds=rule(lambda i, s, k: (-farthest(i[0]), farthest(i[0]))),
        kinks=either_zero,
        ulps=64.0,  # torch's rule is a quotient, out / x, whose second derivative of 0 comes as rounding
    ),
    binary("logaddexp", bounds=corners(log_sum), ulps=128.0),  # jax: certified 480 ulps off in a second derivative
    binary("logaddexp2", bounds=corners(log_sum2)),
    binary("xlogy", jax="jax.scipy.special.xlogy", other=POSITIVE, bounds=corners(lambda x, y: x * math.log(y))),
    binary(
        "remainder",
        other=POSITIVE,
        bounds=rule(lambda i, s, k: (0.0, i[1][1])),
        kinks=quotient_jumps,
        notes="the result has the sign of the divisor",
    ),
    binary(
        "fmod",
        other=POSITIVE,
        bounds=rule(lambda i, s, k: (-i[1][1], i[1][1])),
        kinks=quotient_jumps,
        notes="the result has the sign of the dividend",
    ),
    ternary(
        "lerp",
        "{0} + {2} * ({1} - {0})",
        (Slot("input"), Slot("end"), Slot("weight")),
        bounds=corners(lambda a, b, w: a + w * (b - a)),
    ),
    ternary(
        "addcmul",
        "{0} + {value} * {1} * {2}",
        (Slot("input"), Slot("tensor1"), Slot("tensor2")),
        "torch.addcmul({0}, {1}, {2}, value={value})",
        settings=shapes.choices(value=(0.5, -2.0)),
        bounds=rule(added),
    ),
    ternary(
        "addcdiv",
        "{0} + {value} * {1} / {2}",
        (Slot("input"), Slot("tensor1"), Slot("tensor2", POSITIVE)),
        "torch.addcdiv({0}, {1}, {2}, value={value})",
        settings=shapes.choices(value=(0.5, -2.0)),
        bounds=rule(added_quotient),
    ),
    Op(
        "clamp",
        "torch.clamp({0}, {min}, {max})",
        (Slot("input"),),
        shapes.same,
        shapes.choices(min=(-0.5, None), max=(1.0, None)),
        rule(lambda i, s, k: tuple(clamped(x, k["min"], k["max"]) for x in i[0])),
        kinks.settings_at("min", "max"),
        jax="jnp.clip({0}, {min}, {max})",
        family="arithmetic",
    ),
)
