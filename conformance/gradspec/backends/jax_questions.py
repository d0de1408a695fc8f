"""Answer the questions to a program on JAX's tape (jax_driver.py): one function a mode.

An Asked is a question with the tape that the program was run on. A backward or a forward pass goes on
the same tape, so a second one differentiates the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..programs import values as data
from ..programs.model import Mode, Program, Question
from .jax_driver import ADD, SQUARED, Tape

Put = Callable[[Sequence[np.ndarray], Sequence[str]], Sequence[Any]]
"""(arrays, the name of a dtype for each) -> those arrays on the device, in one transfer."""

Numbers = Sequence[int | None]
"""Values of the tape, by number."""


@dataclass(frozen=True)
class Asked:
    """A question, and the tape whose first values are the program's own."""

    program: Program
    question: Question
    tape: Tape
    put: Put

    @property
    def inputs(self) -> list[int]:
        """The inputs that require grad."""
        return self.program.differentiated

    @property
    def outputs(self) -> tuple[int, ...]:
        """The outputs."""
        return self.program.outputs

    def leaves(self, arrays: Sequence[np.ndarray], like: Numbers) -> list[int]:
        """The arrays on the tape, in the dtypes of the values that they go with; an absent value's is left out."""
        there = [(array, number) for array, number in zip(arrays, like, strict=True) if number is not None]
        dtypes = [self.tape.values[number].dtype.name for _, number in there]
        return [self.tape.leaf(value) for value in self.put([array for array, _ in there], dtypes)]

    def heads(self, arrays: Sequence[np.ndarray], values: Numbers) -> list[tuple[int, int]]:
        """Pairs of (value, its cotangent), where there is a value."""
        there = [number for number in values if number is not None]
        return list(zip(there, self.leaves(arrays, values), strict=True))

    def gradients(self) -> list[int | None]:
        """The gradients of <u, outputs>."""
        return self.tape.pull(self.heads(data.cotangents(self.program, self.question), self.outputs), self.inputs)

    def along(self, arrays: Sequence[np.ndarray]) -> dict[int, int]:
        """The tangent of every value, where the inputs have these."""
        return self.tape.push(dict(zip(self.inputs, self.leaves(arrays, self.inputs), strict=True)))


def reverse(asked: Asked) -> Numbers:
    """The gradients."""
    return asked.gradients()


def forward(asked: Asked) -> Numbers:
    """The outputs' tangents."""
    moved = asked.along(data.tangents(asked.program, asked.question))
    return [moved.get(number) for number in asked.outputs]


def reverse_reverse(asked: Asked) -> Numbers:
    """The gradients of the gradients."""
    weights = data.second(asked.program, asked.question)
    return asked.tape.pull(asked.heads(weights, asked.gradients()), asked.inputs)


def forward_reverse(asked: Asked) -> Numbers:
    """The gradients' tangents."""
    gradients = asked.gradients()
    moved = asked.along(data.second(asked.program, asked.question))
    return [None if number is None else moved.get(number) for number in gradients]


def reverse_forward(asked: Asked) -> Numbers:
    """The tangents' gradients."""
    moved = asked.along(data.second(asked.program, asked.question))
    tangents = [moved.get(number) for number in asked.outputs]
    return asked.tape.pull(asked.heads(data.cotangents(asked.program, asked.question), tangents), asked.inputs)


def forward_forward(asked: Asked) -> Numbers:
    """The tangents' tangents."""
    first = asked.along(data.tangents(asked.program, asked.question))
    second = asked.along(data.second(asked.program, asked.question))
    tangents = [first.get(number) for number in asked.outputs]
    return [None if number is None else second.get(number) for number in tangents]


def accumulate(asked: Asked) -> Numbers:
    """The gradients of two cotangents, added."""
    batches = data.batch(asked.program, asked.question)
    rows = [
        asked.tape.pull(asked.heads([batch[row] for batch in batches], asked.outputs), asked.inputs)
        for row in range(data.TOGETHER)
    ]
    return [None if a is None or b is None else asked.tape.call(ADD, a, b)[0] for a, b in zip(*rows, strict=True)]


def subset(asked: Asked) -> Numbers:
    """The gradients by some of the inputs."""
    chosen = data.subset(asked.program, asked.question)
    heads = asked.heads(data.cotangents(asked.program, asked.question), asked.outputs)
    found = dict(zip(chosen, asked.tape.pull(heads, chosen), strict=True))
    return [found.get(number) for number in asked.inputs]


def vmap(asked: Asked) -> Numbers:
    """The gradients of a batch of cotangents."""
    heads = asked.heads(data.batch(asked.program, asked.question), asked.outputs)
    return asked.tape.pull(heads, asked.inputs, batch=data.TOGETHER)


def jacobian(asked: Asked) -> Numbers:
    """A gradient for each element of the output, in their order."""
    pair = data.pair(asked.program, asked.question)
    if pair is None:
        return []
    tape, (place, number) = asked.tape, pair
    output, value = tape.values[asked.outputs[place]], tape.values[number]
    ones = np.eye(output.size).reshape(output.size, *output.shape)
    rows = [tape.pull(asked.heads([one], [asked.outputs[place]]), [number])[0] for one in ones]
    whole = np.zeros((*output.shape, *value.shape), value.dtype)
    for at, row in zip(np.ndindex(output.shape), rows, strict=True):
        whole[at] = 0.0 if row is None else np.asarray(tape.values[row])  # NumPy takes no single bfloat16 of JAX
    return [tape.leaf(made) for made in asked.put([whole], [value.dtype.name])]


def penalty(asked: Asked) -> Numbers:
    """The gradients of the gradients' squared norm."""
    norms = [asked.tape.call(SQUARED, number)[0] for number in asked.gradients() if number is not None]
    return asked.tape.pull(asked.heads([np.ones(())] * len(norms), norms), asked.inputs)


ANSWERS: dict[Mode, Callable[[Asked], Numbers]] = {
    "reverse": reverse,
    "forward": forward,
    "reverse-reverse": reverse_reverse,
    "accumulate": accumulate,
    "subset": subset,
    "vmap": vmap,
    "jacobian": jacobian,
    "forward-reverse": forward_reverse,
    "reverse-forward": reverse_forward,
    "forward-forward": forward_forward,
    "penalty": penalty,
}
"""What answers each mode."""
