"""What is left of a call of a custom function: its FunctionCtx, and its FunctionNode in the graph.

The FunctionCtx is what forward leaves for backward: what it saved and what it marked, and any attribute that the
user sets on it. The FunctionNode runs the user's backward, and checks what it returns.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import errors
from . import node as nodes
from .graph import Node, number
from .modes import state
from .saved import Packed, Saved, as_output, written
from .tensor import Tensor, storage, wrap

if TYPE_CHECKING:
    from .function import Function


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
        return self.to_save if node is None else node._retrieve()

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
    """One recorded call of a Function. What is set on it or on its ctx is an attribute of both, as if they were one.

    _metas     (shape, dtype) of every output; None for one that is no tensor
    _held      the saved tensors; None once freed
    _versions  the version each of them had
    _tensors   per argument: was it a tensor?

    All of it begins with an underscore, as a Node's slots do, so as not to hide what the user put on ctx.
    """

    __slots__ = ("__dict__", "_ctx", "_held", "_metas", "_tensors", "_versions")

    _function: type[Function]
    _materializes = True

    _ctx: FunctionCtx
    _metas: list[Any]
    _held: tuple[Any, ...] | None
    _versions: tuple[int, ...]

    def __init__(self, ctx: FunctionCtx, tensors: list[bool]) -> None:
        self._ctx = ctx
        self.__dict__ = ctx.__dict__
        self._tensors = tensors
        ctx._node = weakref.ref(self)
        self._nexts: tuple[Any, ...] = ()
        self._nrs: tuple[int, ...] = ()
        self._seq = number()
        self._rare = None
        self._held = self._versions = ()
        self._metas = []

    def __getattr__(self, name: str) -> Any:
        if name in FunctionNode.__slots__:
            raise AttributeError(name)
        return getattr(self._ctx, name)

    def __dir__(self) -> list[str]:
        """What every node shows, and what is on ctx."""
        return [*super().__dir__(), "apply", *dir(self._ctx)]

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    @property
    def _width(self) -> int:
        return len(self._metas)

    def _meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        return self._metas[nr]  # type: ignore[no-any-return]  # no edge leads to what is no tensor

    def _release(self) -> None:
        if self._held:
            self._held = None

    def _keep(self, tensors: tuple[Any, ...], results: list[Any]) -> None:
        """Save `tensors`. An output is saved without its place in the graph, which would be a cycle."""
        saved: list[Any] = []
        versions: list[int] = []
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
                saved.append(Saved(t._a, store, nr))
                versions.append(store.version)
            else:
                saved.append(t)
                versions.append(0 if t is None or t._store is None else t._store.version)
        if saved and state.saved_hooks:
            saved = nodes.save_hook(self, saved)
        self._held, self._versions = tuple(saved), tuple(versions)

    def _retrieve(self) -> tuple[Any, ...]:
        """The saved tensors, each in its place in the graph."""
        if self._held is None:
            raise errors.saved_once() if self._function.clear_saved_tensors_on_access else errors.backward_twice()
        values = tuple([self._value(*kept) for kept in zip(self._held, self._versions, strict=True)])
        if self._function.clear_saved_tensors_on_access:
            self._release()
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
        results = self._function._backward(self._ctx, given)
        checked = self._checked(results if isinstance(results, tuple) else (results,))
        if not keep:
            self._release()
        # A view of it: the engine must not take for its own what the user may keep.
        return tuple([g if taped or g is None else g._a.view() for g in checked])

    def _given(self, g: Any, nr: int) -> Any:
        """The gradient of output `nr` as backward sees it; None for an output that is no tensor."""
        if g is not None:
            return g if isinstance(g, Tensor) else wrap(g)
        return wrap(np.zeros(*self._metas[nr])) if self._ctx.materialize_grads and self._metas[nr] is not None else None

    def _checked(self, results: tuple[Any, ...]) -> list[Any]:
        """One gradient per edge, which is per argument that is a tensor; those that nobody asked for are dropped."""
        needs = self._ctx.needs_input_grad
        count = len(needs)
        if len(results) > count and all(r is None for r in results[count:]):
            results = results[:count]
        if len(results) != count:
            raise RuntimeError(
                f"function {self._name()} returned an incorrect number of gradients (expected {count}, got "
                f"{len(results)})"
            )
        checked: list[Any] = []
        for i, g in enumerate(results):
            if not self._tensors[i]:
                if g is not None:
                    raise RuntimeError(
                        f"function {self._name()} returned a gradient different than None at position {i + 1}, but the "
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
        target = self._nexts[edge]
        return target._a.dtype if isinstance(target, Tensor) else target._meta(self._nrs[edge])[1]  # type: ignore[no-any-return]
