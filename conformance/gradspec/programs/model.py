"""A Program is a random op graph as plain data, with the derivatives that are asked of it.

Values are numbered in single-assignment form: the inputs first, then one per Step. An Input is a
leaf: shape, dtype, layout, value class and seed (or exact values). A Question asks for a
derivative. Everything can be stored as JSON, hashed, replayed, shrunk and printed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from ..errors import BrokenProgram

FORMAT = 1
"""The version of the JSON form. A reader refuses a newer one."""

Mode = Literal[
    "reverse", "forward", "reverse-reverse", "accumulate", "subset", "vmap", "jacobian", "forward-reverse",
    "reverse-forward", "forward-forward", "penalty",
]  # fmt: skip
MODES: tuple[Mode, ...] = get_args(Mode)

SECOND_ORDER = frozenset({"reverse-reverse", "forward-reverse", "reverse-forward", "forward-forward", "penalty"})
"""The questions for which the program is differentiated twice."""

Scalar = bool | int | float | str | None
Rows = tuple[Scalar | tuple[Scalar, ...], ...]
Setting = Scalar | tuple[Scalar | tuple[Scalar | Rows, ...], ...]
"""A number, a word, or nested rows of them, as deep as a tensor of the pool has dimensions (a mask is one)."""


class Input(msgspec.Struct, frozen=True, omit_defaults=True):
    """A leaf. Its values follow from (`values`, `seed`, `low`, `high`, shape), or are `exact`."""

    shape: tuple[int, ...]
    dtype: str = "float64"
    layout: str = "contiguous"
    values: str = "generic"
    """The value class: "generic" (smooth points inside [low, high]), "integers", "ties", ..."""
    low: float = -2.0
    high: float = 2.0
    seed: int = 0
    requires_grad: bool = True
    exact: tuple[str, ...] | None = None
    """Flattened values as float.hex() strings (complex: "re,im"); overrides the value class."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One catalogue op applied to earlier values. `shape` and `dtype` are those promised of the result.

    A step that writes puts the result into its first argument, and is that tensor from then on; so does an
    act (a hook, retain_grad) without changing it. A value keeps its number, whatever is written to it.
    """

    op: str
    args: tuple[int, ...]
    settings: dict[str, Setting] = {}
    shape: tuple[int, ...] = ()
    dtype: str = "float64"
    write: bool = False
    """In place: `x.add_(y)`, or `x.copy_(softmax(x))` where torch has no such method."""
    grad: bool = True
    """False: under no_grad."""


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """A derivative asked of the outputs; `seed` draws its cotangents u, tangents t and w.

    With x the inputs that require grad and g the gradients of <u, outputs> by them:

    reverse          g, one for each x.
    forward          the outputs' tangents along t.
    reverse-reverse  the gradients of <w, g>.
    accumulate       `.grad` after two backwards with different cotangents.
    subset           `.grad` after backward(inputs=) for some of the x; that of the others stays None.
    vmap             g for two different cotangents at once, in a batch.
    jacobian         every derivative of one output by one x.
    forward-reverse  the tangents of g along w: the same numbers, since second derivatives are symmetric.
    reverse-forward  the gradients of <u, the outputs' tangents along w>: the same once more.
    forward-forward  the outputs' second derivative along t and w.
    penalty          the gradients of <g, g>.

    Questions of one seed have the same u, t and w.
    """

    mode: Mode
    seed: int = 0


class Program(msgspec.Struct, frozen=True, omit_defaults=True):
    """Inputs, steps, the numbers of the output values, and the questions."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    questions: tuple[Question, ...] = ()
    wrong: str = ""
    """Of a program that every engine must refuse: the mistake that it makes (programs/wrong.py)."""
    format: int = FORMAT

    @property
    def id(self) -> str:
        """Sixteen hex digits of the content: equal programs have equal ids on every machine."""
        return hashlib.sha256(encode(self)).hexdigest()[:16]

    @property
    def differentiated(self) -> list[int]:
        """The numbers of the inputs that require grad, in order."""
        return [number for number, leaf in enumerate(self.inputs) if leaf.requires_grad]

    def depends(self, value: int, on: int) -> bool:
        """Is value number `value` computed from value number `on`?"""
        return value in self.after([on])

    def after(self, values: Iterable[int]) -> set[int]:
        """The numbers of `values` and of all that is computed from one of them."""
        reached = set(values)
        for number, step in enumerate(self.steps, len(self.inputs)):
            if not reached.isdisjoint(step.args):
                reached.add(number)
        return reached

    def behind(self, values: Iterable[int]) -> set[int]:
        """The numbers of `values` and of all that one of them is computed from."""
        needed = set(values)
        for number in reversed(range(len(self.inputs), len(self.inputs) + len(self.steps))):
            if number in needed:
                needed.update(self.steps[number - len(self.inputs)].args)
        return needed

    def meta(self, value: int) -> tuple[tuple[int, ...], str]:
        """Shape and dtype of value number `value`."""
        which = self.inputs[value] if value < len(self.inputs) else self.steps[value - len(self.inputs)]
        return which.shape, which.dtype


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Program)


def encode(program: Program) -> bytes:
    """`program` as canonical JSON."""
    return _encoder.encode(program)


def decode(text: bytes | str, where: str = "program") -> Program:
    """Read a program back; raises BrokenProgram with the path of what is wrong."""
    try:
        program = _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise BrokenProgram(f"{where}: not a gradspec program: {error}. Was the file cut or edited?") from None
    if program.format > FORMAT:
        raise BrokenProgram(
            f"{where}: written in format {program.format}, this gradspec reads up to {FORMAT}. Upgrade gradspec."
        )
    return program
