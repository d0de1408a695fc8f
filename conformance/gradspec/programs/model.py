"""A Program is a random op graph as plain data, with the derivatives that are asked of it.

Values are numbered in single-assignment form: the inputs first, then one per Step. An Input is a
leaf: shape, dtype, layout, value class and seed (or exact values). A Question asks for a
derivative. Everything can be stored as JSON, hashed, replayed, shrunk and printed.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from ..errors import BrokenProgram

FORMAT = 1
"""The version of the JSON form. A reader refuses a newer one."""

Mode = Literal["reverse", "forward", "reverse-reverse"]
MODES: tuple[Mode, ...] = ("reverse", "forward", "reverse-reverse")

Scalar = bool | int | float | str | None
Setting = Scalar | tuple[Scalar | tuple[Scalar, ...], ...]


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
    """One catalogue op applied to earlier values. `shape` and `dtype` are those promised of the result."""

    op: str
    args: tuple[int, ...]
    settings: dict[str, Setting] = {}
    shape: tuple[int, ...] = ()
    dtype: str = "float64"


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """A derivative asked of the outputs; `seed` draws its cotangents and tangents.

    reverse: d<u, outputs> for each input that requires grad.
    forward: the outputs' tangents for random input tangents.
    reverse-reverse: with g the reverse gradients and w random, d<w, g> for each such input.
    """

    mode: Mode
    seed: int = 0


class Program(msgspec.Struct, frozen=True, omit_defaults=True):
    """Inputs, steps, the numbers of the output values, and the questions."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    questions: tuple[Question, ...] = ()
    format: int = FORMAT

    @property
    def id(self) -> str:
        """Sixteen hex digits of the content: equal programs have equal ids on every machine."""
        return hashlib.sha256(encode(self)).hexdigest()[:16]

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
