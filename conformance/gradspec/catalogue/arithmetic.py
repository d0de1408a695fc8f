"""Arithmetic, element by element, on one or several tensors that broadcast.

Besides the four operations: powers, maxima and minima, choices by comparison, and the two-argument
functions of analysis (atan2, hypot, logaddexp, xlogy).
"""

from __future__ import annotations

from typing import Any

from . import kinks, shapes
from .intervals import POSITIVE, corners
from .model import REALS, Interval, Op, Slot


def binary(
    name: str,
    torch: str,
    jax: str,
    *,
    other: Interval = REALS,
    first: Interval = REALS,
    names: tuple[str, str] = ("input", "other"),
    **more: Any,
) -> Op:
    """An entry of two tensors that broadcast. `torch` and `jax` are function names or whole templates."""
    slots = (Slot(names[0], first), Slot(names[1], other))
    return Op(name, call(torch, 2), slots, shapes.broadcast, jax=call(jax, 2), family="arithmetic", **more)


def ternary(name: str, torch: str, jax: str, names: tuple[str, str, str], **more: Any) -> Op:
    """An entry of three tensors that broadcast."""
    slots = tuple(Slot(slot) for slot in names)
    return Op(name, call(torch, 3), slots, shapes.broadcast, jax=call(jax, 3), family="arithmetic", **more)


def call(function: str, arity: int) -> str:
    """The template that calls `function` on its tensors; a template is left as it is."""
    return function if "{" in function else f"{function}({', '.join(f'{{{n}}}' for n in range(arity))})"


OPS = (
    binary("add", "torch.add", "jnp.add", bounds=corners(lambda x, y: x + y)),
    binary("mul", "torch.mul", "jnp.multiply", bounds=corners(lambda x, y: x * y)),
    binary("sub", "torch.sub", "jnp.subtract", bounds=corners(lambda x, y: x - y)),
    binary("div", "torch.div", "jnp.true_divide", other=POSITIVE, bounds=corners(lambda x, y: x / y)),
    binary("maximum", "torch.maximum", "jnp.maximum", bounds=corners(max), kinks=kinks.meet),
    binary("minimum", "torch.minimum", "jnp.minimum", bounds=corners(min), kinks=kinks.meet),
)
