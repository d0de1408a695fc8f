"""Call the tensors of a program what its author would: by the author's own steps, not by those of its pure form.

A program that writes in place is judged in its pure form, which has steps of its own: a base with the new elements
put into it, a view taken anew. Names has a name for each pure step and each output.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..programs.functionalise import pure
from ..programs.model import Program


@dataclass(frozen=True)
class Names:
    """The names of the pure form's steps and of the outputs: "step 3 (tanh)", "output 0 (mul)"."""

    steps: tuple[str, ...]
    outputs: tuple[str, ...]


def names(program: Program) -> Names:
    """What each pure step is to `program`: one of its steps, or what one of them did to memory."""
    form, first = pure(program), len(program.inputs)
    author = {at: n for n, at in enumerate(form.places) if at is not None}
    steps, latest = [], ""
    for index in range(len(form.program.steps)):
        if index in author:
            latest = f"step {author[index]} ({program.steps[author[index]].op})"
            steps.append(latest)
        else:
            steps.append(f"memory after {latest}")
    outputs = [
        f"output {n} ({program.steps[value - first].op})" if value >= first else f"output {n}"
        for n, value in enumerate(program.outputs)
    ]
    return Names(tuple(steps), tuple(outputs))
