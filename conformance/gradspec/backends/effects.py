"""Do in torch's words what a step does besides computing: write in place, stay out of the graph, put on a hook.

`perform` does one step on an engine's tensors, `needs` says which capabilities a program takes,
`unheard` which of its ops nobody knows, and `retained_gradients` reads what retain_grad kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import catalogue
from ..catalogue import memory
from ..catalogue.call import function
from ..catalogue.dtypes import COMPLEX
from ..programs.model import Program, Step
from ..programs.words import template


def perform(torch: Any, step: Step, args: Sequence[Any]) -> Any:
    """One step's value: what is computed, or the first argument where something is done to it."""
    call, does = spoken(step.op, step.write)
    if step.grad:
        made = call(torch, *args, **step.settings)
    else:
        with torch.no_grad():
            made = call(torch, *args, **step.settings)
    return args[0] if does else made


@functools.cache
def spoken(name: str, write: bool) -> tuple[Callable[..., Any], bool]:
    """The call of an op in torch's words, and whether its first argument is what it gives."""
    op = catalogue.get(name)
    return function(template(name, write), "torch", defines=op.defines), op.act or write


def unheard(program: Program) -> tuple[str, ...]:
    """The ops of the program that are in no catalogue: written by a newer gradspec, or by hand."""
    known = catalogue.entries()
    return tuple(sorted({step.op for step in program.steps if step.op not in known}))


def needs(program: Program) -> frozenset[str]:
    """The capabilities that the program takes beside its ops and questions."""
    return frozenset(_needs(program))


def _needs(program: Program) -> Iterator[str]:
    dtypes = {leaf.dtype for leaf in program.inputs}
    if dtypes & COMPLEX:
        yield "complex"
    if "bfloat16" in dtypes:
        yield "bfloat16"
    for step in program.steps:
        op = catalogue.get(step.op)
        if step.write:
            yield from ("in-place", "views") if any(s.op in memory.VIEWS for s in program.steps) else ("in-place",)
        if not step.grad or step.op == "detach":
            yield "modes"
        if op.act:
            yield "hooks"
        if "autograd.Function" in op.defines:
            yield "function"


def retained_gradients(torch: Any, outputs: Sequence[Any], seeds: Sequence[Any], leaves: Sequence[Any],
                       held: Sequence[Any]) -> list[Any]:  # fmt: skip
    """`.grad` of the leaves, and of the tensors that retain theirs, after one backward; left as it was found, None."""
    pairs = [(out, u) for out, u in zip(outputs, seeds, strict=True) if out.requires_grad]
    try:
        if pairs:
            torch.autograd.backward([out for out, _ in pairs], [u for _, u in pairs], retain_graph=True)
        return [tensor.grad for tensor in (*leaves, *held)]
    finally:
        for tensor in (*leaves, *held):
            tensor.grad = None
