"""Custom functions: a forward and a backward of one's own, in the same graph as the ops.

A Function is a class with two static methods; `apply` runs forward and records a node of the class
`<Name>Backward`, which is also the `ctx` that both methods see. What forward saves, what it marks,
and which inputs need a gradient is all kept on that node.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors, op as ops
from .graph import Node, number
from .modes import no_grad, state
from .op import Packed, Saved
from .tensor import Tensor, View, storage, wrap


class FunctionCtx(Node):
    """The node of one call of a Function, and the `ctx` of its forward and backward."""

    __slots__ = ("__dict__",)

    materializes = True
    function: type[Function]

    def __init__(self) -> None:
        self.nexts = self.nrs = ()
        self.seq = number()
        self.rare = None
        self.shape, self.dtype = (), np.dtype(np.float32)
        self._metas: list[tuple[tuple[int, ...], np.dtype]] = []
        self._saved: tuple[Any, ...] | None = None
        self._to_save: tuple[Any, ...] = ()
        self._to_save_forward: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._flat: tuple[Any, ...] = ()
        self._materialize = True
        self.needs_input_grad: tuple[bool, ...] = ()

    # What forward may call

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs and outputs (and None) for backward, with the checks that ops have."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument {tensors.index(t)} is of type {type(t).__name__}")
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`."""
        self._to_save_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """These inputs were written in place by forward."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """These outputs have no gradient."""
        self._flat = args

    def set_materialize_grads(self, value: bool) -> None:
        """False: an undefined gradient reaches backward as None rather than as zeros."""
        self._materialize = value

    @property
    def materialize_grads(self) -> bool:
        """Do undefined gradients reach backward as zeros?"""
        return self._materialize

    # What backward may ask

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept; raises when it was freed or written since."""
        if self._saved is None:
            if self._to_save:  # forward is still running, or forward mode asks
                return self._to_save
            raise errors.backward_twice()
        return tuple(self._unpacked(item, version) for item, version in self._saved)

    saved_variables = saved_tensors

    def _unpacked(self, item: Any, version: int) -> Any:
        if item is None:
            return None
        if isinstance(item, Packed):
            return item.unpack(item.what)
        if isinstance(item, Saved):
            if item.store.version != version:
                raise self._written(item.array, item.store.version, version, f"output {item.nr} of {self.name()}")
            t = wrap(item.array)
            t._rg, t._fn, t._nr, t._store = True, self, item.nr, item.store
            return t
        store = item._store
        if store is not None and store.version != version:
            fn = item.grad_fn
            raise self._written(item._a, store.version, version, f"output {item._nr} of {fn.name()}" if fn else "")
        return item

    def _written(self, array: np.ndarray, version: int, expected: int, producer: str) -> RuntimeError:
        kind = ops.dtypes.OF_NUMPY[array.dtype].tensor_type
        return errors.modified_inplace(kind, array.shape, producer, version, expected)

    # What the engine calls

    @property
    def width(self) -> int:
        return len(self._metas)

    def meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        return self._metas[nr]

    def release(self) -> None:
        self._saved = None

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        given = [self._given(g, nr) for nr, g in enumerate(grads)]
        results = self.function._backward(self, given)
        if not isinstance(results, tuple):
            results = (results,)
        count = len(self.needs_input_grad)
        if len(results) > count and all(r is None for r in results[count:]):
            results = results[:count]
        if len(results) != count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got {len(results)})"
            )
        if not keep and self._saved:
            self._saved = None
        out = []
        for i, (result, target) in enumerate(zip(results, self.nexts, strict=True)):
            if result is not None and not isinstance(result, Tensor):
                raise TypeError(
                    f"function {self.name()} returned an invalid gradient at index {i} - expected Variable or None, but got "
                    f"{type(result).__name__}"
                )
            wanted = target is not None and result is not None
            out.append((result if taped else result._a) if wanted else None)
        return tuple(out)

    def _given(self, g: Any, nr: int) -> Any:
        if g is None:
            return wrap(np.zeros(*self._metas[nr])) if self._materialize else None
        return g if isinstance(g, Tensor) else wrap(g)


class _Meta(type):
    """Gives every Function the class of its nodes."""

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> None:
        super().__init__(name, bases, body)
        cls._node = type(f"{name}Backward", (FunctionCtx,), {"function": cls})


class Function(metaclass=_Meta):
    """torch.autograd.Function: subclass it, write `forward` and `backward`, call `apply`.

    forward(ctx, *args) computes, or forward(*args) with setup_context(ctx, inputs, output) beside it.
    backward(ctx, *grads) returns one gradient (or None) per argument of forward.
    jvp(ctx, *tangents) returns the tangents of the outputs, for forward mode.
    """

    _node: type[FunctionCtx]
    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should invoke them "
            "on the class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function "
            "with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
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
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """The tangents of forward's outputs."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def _backward(cls, ctx: FunctionCtx, grads: list[Any]) -> Any:
        """Run the user's backward, under whichever of its two names it was written."""
        rule = cls.vjp if cls.backward is Function.backward and cls.vjp is not Function.vjp else cls.backward
        return rule(ctx, *grads)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward and record it."""
        if not isinstance(cls.__dict__.get("forward", _inherited(cls, "forward")), staticmethod | classmethod):
            raise RuntimeError(
                "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function "
                "with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
            )
        ctx = cls._node()
        separate = cls.setup_context is not Function.setup_context
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        records = state.grad and any(ctx.needs_input_grad)
        with no_grad():
            if separate:
                out = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, out)
            else:
                out = cls.forward(ctx, *args, **kwargs)
        single = not isinstance(out, tuple)
        results = _outputs(ctx, args, (out,) if single else out, records)
        _finish(ctx, args, results, records)
        if state.forward and any(isinstance(a, Tensor) and a._rare and a._rare.tangents for a in args):
            forward_hook(cls, ctx, args, results)
        return results[0] if single else tuple(results)


def _inherited(cls: type, name: str) -> Any:
    return next((base.__dict__[name] for base in cls.__mro__ if name in base.__dict__), None)


def _outputs(ctx: FunctionCtx, args: tuple[Any, ...], outs: tuple[Any, ...], records: bool) -> list[Any]:
    """What apply returns: an input that comes back as it is becomes a view of itself, a dirty one stays itself."""
    results = []
    for nr, out in enumerate(outs):
        if not isinstance(out, Tensor):
            results.append(out)
            ctx._metas.append(((), np.dtype(np.float32)))
            continue
        dirty = any(out is d for d in ctx._dirty)
        returned = any(out is a for a in args)
        if dirty and not returned:
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output.")
        flat = any(out is f for f in ctx._flat) or out._a.dtype.kind not in "fcV"
        if dirty:
            _dirtied(ctx, out, nr, records and not flat)
        elif returned:
            out = _renamed(out, records)
        elif out._fn is not None or out._view is not None:
            out = out if not records else _bare(out)
        if records and not flat and not dirty:
            out._fn, out._nr, out._rg = ctx, nr, True
        elif flat and not dirty:
            out._fn, out._rg = None, False
        ctx._metas.append((out._a.shape, out._a.dtype))
        results.append(out)
    return results


def _dirtied(ctx: FunctionCtx, x: Tensor, nr: int, records: bool) -> None:
    if records and x._fn is None and x._rg:
        raise errors.inplace_on_leaf()
    storage(x).version += 1
    if not records:
        return
    ctx._previous = (x._fn or x) if x._rg else None, x._nr
    x._fn, x._nr, x._rg = ctx, nr, True


def _renamed(x: Tensor, records: bool) -> Tensor:
    twin = wrap(x._a.view())
    twin._store = storage(x)
    base = x if x._view is None else x._view.base
    twin._view = View(base, twin._store.version, "function" if records else "")
    return twin


def _bare(out: Tensor) -> Tensor:
    twin = wrap(out._a)
    twin._store = out._store
    if out._view is not None:
        twin._view = View(out._view.base, storage(out).version, "function")
    return twin


def _finish(ctx: FunctionCtx, args: tuple[Any, ...], results: list[Any], records: bool) -> None:
    """Edges to the inputs, and the saved tensors with their versions."""
    nexts, nrs = [], []
    for a, needs in zip(args, ctx.needs_input_grad, strict=True):
        if not (needs and records):
            nexts.append(None)
            nrs.append(0)
            continue
        if a._fn is ctx:  # written in place: the edge leads to what it was before
            target, nr = ctx._previous
        else:
            target, nr = a._fn or a, a._nr
        nexts.append(target)
        nrs.append(nr)
    ctx.nexts, ctx.nrs = tuple(nexts), tuple(nrs)
    if ctx._metas:
        ctx.shape, ctx.dtype = ctx._metas[0]
    if not records:
        return
    saved = []
    for t in ctx._to_save:
        own = isinstance(t, Tensor) and next((nr for nr, r in enumerate(results) if r is t or isinstance(r, Tensor) and r._a is t._a), None)
        if t is None:
            saved += (None, 0)
        elif own is not None and own is not False and results[own]._fn is ctx:
            saved += (Saved(t._a, storage(results[own]), own), storage(results[own]).version)
        else:
            saved += (t, 0 if t._store is None else t._store.version)
    if saved and (state.saved_hooks or state.saved_hooks_off is not None):
        saved = ops.save_hook(ctx, saved)  # type: ignore[arg-type]  # any node may save
    ctx._saved = tuple(zip(saved[::2], saved[1::2], strict=True))
    ctx._to_save = ()
    if state.anomaly:
        ops.trace_hook(ctx)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward that is not itself differentiable: differentiating its result again is an error."""

    @functools.wraps(function)
    def backward(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            out = function(ctx, *grads)
        if not state.grad or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return out
        single = not isinstance(out, tuple)
        results = []
        for t in (out,) if single else out:
            if isinstance(t, Tensor):
                t = wrap(t._a)
                t._fn, t._rg = _Refusing(t), True
            results.append(t)
        return results[0] if single else tuple(results)

    return backward


class _Refusing(Node):
    """Stands behind the result of a backward that may be differentiated only once."""

    __slots__ = ()

    def __init__(self, t: Tensor) -> None:
        self.nexts, self.nrs, self.seq, self.rare = (), (), number(), None
        self.shape, self.dtype = t._a.shape, t._a.dtype

    def name(self) -> str:
        return "Error"

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


forward_hook: Callable[..., None]  # forward_ad.py: call the Function's own jvp

__all__ = ["Function", "FunctionCtx", "once_differentiable"]
