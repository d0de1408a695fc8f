"""Call the hooks that watch a backward, each at its moment. One gradient's way through y = f(x), where x is a leaf:

    the gradient of y is complete
        y.register_hook          sees it, and may return another to go on with; in the order of registration
        y.retain_grad            puts into y.grad what they made of it
        f.register_prehook       sees the gradients of all outputs of f, and may replace them
        f                        runs its rules
        f.register_hook          sees the gradients of all inputs, and may replace them
    the gradient of x is complete
        x.register_hook
        x's AccumulateGrad.register_prehook
        x.grad                   is put there, or added to
        x.register_post_accumulate_grad_hook
        x's AccumulateGrad.register_hook

A hook sees Tensors. Where nobody records, the gradients on their way are arrays, and are wrapped for the hook alone.
Source: torch notes/autograd, "Backward Hooks execution".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import errors
from .accumulate import accumulate, keep_grad
from .graph import AccumulateGrad, Node
from .modes import state
from .tensor import Tensor, wrap

watched_hook: Any = None  # anomaly.py: run a node, and say where it came from when it fails


def before(node: Node, grads: list[Any], taped: bool) -> list[Any]:
    """The hooks on the tensors that `node` made; last of all, `.grad` of those that keep it."""
    rare = node._rare
    assert rare is not None
    for nr, hooks in rare.tensor_hooks.items():
        if grads[nr] is not None or node._materializes:
            grads[nr] = on_tensor(hooks, grads[nr], taped)
    for nr, ref in rare.retains.items():
        keeper = ref()
        if keeper is not None and grads[nr] is not None:
            keep_grad(keeper, grads[nr], taped)
    return grads


def around(node: Node, grads: list[Any], keep: bool, taped: bool) -> tuple[list[Any], Sequence[Any]]:
    """Run the node between its own two kinds of hooks: what it was given in the end, and what it gives."""
    rare = node._rare
    if rare is not None:
        for hook in list(rare.prehooks.values()):
            grads = _replaced(hook, grads, hook(_as_tensors(grads)), taped)
    run = watched_hook if state.anomaly else type(node).apply
    results: Sequence[Any] = run(node, grads, keep, taped)
    if rare is not None:
        for hook in list(rare.posthooks.values()):
            shown = results[node._inputs]
            replaced = _replaced(hook, shown, hook(_as_tensors(shown), _as_tensors(grads)), taped)
            results = [*results]
            results[node._inputs] = replaced
    return grads, results


def at_leaf(leaf: Tensor, g: Any, taped: bool) -> Any:
    """The gradient that the hooks on a leaf make of `g`."""
    rare = leaf._rare
    record = None if rare is None else rare.node_record
    return g if record is None or 0 not in record.tensor_hooks else on_tensor(record.tensor_hooks[0], g, taped)


def around_accumulating(leaf: Tensor, g: Any, owned: bool, taped: bool) -> None:
    """Add `g` to `leaf.grad`, between the hooks on its AccumulateGrad; and the hooks that follow."""
    rare = leaf._rare
    assert rare is not None
    record = rare.node_record
    node = AccumulateGrad.of(leaf) if record is not None and (record.prehooks or record.posthooks) else None
    if node is not None and record is not None:
        for hook in list(record.prehooks.values()):
            (g,), owned = _replaced(hook, [g], hook(_as_tensors([g])), taped), False
    accumulate(leaf, g, owned, taped)
    for hook in list((rare.post_accumulate or {}).values()):
        returned = hook(leaf)
        if returned is not None:
            raise errors.hook_type("Variable", returned)
    if node is not None and record is not None:
        for hook in list(record.posthooks.values()):
            hook((), _as_tensors([g]))


def on_tensor(hooks: Any, g: Any, taped: bool) -> Any:
    """The gradient that the hooks on one tensor make of `g`."""
    for hook in list(hooks.values()):
        given = _as_tensor(g)
        replaced = hook(given)
        if replaced is not None:
            if not isinstance(replaced, Tensor):
                raise errors.hook_type("Variable", replaced)
            if given is not None and replaced._a.dtype != given._a.dtype:
                raise errors.hook_changed_type(_name(hook), given.dtype.tensor_type, replaced.dtype.tensor_type)
            if given is not None and replaced._a.shape != given._a.shape:
                raise errors.hook_changed_size(_name(hook))
            g = _from_tensor(replaced, taped)
    return g


def _replaced(hook: Any, gradients: Sequence[Any], returned: Any, taped: bool) -> list[Any]:
    """The gradients that a node's hook returned, or those that it was shown."""
    if returned is None:
        return list(gradients)
    if not isinstance(returned, tuple):
        raise errors.hook_type("tuple", returned)
    if len(returned) != len(gradients):
        raise errors.hook_count(_name(hook), len(returned), len(gradients))
    gradients = [_from_tensor(g, taped) for g in returned]
    return [g.view() if isinstance(g, np.ndarray) else g for g in gradients]  # not ours: the hook may keep it


def _as_tensors(gradients: Sequence[Any]) -> tuple[Any, ...]:
    return tuple([_as_tensor(g) for g in gradients])


def _as_tensor(g: Any) -> Any:
    return g if g is None or isinstance(g, Tensor) else wrap(g)


def _from_tensor(g: Any, taped: bool) -> Any:
    return g if g is None or taped or not isinstance(g, Tensor) else g._a


def _name(hook: Any) -> str:
    return getattr(hook, "__name__", None) or repr(hook)


__all__ = ["around", "around_accumulating", "at_leaf", "before", "on_tensor"]
