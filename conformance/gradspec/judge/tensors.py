"""List the tensors of a program's answers in the order of cause and effect, and what each may depart by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .. import catalogue
from ..outcome import Answers, Array
from ..programs.model import SECOND_ORDER, Program
from ..programs.parts import parts
from ..programs.values import LARGEST
from . import shadow as shadows
from .paths import behind, between
from .shadow import STEPS, VALUES, Place, Shadow
from .tolerance import ORDERS, Limit, limit

SIGNED = frozenset({
    "neg", "positive", "abs", "mul", "clone", "reshape", "transpose", "permute", "movedim", "squeeze", "unsqueeze",
    "expand", "flip", "roll", "select", "narrow", "slice", "cat", "stack",
})  # fmt: skip
"""The ops whose result, where it is zero, has one sign only. Of most others engines make what they like."""


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
    left_out: bool = False
    """Nobody asked for it: an engine must not give it."""


def tensors(program: Program, answers: Answers, shadow: Shadow) -> Iterator[Tensor]:
    """Every tensor of the answers, in the order of cause and effect."""
    first = len(program.inputs)
    for index in range(len(program.steps) if answers.steps else 0):
        if answers.steps[index] is None:  # a step of the pure form that the engine did not take
            continue
        path = behind(program, [first + index])
        yield Tensor("value", (STEPS, index), shadow.names.steps[index], path, frozenset({index}), index)
    outputs = [behind(program, [value]) for value in program.outputs]
    for n, value in enumerate(program.outputs):
        yield Tensor("value", (VALUES, n), shadow.names.outputs[n], outputs[n], outputs[n], value - first)
    everything = behind(program, program.outputs)
    for q, question in enumerate(program.questions):
        if q in answers.refused or q in shadow.own.refused:
            continue
        for n, part in enumerate(parts(program, question)):
            asked = program.outputs if part.output is None else [program.outputs[part.output]]
            path = behind(program, asked) if part.number is None else between(program, part.number, asked)
            reached = behind(program, [out for out in asked if out - first in path])
            # The second gradient differentiates every first one: any op on the way to an output may be to blame.
            blamed = everything if question.mode in SECOND_ORDER and part.output is None else path
            yield Tensor(question.mode, (q, n), part.name, reached, blamed, left_out=part.left_out)


def limit_at(
    program: Program,
    shadow: Shadow,
    tensor: Tensor,
    own: Array,
    fine: Array,
    where: np.ndarray | None = None,
    sized: np.ndarray | None = None,
) -> Limit:
    """The distance allowed at a place, from the noise of the coarse runs and the ulps of the ops behind it.

    `where` leaves elements out of the measure of noise, since a coarse run may find itself on the other side of a
    kink, and `sized` out of that of the size, since what nobody promises may be infinite.
    """
    ulps = ORDERS[tensor.mode] * sum(catalogue.get(program.steps[index].op).ulps for index in tensor.behind)
    coarse = [shadows.at(answers, tensor.place) for answers in shadow.coarse]
    fitting = [other for other in coarse if other and other.shape == fine.shape]
    order = 0 if tensor.mode == "value" else 2 if tensor.mode in SECOND_ORDER else 1
    return limit(fine, fitting, shadow.ratio, ulps, own.dtype, shadow.size * LARGEST**order, where, sized)
