"""Make a program smaller or plainer: keep only what some values need, write the inputs' numbers out.

Each function here returns a new Program that runs if the old one did.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from . import values
from .model import Input, Program


def cut(program: Program, outputs: Sequence[int]) -> Program:
    """The inputs and steps that the values `outputs` need, with those as its outputs."""
    needed = set(outputs)
    first = len(program.inputs)
    for number in reversed(range(first, first + len(program.steps))):
        if number in needed:
            needed.update(program.steps[number - first].args)
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
