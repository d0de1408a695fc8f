"""Which steps lie between an input and the outputs: what a departure there can be blamed on."""

from __future__ import annotations

from collections.abc import Iterable

from ..programs.model import Program


def behind(program: Program, values: Iterable[int]) -> frozenset[int]:
    """The indices of the steps that `values` (by number) are computed from, themselves included."""
    wanted = set(values)
    first = len(program.inputs)
    for index in reversed(range(len(program.steps))):
        if first + index in wanted:
            wanted.update(program.steps[index].args)
    return frozenset(number - first for number in wanted if number >= first)


def after(program: Program, value: int) -> frozenset[int]:
    """The indices of the steps that are computed from value number `value`."""
    reached = {value}
    first = len(program.inputs)
    for index, step in enumerate(program.steps):
        if reached.intersection(step.args):
            reached.add(first + index)
    return frozenset(number - first for number in reached if number >= first)


def between(program: Program, value: int, outputs: Iterable[int]) -> frozenset[int]:
    """The indices of the steps on a path from value number `value` to one of `outputs`."""
    return behind(program, outputs) & after(program, value)
