"""Functions that are instantiated and called: `relu = MyReLU(); y = relu(x)`.

The instance keeps the settings that it was made with, and stands for the ctx of its one call: what `forward`
saves on `self`, `backward` finds there. Static Functions work as they do today.
Source: PyTorch 0.1.12 notes, Extending PyTorch.
"""

from __future__ import annotations

import weakref
from typing import Any

from .. import function
from ..function_node import FunctionCtx
from .variable import aged, old


class Function(function.Function):
    """Subclass it, write `forward(self, *inputs)` and `backward(self, *grads)`, call an instance once."""

    def __init__(self, *args: Any, **named: Any) -> None:
        """Settings are the subclass's own business."""

    @old
    def __call__(self, *inputs: Any) -> Any:
        """Run forward and record it, as a node of this class."""
        result = _Call.apply(self, *inputs)
        ctx = self._running()  # None, where nothing was recorded
        node = ctx and ctx._node()
        if node is not None:
            node.__class__ = type(self)._node
        return result

    @classmethod
    def apply(cls, *args: Any, **named: Any) -> Any:
        """Run a static forward and record it."""
        return aged(super().apply(*args, **named))

    @classmethod
    def _backward(cls, ctx: FunctionCtx, grads: list[Any]) -> Any:
        instance = ctx.__dict__.get("instance")
        if instance is None:
            return super()._backward(ctx, aged(grads))
        results = instance.backward(*aged(grads))
        return (None, *(results if isinstance(results, tuple) else (results,)))  # the instance was the first argument

    # What forward and backward find on self is the ctx's

    _running: weakref.ref[FunctionCtx]

    @property
    def _ctx(self) -> FunctionCtx:
        ctx = self._running()
        if ctx is None:
            raise RuntimeError(f"{type(self).__name__}: the graph that this call was part of is gone")
        return ctx

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs and outputs for backward."""
        self._ctx.save_for_backward(*tensors)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What forward saved."""
        return aged(self._ctx.saved_tensors)  # type: ignore[no-any-return]

    saved_variables = saved_tensors

    def mark_dirty(self, *args: Any) -> None:
        """These inputs were written in place by forward."""
        self._ctx.mark_dirty(*args)

    def mark_non_differentiable(self, *args: Any) -> None:
        """These outputs have no gradient."""
        self._ctx.mark_non_differentiable(*args)

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Which inputs require grad?"""
        return self._ctx.needs_input_grad[1:]


class _Call(function.Function):
    """One call of an instance."""

    @staticmethod
    def forward(ctx: Any, instance: Function, *inputs: Any) -> Any:
        """The instance's forward."""
        ctx.instance = instance
        instance._running = weakref.ref(ctx)  # weakly, as ctx holds the instance
        return instance.forward(*inputs)
