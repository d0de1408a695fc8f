"""The reference, wrong in one way that programs show: what it answers in single precision is one half too much."""

from __future__ import annotations

from msgspec.structs import replace

from gradspec.backends.refgrad import Refgrad
from gradspec.outcome import Answers, Array
from gradspec.programs.model import Program


class Crooked(Refgrad):
    """Wrong on every float32 output that is not empty."""

    name = "doubles.crooked:Crooked"

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        answers = super().answer(program, steps=steps)
        return replace(answers, values=tuple(None if v is None else bent(v) for v in answers.values))


def bent(value: Array) -> Array:
    return Array.of(value.numpy() + value.numpy().dtype.type(0.5)) if value.dtype == "float32" else value
