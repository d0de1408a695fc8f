"""Run a program on any engine that speaks torch's words, and take its answers out as plain arrays.

A TapeBackend is what an adapter subclasses when its engine has a torch-named namespace: give it
`name`, `capabilities` and the namespace, and override what the engine says differently. Its parts
are leaves (arrays in), `run` (ops by their catalogue template), one method a question, and arrays
out.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import catalogue
from ..catalogue.call import function
from ..errors import Unsupported
from ..outcome import Answers, Array, Raised
from ..programs import values as data
from ..programs.model import Input, Program, Question, Step
from .layouts import lay_out
from .protocol import CAPABILITIES

NEEDS = {"reverse": "tape", "reverse-reverse": "tape", "forward": "forward-ad"}
"""The capability behind each kind of question."""

NAMES = re.compile(r"(torch|\{\d+\})((?:\.[A-Za-z_]\w*)+)")
"""A dotted name in a template, and what it is looked up on: the namespace, or a tensor."""


class TapeBackend:
    """An engine with `tensor`, `autograd.grad` and torch's function names; a subclass names it.

    A program is run once with gradients recorded, and every reverse question is asked of that one
    graph; a forward question runs it again on dual numbers.
    """

    name = ""
    capabilities: frozenset[str] = frozenset(CAPABILITIES) - {"legacy"}
    torch_messages = False

    @property
    def questions(self) -> frozenset[str]:
        """What programs may ask: what the capabilities allow. An adapter for programs alone names them itself."""
        return frozenset(mode for mode, need in NEEDS.items() if need in self.capabilities)

    def __init__(self, namespace: Any, device: str = "") -> None:
        self.torch = namespace
        self.device = device

    def versions(self) -> dict[str, str]:
        """The namespace's own version, and the device."""
        return {self.name: str(getattr(self.torch, "__version__", "")), "device": self.device}

    def namespace(self, needs: frozenset[str]) -> Any:
        """The one namespace, whatever a check needs."""
        return self.torch

    def has_op(self, name: str) -> bool:
        """Does every dotted name in the op's template lead somewhere?"""
        op = catalogue.ops().get(name)
        return op is not None and resolves(op.torch, self.torch)

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
        return str(getattr(value, "dtype", value)).rpartition(".")[2]

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """Run `program` and answer its questions; an engine's error becomes `refused`, under the question's index."""
        if missing := self.missing(program):
            return Answers(missing=missing)
        try:
            leaves = self.leaves(program)
            values = self.run(program, leaves)
            outputs = [values[number] for number in program.outputs]
            shown = tuple(self.pack(value) for value in outputs)
            seen = tuple(self.pack(value) for value in values[len(leaves) :]) if steps else ()
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its answer
            return Answers(refused={-1: Raised.of(error)})
        asked: list[tuple[Array | None, ...]] = []
        refused = {}
        for index, question in enumerate(program.questions):
            try:
                answer = self.ask(program, question, leaves, outputs)
                asked.append(tuple(self.pack(value) for value in answer))
            except Exception as error:  # noqa: BLE001 - likewise
                refused[index] = Raised.of(error)
                asked.append(())
        return Answers(values=shown, questions=tuple(asked), refused=refused, steps=seen)

    def missing(self, program: Program) -> tuple[str, ...]:
        """The ops that this engine lacks, and complex numbers, if the program needs them."""
        ops = {step.op for step in program.steps}
        lacks = [name for name in sorted(ops) if not self.has_op(name)]
        if "complex" not in self.capabilities and any(i.dtype.startswith("complex") for i in program.inputs):
            lacks.append("complex")
        return tuple(lacks)

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

    def run(self, program: Program, leaves: Sequence[Any]) -> list[Any]:
        """Every value of the program: the leaves, then one per step."""
        values = list(leaves)
        for step in program.steps:
            values.append(self.apply(step, [values[number] for number in step.args]))
        return values

    def apply(self, step: Step, args: Sequence[Any]) -> Any:
        """One step's value."""
        return function(catalogue.get(step.op).torch, "torch")(self.torch, *args, **step.settings)

    def ask(self, program: Program, question: Question, leaves: Sequence[Any], outputs: Sequence[Any]) -> Sequence[Any]:
        """One question's tensors: for each input that requires grad, or (forward) for each output."""
        if question.mode not in self.questions:
            raise Unsupported(f"{self.name} does not answer {question.mode}")
        if question.mode == "forward":
            return self.forward(program, question)
        inputs = [leaf for leaf in leaves if leaf.requires_grad]
        cotangents = [self.like(u, out) for u, out in zip(data.cotangents(program, question), outputs, strict=True)]
        if question.mode == "reverse":
            return self.reverse(outputs, inputs, cotangents)
        gradients = self.reverse(outputs, inputs, cotangents, create_graph=True)
        weights = [self.like(w, x) for w, x in zip(data.second(program, question), inputs, strict=True)]
        return self.reverse(gradients, inputs, weights)

    def like(self, array: np.ndarray, tensor: Any) -> Any:
        """`array` in the dtype of `tensor`."""
        return self.tensor(array, self.dtype_name(tensor))

    def reverse(self, outputs: Sequence[Any], inputs: Sequence[Any], cotangents: Sequence[Any],
                create_graph: bool = False) -> Sequence[Any]:  # fmt: skip
        """The gradients of <cotangents, outputs>; None for an input that no output depends on.

        Outputs that need no gradient have none to give: they are left out, where torch would raise.
        """
        pairs = [(out, u) for out, u in zip(outputs, cotangents, strict=True) if out is not None and out.requires_grad]
        if not pairs or not inputs:
            return [None] * len(inputs)
        tops, seeds = zip(*pairs, strict=True)
        grad = self.torch.autograd.grad
        return list(grad(tops, inputs, seeds, retain_graph=True, create_graph=create_graph, allow_unused=True))

    def forward(self, program: Program, question: Question) -> Sequence[Any]:
        """The outputs' tangents, None for an output that no input with a tangent reaches."""
        forward_ad = self.torch.autograd.forward_ad
        with forward_ad.dual_level():
            duals = [self.leaf(array, leaf) for array, leaf in zip(data.inputs(program), program.inputs, strict=True)]
            moving = [number for number, leaf in enumerate(program.inputs) if leaf.requires_grad]
            for number, tangent in zip(moving, data.tangents(program, question), strict=True):
                duals[number] = forward_ad.make_dual(duals[number], self.like(tangent, duals[number]))
            values = self.run(program, duals)
            return [forward_ad.unpack_dual(values[number]).tangent for number in program.outputs]

    def pack(self, value: Any) -> Array | None:
        """A tensor as it crosses to the judge."""
        array = self.numpy(value)
        return None if array is None else Array.of(array, self.dtype_name(value))


def resolves(template: str, torch: Any) -> bool:
    """Can every dotted name of `template` be found in the namespace `torch`, or on its tensors?"""
    for owner, path in NAMES.findall(template):
        start = torch if owner == "torch" else torch.Tensor
        try:
            functools.reduce(getattr, path[1:].split("."), start)
        except AttributeError:
            return False
    return True
