"""A Tensor: an array, whether it requires grad, where it came from, and its place among views.

Bookkeeping only: what can be asked about the array itself is in reading.py, and arithmetic, methods and operators are
attached by the modules of ops/.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors
from .graph import Node, RemovableHandle, _Hooks
from .modes import state
from .rare import Rare, View
from .reading import Readable
from .storage import Storage


class Tensor(Readable):
    """An n-dimensional array that remembers how it was computed.

    _a      the array
    _rg     does it require grad?
    _fn     the Node that made it, None for a leaf
    _nr     which output of that Node it is
    _grad   the accumulated gradient
    _store  the version counter, once somebody needs it
    _view   the View, for a differentiable view
    _rare   the Rare record
    """

    __slots__ = ("__dict__", "__weakref__", "_a", "_fn", "_grad", "_nr", "_rare", "_rg", "_store", "_view")

    _a: np.ndarray
    _rg: bool
    _fn: Node | None
    _nr: int
    _grad: Tensor | None
    _store: Storage | None
    _view: View | None
    _rare: Rare | None

    __array_priority__ = 1000  # ndarray + Tensor is a Tensor's business

    # Where it stands in the graph

    @property
    def requires_grad(self) -> bool:
        """Will backward compute a gradient for it, or through it?"""
        view = self._view
        if view is None:
            return self._rg
        if not view.creation:  # else its history may be refused, which the flag never is
            refresh(self)
        return self._rg or view.base._rg

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if isinstance(value, bool) and self.grad_fn is not None:
            raise errors.not_a_leaf_flag(value)
        if value is True and self._a.dtype.kind not in "fcV":
            raise errors.not_floating_flag()
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set the flag in place; only a leaf may unset it, only floating and complex tensors may set it."""
        if not isinstance(requires_grad, bool | np.bool_):
            raise RuntimeError("requires_grad must be a bool")
        if self.grad_fn is not None:
            if not requires_grad:
                raise errors.not_a_leaf_flag(False)
            return self
        if requires_grad and self._a.dtype.kind not in "fcV":
            raise errors.not_floating()
        if requires_grad and self.is_inference() and not state.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._rg = bool(requires_grad)
        return self

    @property
    def grad_fn(self) -> Node | None:
        """The Node that made it; None for a leaf."""
        if self._view is not None:
            refresh(self)
        return self._fn

    @property
    def is_leaf(self) -> bool:
        """Made by the user rather than by a recorded operation."""
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        """Which output of grad_fn it is."""
        return self._nr

    @property
    def _version(self) -> int:
        if self.is_inference():
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._store is None else self._store.version

    @property
    def retains_grad(self) -> bool:
        """Does this non-leaf keep its gradient?"""
        return self._rare is not None and self._rare.retains and self.grad_fn is not None

    def retain_grad(self) -> None:
        """Keep `.grad` after backward, though this is no leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.grad_fn is None or self.retains_grad:
            return
        self._record().retains = True
        self.grad_fn._record().retains[self._nr] = weakref.ref(self)

    def is_inference(self) -> bool:
        """Was it made in inference mode?"""
        return self._rare is not None and self._rare.inference

    def _is_view(self) -> bool:
        return self._view is not None

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view.base

    # Hooks

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """`hook(grad)` runs when this tensor's gradient is known and may return another to go on with."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._fn is not None:
            return self._fn._tensor_hooks(self._nr).add(hook)
        return self._record().leaf_record().tensor_hooks.setdefault(0, _Hooks()).add(hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """`hook(tensor)` runs after a gradient was added to this leaf's `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        rare = self._record()
        if rare.post_accumulate is None:
            rare.post_accumulate = _Hooks()
        return rare.post_accumulate.add(hook)

    def _record(self) -> Rare:
        if self._rare is None:
            self._rare = Rare()
        return self._rare

    __hash__ = object.__hash__  # by identity, whatever == will mean


def _read_only(name: str) -> property:
    """The property of this name, with torch's error for whoever assigns to it."""

    def refuse(self: Tensor, value: Any) -> None:
        raise errors.not_writable(name)

    existing: property = getattr(Tensor, name)
    return existing.setter(refuse)


for _name in (
    "_base", "_version", "device", "dtype", "grad_fn", "is_leaf", "ndim", "output_nr", "retains_grad", "shape",
):  # fmt: skip
    setattr(Tensor, _name, _read_only(_name))

_new = object.__new__


def wrap(array: np.ndarray) -> Tensor:
    """A fresh leaf over `array`, sharing its memory."""
    t = _new(Tensor)
    t._a = array
    t._rg = False
    t._fn = t._grad = t._store = t._view = t._rare = None
    t._nr = 0
    return t


def storage(t: Tensor) -> Storage:
    """The version counter of `t`, made now if nobody needed it before."""
    store = t._store
    if store is None:
        store = t._store = Storage()
    return store


def refresh(t: Tensor) -> None:
    """Make a view's grad_fn right again after its memory was written through another tensor."""
    view = t._view
    if view is not None and t._store is not None and view.version != t._store.version:
        View.regenerate(t, view)
