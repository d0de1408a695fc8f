"""The interface of PyTorch 0.1 to 0.3 beside what came after: `import refgrad.legacy as torch` runs programs of 2017.

Everything in refgrad's namespace is here under its name, for tensors that are Variables as well: with
volatile, creator, retain_variables and register_grad. Functions are instantiated and called, a loss is read
as `loss.data[0]`, outputs are handed over by position, and `torch.full` makes floats.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import refgrad

from . import autograd
from .variable import CLASSES, Tensor, Variable, old

globals().update({
    name: old(value) if isinstance(value, types.FunctionType) else value
    for name, value in vars(refgrad).items()
    if not name.startswith("_") and name not in ("autograd", "legacy", "Tensor")
})  # fmt: skip
globals().update(CLASSES)


def _positional_out(function: Callable[..., Any], inputs: int) -> Callable[..., Any]:
    """`function`, which after its `inputs` arguments may be given a tensor for the result."""

    def call(*args: Any, **named: Any) -> Any:
        """As the function of this name, with the output in the last place."""
        if len(args) > inputs:
            *args, named["out"] = args  # type: ignore[assignment]
        return function(*args, **named)

    call.__name__ = function.__name__
    return old(call)


def full(size: Any, fill_value: Any, *, dtype: Any = None, **named: Any) -> Any:
    """`fill_value` everywhere, as floats unless a dtype is given."""
    return old(refgrad.full)(size, fill_value, dtype=refgrad.get_default_dtype() if dtype is None else dtype, **named)


def add(input: Any, other: Any, *more: Any, **named: Any) -> Any:
    """`add(a, b, result)`, or `add(a, alpha, b, result)` with a number in the middle."""
    if not isinstance(other, refgrad.Tensor) and more:
        named["alpha"], other, *more = other, *more  # type: ignore[assignment]
    return _add(input, other, *more, **named)


_add, clamp = _positional_out(refgrad.add, 2), _positional_out(refgrad.clamp, 3)
