"""Backward hooks of a Module: what they see is the gradients on both sides of one call.

A Crossing is one call of a module with such hooks. Its inputs and its outputs each pass through a node that
changes nothing; the hooks of these two nodes are where the gradients of the call are known.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..function import Function
from ..modes import state
from ..tensor import Tensor

Gradients = tuple[Any, ...]
"""Per argument, or per output, its gradient; None for what is no tensor, or has none."""


class _Same(Function):
    """Its tensors, unchanged, behind one node."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Gradients:  # noqa: ARG004 - a Function's backward is given its ctx
        return grads


class Crossing:
    """One call of `module`: keeps the gradients of its outputs until those of its inputs are there.

    hooks      are called with (module, grad_input, grad_output), and may replace grad_input
    prehooks   are called before them with (module, grad_output), and may replace it
    """

    def __init__(
        self, module: Any, hooks: Sequence[Callable[..., Any]], prehooks: Sequence[Callable[..., Any]]
    ) -> None:
        self.module = module
        self.hooks, self.prehooks = hooks, prehooks
        self.grad_output: Gradients | None = None
        self.arguments = 0
        self.from_inputs = False

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments for forward, with the place where their gradients will be shown to the hooks."""
        self.arguments = len(args)
        args, self.from_inputs = _through(args, self._inputs_known)
        return args

    def leave(self, result: Any) -> Any:
        """What forward returned, with the place where the gradients of the outputs will be known."""
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors"
                f" but received {type(result)}",
                stacklevel=3,
            )
            return result
        outputs, _ = _through(result if isinstance(result, tuple) else (result,), self._outputs_known)
        return outputs if isinstance(result, tuple) else outputs[0]

    def _outputs_known(self, grad_output: Gradients) -> Gradients:
        for hook in self.prehooks:
            replaced = hook(self.module, grad_output)
            if replaced is not None:
                grad_output = _checked(replaced, grad_output, "Backward pre hook", "grad_output")
        if self.from_inputs:
            self.grad_output = grad_output
        elif self.hooks:
            self._without_inputs(grad_output)
        return grad_output

    def _inputs_known(self, grad_input: Gradients) -> Gradients:
        if self.grad_output is None:
            return grad_input  # it did not come through the outputs: a second pass may reach the inputs otherwise
        for hook in self.hooks:
            replaced = hook(self.module, grad_input, self.grad_output)
            if replaced is not None:
                grad_input = _checked(replaced, grad_input, "Backward hook", "grad_input")
        self.grad_output = None
        return grad_input

    def _without_inputs(self, grad_output: Gradients) -> None:
        """No input requires grad, so nobody will come by later: the hooks are called now."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.",
            stacklevel=2,
        )
        for hook in self.hooks:
            replaced = hook(self.module, (None,) * self.arguments, grad_output)
            if replaced is not None and not all(g is None for g in replaced):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )


def _through(values: tuple[Any, ...], known: Callable[[Gradients], Gradients]) -> tuple[tuple[Any, ...], bool]:
    """`values` behind a node that lets `known` see and replace their gradients; and whether there is such a node.

    There is none where nothing is recorded.
    """
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    if not (state.grad and any(values[i].requires_grad for i in places)):
        return values, False
    passed = dict(zip(places, _Same.apply(*[values[i] for i in places]), strict=True))
    node = next(t.grad_fn for t in passed.values() if t.requires_grad)

    def hook(gradients: Gradients, _: Gradients) -> Gradients:
        spread = dict(zip(places, gradients, strict=True))
        returned = known(tuple([spread.get(i) for i in range(len(values))]))
        return tuple([returned[i] for i in places])

    node.register_hook(hook)
    return tuple([passed.get(i, value) for i, value in enumerate(values)]), True


def _checked(returned: Any, shown: Gradients, whose: str, what: str) -> Gradients:
    if len(returned) != len(shown):
        raise RuntimeError(
            f"{whose} returned an invalid number of {what}, got {len(returned)}, but expected {len(shown)}"
        )
    return tuple(returned)
