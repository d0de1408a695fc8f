"""Follow which tensors of a program share memory, and what may still be written.

A Storage is one piece of memory. A Tensor is a way to look at it: its elements as places in the
storage, and the base that it is a differentiable view of. A Memory holds the Tensor of every value.
A write that an engine would refuse, now or in backward, is Unwritable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import catalogue
from ..catalogue import memory
from ..catalogue.model import Op, Shape
from .model import Program


class Unwritable(Exception):
    """A write, a hook or a view that is not allowed there."""


@dataclass(eq=False)
class Storage:
    """One piece of memory: why it may no longer be written ("" while it may), how often it was, who its bases are."""

    closed: str = ""
    writes: int = 0
    grafted: bool = False
    """Was it written beside its history, so that who read it before and who reads it after share one?"""
    bases: list[Tensor] = field(default_factory=list)
    plain: bool = True
    """Is it certainly no view of something hidden, as the result of an op that is made of others may be?"""
    own: bool = True
    """Is it certainly no other tensor's?"""
    kept: bool = False
    """Does the derivative of the step that made it, or wrote it last, need the result?"""


@dataclass(eq=False)
class Tensor:
    """A tensor: its memory, the place of each element there, and how it is viewed from its base (itself, by no path).

    `tracked`, of a base: does it, and so its views, have a history that leads to an input that requires grad?
    """

    storage: Storage
    places: np.ndarray
    path: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    parent: Tensor | None = None
    tracked: bool = False

    @property
    def base(self) -> Tensor:
        """The tensor that this one is a differentiable view of."""
        return self if self.parent is None else self.parent.base

    @property
    def overlaps(self) -> bool:
        """Do two elements share one place?"""
        return len(np.unique(self.places)) < self.places.size


@dataclass
class Memory:
    """The tensor of each value, by number."""

    tensors: list[Tensor] = field(default_factory=list)
    once: bool = False
    """May it be differentiated only once? A step that keeps a result which has a hook sees the hook in its second
    derivative, and no pure program says so."""

    @classmethod
    def of(cls, program: Program) -> Memory:
        """That of a whole program."""
        made = cls()
        for leaf in program.inputs:
            made.leaf(leaf.shape, leaf.requires_grad)
        for step in program.steps:
            made.step(catalogue.get(step.op), step.args, step.settings, step.shape, write=step.write, grad=step.grad)
        return made

    def leaf(self, shape: Shape, requires_grad: bool) -> None:
        """An input. Nobody writes to inputs: they are put to an engine again for the next question."""
        self.fresh(shape, requires_grad).storage.closed = "an input"

    def step(
        self, op: Op, args: Sequence[int], settings: Mapping[str, Any], shape: Shape, *, write: bool, grad: bool
    ) -> Tensor:
        """What a step does; raises Unwritable."""
        given = [self.tensors[n] for n in args]
        if op.act:
            return self._act(op, given[0])
        if write:
            return self._write(op, given, grad)
        if op.name in memory.VIEWS:
            return self._view(op, given[0], settings, grad)
        if not grad and not memory.fresh(op):
            raise Unwritable(f"{op.name} under no_grad may be the argument itself")
        made = self.fresh(shape, grad and any(tensor.base.tracked for tensor in given))
        made.storage.plain = op.name in memory.IN_PLACE or op.family == "graph"
        made.storage.own = memory.fresh(op)
        if not made.storage.own:
            for tensor in (*given, made):
                tensor.storage.closed = tensor.storage.closed or f"{op.name} may be a view"
        elif grad:
            _keep(op, given, made)
        elif not made.storage.plain:
            made.storage.closed = "it may be a view that was made under no_grad"
        made.storage.kept = memory.keeps_result(op)
        return made

    def fresh(self, shape: Shape, tracked: bool) -> Tensor:
        """A tensor with a memory of its own."""
        size = int(np.prod(shape, dtype=np.int64))
        return self._base(Storage(), np.arange(size).reshape(shape), tracked)

    def _base(self, storage: Storage, places: np.ndarray, tracked: bool) -> Tensor:
        made = Tensor(storage, places, tracked=tracked)
        storage.bases.append(made)
        self.tensors.append(made)
        return made

    def _view(self, op: Op, of: Tensor, settings: Mapping[str, Any], grad: bool) -> Tensor:
        if not grad:
            raise Unwritable("torch forbids to write to a view that was made under no_grad")
        places = memory.VIEWS[op.name](of.places, **settings)
        if op.name == "detach":
            if of.overlaps:
                raise Unwritable("a detached tensor whose elements share places")
            return self._base(of.storage, places, False)
        if op.name in memory.SEVERAL:
            of.storage.closed = "torch forbids to write to one of several views"
        made = Tensor(of.storage, places, (*of.path, (op.name, settings)), of)
        self.tensors.append(made)
        return made

    def _act(self, op: Op, on: Tensor) -> Tensor:
        if not on.storage.own:
            raise Unwritable("it may be another tensor, whose hook this would be as well")
        if not on.base.tracked:
            raise Unwritable(f"{op.name} on a tensor without history")
        if on.storage.grafted:
            raise Unwritable(f"{op.name} on a tensor with the history of what it held before")
        if on.path:  # the history of a view is made anew when its base is written, and knows nothing of hooks
            if on.storage.writes:
                raise Unwritable("a view of something that was written")
            on.storage.closed = "a view of it has a hook"
        if op.name != "retain_grad":
            on.storage.closed = on.storage.closed or ("" if on.storage.plain else "it may be a view with a hook")
            self.once |= on.storage.kept
        self.tensors.append(on)
        return on

    def _write(self, op: Op, given: Sequence[Tensor], grad: bool) -> Tensor:
        target, *others = given
        if target.storage.closed:
            raise Unwritable(target.storage.closed)
        if target.overlaps:
            raise Unwritable("two of its elements share one place")
        beside = [other for other in others if other.storage is target.storage]
        if not memory.fresh(op):
            raise Unwritable("a tensor copied to itself")
        if memory.by_copy(op):
            if grad and memory.keeps_arguments(op):
                raise Unwritable("the derivative needs what is overwritten")
        else:
            for other in beside:
                same = np.array_equal(other.places, target.places)
                if not same or (grad and memory.keeps_arguments(op)) or op.family != "arithmetic":
                    raise Unwritable("an argument shares memory with what is written")
            if grad:
                _keep(op, others, target)
        if grad:
            target.base.tracked |= any(other.base.tracked for other in others)
        target.storage.writes += 1
        target.storage.grafted |= not grad or not target.base.tracked
        self.tensors.append(target)
        return target


def _keep(op: Op, given: Sequence[Tensor], made: Tensor) -> None:
    """Close what the derivative of `op` may need: engines refuse backward when it was written meanwhile."""
    if memory.keeps_arguments(op):
        for tensor in given:
            tensor.storage.closed = tensor.storage.closed or "an earlier step keeps it for its derivative"
    made.storage.kept = memory.keeps_result(op)
    if made.storage.kept:
        made.storage.closed = made.storage.closed or "the step that made it keeps it for its derivative"
