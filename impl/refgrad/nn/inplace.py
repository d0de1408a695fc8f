"""Activations that may write into their input: `relu(x, inplace=True)` and `relu_(x)` are the same call.

A rule may need what stood there before, so it works on a copy; the graph goes through the write.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..ops import activation, smooth
from . import noise


def writing(function: Callable[..., Any], parameters: str) -> Callable[..., Any]:
    """`function` with a last parameter `inplace`; `parameters` are torch's before it, as source."""
    signature = inspect.signature(eval(f"lambda input, {parameters}{', ' if parameters else ''}inplace=False: None"))  # noqa: S307 - the text is in this module

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        given = signature.bind(*args, **named)
        inplace = given.arguments.pop("inplace", False)
        x = given.arguments.pop("input")
        return x.copy_(function(x.clone(), **given.arguments)) if inplace else function(x, **given.arguments)

    return call


relu = writing(activation.relu, "")
relu6 = writing(activation.relu6, "")
leaky_relu = writing(activation.leaky_relu, "negative_slope=0.01")
elu = writing(activation.elu, "alpha=1.0")
selu = writing(activation.selu, "")
celu = writing(activation.celu, "alpha=1.0")
hardtanh = writing(activation.hardtanh, "min_val=-1.0, max_val=1.0")
hardsigmoid = writing(activation.hardsigmoid, "")
hardswish = writing(activation.hardswish, "")
threshold = writing(activation.threshold, "threshold, value")
silu = writing(smooth.silu, "")
mish = writing(smooth.mish, "")
rrelu = writing(noise.rrelu, "lower=1/8, upper=1/3, training=False")


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """The spelling with an underscore."""

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        return function(*args, **named, inplace=True)

    call.__name__ = call.__qualname__ = f"{function.__name__}_"
    return call


relu_, leaky_relu_, elu_, selu_, celu_, hardtanh_, threshold_, rrelu_ = map(
    _in_place, (relu, leaky_relu, elu, selu, celu, hardtanh, threshold, rrelu)
)
