"""Name the tensors that answer a question: which output or input each is about, its shape and dtype.

A Part is one such tensor. An engine's answer, the judge's comparison and the oracle's truth have the
same Parts in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import values
from .model import Program, Question


@dataclass(frozen=True)
class Part:
    """One tensor of an answer; `output` is a place among the outputs, `number` that of an input."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    output: int | None = None
    number: int | None = None
    left_out: bool = False
    """Nobody asked for it: None is promised."""


BY_OUTPUT = {"forward": "tangent", "forward-forward": "second tangent"}
"""What the questions with a tensor per output are answered with."""

BY_INPUT = {
    "reverse": "gradient",
    "reverse-reverse": "second gradient",
    "accumulate": "accumulated gradient",
    "subset": "selected gradient",
    "vmap": "batch of gradients",
    "forward-reverse": "gradient's tangent",
    "reverse-forward": "tangent's gradient",
    "penalty": "gradient penalty's gradient",
}
"""What the questions with a tensor per input are answered with."""


def parts(program: Program, question: Question) -> list[Part]:
    """The tensors that answer `question`, in order."""
    return list(_parts(program, question))


def _parts(program: Program, question: Question) -> Iterator[Part]:
    if question.mode == "jacobian":
        if (pair := values.pair(program, question)) is not None:
            place, number = pair
            leaf = program.inputs[number]
            shape = (*program.meta(program.outputs[place])[0], *leaf.shape)
            yield Part(f"jacobian of output {place} by x{number}", shape, leaf.dtype, place, number)
    elif question.mode in BY_OUTPUT:
        for place, output in enumerate(program.outputs):
            shape, dtype = program.meta(output)
            yield Part(f"{BY_OUTPUT[question.mode]} of output {place}", shape, dtype, output=place)
    else:
        chosen = values.subset(program, question) if question.mode == "subset" else program.differentiated
        batch = (values.TOGETHER,) if question.mode == "vmap" else ()
        for number in program.differentiated:
            leaf = program.inputs[number]
            name = f"{BY_INPUT[question.mode]} of x{number}"
            yield Part(name, (*batch, *leaf.shape), leaf.dtype, number=number, left_out=number not in chosen)
