"""Hooks that run too often, too late or for nothing, and custom Functions that are told the wrong things."""

from __future__ import annotations

from unittest.mock import patch

from refgrad import graph, hook_order
from refgrad.function import Function, FunctionCtx, FunctionNode
from refgrad.tensor import wrap

from .base import Miniature, around


class RunsHooksTwice(Miniature):
    """A hook is called twice with the same gradient."""

    caught_by = "variable/register-hook-shows-the-gradient"

    def twice(right, hooks, g, taped):
        right(hooks, g, taped)
        return right(hooks, g, taped)

    fault = around(hook_order, "on_tensor", twice)


class IgnoresWhatHooksReturn(Miniature):
    """The gradient that a hook returns is thrown away."""

    caught_by = "hooks/returned-gradient-goes-on"

    def in_vain(right, hooks, g, taped):
        right(hooks, g, taped)
        return g

    fault = around(hook_order, "on_tensor", in_vain)


class RunsHooksBackwards(Miniature):
    """The hook that was registered last runs first."""

    caught_by = "hooks/run-in-the-order-of-registration"

    def backwards(right, hooks, g, taped):
        return right(dict(reversed(hooks.items())), g, taped)

    fault = around(hook_order, "on_tensor", backwards)


class KeepsGradBeforeHooks(Miniature):
    """retain_grad keeps the gradient that came, not the one that the hooks made of it."""

    caught_by = "hooks/kept-gradient-is-what-they-made-of-it"

    def before(right, node, grads, taped):
        came = list(grads)
        grads = right(node, grads, taped)
        for nr, keeper in node._rare.retains.items():
            keeper()._grad = wrap(came[nr])
        return grads

    fault = around(hook_order, "before", before)


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

    def given(right, self, g, nr):
        return None if g is None else right(self, g, nr)

    fault = around(FunctionNode, "_given", given)
