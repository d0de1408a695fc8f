"""Print the script that proves a departure: it prints what came and what is true, and exits 1 while they differ.

A Proof is the question at fault, alone, with what is true of the one tensor that departs: the oracle's
word where it can say, else the reference's best. What may lie between is what the judge allows. The
script needs the engine and nothing else, and exits 0 on the day the engine is mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent

import numpy as np
from msgspec.structs import replace

from ..judge import shadow as shadows
from ..judge.oracle import Certificate, Truth, certify, installed
from ..judge.shadow import STEPS, VALUES, Place, Shadow
from ..judge.tensors import Tensor, limit_at, tensors
from ..judge.verdict import Judgement, Verdict
from ..programs.model import Program
from ..programs.script import script as plain

SECONDS = 20.0
"""For how long the oracle may ponder on one tensor."""

BARE = (Verdict.CRASH, Verdict.HANG, Verdict.OUT_OF_MEMORY)
"""What a plain script shows by the way it ends."""


@dataclass(frozen=True)
class Proof:
    """One question, or none, of a program, the tensor in dispute, and what is true of it.

    `true` has an element for each of the tensor's, in order; None where there is no derivative.
    """

    program: Program
    label: str = ""
    place: Place = (VALUES, 0)
    true: tuple[complex | float | None, ...] = ()
    dtype: str = ""
    shape: tuple[int, ...] = ()
    allowed: float = 0.0
    source: str = ""
    """Whose word `true` is: "certified to 43 digits", "by the reference engine"."""
    truth: Truth | None = None
    raises: str = ""
    """The error that the program must end in, in place of all the above."""


def proof(program: Program, judgement: Judgement) -> Proof | None:
    """What proves `judgement` on `program`; None where it names no tensor and no question."""
    if judgement.verdict in BARE:
        return None
    focused = _focused(program, judgement.where)
    if focused is None:
        return None
    program, wanted = focused
    shadow = shadows.cast(program)
    refused = next(iter(shadow.own.refused.values()), None)
    if refused is not None:
        return Proof(program, raises=str(refused))
    shadow = shadow.wider()
    found = [tensor for tensor in tensors(shadow.program, shadow.own, shadow) if tensor.place[0] != STEPS]
    tensor = next((tensor for tensor in found if tensor.place == wanted), None)
    return None if tensor is None else _of(program, shadow, tensor)


def script(proof: Proof, engine: str) -> str:
    """The proof in the words of "torch", "refgrad" or "jax"; raises GradspecError where an engine lacks an op."""
    if proof.raises:
        body = indent(plain(proof.program, engine), "    ", lambda line: not line.isspace())
        return "\n".join(("import sys", "", "try:", f"{body}except Exception as error:", *_refusal(proof.raises), ""))
    body = plain(proof.program, engine, show="    shown[label] = tensor")
    return "\n".join(("import sys", "", "shown = {}", "", body, *_comparison(proof), ""))


def _focused(program: Program, where: str) -> tuple[Program, Place] | None:
    """The part of a program that shows what is wrong at a place that the judge names, and the place in it."""
    first = len(program.inputs)
    steps = {f"step {n} ({step.op})": n for n, step in enumerate(program.steps)}
    if where in steps:  # what comes after it might write to its value
        ends = steps[where]
        return replace(program, steps=program.steps[: ends + 1], outputs=(first + ends,), questions=()), (VALUES, 0)
    value = {f"output {n}": value for n, value in enumerate(program.outputs)}.get(where.partition(" (")[0])
    if value is not None:
        return replace(program, outputs=(value,), questions=()), (VALUES, 0)
    if where == "the program":
        return replace(program, questions=()), (VALUES, 0)
    for q, question in enumerate(program.questions):
        alone = replace(program, questions=(question,))
        if where == f"question {q} ({question.mode})":
            return alone, (0, 0)
        shadow = shadows.cast(alone)
        for tensor in tensors(shadow.program, shadow.own, shadow):
            if tensor.place[0] == 0 and tensor.name == where:
                return alone, tensor.place
    return None


def _of(program: Program, shadow: Shadow, tensor: Tensor) -> Proof | None:
    """What is true of one tensor of the program."""
    own, fine = shadows.at(shadow.own, tensor.place), shadows.at(shadow.fine, tensor.place)
    if own is None or fine is None:
        return None
    truth = _truth(program, tensor.place)
    if truth is None:
        numbers: tuple[complex | float | None, ...] = _numbers(own.numpy() if fine.dtype == own.dtype else fine.numpy())
        source = "by the reference engine"
    else:
        numbers = tuple(
            None if kink else float(x) for x, kink in zip(truth.value.reshape(-1), truth.kink.reshape(-1), strict=True)
        )
        source = "certified exactly" if truth.digits == 99 else f"certified to {truth.digits} digits"
    allowed = limit_at(shadow.program, shadow, tensor, own, fine).allowed
    return Proof(program, tensor.name, tensor.place, numbers, own.dtype, own.shape, allowed, source, truth)


def _truth(program: Program, place: Place) -> Truth | None:
    if not installed():
        return None
    word = certify(program, elements={place: -1}, seconds=SECONDS)
    return word.truths[place] if isinstance(word, Certificate) else None


def _numbers(array: np.ndarray) -> tuple[complex | float, ...]:
    """The elements, in order, as Python's own numbers."""
    kind: type[complex | float] = complex if np.iscomplexobj(array) else float
    return tuple(map(kind, array.reshape(-1)))


def _refusal(raises: str) -> Iterator[str]:
    """What is said of an error, which must come, and what of an answer."""
    yield '    print("got ", type(error).__name__, error)'
    yield "    sys.exit(0)"
    yield 'print("got  an answer")'
    yield f'print("true", {raises!r})'
    yield "sys.exit(1)"


def _comparison(proof: Proof) -> Iterator[str]:
    """Compare the tensor with the truth."""
    absent = "nan" if proof.program.questions and proof.program.questions[0].mode == "reverse" else "0.0"
    numbers = ", ".join(map(repr, proof.true))
    yield 'inf, nan = float("inf"), float("nan")'
    yield f'got = shown["{proof.label}"]'
    yield f"true = [{numbers}]  # {proof.source}"
    yield f"form = ({proof.dtype!r}, {proof.shape})"
    yield f"flat = [{absent}] * {len(proof.true)} if got is None else got.reshape(-1).tolist()"
    yield 'kind = form if got is None else (str(got.dtype).removeprefix("torch."), tuple(got.shape))'
    yield 'print("got ", *kind, flat)'
    yield 'print("true", *form, true)'
    yield "same = lambda a, b: b is None or a == b or (a != a and b != b)  # None: a kink, where nothing is true"
    yield f"right = kind == form and all(same(a, b) or abs(a - b) <= {proof.allowed!r} for a, b in zip(flat, true))"
    yield "sys.exit(0 if right else 1)"
