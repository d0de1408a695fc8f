"""Forward mode: a tensor may carry tangents, and every op carries them on.

A level is one question of the form "what if the input moved along t?". A dual tensor holds a tangent per open level;
nested levels give higher derivatives:

    with level() as a:                       x moves along s
        with level() as b:                   and along t
            y = f(dual of x)                 y carries f'(x) t at b, and both of them carry their own at a:
                                             y's tangent at a is f'(x) s, and that of its tangent f''(x) s t

How an op carries tangents is told in tangents.py, how a custom Function does in function_tangents.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from . import errors, graph
from .modes import Mode, state
from .op import LINEAR, op
from .ops.arithmetic import clone
from .saved import hold_tangents
from .tensor import Tensor, refresh


class UnpackedDualTensor(NamedTuple):
    """What a dual tensor is made of; `tangent` is None for a tensor that carries none."""

    primal: Any
    tangent: Any


@contextlib.contextmanager
def level() -> Iterator[int]:
    """Open a forward-mode level; tangents of that level end with it, since no later one has its number."""
    number = _open()
    try:
        yield number
    finally:
        _close(number)


def _open() -> int:
    number = graph.number() + 1
    state.forward = (*state.forward, number)
    return number


def _close(number: int) -> None:
    state.forward = tuple(n for n in state.forward if n != number)
    for saved in state.carried.pop(number, ()):  # else the tangents and the graph could hold each other
        saved.tangents.pop(number, None)


class dual_level(Mode):
    """torch.autograd.forward_ad.dual_level: forward mode for the length of a `with` block. It does not nest."""

    def enter(self) -> None:
        enter_dual_level()

    def leave(self, old: None) -> None:
        exit_dual_level()

    def __enter__(self) -> int:  # type: ignore[override]  # torch's gives the level, which is always 0
        super().__enter__()
        return 0


def enter_dual_level() -> int:
    """Open the level that `make_dual` uses; leave it with `exit_dual_level`."""
    if state.dual:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    state.dual = _open()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Close the level that `enter_dual_level` opened."""
    if level is None and not state.dual:
        raise RuntimeError("Dual level must be a positive number.")
    if level is not None and (level != 0 or not state.dual):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    _close(state.dual)
    state.dual = 0


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of `tensor` that carries `tangent`."""
    number = state.dual
    if not number:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    return attach(tensor, tangent, number)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal, without its tangent, and the tangent."""
    number = state.dual
    if not number:
        return UnpackedDualTensor(tensor, None)
    found = tangent_at(tensor, number)
    return UnpackedDualTensor(alias(tensor) if found is None else without(tensor, number), found)


@op(kind=LINEAR, view=True, method=False)
def alias(x):
    """The same memory under another name."""
    return x.view()


alias.grads(x=lambda g: g)


def attach(tensor: Tensor, tangent: Tensor, number: int) -> Tensor:
    """A view of `tensor` with `tangent` at level `number`, besides the tangents that it has.

    The tangent is kept as it is where it lies in memory as the tensor does, and copied else.
    """
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if t._a.dtype.kind not in "fcV":
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {t.dtype}")
    if tensor._a.shape != tangent._a.shape:
        raise errors.tangent_shape(tensor._a.shape, tangent._a.shape)
    if tensor._a.strides != tangent._a.strides and tensor._a.itemsize == tangent._a.itemsize:
        tangent = clone(tangent)
    dual: Tensor = alias(tensor)
    assert dual._view is not None
    dual._view.carrier = None
    give(dual, number, tangent)
    return dual


def tangent_at(t: Any, number: int) -> Tensor | None:
    """The tangent of `t` at level `number`, if that level is open and t carries one."""
    if not isinstance(t, Tensor) or number not in state.forward:
        return None
    if t._view is not None:
        refresh(t)
    return None if t._rare is None or not t._rare.tangents else t._rare.tangents.get(number)


def without(t: Tensor, number: int) -> Tensor:
    """A view of `t` that lacks the tangent of level `number`."""
    with hidden([t], number):
        bare: Tensor = alias(t)
    return bare


@contextlib.contextmanager
def hidden(tensors: Any, number: int) -> Iterator[None]:
    """Take the tangents of level `number` (and of levels that have ended) off, and put them back."""
    taken = []
    for t in tensors:
        if isinstance(t, Tensor) and t._rare is not None and t._rare.tangents:
            all_of_them = t._rare.tangents
            taken.append((t._rare, all_of_them))
            t._rare.tangents = {k: v for k, v in all_of_them.items() if k < number} or None
    try:
        yield
    finally:
        for rare, tangents in reversed(taken):
            rare.tangents = tangents


def give(t: Tensor, number: int, tangent: Tensor) -> None:
    """Let `t` carry `tangent` at level `number`, and let backward find it where its node saved `t`."""
    rare = t._record()
    rare.tangents = {**(rare.tangents or {}), number: tangent}
    hold_tangents(t._fn, t._nr, rare.tangents)


__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]
