"""Run a program on any engine that speaks torch's words, and take its answers out as plain arrays.

A TapeBackend is what an adapter subclasses when its engine has a torch-named namespace: give it
`name`, `capabilities` and the namespace, and override what the engine says differently. Its parts
are leaves (arrays in), `run` (ops by their catalogue template), and arrays out; questions.py asks.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import catalogue
from ..errors import Unsupported
from ..outcome import Answers, Array, Raised
from ..programs import values as data
from ..programs.functionalise import pure, retained
from ..programs.model import Input, Program, Question, Step
from . import effects
from .layouts import lay_out
from .protocol import CAPABILITIES
from .questions import ANSWERS, Asked, gradients

NAMES = re.compile(r"(torch|\{\d+\})((?:\.[A-Za-z_]\w*)+)")
"""A dotted name in a template, and what it is looked up on: the namespace, or a tensor."""


class TapeBackend:
    """An engine with `tensor`, `autograd.grad` and torch's function names; a subclass names it.

    A program is run once with gradients recorded, and every question of a tape is asked of that one
    graph; a question of forward mode runs it again on dual numbers.
    """

    name = ""
    capabilities: frozenset[str] = frozenset(CAPABILITIES) - {"legacy"}
    torch_messages = False

    @property
    def questions(self) -> frozenset[str]:
        """What programs may ask: what the capabilities allow. An adapter for programs alone names them itself."""
        return frozenset(mode for mode, (_, needs) in ANSWERS.items() if needs <= self.capabilities)

    def __init__(self, namespace: Any, device: str = "") -> None:
        self.torch = namespace
        self.device = device
        self._has: dict[str, bool] = {}

    def versions(self) -> dict[str, str]:
        """The namespace's own version, and the device."""
        return {self.name: str(getattr(self.torch, "__version__", "")), "device": self.device}

    def namespace(self, needs: frozenset[str]) -> Any:
        """The one namespace, whatever a check needs."""
        return self.torch

    def has_op(self, name: str) -> bool:
        """Does every dotted name in the op's template lead somewhere?"""
        if name not in self._has:
            op = catalogue.entries().get(name)
            self._has[name] = op is not None and resolves(op.defines + op.torch, self.torch)
        return self._has[name]

    def numpy(self, value: Any) -> np.ndarray | None:
        """A tensor's value as an array; bfloat16, which NumPy lacks, as float32."""
        if not isinstance(value, self.torch.Tensor):
            return None
        value = value.detach()
        if self.dtype_name(value) == "bfloat16":
            value = value.to(self.torch.float32)
        return np.asarray(value.numpy())

    def dtype_name(self, value: Any) -> str:
        """The name in torch of a tensor's dtype, or of a dtype object."""
        return name_of(getattr(value, "dtype", value))

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """Run `program` and answer its questions; an engine's error becomes `refused`, under the question's index."""
        if effects.unheard(program):
            return Answers(missing=self.missing(program))
        form, needs = pure(program), effects.needs(program)
        if not needs <= self.capabilities:
            program, form = form.program, pure(form.program)
            needs = effects.needs(program)
        if missing := self.lacking(program, needs):
            return Answers(missing=missing)
        shots: list[Array | None] | None = [] if steps else None
        try:
            leaves = self.leaves(program)
            values = self.run(program, leaves, shots)
            outputs = [values[number] for number in program.outputs]
            shown = tuple(self.pack(value) for value in outputs)
            seen = form.arranged(shots) if shots is not None else ()
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its answer
            return Answers(refused={-1: Raised.of(error)})
        asked: list[tuple[Array | None, ...]] = []
        refused = {}
        held = [values[number] for number in retained(program)]
        for index, question in enumerate(program.questions):
            try:
                answer = self.ask(program, question, leaves, outputs, held)
                asked.append(tuple(self.pack(value) for value in answer))
            except Exception as error:  # noqa: BLE001 - likewise
                refused[index] = Raised.of(error)
                asked.append(())
        return Answers(values=shown, questions=tuple(asked), refused=refused, steps=seen)

    def missing(self, program: Program) -> tuple[str, ...]:
        """The ops that this engine lacks, and the capabilities."""
        return effects.unheard(program) or self.lacking(program, effects.needs(program))

    def lacking(self, program: Program, needs: frozenset[str]) -> tuple[str, ...]:
        """The same of a program whose ops are all in the catalogue, and whose needs are known."""
        lacks = {step.op for step in program.steps if not self.has_op(step.op)}
        return (*sorted(lacks), *sorted(needs - self.capabilities))

    def leaves(self, program: Program) -> list[Any]:
        """The inputs as tensors that ask for gradients where the program says so."""
        return [
            self.leaf(array, leaf).requires_grad_(leaf.requires_grad)
            for array, leaf in zip(data.inputs(program), program.inputs, strict=True)
        ]

    def leaf(self, array: np.ndarray, like: Input) -> Any:
        """`array` as a tensor with the dtype and the memory layout of `like`."""
        return lay_out(self.torch, self.tensor(array, like.dtype), like.layout)

    def tensor(self, array: np.ndarray, dtype: str) -> Any:
        """`array` as a fresh, contiguous tensor of the dtype called `dtype`."""
        return self.torch.from_numpy(np.array(array, order="C")).to(getattr(self.torch, dtype))

    def run(self, program: Program, leaves: Sequence[Any], shots: list[Array | None] | None = None) -> list[Any]:
        """Every value of the program: the leaves, then one per step; `shots` gets each as the step left it."""
        values = list(leaves)
        for step in program.steps:
            values.append(self.apply(step, [values[number] for number in step.args]))
            if shots is not None:
                shots.append(self.pack(values[-1]))
        return values

    def apply(self, step: Step, args: Sequence[Any]) -> Any:
        """One step's value."""
        return effects.perform(self.torch, step, args)

    def ask(self, program: Program, question: Question, leaves: Sequence[Any], outputs: Sequence[Any],
            held: Sequence[Any] = ()) -> Sequence[Any]:  # fmt: skip
        """One question's tensors, in the order of programs/parts.py; then the gradients that are `held`."""
        if question.mode not in self.questions:
            raise Unsupported(f"{self.name} does not answer {question.mode}")
        answer, _ = ANSWERS[question.mode]
        asked = Asked(self, program, question, leaves, outputs)
        if held:
            return effects.retained_gradients(self.torch, outputs, asked.cotangents, asked.inputs, held)
        return answer(asked)

    def like(self, array: np.ndarray, tensor: Any) -> Any:
        """`array` in the dtype of `tensor`."""
        return self.tensor(array, self.dtype_name(tensor))

    def reverse(self, outputs: Sequence[Any], inputs: Sequence[Any], cotangents: Sequence[Any],
                create_graph: bool = False) -> Sequence[Any]:  # fmt: skip
        """The gradients of <cotangents, outputs>; None for an input that no output depends on."""
        return gradients(self.torch, outputs, inputs, cotangents, create_graph=create_graph)

    def pack(self, value: Any) -> Array | None:
        """A tensor as it crosses to the judge."""
        array = self.numpy(value)
        return None if array is None else Array.of(array, self.dtype_name(value))


@functools.cache
def name_of(dtype: Any) -> str:
    """The name in torch of an engine's dtype object: "float32"."""
    return str(dtype).rpartition(".")[2]


def resolves(template: str, torch: Any) -> bool:
    """Can every dotted name of `template` be found in the namespace `torch`, or on its tensors?"""
    for owner, path in NAMES.findall(template):
        start = torch if owner == "torch" else torch.Tensor
        try:
            functools.reduce(getattr, path[1:].split("."), start)
        except AttributeError:
            return False
    return True
