"""torch.autograd: run backward, ask for gradients, switch recording on and off.

`backward` adds gradients to leaves; `grad` returns them. Both take the cotangents of the outputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import engine, errors
from .graph import GradientEdge, Node
from .modes import enable_grad, inference_mode, no_grad, set_grad_enabled, state
from .tensor import Tensor, wrap


def _many(what: Any) -> tuple[Any, ...]:
    return (what,) if isinstance(what, Tensor | GradientEdge) or what is None else tuple(what)


def _key(t: Any) -> engine.Key:
    if isinstance(t, GradientEdge):
        node = t.node
        return (node.variable, 0) if hasattr(node, "variable") else (node, t.output_nr)
    return engine.key_of(t)


def _roots(outputs: tuple[Any, ...], given: Any, ones_per_output: bool = True) -> tuple[list[engine.Key], list[Tensor]]:
    """Where the walk starts and with which cotangents."""
    grads = tuple(given) if isinstance(given, Sequence) else (given,) if given is not None else (None,) * len(outputs)
    if len(grads) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(grads)} gradients")
    tensors = [_stand_in(o, g) if isinstance(o, GradientEdge) else o for o, g in zip(outputs, grads, strict=True)]
    seeds = engine.seeds_for(tensors, grads)
    return [_key(o) for o in outputs], seeds


def _stand_in(edge: GradientEdge, given: Any) -> Tensor:
    """A tensor that looks like what `edge` leads to, for checking cotangents against."""
    if hasattr(edge.node, "variable"):
        return edge.node.variable  # type: ignore[no-any-return]
    shape, dtype = edge.node.meta(edge.output_nr)
    t = wrap(np.zeros(shape, dtype))
    t._rg, t._fn, t._nr = True, edge.node, edge.output_nr
    return t


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add d<grad_tensors, tensors>/dleaf to the `.grad` of every leaf (or of `inputs` alone).

    Raises RuntimeError where an output does not require grad, where a cotangent is missing and the
    output is no real scalar, and where the graph was already freed.
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to backward(). Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    if inputs is not None and not isinstance(inputs, Tensor | GradientEdge) and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    outputs = _many(tensors)
    keep = create_graph if retain_graph is None else retain_graph
    roots, seeds = _roots(outputs, grad_tensors)
    if create_graph:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
            "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
            "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break "
            "the cycle and avoid the leak.",
            UserWarning,
            stacklevel=2,
        )
    if inputs is None:
        engine.walk(roots, seeds, None, create_graph, keep, True)
        return
    wanted = _many(inputs)
    for t in wanted:
        if isinstance(t, Tensor) and not t.requires_grad:
            raise errors.input_without_grad()
    found = engine.walk(roots, seeds, [_key(t) for t in wanted], create_graph, keep, False)
    for t in wanted:
        g = found.get(_key(t))
        if g is not None and isinstance(t, Tensor):
            engine.accumulate(t, g, False, create_graph)
            for hook in list((t._rare and t._rare.post_accumulate or {}).values()):
                hook(t)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of <grad_outputs, outputs> with respect to `inputs`, in their order.

    An input that the outputs do not depend on is an error, or None with `allow_unused`, or zeros
    with `materialize_grads`. With `is_grads_batched` the first dimension of each cotangent counts
    separate questions, and so does the first dimension of each answer.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other "
            "parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    wanted, outs = _many(inputs), _many(outputs)
    for t in wanted:
        if not isinstance(t, Tensor | GradientEdge):
            raise TypeError(f"grad(): inputs must be Tensors or GradientEdges, not {type(t).__name__}")
        if isinstance(t, Tensor) and not t.requires_grad:
            raise errors.input_without_grad()
    keep = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        return _batched(outs, wanted, grad_outputs, keep, create_graph, allow_unused, materialize_grads)
    roots, seeds = _roots(outs, grad_outputs)
    found = engine.walk(roots, seeds, [_key(t) for t in wanted], create_graph, keep, False)
    result: list[Tensor | None] = []
    for t in wanted:
        g = found.get(_key(t))
        if g is not None and not isinstance(g, Tensor):
            g = wrap(g)
        elif g is None and not allow_unused:
            raise errors.unused_input()
        elif g is None and materialize_grads and isinstance(t, Tensor):
            g = wrap(np.zeros_like(t._a))
        result.append(g)
    return tuple(result)


def _batched(outs: Any, wanted: Any, given: Any, keep: bool, taped: bool, unused: bool, zeros: bool) -> tuple[Tensor | None, ...]:
    """One walk for each slice of the cotangents; the answers are stacked."""
    from .ops.join import stack

    batches = _many(given)
    count = next(len(g) for g in batches if g is not None)
    answers = [
        grad(outs, wanted, tuple(None if g is None else g[i] for g in batches), keep or i < count - 1, taped, True, unused,
             materialize_grads=zeros)
        for i in range(count)
    ]  # fmt: skip
    return tuple(None if slices[0] is None else stack(list(slices)) for slices in zip(*answers, strict=True))


def _tensor_backward(
    self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add the gradient of this tensor, times `gradient`, to the leaves it was computed from."""
    if gradient is not None and not isinstance(gradient, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _get_grad(self: Tensor) -> Tensor | None:
    """The accumulated gradient; None until backward reached this leaf."""
    if self._grad is None and self._rg and self._fn is not None and not self.retains_grad:
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
            "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
            "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure "
            "you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more informations.",
            UserWarning,
            stacklevel=2,
        )
    return self._grad


def _set_grad(self: Tensor, value: Any) -> None:
    if value is not None:
        if not isinstance(value, Tensor):
            raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value._a.dtype != self._a.dtype:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{value.dtype.name}' to a tensor with dtype '{self.dtype.name}'. "
                "Please ensure that the gradient and the tensor have the same dtype"
            )
        if value._a.shape != self._a.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._a.shape)}' to a tensor of size '{list(self._a.shape)}'. "
                "Please ensure that the gradient and the tensor are the same size"
            )
    self._grad = value


def _del_grad(self: Tensor) -> None:
    self._grad = None


Tensor.backward = _tensor_backward  # type: ignore[attr-defined]  # methods are attached where they are written
Tensor.grad = property(_get_grad, _set_grad, _del_grad)  # type: ignore[attr-defined]

__all__ = ["GradientEdge", "Node", "backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled", "state"]
