"""Print a program as a script that anyone can run with nothing but the engine installed.

A script defines the program as a function `run`, gives the inputs their exact values, prints the
outputs, and then asks each question and prints its answer, under the names that the judge gives
them. Floats are printed in the shortest form that reads back as the same bits; what an engine calls
comes from the catalogue's templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .. import catalogue
from ..catalogue.call import line
from ..errors import GradspecError, UnknownName
from . import values
from .asking import jax_lines, torch_lines
from .functionalise import functionalise, retained
from .literals import literal, tupled
from .model import Program
from .words import words

LAYOUTS = {
    "transposed": "{x}.transpose(-1, -2).contiguous().transpose(-1, -2)",
    "strided": "torch.stack([{x}, {x}], -1)[..., 0]",
    "offset": "torch.cat([{x}.reshape(-1)[:1], {x}.reshape(-1)])[1:].reshape({x}.shape)",
    "expanded": "{x}[:1].expand({x}.shape)",
    "channels-last": "{x}.movedim(1, -1).contiguous().movedim(-1, 1)",
}
"""How a layout that torch can see is made from the contiguous tensor."""

RANKS = {"transposed": 1, "channels-last": 2}
"""The number of dimensions that a tensor must exceed for the layout to be another."""


SHOW = {
    "torch": "    print(label, None if tensor is None else tensor.detach().clone().tolist())",
    "jax": "    print(label, tensor.tolist())",
}
"""What a script does with an answer: the body of its function `show(label, tensor)`."""


def script(program: Program, engine: str = "torch", *, show: str = "") -> str:
    """`program` in the words of "torch", "refgrad" or "jax"; `show` may replace what is done with each answer.

    Raises UnknownName for another engine, GradspecError for a program with an op that jax lacks.
    """
    if engine not in WRITERS:
        raise UnknownName.of("engine to print for", engine, WRITERS)
    return "\n".join(WRITERS[engine](program, show or SHOW["jax" if engine == "jax" else "torch"])) + "\n"


def torch_script(program: Program, show: str, module: str = "torch") -> Iterator[str]:
    """The lines in torch's words; refgrad has the same ones under its own name."""
    _, inputs, _ = labels(program)
    yield f"# gradspec program {program.id}"
    yield "import torch" if module == "torch" else f"import {module} as torch"
    yield from ("", "")
    yield from defined(program, "torch")
    yield from definition(program)
    yield from ("", "")
    yield from ("def show(label, tensor):", show)
    yield from ("", "")
    for name, leaf, array in zip(inputs, program.inputs, values.inputs(program), strict=True):
        yield f"{name} = {literal(array, 'torch')}"
        if leaf.layout in LAYOUTS and array.ndim > RANKS.get(leaf.layout, 0):
            yield f"{name} = {LAYOUTS[leaf.layout].format(x=name)}"
        if leaf.requires_grad:
            yield f"{name}.requires_grad_()"
    yield f"outputs = run({', '.join(inputs)})"
    for place in range(len(program.outputs)):
        yield f'show("{output(program, place)}", outputs[{place}])'
    if any(step.op == "detach" or not step.grad for step in program.steps):
        bare = "out if out.requires_grad else out.detach().requires_grad_()"
        yield f"outputs = tuple({bare} for out in outputs)  # what has no history asks nothing"
    for question in program.questions:
        yield from ("", f"# {question.mode}")
        yield from torch_lines(program, question)


def jax_script(program: Program, show: str) -> Iterator[str]:
    """The lines in jax's words; a program that writes is printed as the pure one that it comes to."""
    yield f"# gradspec program {program.id}"
    program = functionalise(program)
    _, inputs, grads = labels(program)
    yield "import jax"
    yield "import jax.numpy as jnp"
    yield "from jax import lax"
    yield ""
    yield 'jax.config.update("jax_enable_x64", True)'
    yield from ("", "")
    yield from defined(program, "jax")
    yield from jax_definition(program)
    yield from ("", "")
    yield from ("def show(label, tensor):", show)
    yield from ("", "")
    for name, array in zip(inputs, values.inputs(program), strict=True):
        yield f"{name} = {literal(array, 'jnp')}"
    yield f"outputs = run({', '.join(inputs)})"
    for place in range(len(program.outputs)):
        yield f'show("{output(program, place)}", outputs[{place}])'
    if program.questions:
        yield ""
        yield f"of = lambda {', '.join(grads)}: run({', '.join(inputs)})  # as a function of what is differentiated"
        yield f"at = {tupled(grads)}"
    for question in program.questions:
        yield from ("", f"# {question.mode}")
        yield from jax_lines(program, question)


WRITERS: dict[str, Callable[[Program, str], Iterator[str]]] = {
    "torch": torch_script,
    "refgrad": lambda program, show: torch_script(program, show, "refgrad"),
    "jax": jax_script,
}


def labels(program: Program) -> tuple[list[str], list[str], list[str]]:
    """The names of all values (x0, x1, ... then v2, v3, ...), of the inputs, and of those that require grad."""
    inputs = [f"x{n}" for n in range(len(program.inputs))]
    names = inputs + [f"v{n}" for n in range(len(inputs), len(inputs) + len(program.steps))]
    return names, inputs, [name for name, leaf in zip(inputs, program.inputs, strict=True) if leaf.requires_grad]


def output(program: Program, place: int) -> str:
    """The judge's name of an output: "output 0 (exp)", by the step of the pure program that made it."""
    program = functionalise(program)
    step = program.outputs[place] - len(program.inputs)
    return f"output {place} ({program.steps[step].op})" if step >= 0 else f"output {place}"


def defined(program: Program, engine: str) -> Iterator[str]:
    """The classes and functions that the steps call, each once."""
    ops = [catalogue.get(step.op) for step in program.steps]
    for source in dict.fromkeys(op.jax_defines if engine == "jax" else op.defines for op in ops):
        if source:
            yield from (*source.splitlines(), "", "")


def definition(program: Program) -> Iterator[str]:
    """The function `run` in torch's words, one line a step; what is written keeps the name that it had."""
    names, inputs, _ = labels(program)
    held = retained(program)
    if held:
        yield from ("kept = []  # the tensors whose gradient is retained", "", "")
    yield f"def run({', '.join(inputs)}):"
    for number, step in enumerate(program.steps, len(inputs)):
        call = line(words(step), [names[n] for n in step.args], step.settings)
        if step.write or catalogue.get(step.op).act:
            names[number] = names[step.args[0]]
        else:
            call = f"{names[number]} = {call}"
        if step.grad:
            yield f"    {call}"
        else:
            yield from ("    with torch.no_grad():", f"        {call}")
    if held:
        yield f"    kept.extend({tupled([names[n] for n in held])})"
    yield f"    return {tupled([names[n] for n in program.outputs])}"


def jax_definition(program: Program) -> Iterator[str]:
    """The function `run` in jax's words, one line a step."""
    names, inputs, _ = labels(program)
    yield f"def run({', '.join(inputs)}):"
    for name, step in zip(names[len(inputs) :], program.steps, strict=True):
        op = catalogue.get(step.op)
        if not op.jax or step.write or not step.grad:
            raise GradspecError(f"jax has no {step.op}: this program cannot be printed for it.")
        yield f"    {name} = {line(op.jax, [names[n] for n in step.args], step.settings)}"
    yield f"    return {tupled([names[n] for n in program.outputs])}"
