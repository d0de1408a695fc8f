"""List the tensors of a program's answers in the order of cause and effect, and what each may depart by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .. import catalogue
from ..outcome import Answers, Array
from ..programs.model import Program
from . import shadow as shadows
from .paths import behind, between
from .shadow import STEPS, VALUES, Place, Shadow
from .tolerance import ORDERS, Limit, limit


@dataclass(frozen=True)
class Tensor:
    """One tensor to compare: what it answers, its place and name, the steps behind it, those to blame if it departs."""

    mode: str
    place: Place
    name: str
    behind: frozenset[int]
    blamed: frozenset[int]
    step: int = -1
    """The index of the step whose value it is."""


def tensors(program: Program, answers: Answers, shadow: Shadow) -> Iterator[Tensor]:
    """Every tensor of the answers, in the order of cause and effect."""
    first = len(program.inputs)
    for index, step in enumerate(program.steps if answers.steps else ()):
        path = behind(program, [first + index])
        yield Tensor("value", (STEPS, index), f"step {index} ({step.op})", path, frozenset({index}), index)
    outputs = [behind(program, [value]) for value in program.outputs]
    for n, value in enumerate(program.outputs):
        op = f" ({program.steps[value - first].op})" if value >= first else ""
        yield Tensor("value", (VALUES, n), f"output {n}{op}", outputs[n], outputs[n], value - first)
    asked = [n for n, leaf in enumerate(program.inputs) if leaf.requires_grad]
    paths = [between(program, value, program.outputs) for value in asked]
    reached = [behind(program, [out for out in program.outputs if out - first in path]) for path in paths]
    everything = behind(program, program.outputs)
    for q, question in enumerate(program.questions):
        if q in answers.refused or q in shadow.own.refused:
            continue
        if question.mode == "forward":
            for n, path in enumerate(outputs):
                yield Tensor("forward", (q, n), f"tangent of output {n}", path, path)
        else:
            order = "second gradient" if question.mode == "reverse-reverse" else "gradient"
            for n, (value, path) in enumerate(zip(asked, paths, strict=True)):
                # The second gradient differentiates every first one: any op on the way to an output may be to blame.
                blamed = everything if question.mode == "reverse-reverse" else path
                yield Tensor(question.mode, (q, n), f"{order} of x{value}", reached[n], blamed)


def limit_at(program: Program, shadow: Shadow, tensor: Tensor, own: Array, fine: Array) -> Limit:
    """The distance allowed at a place, from the noise of the coarse runs and the ulps of the ops behind it."""
    ulps = ORDERS[tensor.mode] * sum(catalogue.get(program.steps[index].op).ulps for index in tensor.behind)
    coarse = [shadows.at(answers, tensor.place) for answers in shadow.coarse]
    fitting = [other for other in coarse if other and other.shape == fine.shape]
    return limit(fine, fitting, shadow.ratio, ulps, own.dtype, shadow.size)
