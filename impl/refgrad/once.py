"""Mark a backward that may be differentiated only once.

An Error is a node that stands where a second derivative would begin, and raises when it is reached.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .function_node import FunctionCtx
from .graph import Node, number
from .modes import no_grad, state
from .tensor import Tensor, wrap


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward that is not itself differentiable: differentiating its result again is an error.

    torch raises only where the second backward happens to reach the result's own node; here that node also
    stands on every path from the result to what the Function was applied to.
    """

    @functools.wraps(function)
    def backward(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            out = function(ctx, *grads)
        sources = [g for g in grads if isinstance(g, Tensor) and g.requires_grad]
        if not state.grad or not sources:
            return out
        refusing = [_refusing(ctx, sources, t) for t in (out if isinstance(out, tuple) else (out,))]
        return tuple(refusing) if isinstance(out, tuple) else refusing[0]

    return backward


class Error(Node):
    """Stands behind the result of a backward that may be differentiated only once."""

    __slots__ = ()

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def _refusing(ctx: FunctionCtx, sources: list[Tensor], t: Any) -> Any:
    """`t` with a node that raises, between it and everything that it depends on."""
    if not isinstance(t, Tensor):
        return t
    node, made_by = Error(), ctx._node()
    assert made_by is not None
    node._nexts = (*[s.grad_fn or s for s in sources], *made_by._nexts)
    node._nrs = (*[s._nr for s in sources], *made_by._nrs)
    node._seq, node._rare = number(), None
    node._shape, node._dtype = t._a.shape, t._a.dtype
    twin: Tensor = wrap(t._a)
    twin._fn, twin._rg = node, True
    return twin
