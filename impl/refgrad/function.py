"""Custom functions: a forward and a backward of one's own, in the same graph as the ops.

A Function is a class with static methods; `apply` runs forward and records a FunctionNode, of a class
named `<Name>Backward`. The FunctionCtx is what forward leaves for backward: what it saved and what it
marked, and any attribute that the user sets on it.
"""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors
from . import node as nodes
from .graph import Node, number
from .modes import no_grad, state
from .node import Packed, Saved, as_output, written
from .tensor import Tensor, View, storage, wrap
from .views import check_inplace, detach, rebase


class FunctionCtx:
    """The `ctx` of one call: forward fills it, backward and jvp read it. Other attributes are the user's.

    needs_input_grad    per argument of forward: does its gradient matter?
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.to_save: tuple[Any, ...] = ()
        self.saved_for_forward: tuple[Any, ...] = ()
        self.dirty_tensors: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.materialize_grads = True
        self._node: Callable[[], FunctionNode | None] = lambda: None
        self._in_jvp = False

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for backward, with the checks that ops have; a recorded call refuses all else."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for jvp."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes "
                    "on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """These inputs are written in place by forward."""
        if not all(isinstance(t, Tensor) for t in args):
            raise RuntimeError("mark_dirty can only accept variables, but argument ")
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """These outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """False: an undefined gradient or tangent arrives as None rather than as zeros."""
        self.materialize_grads = value

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Nothing: the graph knows what shares memory."""
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that "
            "calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved for the method that asks; raises when it was freed, or written since."""
        if self._in_jvp:
            return self.saved_for_forward
        node = self._node()
        return self.to_save if node is None else node.retrieve()

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def __getattr__(self, name: str) -> Any:
        node = None if name.startswith("_") else self._node()
        if node is None or not hasattr(type(node), name):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(node, name)


class FunctionNode(Node):
    """One recorded call of a Function. Attributes that it lacks are its ctx's.

    metas     (shape, dtype) of every output; None for one that is no tensor
    saved     the saved tensors, each followed by its version; None once freed
    tensors   per argument: was it a tensor?
    """

    __slots__ = ("ctx", "metas", "saved", "tensors")

    function: type[Function]
    materializes = True

    ctx: FunctionCtx
    metas: list[Any]
    saved: tuple[Any, ...] | None

    def __init__(self, ctx: FunctionCtx, tensors: list[bool]) -> None:
        self.ctx = ctx
        self.tensors = tensors
        ctx._node = weakref.ref(self)
        self.nexts: tuple[Any, ...] = ()
        self.nrs: tuple[int, ...] = ()
        self.seq = number()
        self.rare = None
        self.saved = ()
        self.metas = []

    def __getattr__(self, name: str) -> Any:
        if name in FunctionNode.__slots__ or name in Node.__slots__:
            raise AttributeError(name)
        return getattr(self.ctx, name)

    @property
    def width(self) -> int:
        return len(self.metas)

    def meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        return self.metas[nr]  # type: ignore[no-any-return]  # no edge leads to what is no tensor

    def release(self) -> None:
        if self.saved:
            self.saved = None

    def keep(self, tensors: tuple[Any, ...], results: list[Any]) -> None:
        """Save `tensors`. An output is saved without its place in the graph, which would be a cycle."""
        saved: list[Any] = []
        for i, t in enumerate(tensors):
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}"
                )
            nr = next(
                (
                    nr
                    for nr, r in enumerate(results)
                    if r is t or (isinstance(r, Tensor) and t is not None and r._a is t._a)
                ),
                -1,
            )
            if t is not None and nr >= 0 and results[nr]._fn is self:
                store = storage(results[nr])
                saved += (Saved(t._a, store, nr), store.version)
            else:
                saved += (t, 0 if t is None or t._store is None else t._store.version)
        if saved and state.saved_hooks:
            saved = nodes.save_hook(self, saved)
        self.saved = tuple(saved)

    def retrieve(self) -> tuple[Any, ...]:
        """The saved tensors, each in its place in the graph."""
        if self.saved is None:
            raise errors.saved_once() if self.function.clear_saved_tensors_on_access else errors.backward_twice()
        values = tuple(
            self._value(item, version) for item, version in zip(self.saved[::2], self.saved[1::2], strict=True)
        )
        if self.function.clear_saved_tensors_on_access:
            self.release()
        return values

    def _value(self, item: Any, version: int) -> Any:
        if isinstance(item, Packed):
            return item.unpack(item.what)
        if isinstance(item, Saved):
            if item.store.version != version:
                raise written(self, item, version)
            return as_output(self, item)
        if item is not None and item._store is not None and item._store.version != version:
            raise written(self, item, version)
        return item

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        given = [self._given(g, nr) for nr, g in enumerate(grads)]
        results = self.function._backward(self.ctx, given)
        checked = self._checked(results if isinstance(results, tuple) else (results,))
        if not keep:
            self.release()
        # A view of it: the engine must not take for its own what the user may keep.
        return tuple([g if taped or g is None else g._a.view() for g in checked])

    def _given(self, g: Any, nr: int) -> Any:
        """The gradient of output `nr` as backward sees it; None for an output that is no tensor."""
        if g is not None:
            return g if isinstance(g, Tensor) else wrap(g)
        return wrap(np.zeros(*self.metas[nr])) if self.ctx.materialize_grads and self.metas[nr] is not None else None

    def _checked(self, results: tuple[Any, ...]) -> list[Any]:
        """One gradient per edge, which is per argument that is a tensor; those that nobody asked for are dropped."""
        needs = self.ctx.needs_input_grad
        count = len(needs)
        if len(results) > count and all(r is None for r in results[count:]):
            results = results[:count]
        if len(results) != count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got "
                f"{len(results)})"
            )
        checked: list[Any] = []
        for i, g in enumerate(results):
            if not self.tensors[i]:
                if g is not None:
                    raise RuntimeError(
                        f"function {self.name()} returned a gradient different than None at position {i + 1}, but the "
                        "corresponding forward input was not a Variable"
                    )
                continue
            if g is not None and not isinstance(g, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
            if g is not None and needs[i] and g._a.dtype.kind == "c" and self._dtype_of(len(checked)).kind != "c":
                raise errors.complex_for_real()
            checked.append(g if needs[i] else None)
        return checked

    def _dtype_of(self, edge: int) -> np.dtype:
        """The dtype of the input that an edge leads to."""
        target = self.nexts[edge]
        return target._a.dtype if isinstance(target, Tensor) else target.meta(self.nrs[edge])[1]  # type: ignore[no-any-return]


class _Meta(type):
    """Gives every Function the class of its nodes."""

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> None:
        super().__init__(name, bases, body)
        cls._node = type(f"{name}Backward", (FunctionNode,), {"__slots__": (), "function": cls})


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
    node.nexts = tuple([(a.grad_fn or a) if needs else None for a, needs in edges])
    node.nrs = tuple([a._nr if needs else 0 for a, needs in edges])
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
        node.metas.append((result._a.shape, result._a.dtype) if isinstance(result, Tensor) else None)
        results.append(result)
    node.keep(ctx.to_save, results)
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
    node.nexts = (*[s.grad_fn or s for s in sources], *made_by.nexts)
    node.nrs = (*[s._nr for s in sources], *made_by.nrs)
    node.seq, node.rare = number(), None
    node.shape, node.dtype = t._a.shape, t._a.dtype
    twin: Tensor = wrap(t._a)
    twin._fn, twin._rg = node, True
    return twin


forward_hook: Any = None  # forward_ad.py: call the Function's own jvp
vmap_hook: Any = None  # vmap.py: call the Function under vmap

__all__ = ["Function", "FunctionCtx", "FunctionNode", "once_differentiable"]
