"""How a custom Function carries tangents: its own `jvp` moves the outputs, a level at a time.

What `jvp` returns must alias what its output aliases: an input written in place moves in place, a view has a view.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import errors, function
from .forward_ad import give, tangent_at
from .modes import state
from .tensor import Tensor, wrap


def carry_function(cls: Any, ctx: Any, args: tuple[Any, ...], results: list[Any]) -> None:
    """Let a custom Function's own `jvp` move its outputs, one level at a time."""
    levels = {n for a in args if isinstance(a, Tensor) and a._rare and a._rare.tangents for n in a._rare.tangents}
    for number in sorted(n for n in levels if n in state.forward):
        given = [_tangent_for(ctx, a, number) for a in args]
        moved = cls._push(ctx, given)
        if len(moved) != len(results):
            raise errors.jvp_count(len(results), len(moved))
        for result, tangent in zip(results, moved, strict=True):
            if not isinstance(result, Tensor) or tangent is None:
                continue
            _check_moved(ctx, result, tangent, args, given)
            if tangent._a.shape != result._a.shape:
                raise errors.tangent_shape(result._a.shape, tangent._a.shape)
            give(result, number, tangent)


def _tangent_for(ctx: Any, argument: Any, number: int) -> Any:
    """What `jvp` is given for an argument: its tangent, or zeros unless the Function declined them."""
    tangent = tangent_at(argument, number)
    if tangent is None and isinstance(argument, Tensor) and ctx.materialize_grads and argument._a.dtype.kind in "fcV":
        return wrap(np.zeros_like(argument._a))
    return tangent


def _check_moved(ctx: Any, result: Tensor, tangent: Tensor, args: tuple[Any, ...], given: list[Any]) -> None:
    """A tangent must alias what its output aliases: one written in place, a view a view."""
    for a, t in zip(args, given, strict=True):
        if a is result and any(d is a for d in ctx.dirty_tensors) and tangent is not t:
            raise RuntimeError(
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
                "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace."
            )
        shown = isinstance(a, Tensor) and a is not result and result._view is not None
        if shown and np.may_share_memory(a._a, result._a):
            if t is not None and not np.may_share_memory(t._a, tangent._a):
                raise RuntimeError(
                    "A custom Function's forward is returning a view (or an input as-is) but the jvp is not "
                    "returning a view."
                )


function.forward_hook = carry_function

__all__ = ["carry_function"]
