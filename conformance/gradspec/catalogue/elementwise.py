"""Smooth and not so smooth functions of one number, applied to each element."""

from __future__ import annotations

import math
from typing import Any

from . import kinks, shapes
from .arithmetic import call
from .intervals import POSITIVE, decreasing, even, increasing, within
from .model import REALS, Interval, Op, Slot


def unary(name: str, torch: str = "", jax: str = "", domain: Interval = REALS, **more: Any) -> Op:
    """An entry of one tensor. Function names default to torch.<name> and jnp.<name>."""
    torch, jax = call(torch or f"torch.{name}", 1), call(jax or f"jnp.{name}", 1)
    return Op(name, torch, (Slot("input", domain),), shapes.same, jax=jax, family="elementwise", **more)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * x))


OPS = (
    unary("neg", jax="jnp.negative", bounds=decreasing(lambda x: -x)),
    unary("abs", bounds=even(abs), kinks=kinks.at(0.0)),
    unary("square", bounds=even(lambda x: x * x)),
    unary("sqrt", domain=POSITIVE, bounds=increasing(math.sqrt)),
    unary("exp", bounds=increasing(math.exp)),
    unary("log", domain=POSITIVE, bounds=increasing(math.log)),
    unary("sin", bounds=within(-1.0, 1.0)),
    unary("cos", bounds=within(-1.0, 1.0)),
    unary("tanh", bounds=increasing(math.tanh)),
    unary("sigmoid", jax="jax.nn.sigmoid", bounds=increasing(logistic)),
    unary("relu", jax="jax.nn.relu", bounds=increasing(lambda x: max(x, 0.0)), kinks=kinks.at(0.0)),
)
