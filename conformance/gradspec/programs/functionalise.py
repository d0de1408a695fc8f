"""Turn a program that writes, detaches and hooks into a pure one with the same answers.

So an engine without in-place ops (JAX) can judge one with them, an engine can be compared with
itself, and the oracle can evaluate what was frozen. A Node is one pure step to be; a Pure is the
program that they make and how its steps answer to the old ones.

- A write to a view is a write to its base: `put` of the new elements at the places that the view has
  there. All other views of that base are taken anew when they are read.
- What shares the memory but not the history (the other side of a `detach`, or everybody under
  no_grad) gets the new value and keeps its history: a `graft`.
- A hook is an identity with a derivative of its own, between a value and everybody who reads it,
  earlier readers too.
- A retained gradient is the gradient of an input of zeros that is added to the value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec.structs import replace

from .. import catalogue
from ..catalogue.model import Shape
from .memory import Memory, Tensor
from .model import Input, Program, Step

HOOKS = {"hook.scale": "function.scale", "hook.clip": "function.clip"}
"""The pure op that a hook becomes."""

REPLACING = ("fill", "expand", "take")
"""The nodes that do not depend on what they replace: it must still be there, to have a gradient of zeros."""


@dataclass(eq=False)
class Node:
    """A value of the pure program: an op on other nodes, or an input (no op); `hooks` as they were put on."""

    op: str
    args: tuple[Node, ...]
    settings: Mapping[str, Any]
    shape: Shape
    dtype: str
    hooks: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True)
class Pure:
    """A pure program, and by index of the old steps that of the pure step with its value (None: there is none)."""

    program: Program
    places: tuple[int | None, ...]

    def arranged(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Something for each old step, at the pure steps' places; None at the steps that only the pure program has."""
        found = dict(zip(self.places, values, strict=True))
        return tuple(found.get(index) for index in range(len(self.program.steps)))


def is_pure(program: Program) -> bool:
    """Does no step write, cut history or put on a hook?"""
    return all(step.grad and not step.write and not catalogue.get(step.op).act for step in program.steps)


def functionalise(program: Program) -> Program:
    """A pure program with the same answers; the program itself where it is pure.

    The inputs are the same, followed by one input of zeros for each retained gradient.
    """
    return pure(program).program


def pure(program: Program) -> Pure:
    """The pure program, and what became of each step. One that is wrong on purpose stays as it is."""
    if program.wrong or is_pure(program):
        return Pure(program, tuple(range(len(program.steps))))
    return _Form(program).made()


def retained(program: Program) -> tuple[int, ...]:
    """The values whose gradient is retained, each tensor once."""
    tensor = list(range(len(program.inputs)))
    for number, step in enumerate(program.steps, len(program.inputs)):
        tensor.append(tensor[step.args[0]] if step.write or catalogue.get(step.op).act else number)
    return tuple(dict.fromkeys(tensor[step.args[0]] for step in program.steps if step.op == "retain_grad"))


class _Form:
    """The nodes so far, the current one of every base, and of every view when it was last read."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.memory = Memory()
        self.nodes: list[Node] = []
        self.bases: dict[Tensor, Node] = {}
        self.views: dict[Tensor, tuple[int, Node]] = {}

    def made(self) -> Pure:
        """Everything, in order."""
        for leaf in self.program.inputs:
            self.memory.leaf(leaf.shape, leaf.requires_grad)
            self.bases[self.memory.tensors[-1]] = self.node("", (), {}, leaf.shape, leaf.dtype)
        values = [self.step(step) for step in self.program.steps]
        outputs = [self.read(self.memory.tensors[n]) for n in self.program.outputs]
        kept = dict.fromkeys(self.read(self.memory.tensors[n]) for n in retained(self.program))
        return linear(self.program, self.nodes, values, outputs, list(kept))

    def node(self, op: str, args: tuple[Node, ...], settings: Mapping[str, Any], shape: Shape, dtype: str) -> Node:
        made = Node(op, args, settings, shape, dtype)
        self.nodes.append(made)
        return made

    def step(self, step: Step) -> Node | None:
        """What one step comes to; None for an act, which has no value of its own."""
        op = catalogue.get(step.op)
        args = tuple(self.read(self.memory.tensors[n]) for n in step.args)
        tensor = self.memory.step(op, step.args, step.settings, step.shape, write=step.write, grad=step.grad)
        if op.act:
            if op.name in HOOKS:
                args[0].hooks.append((HOOKS[op.name], step.settings))
            return None
        if op.name == "assign":
            value = self.node("expand", args[1:], {"shape": step.shape}, step.shape, step.dtype)
        else:
            value = self.node(op.name, args, step.settings, step.shape, step.dtype)
        if step.write:
            self.write(tensor, value, step.grad)
        elif tensor.path:
            self.views[tensor] = (tensor.storage.writes, value)
        else:
            self.bases[tensor] = value if step.grad else self.node("detach", (value,), {}, step.shape, step.dtype)
        return value

    def read(self, tensor: Tensor) -> Node:
        """The node of a tensor as it is now: a view is taken anew if its memory was written since."""
        if not tensor.path:
            return self.bases[tensor]
        writes, node = self.views.get(tensor, (-1, None))
        if writes != tensor.storage.writes or node is None:
            node, places = self.bases[tensor.base], tensor.base.places
            for op, settings in tensor.path:
                places = catalogue.memory.VIEWS[op](places, **settings)
                node = self.node(op, (node,), settings, places.shape, node.dtype)
            self.views[tensor] = (tensor.storage.writes, node)
        return node

    def write(self, tensor: Tensor, value: Node, grad: bool) -> None:
        """Every base that shares memory with `tensor` takes the elements of `value` that it sees."""
        for base in tensor.storage.bases:
            where = np.full(1 + max(int(base.places.max(initial=-1)), int(tensor.places.max(initial=-1))), -1)
            where[base.places.reshape(-1)] = np.arange(base.places.size)
            places = where[tensor.places.reshape(-1)]
            seen = np.flatnonzero(places >= 0)
            if not seen.size:
                continue
            old, part = self.bases[base], value
            if seen.size < places.size:
                chosen = {"index": tuple(seen.tolist())}
                part = self.node("take", (value,), chosen, (seen.size,), value.dtype)
            if part.op not in REPLACING and np.array_equal(places[seen], np.arange(base.places.size)):
                new = part if part.shape == old.shape else self.node(
                    "reshape", (part,), {"shape": old.shape}, old.shape, old.dtype)  # fmt: skip
            else:
                at = {"index": tuple(places[seen].tolist())}
                new = self.node("put", (old, part), at, old.shape, old.dtype)
            keeps = not grad or base is not tensor.base
            self.bases[base] = self.node("graft", (old, new), {}, old.shape, old.dtype) if keeps else new


def linear(
    program: Program,
    nodes: Sequence[Node],
    values: Sequence[Node | None],
    outputs: Sequence[Node],
    kept: Sequence[Node],
) -> Pure:
    """The nodes as a program: inputs first, and behind each value the hooks that its readers see it through."""
    inputs = [*program.inputs, *(zeros(node) for node in kept)]
    extra = {node: len(program.inputs) + n for n, node in enumerate(kept)}
    steps: list[Step] = []
    first: dict[Node, int] = {}
    last: dict[Node, int] = {}

    def emit(op: str, args: tuple[int, ...], settings: Mapping[str, Any], node: Node) -> int:
        steps.append(Step(op, args, dict(settings), node.shape, node.dtype))
        return len(inputs) + len(steps) - 1

    leaves = 0
    for node in nodes:
        if node.op:
            number = emit(node.op, tuple(last[arg] for arg in node.args), node.settings, node)
        else:
            number, leaves = leaves, leaves + 1
        first[node] = number
        if node in extra:
            number = emit("add", (number, extra[node]), {}, node)
        for op, settings in reversed(node.hooks):  # the first hook is the first to see the gradient, from the far side
            number = emit(op, (number,), settings, node)
        last[node] = number
    places = [None if value is None else first[value] - len(inputs) for value in values]
    made = replace(program, inputs=tuple(inputs), steps=tuple(steps), outputs=tuple(last[node] for node in outputs))
    return Pure(made, tuple(places))


def zeros(node: Node) -> Input:
    """An input that changes nothing when it is added to the node: negative zeros."""
    zero = ",".join(["-0x0.0p+0"] * (2 if node.dtype.startswith("complex") else 1))
    return Input(node.shape, node.dtype, exact=(zero,) * int(np.prod(node.shape, dtype=np.int64)))
