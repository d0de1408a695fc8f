"""Programs that are wrong on purpose: a drawn program and, at its end, one thing that every engine must refuse.

A Mistake is such a thing: what torch says of it, and how a program comes to make it. `spoiled` makes
one of them. The words are torch's own, from its documentation and its tests: engines that promise
torch's messages must say them, all others must refuse in words of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ..catalogue import shapes
from ..catalogue.model import Shape
from .memory import Memory, Tensor
from .model import Program, Question, Step

if TYPE_CHECKING:
    from .build import Choices


@dataclass(frozen=True)
class Place:
    """A value at which a mistake may be made: its number, form, tensor, and the number of the next step."""

    number: int
    shape: Shape
    dtype: str
    tensor: Tensor
    free: int
    others: Mapping[int, Shape]
    """The shapes of all values."""

    def step(self, op: str, *args: int, shape: Shape | None = None, **more: Any) -> Step:
        """A step at this place."""
        how = {name: more.pop(name) for name in ("write", "grad") if name in more}
        return Step(op, args or (self.number,), more, self.shape if shape is None else shape, self.dtype, **how)


Steps = Sequence[Step]


@dataclass(frozen=True)
class Mistake:
    """What must be refused: the error's class, a part of torch's text, and the steps that make it, where they can.

    `late`: it is backward that must refuse.
    """

    error: str
    says: str
    steps: Callable[[Place], Steps | None]
    late: bool = False


def call(name: str, where: Callable[[Place], bool] = lambda _: True) -> Callable[[Place], Steps | None]:
    """A call of catalogue/refused.py, at places that fit."""
    return lambda at: [at.step(f"refused.{name}")] if where(at) else None


def tracked(at: Place) -> bool:
    """Does it have a history, or is it an input that requires grad? And is it real?"""
    return at.tensor.base.tracked and "complex" not in at.dtype


def leaf(at: Place) -> bool:
    """Is it an input that requires grad?"""
    return tracked(at) and at.tensor.storage.closed == "an input" and not at.tensor.path


def real(at: Place) -> bool:
    """Is it made of real numbers?"""
    return "complex" not in at.dtype


def size(at: Place) -> int:
    """How many elements it has."""
    return math.prod(at.shape)


def copied(at: Place, *then: Step) -> Steps:
    """Steps on a copy of it, whose number is `free`."""
    return [at.step("clone"), *then]


def mismatched(at: Place) -> Steps | None:
    """Added to something that it does not broadcast with."""
    other = next((n for n, shape in at.others.items() if shapes.together(at.shape, shape) is None), None)
    return None if other is None else [at.step("add", at.number, other)]


OVERWRITTEN = "one of the variables needed for gradient computation has been modified by an inplace operation"

MISTAKES: Mapping[str, Mistake] = {
    "a dimension that is not there": Mistake(
        "IndexError", "Dimension out of range",
        lambda at: [at.step("sum", dim=len(at.shape) + 2, keepdim=False)],
    ),
    "an index that is not there": Mistake(
        "IndexError", "out of range",
        lambda at: [at.step("select", shape=at.shape[1:], dim=0, index=at.shape[0] + 1)] if at.shape else None,
    ),
    "shapes that do not fit": Mistake("RuntimeError", "must match the size of tensor", mismatched),
    "an input that requires grad is written": Mistake(
        "RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation",
        lambda at: [at.step("neg", write=True)] if leaf(at) else None,
    ),
    "a view of such an input is written": Mistake(
        "RuntimeError", "a view of a leaf Variable that requires grad is being used in an in-place operation",
        lambda at: [at.step("unsqueeze", shape=(1, *at.shape), dim=0),
                    at.step("neg", at.free, shape=(1, *at.shape), write=True)] if leaf(at) else None,
    ),
    "an expanded tensor is written": Mistake(
        "RuntimeError", "more than one element of the written-to tensor refers to a single memory location",
        lambda at: copied(
            at, Step("expand", (at.free,), {"shape": (2, *at.shape)}, (2, *at.shape), at.dtype),
            at.step("neg", at.free + 1, shape=(2, *at.shape), write=True),
        ) if size(at) else None,
    ),
    "one of several views is written": Mistake(
        "RuntimeError", "This view is the output of a function that returns multiple views",
        lambda at: copied(
            at, at.step("unbind", at.free, shape=at.shape[1:], dim=0, index=0),
            at.step("neg", at.free + 1, shape=at.shape[1:], write=True),
        ) if at.shape and at.shape[0] and tracked(at) else None,
    ),
    "a view made under no_grad is written": Mistake(
        "RuntimeError", "A view was created in no_grad mode and is being modified inplace with grad mode enabled",
        lambda at: copied(
            at, at.step("unsqueeze", at.free, shape=(1, *at.shape), dim=0, grad=False),
            at.step("neg", at.free + 1, shape=(1, *at.shape), write=True),
        ) if tracked(at) else None,
    ),
    "what backward needs is written": Mistake(
        "RuntimeError", OVERWRITTEN,
        lambda at: [at.step("tanh"), at.step("neg", at.free, write=True)] if tracked(at) else None,
        late=True,
    ),
    "an argument that backward needs is written": Mistake(
        "RuntimeError", OVERWRITTEN,
        lambda at: copied(at, at.step("sin", at.free), at.step("neg", at.free, write=True),
                          at.step("add", at.free + 1, at.free)) if tracked(at) else None,
        late=True,
    ),
    "it is detached and written": Mistake(
        "RuntimeError", OVERWRITTEN,
        lambda at: [at.step("tanh"), at.step("detach", at.free), at.step("fill", at.free + 1, value=0.5, write=True),
                    at.step("neg", at.free)] if tracked(at) else None,
        late=True,
    ),
    "backward runs twice": Mistake(
        "RuntimeError", "Trying to backward through the graph a second time", call("backward_twice", tracked)),
    "a hook changes the shape": Mistake(
        "RuntimeError", "has changed the size of value",
        call("hook_that_resizes", lambda at: tracked(at) and at.shape != ())),
    "a Function returns too many gradients": Mistake(
        "RuntimeError", "returned an incorrect number of gradients (expected 1, got 2)",
        call("too_many_gradients", tracked)),
    "backward of many numbers": Mistake(
        "RuntimeError", "grad can be implicitly created only for scalar outputs",
        call("backward_of_many", lambda at: tracked(at) and size(at) != 1)),
    "backward without history": Mistake(
        "RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn",
        call("backward_without_history")),
    "a gradient of another shape": Mistake(
        "RuntimeError", "Mismatch in shape: grad_output[0] has a shape of torch.Size([7])",
        call("gradient_of_another_shape", tracked)),
    "integers require grad": Mistake(
        "RuntimeError", "floating point", call("integers_with_gradient", real)),
    "a view across strides": Mistake(
        "RuntimeError", "view size is not compatible with input tensor's size and stride",
        call("view_across_strides", lambda at: len(at.shape) > 1 and min(at.shape[0], at.shape[-1]) > 1)),
    "a hook without history": Mistake(
        "RuntimeError", "cannot register a hook on a tensor that doesn't require gradient",
        call("hook_without_history")),
    "retain_grad without history": Mistake(
        "RuntimeError", "can't retain_grad on Tensor that has requires_grad=False", call("retain_without_history")),
    "the flag of a result": Mistake(
        "RuntimeError", "you can only change requires_grad flags of leaf variables",
        call("flag_of_a_result", tracked)),
    "an input that is not used": Mistake(
        "RuntimeError", "appears to not have been used in the graph", call("unused_input", tracked)),
    "numpy of what has a history": Mistake(
        "RuntimeError", "Can't call numpy() on Tensor that requires grad", call("numpy_of_a_result", tracked)),
}  # fmt: skip
"""By the name that a program has it under."""


def spoiled(program: Program, choices: Choices) -> Program | None:
    """The program with one mistake more, at a value and of a kind that the choices say; None where none fits."""
    names = list(MISTAKES)
    start, places = choices.below(len(names)), list(_places(program))
    first = choices.below(len(places))
    for name in (*names[start:], *names[:start]):
        for at in (*places[first:], *places[:first]):
            steps = MISTAKES[name].steps(at)
            if steps is not None:
                return _with(program, name, steps)
    return None


def _places(program: Program) -> Sequence[Place]:
    memory = Memory.of(program)
    shapes_ = {n: program.meta(n)[0] for n in range(len(memory.tensors))}
    return [Place(n, *program.meta(n), tensor, len(memory.tensors), shapes_) for n, tensor in enumerate(memory.tensors)]


def _with(program: Program, name: str, steps: Steps) -> Program:
    made = (*program.steps, *steps)
    last = len(program.inputs) + len(made) - 1
    questions = (Question("reverse"),) if MISTAKES[name].late else ()
    return replace(program, steps=made, outputs=(last,), questions=questions, wrong=name)
