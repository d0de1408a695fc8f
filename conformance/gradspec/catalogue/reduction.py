"""Ops that turn many elements into one: sums, products, extremes, norms."""

from __future__ import annotations

from typing import Any

from . import shapes
from .intervals import rule, same, summed
from .model import Op, Slot


def reduce(name: str, torch: str = "", jax: str = "", **more: Any) -> Op:
    """An entry that reduces one tensor along `dim`. Function names default to torch.<name> and jnp.<name>."""
    return Op(
        name,
        call(torch or f"torch.{name}", "dim"),
        (Slot("input"),),
        shapes.reduced,
        shapes.many_dims,
        jax=call(jax or f"jnp.{name}", "axis"),
        family="reduction",
        **more,
    )


def call(function: str, dim: str) -> str:
    """The template that calls `function` with a dimension and keepdim, in torch's or in NumPy's words."""
    keep = "keepdim" if dim == "dim" else "keepdims"
    return function if "{" in function else f"{function}({{0}}, {dim}={{dim}}, {keep}={{keepdim}})"


def total(intervals: Any, sizes: Any, settings: Any) -> tuple[float, float]:
    """The sum of the elements reduced."""
    return summed(intervals[0], shapes.count(sizes[0], settings["dim"]))


OPS = (
    reduce("sum", bounds=rule(total)),
    reduce("mean", bounds=same),
)
