"""torch.compile on the processor or a card: "torch-compile" with its default compiler, "torch-aot" with none.

The program is compiled as one function, and torch's AOTAutograd differentiates its graph ahead of time: what is
asked of a tape is asked of the compiled function's outputs, all else of a compiled composition of torch.func.
`torch-aot` runs the graphs as they were captured (backend "aot_eager"), `torch-compile` makes C++ or Triton of them
(backend "inductor"). Compiling costs seconds a program, so these engines are asked only where they are named.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

from ..catalogue import get
from ..catalogue.call import function
from ..errors import EngineMissing
from ..outcome import Answers, Array
from ..programs.model import MODES, Program, Question
from . import functional
from .functional import placed
from .questions import ANSWERS, Asked, fresh
from .torch import Torch

TAPE = frozenset({"reverse", "accumulate", "subset"})
"""What the outputs of a compiled function can be asked: their backward is compiled, and cannot be differentiated."""

COMPILERS = ("c++", "g++", "clang++", "cl")


class TorchAot(Torch):
    """Graphs captured and differentiated ahead of time, and then run op by op. No page is asked of it."""

    name = "torch-aot"
    compiler = "aot_eager"
    capabilities = frozenset[str]()
    questions = frozenset(MODES)
    torch_messages = False

    def __init__(self, device: str = "") -> None:
        super().__init__(device)
        import torch._functorch.config as config

        config.donated_buffer = False  # or a backward may run but once, with retain_graph=True as well

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """As for any tape; there are no values of `steps` to show."""
        return super().answer(program)

    def run(self, program: Program, leaves: Sequence[Any], shots: list[Array | None] | None = None) -> list[Any]:
        """The leaves and the outputs, in their places; None for what the compiled function keeps to itself."""
        values = [*leaves, *[None] * len(program.steps)]
        for number, made in zip(program.outputs, self.compiled(whole(self.torch, program))(*leaves), strict=True):
            values[number] = made
        return values

    def ask(self, program: Program, question: Question, leaves: Sequence[Any], outputs: Sequence[Any],
            held: Sequence[Any] = ()) -> Sequence[Any]:  # fmt: skip
        """One question's tensors, in the order of programs/parts.py."""
        if question.mode in TAPE:
            return ANSWERS[question.mode][0](Asked(self, program, question, leaves, outputs))
        answer, which = functional.answer(program, question)
        seeds = functional.seeds(program, question, which, self.tensor)
        run, func, at = whole(self.torch, program), self.torch.func, fresh(self, program)

        def derivative(xs: tuple[Any, ...], others: Sequence[Any], seeds: tuple[Any, ...]) -> Sequence[Any]:
            return answer(func, lambda *moving: run(*placed(program, others, moving)), xs, seeds)

        made: Sequence[Any] = self.compiled(derivative)(tuple(at[n] for n in program.differentiated), at, seeds)
        return made

    def compiled(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, compiled from nothing: torch gives up on a function that it has compiled a few times already."""
        self.torch.compiler.reset()
        made: Callable[..., Any] = self.torch.compile(work, backend=self.compiler, dynamic=False)
        return made


class TorchCompile(TorchAot):
    """The same with torch's default compiler; EngineMissing where it finds no compiler for C++ to drive."""

    name = "torch-compile"
    compiler = "inductor"

    def __init__(self, device: str = "") -> None:
        if not any(map(shutil.which, COMPILERS)):
            raise EngineMissing(
                f"torch.compile makes C++ and finds no compiler here ({', '.join(COMPILERS)}). "
                "Install one, or ask torch-aot, which needs none."
            )
        super().__init__(device)


def whole(torch: Any, program: Program) -> Callable[..., tuple[Any, ...]]:
    """The program as one function from its inputs to its outputs."""
    steps = [
        (function(op.torch, "torch", defines=op.defines), step.args, step.settings)
        for step in program.steps
        for op in (get(step.op),)
    ]

    def run(*inputs: Any) -> tuple[Any, ...]:
        values = list(inputs)
        for call, args, settings in steps:
            values.append(call(torch, *[values[n] for n in args], **settings))
        return tuple(values[number] for number in program.outputs)

    return run
