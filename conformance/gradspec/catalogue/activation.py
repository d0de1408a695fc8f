"""The activation functions of neural networks: smooth ones, and ones made of pieces.

Where two pieces meet, engines may take either side's derivative; for elu and its kin only the
second derivative jumps there, and it counts as a kink all the same.
"""

from __future__ import annotations

import math
from typing import Any

from . import kinks, shapes
from .elementwise import unary
from .intervals import Bounds, increasing, rule, within
from .model import Op


def activation(name: str, jax: str = "", **more: Any) -> Op:
    """An entry that torch keeps under nn.functional and JAX under jax.nn."""
    return unary(name, f"torch.nn.functional.{name}", jax or f"jax.nn.{name}", family="activation", **more)


def dips(least: float) -> Bounds:
    """For gelu and its kin: they dip to `least` left of zero, and stay below max(x, 0)."""
    return rule(lambda i, s, k: (least, max(i[0][1], 0.0)))


def softplus(x: float) -> float:
    """log(1 + exp(x)) without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def exponential(x: float) -> float:
    """elu: x on the right, exp(x) - 1 on the left."""
    return x if x > 0 else math.expm1(x)


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""The constants of Klambauer et al., Self-Normalizing Neural Networks (2017)."""


def scaled_exponential(x: float) -> float:
    """selu: elu with the scale and the alpha that keep mean and variance."""
    return SELU_SCALE * (x if x > 0 else SELU_ALPHA * math.expm1(x))


OPS = (
    activation("relu", bounds=increasing(lambda x: max(x, 0.0)), kinks=kinks.at(0.0)),
    activation("relu6", bounds=within(0.0, 6.0), kinks=kinks.at(0.0, 6.0)),
    unary(
        "leaky_relu",
        "torch.nn.functional.leaky_relu({0}, {negative_slope})",
        "jax.nn.leaky_relu({0}, {negative_slope})",
        family="activation",
        settings=shapes.choices(negative_slope=(0.01, 0.5)),
        bounds=rule(lambda i, s, k: tuple(max(x, k["negative_slope"] * x) for x in i[0])),
        kinks=kinks.at(0.0),
    ),
    activation("elu", bounds=increasing(exponential), kinks=kinks.at(0.0)),
    activation("selu", bounds=increasing(scaled_exponential), kinks=kinks.at(0.0)),
    activation("celu", bounds=increasing(exponential), kinks=kinks.at(0.0)),
    unary(
        "gelu",
        "torch.nn.functional.gelu({0}, approximate={approximate})",
        "jax.nn.gelu({0}, approximate={approximate} == 'tanh')",
        family="activation",
        settings=shapes.choices(approximate=("none", "tanh")),
        bounds=dips(-0.171),
    ),
    activation("silu", bounds=dips(-0.279)),
    activation("mish", bounds=dips(-0.309)),
    activation(
        "softplus",
        domain=(-math.inf, 20.0),
        bounds=increasing(softplus),
        notes="above its threshold of 20 torch takes the identity",
    ),
    activation("logsigmoid", "jax.nn.log_sigmoid", bounds=increasing(lambda x: -softplus(-x))),
    activation("softsign", "jax.nn.soft_sign", bounds=increasing(lambda x: x / (1 + abs(x))), kinks=kinks.at(0.0)),
    activation("hardtanh", "jax.nn.hard_tanh", bounds=within(-1.0, 1.0), kinks=kinks.at(-1.0, 1.0)),
    activation(
        "hardsigmoid",
        "jax.nn.hard_sigmoid",
        bounds=within(0.0, 1.0),
        kinks=kinks.at(-3.0, 3.0),
        orders=1,
        notes="torch has no second derivative: hardsigmoid_backward is not implemented",
    ),
    activation("hardswish", "jax.nn.hard_swish", bounds=dips(-0.375), kinks=kinks.at(-3.0, 3.0)),
    activation(
        "tanhshrink",
        "{0} - jnp.tanh({0})",
        bounds=increasing(lambda x: x - math.tanh(x)),
        ulps=64.0,  # it cancels near zero
    ),
    activation(
        "softshrink",
        "jnp.where({0} > 0.5, {0} - 0.5, jnp.where({0} < -0.5, {0} + 0.5, 0.0))",
        bounds=increasing(lambda x: math.copysign(max(abs(x) - 0.5, 0.0), x)),
        kinks=kinks.at(-0.5, 0.5),
    ),
    activation(
        "hardshrink",
        "jnp.where(jnp.abs({0}) > 0.5, {0}, 0.0)",
        bounds=increasing(lambda x: x if abs(x) > 0.5 else 0.0),
        kinks=kinks.at(-0.5, 0.5),
    ),
    unary(
        "threshold",
        "torch.nn.functional.threshold({0}, {threshold}, {value})",
        "jnp.where({0} > {threshold}, {0}, {value})",
        family="activation",
        settings=shapes.choices(threshold=(0.25,), value=(-1.0,)),
        bounds=rule(lambda i, s, k: (min(i[0][0], k["value"]), max(i[0][1], k["value"]))),
        kinks=kinks.settings_at("threshold"),
    ),
)
