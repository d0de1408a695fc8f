"""Hooks that run too often, too late or for nothing, and custom Functions that are told the wrong things."""

from __future__ import annotations

from unittest.mock import patch

from refgrad import graph
from refgrad.engine import Walk
from refgrad.function import Function, FunctionCtx, FunctionNode

from .base import Miniature

run_hooks = Walk._tensor_hooks


class RunsHooksTwice(Miniature):
    """A hook is called twice with the same gradient."""

    caught_by = "variable/register-hook-shows-the-gradient"

    def _tensor_hooks(self, hooks, g):
        run_hooks(self, hooks, g)
        return run_hooks(self, hooks, g)

    fault = patch.object(Walk, "_tensor_hooks", _tensor_hooks)


class IgnoresWhatHooksReturn(Miniature):
    """The gradient that a hook returns is thrown away."""

    caught_by = "hooks/returned-gradient-goes-on"

    def _tensor_hooks(self, hooks, g):
        run_hooks(self, hooks, g)
        return g

    fault = patch.object(Walk, "_tensor_hooks", _tensor_hooks)


class RunsHooksBackwards(Miniature):
    """The hook that was registered last runs first."""

    caught_by = "hooks/run-in-the-order-of-registration"

    def _tensor_hooks(self, hooks, g):
        return run_hooks(self, dict(reversed(hooks.items())), g)

    fault = patch.object(Walk, "_tensor_hooks", _tensor_hooks)


class KeepsGradBeforeHooks(Miniature):
    """retain_grad keeps the gradient that came, not the one that the hooks made of it."""

    caught_by = "hooks/kept-gradient-is-what-they-made-of-it"

    def _hooks_before(self, node, grads, before=Walk._hooks_before):
        came = list(grads)
        grads = before(self, node, grads)
        for nr, keeper in node.rare.retains.items():
            keeper()._grad = self._as_tensor(came[nr])
        return grads

    fault = patch.object(Walk, "_hooks_before", _hooks_before)


class NeverRemovesHooks(Miniature):
    """A hook still runs after its handle was asked to remove it."""

    caught_by = "hooks/removed-hook-runs-no-more"
    fault = patch.object(graph.RemovableHandle, "remove", lambda self: None)


class HandsSavedTensorsOutBackwards(Miniature):
    """A Function finds its saved tensors in the reverse order."""

    caught_by = "function/saved-tensors-come-back-in-order"
    fault = patch.object(
        FunctionCtx, "save_for_backward", lambda self, *tensors: setattr(self, "to_save", tensors[::-1])
    )


class SaysEveryInputNeedsGrad(Miniature):
    """needs_input_grad is true for constants too."""

    caught_by = "function/needs-input-grad-says-which"

    def _backward(cls, ctx, grads, backward=Function._backward.__func__):
        ctx.needs_input_grad = (True,) * len(ctx.needs_input_grad)
        return backward(cls, ctx, grads)

    fault = patch.object(Function, "_backward", classmethod(_backward))


class LeavesUndefinedGradientsUndefined(Miniature):
    """An output that the loss does not depend on sends None to a Function's backward instead of zeros."""

    caught_by = "function/undefined-gradients-come-as-zeros"

    def _given(self, g, nr, given=FunctionNode._given):
        return None if g is None else given(self, g, nr)

    fault = patch.object(FunctionNode, "_given", _given)
