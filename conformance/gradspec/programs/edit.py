"""Make a program smaller or plainer: keep only what some values need, write the inputs' numbers out.

`simpler` lists the next smaller programs, for whoever looks for the smallest that still shows something.

Each function here returns a new Program that runs if the old one did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from .. import catalogue
from . import values
from .build import inside
from .model import Input, Program


def cut(program: Program, outputs: Sequence[int]) -> Program:
    """The inputs and steps that the values `outputs` need, with those as its outputs."""
    needed = program.behind(outputs)
    first = len(program.inputs)
    kept = sorted(needed)
    place = {old: new for new, old in enumerate(kept)}
    return replace(
        program,
        inputs=tuple(leaf for n, leaf in enumerate(program.inputs) if n in needed),
        steps=tuple(
            replace(step, args=tuple(place[a] for a in step.args))
            for n, step in enumerate(program.steps, first)
            if n in needed
        ),
        outputs=tuple(place[n] for n in outputs),
    )


def simpler(program: Program) -> Iterator[Program]:
    """Programs with fewer steps, outputs or questions; the most is taken away first.

    In place of a step's result stands a new input, where the next step finds it inside its domain. A program
    that writes or acts on its tensors keeps its steps: what they mean depends on one another. One that is wrong keeps
    its last step, which is what is wrong with it.
    """
    first = len(program.inputs)
    if len(program.questions) > 1:
        yield from (replace(program, questions=(question,)) for question in program.questions)
    if any(step.write or not step.grad or catalogue.get(step.op).act for step in program.steps):
        return
    for number in reversed(range(first, first + len(program.steps))):
        if program.outputs != (number,) and not program.wrong:
            yield cut(program, [number])
        if any(number in step.args for step in program.steps):
            yield without(program, number)


def without(program: Program, number: int) -> Program:
    """The program in which value `number`, a step's, is an input of its own."""
    first = len(program.inputs)
    gone = program.steps[number - first]
    user, slot = next((step, step.args.index(number)) for step in program.steps if number in step.args)
    low, high = inside(catalogue.get(user.op).slots[slot].domain)
    place = {old: old for old in range(first)} | {number: first}
    place |= {n: n + 1 if n < number else n for n in range(first, first + len(program.steps)) if n != number}
    leaf = Input(gone.shape, gone.dtype, low=low, high=high, seed=number)
    steps = tuple(
        replace(step, args=tuple(place[a] for a in step.args))
        for n, step in enumerate(program.steps, first)
        if n != number
    )
    outputs = [place[n] for n in program.outputs if n != number] or [len(program.inputs) + len(steps)]
    return cut(replace(program, inputs=(*program.inputs, leaf), steps=steps), outputs)


def frozen(program: Program) -> Program:
    """The same program with every input's values written out, so that no generator is needed to read it."""
    arrays = values.inputs(program)
    return replace(
        program,
        inputs=tuple(exactly(leaf, array) for leaf, array in zip(program.inputs, arrays, strict=True)),
    )


def exactly(leaf: Input, array: np.ndarray) -> Input:
    """The input with these values, written out."""
    return replace(leaf, values="generic", seed=0, low=-2.0, high=2.0, exact=values.hexed(array))
