"""Answer the questions to a program on any engine that speaks torch's words: one function a mode.

An Asked is a question with the graph that the program recorded: its leaves and its outputs. The modes
of a tape use `autograd.grad`, `backward` and dual numbers; what a tape has no words for (a jacobian, the
derivative of a tangent) is left to the transforms of functions, see functional.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..programs import values as data
from ..programs.model import Mode, Program, Question
from . import functional

if TYPE_CHECKING:
    from .tape import TapeBackend

Answer = Sequence[Any]
"""One tensor per part of the answer (programs/parts.py), or None."""


@dataclass(frozen=True)
class Asked:
    """A question to an engine, and the recorded graph: the leaves of all inputs, and the outputs."""

    engine: TapeBackend
    program: Program
    question: Question
    leaves: Sequence[Any]
    outputs: Sequence[Any]

    @property
    def inputs(self) -> list[Any]:
        """The leaves that require grad."""
        return [leaf for leaf in self.leaves if leaf.requires_grad]

    @property
    def cotangents(self) -> list[Any]:
        """The cotangents u."""
        return self.like(data.cotangents(self.program, self.question), self.outputs)

    def like(self, arrays: Sequence[np.ndarray], tensors: Sequence[Any]) -> list[Any]:
        """The arrays in the dtypes of the tensors."""
        return [self.engine.like(array, tensor) for array, tensor in zip(arrays, tensors, strict=True)]


def reverse(asked: Asked) -> Answer:
    """autograd.grad with the cotangents."""
    return asked.engine.reverse(asked.outputs, asked.inputs, asked.cotangents)


def forward(asked: Asked) -> Answer:
    """The program once more, on dual numbers."""
    with dual(asked, data.tangents(asked.program, asked.question)) as (_, outputs):
        return tangents(asked, outputs)


def reverse_reverse(asked: Asked) -> Answer:
    """autograd.grad of autograd.grad with create_graph."""
    gradients = asked.engine.reverse(asked.outputs, asked.inputs, asked.cotangents, create_graph=True)
    weights = asked.like(data.second(asked.program, asked.question), asked.inputs)
    return asked.engine.reverse(gradients, asked.inputs, weights)


def forward_reverse(asked: Asked) -> Answer:
    """autograd.grad with create_graph of outputs that are dual numbers: the backward is dual as well."""
    with dual(asked, data.second(asked.program, asked.question), requires_grad=True) as (inputs, outputs):
        return tangents(asked, asked.engine.reverse(outputs, inputs, asked.cotangents, create_graph=True))


def accumulate(asked: Asked) -> Answer:
    """`.grad` after two backwards."""
    batches = asked.like(data.batch(asked.program, asked.question), asked.outputs)
    return kept(asked, [[batch[row] for batch in batches] for row in range(data.TOGETHER)])


def subset(asked: Asked) -> Answer:
    """`.grad` after one backward that is told its inputs."""
    chosen = data.subset(asked.program, asked.question)
    return kept(asked, [asked.cotangents], inputs=[asked.leaves[number] for number in chosen])


def vmap(asked: Asked) -> Answer:
    """autograd.grad of a batch of cotangents."""
    batches = asked.like(data.batch(asked.program, asked.question), asked.outputs)
    return gradients(asked.engine.torch, asked.outputs, asked.inputs, batches, is_grads_batched=True)


def penalty(asked: Asked) -> Answer:
    """autograd.grad of the squared norm of the gradients."""
    found = asked.engine.reverse(asked.outputs, asked.inputs, asked.cotangents, create_graph=True)
    squares = [(g * g.conj()).real.sum() for g in found if g is not None and g.requires_grad]
    if not squares:  # the gradients are constants
        return [None] * len(found)
    norm = sum(squares[1:], start=squares[0])
    return asked.engine.reverse([norm], asked.inputs, [asked.engine.like(np.ones(()), norm)])


def transformed(asked: Asked) -> Answer:
    """By the transforms of functions: the program is a function of the inputs that require grad."""
    engine, program = asked.engine, asked.program
    answer, which = functional.answer(program, asked.question)
    seeds = functional.seeds(program, asked.question, which, engine.tensor)

    def of(*moving: Any) -> tuple[Any, ...]:
        values = engine.run(program, functional.placed(program, fresh(engine, program), moving))
        return tuple(values[number] for number in program.outputs)

    leaves = fresh(engine, program)
    at = tuple(leaves[number] for number in program.differentiated)
    return answer(engine.torch.func, of, at, seeds)


def gradients(torch: Any, outputs: Answer, inputs: Answer, cotangents: Answer, **options: bool) -> Answer:
    """The gradients of <cotangents, outputs>; None for an input that no output depends on.

    Outputs that need no gradient have none to give: they are left out, where torch would raise.
    """
    tops, seeds = moving(outputs, cotangents)
    if not tops or not inputs:
        return [None] * len(inputs)
    return list(torch.autograd.grad(tops, inputs, seeds, retain_graph=True, allow_unused=True, **options))


def moving(outputs: Answer, cotangents: Answer) -> tuple[list[Any], list[Any]]:
    """The outputs that need a gradient, and their cotangents."""
    pairs = [(out, u) for out, u in zip(outputs, cotangents, strict=True) if out is not None and out.requires_grad]
    return [out for out, _ in pairs], [u for _, u in pairs]


def kept(asked: Asked, cotangents: Sequence[Answer], **options: Any) -> Answer:
    """`.grad` of each input after a backward for each of the cotangents; it is left as it was found, None."""
    try:
        for seeds in cotangents:
            tops, weights = moving(asked.outputs, seeds)
            if tops:
                asked.engine.torch.autograd.backward(tops, weights, retain_graph=True, **options)
        return [leaf.grad for leaf in asked.inputs]
    finally:
        for leaf in asked.inputs:
            leaf.grad = None


@contextmanager
def dual(asked: Asked, along: Sequence[np.ndarray], requires_grad: bool = False) -> Iterator[tuple[Answer, Answer]]:
    """A level of dual numbers: the fresh leaves that have a tangent, and the outputs that follow from them."""
    engine, program = asked.engine, asked.program
    forward_ad = engine.torch.autograd.forward_ad
    with forward_ad.dual_level():
        leaves = fresh(engine, program)
        inputs = [leaves[number].requires_grad_(requires_grad) for number in program.differentiated]
        for number, leaf, tangent in zip(program.differentiated, inputs, asked.like(along, inputs), strict=True):
            leaves[number] = forward_ad.make_dual(leaf, tangent)
        values = engine.run(program, leaves)
        yield inputs, [values[number] for number in program.outputs]


def tangents(asked: Asked, values: Answer) -> Answer:
    """The tangent of each value; None where it has none."""
    unpack = asked.engine.torch.autograd.forward_ad.unpack_dual
    return [None if value is None else unpack(value).tangent for value in values]


def fresh(engine: TapeBackend, program: Program) -> list[Any]:
    """The inputs as tensors that ask for no gradient."""
    return [engine.leaf(array, leaf) for array, leaf in zip(data.inputs(program), program.inputs, strict=True)]


ANSWERS: dict[Mode, tuple[Callable[[Asked], Answer], frozenset[str]]] = {
    "reverse": (reverse, frozenset({"tape"})),
    "forward": (forward, frozenset({"forward-ad"})),
    "reverse-reverse": (reverse_reverse, frozenset({"tape"})),
    "accumulate": (accumulate, frozenset({"tape"})),
    "subset": (subset, frozenset({"tape"})),
    "vmap": (vmap, frozenset({"tape", "func"})),
    "jacobian": (transformed, frozenset({"func"})),
    "forward-reverse": (forward_reverse, frozenset({"tape", "forward-ad"})),
    "reverse-forward": (transformed, frozenset({"func"})),  # torch's rules for dual numbers may write in place
    "forward-forward": (transformed, frozenset({"func"})),  # there is one level of dual numbers only
    "penalty": (penalty, frozenset({"tape"})),
}
"""What answers each mode, and the capabilities that it takes."""
