"""Custom functions: a forward and a backward of one's own, in the same graph as the ops.

A Function is a class with static methods; `apply` runs forward and records a FunctionNode, of a class
named `<Name>Backward`. What forward leaves for backward is in function_node.py.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors
from . import node as nodes
from .function_node import FunctionCtx, FunctionNode
from .modes import no_grad, state
from .once import once_differentiable
from .rare import View
from .tensor import Tensor, storage, wrap
from .views import detach, rebase
from .write import check_inplace


class _Meta(type):
    """Gives every Function the class of its nodes."""

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> None:
        super().__init__(name, bases, body)
        cls._node = type(f"{name}Backward", (FunctionNode,), {"__slots__": (), "_function": cls})


class Function(metaclass=_Meta):
    """torch.autograd.Function: subclass it, write `forward` and `backward`, call `apply`.

    forward(ctx, *args) computes, or forward(*args) with setup_context(ctx, inputs, output) beside it.
    backward(ctx, *grads) returns one gradient (or None) per argument of forward; `vjp` is another name of it.
    jvp(ctx, *tangents) returns the tangents of the outputs, for forward mode.
    vmap(info, in_dims, *args) returns (output, out_dims), for torch.func.vmap.
    """

    _node: type[FunctionNode]
    generate_vmap_rule = False
    clear_saved_tensors_on_access = False
    boxed_grads_call = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The computation."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """What forward leaves for backward, when forward takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients of forward's arguments."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """The tangents of forward's outputs."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """Forward for a whole batch at once."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def _backward(cls, ctx: FunctionCtx, grads: list[Any]) -> Any:
        """Run the user's backward, under whichever of its two names it was written."""
        renamed = cls.vjp is not Function.vjp
        if renamed and cls.backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        rule = cls.vjp if renamed else cls.backward
        return rule(ctx, grads) if cls.boxed_grads_call else rule(ctx, *grads)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward and record it."""
        separate = cls.setup_context is not Function.setup_context
        if state.transforms and not separate:
            raise RuntimeError(
                "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it "
                "must override the setup_context staticmethod. For more details, please see "
                "https://pytorch.org/docs/main/notes/extending.func.html"
            )
        if separate:
            args = _bound(cls.forward, args, kwargs)
        elif kwargs:
            args = _bound(functools.partial(cls.forward, None), args, kwargs)
        return vmap_hook(cls, args) if state.vmaps else cls.run(args)

    @classmethod
    def run(cls, args: tuple[Any, ...]) -> Any:
        """`apply` to arguments that are all given by position."""
        separate = cls.setup_context is not Function.setup_context
        ctx = FunctionCtx(tuple(isinstance(a, Tensor) and a.requires_grad for a in args))
        levels, state.forward = state.forward, ()  # as nothing is recorded, no tangent is carried: that is jvp's task
        try:
            with no_grad():
                if separate:
                    out = cls.forward(*args)
                    cls.setup_context(ctx, args, out)
                else:
                    out = cls.forward(ctx, *args)
        finally:
            state.forward = levels
        outs = out if isinstance(out, tuple) else (out,)
        results = _record(cls, ctx, args, outs)
        if state.forward and any(isinstance(a, Tensor) and a._rare and a._rare.tangents for a in args):
            forward_hook(cls, ctx, args, results)
        ctx.to_save = ctx.saved_for_forward = ctx.dirty_tensors = (
            ctx.non_differentiable
        ) = ()  # else outputs and ctx were a cycle
        return tuple(results) if isinstance(out, tuple) else results[0]

    @classmethod
    def _push(cls, ctx: FunctionCtx, tangents: list[Any]) -> tuple[Any, ...]:
        """Run the user's jvp; its `saved_tensors` are those of `save_for_forward`."""
        ctx._in_jvp = True
        try:
            moved = cls.jvp(ctx, *tangents)
        finally:
            ctx._in_jvp = False
        return moved if isinstance(moved, tuple) else (moved,)


class InplaceFunction(Function):
    """torch.autograd.function.InplaceFunction, which only old programs have: use Function instead."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def _bound(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments by position, defaults filled in."""
    try:
        bound = inspect.signature(forward).bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"forward() {error}") from None
    bound.apply_defaults()
    return bound.args


_NOT_AN_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be "
    "passed to ctx.mark_dirty()."
)


def _record(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outs: tuple[Any, ...]) -> list[Any]:
    """What apply returns for what forward returned: `outs`, now the outputs of a node."""
    records = state.grad and any(ctx.needs_input_grad)
    for dirty in ctx.dirty_tensors:
        if records and not any(dirty is a for a in args):
            if dirty._view is not None:
                raise RuntimeError(_NOT_AN_INPUT)
            warnings.warn(_NOT_AN_INPUT, UserWarning, stacklevel=4)
        if not any(dirty is out for out in outs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs "
                "that are modified inplace must all be outputs of the Function."
            )
        if records and dirty._rg and dirty.is_leaf:
            raise errors.dirty_leaf()
        if records and dirty._view is not None:
            if len(outs) > 1:
                raise errors.dirty_view_of_many()
            check_inplace(dirty, records)
    if not records:
        return [_passed_on(out, args, ctx) for out in outs]
    node = cls._node(ctx, [isinstance(a, Tensor) for a in args])
    edges = [(a, needs) for a, needs in zip(args, ctx.needs_input_grad, strict=True) if isinstance(a, Tensor)]
    node._nexts = tuple([(a.grad_fn or a) if needs else None for a, needs in edges])
    node._nrs = tuple([a._nr if needs else 0 for a, needs in edges])
    results = []
    for nr, out in enumerate(outs):
        result = _passed_on(out, args, ctx)
        if isinstance(result, Tensor):
            flat = any(out is f for f in ctx.non_differentiable) or result._a.dtype.kind not in "fcV"
            if not flat:
                result._fn, result._nr, result._rg = node, nr, True
            elif not any(out is d for d in ctx.dirty_tensors):
                result = result if result._view is None else detach(result)
                result._fn, result._rg = None, False
        node._metas.append((result._a.shape, result._a.dtype) if isinstance(result, Tensor) else None)
        results.append(result)
    node._keep(ctx.to_save, results)
    for dirty in ctx.dirty_tensors:
        if dirty._view is not None:
            rebase(dirty, node, next(i for i, (a, _) in enumerate(edges) if a is dirty))
    if state.anomaly:
        nodes.trace_hook(node)
    return results


def _passed_on(out: Any, args: tuple[Any, ...], ctx: FunctionCtx) -> Any:
    """An output as its own tensor: an argument that comes back unwritten is renamed, a view becomes this Function's."""
    if not isinstance(out, Tensor):
        return out
    if any(out is d for d in ctx.dirty_tensors):
        storage(out).version += 1
        return out
    if any(out is a for a in args):
        return _view_of(out, out._a.view())
    return out if out._view is None else _view_of(out, out._a)


def _view_of(t: Tensor, array: np.ndarray) -> Tensor:
    """A tensor over t's memory that may not be written: the Function's backward would be overridden."""
    twin: Tensor = wrap(array)
    twin._store = storage(t)
    base = t if t._view is None else t._view.base
    twin._view = View(base, twin._store.version, "function", None)
    return twin


forward_hook: Any = None  # function_tangents.py: call the Function's own jvp
vmap_hook: Any = None  # vmap.py: call the Function under vmap

__all__ = ["Function", "FunctionCtx", "FunctionNode", "InplaceFunction", "once_differentiable"]
