"""Explain a witness in lines: how far engines are from the certified truth, and what the judge's limits are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import EngineMissing, GradspecError
from ..judge import shadow as shadows
from ..judge.oracle import MISSING, Certificate, Truth, certify, installed
from ..judge.oracle.verdict import departure, wrong
from ..judge.shadow import Place, Shadow
from ..judge.tensors import limit_at, tensors
from ..judge.tolerance import NOISE, Limit, distances, real
from ..outcome import Answers
from ..programs.functionalise import functionalise
from ..programs.model import Program
from .repro import answered, program_of
from .weight import weight
from .witness import Witness

REFERENCE = "refgrad"


@dataclass(frozen=True)
class Told:
    """Lines for a person, and whether an engine departs."""

    lines: tuple[str, ...]
    departs: bool


@dataclass(frozen=True)
class Row:
    """One tensor that the judge compares: its name, place and limit."""

    name: str
    place: Place
    limit: Limit


def oracle(witness: Witness, *, in_process: bool = False) -> Told:
    """The distance of every engine, run now, from the certified truth, tensor by tensor.

    Raises EngineMissing without python-flint, GradspecError where the oracle cannot say.
    """
    written = program_of(witness)
    program = functionalise(written)
    if not installed():
        raise EngineMissing(f"{MISSING}.")
    certificate = certify(program)
    if not isinstance(certificate, Certificate):
        raise GradspecError(f"{witness.case}: not certified: {certificate.reason}.")
    answers, shadow = _answers(witness, written, in_process=in_process)
    lines, departs = [], False
    for row in _rows(program, shadow):
        truth = certificate.truths.get(row.place)
        if truth is None:
            continue
        lines.append(_known(row, truth))
        for id, answer in answers.items():
            line, is_wrong = _distance(id, answer, row, truth)
            lines.append(line)
            departs |= is_wrong
    return Told(tuple(lines), departs)


def tolerances(witness: Witness, *, in_process: bool = False) -> Told:
    """For every tensor: what its limit is made of, and how far every engine, run now, is from the reference."""
    written = program_of(witness)
    program = functionalise(written)
    answers, shadow = _answers(witness, written, in_process=in_process)
    engines = [id for id in answers if id != REFERENCE]
    head = ["tensor", "scale", "noise", "budget", "allowed", *engines]
    table = [head]
    departs = False
    for row in _rows(program, shadow):
        limit = row.limit
        apart = [_apart(answers[id], shadow, row.place) for id in engines]
        departs |= any(distance is not None and limit.margin(distance) > 1.0 for distance in apart)
        numbers = [limit.scale, limit.noise, limit.budget, limit.allowed, *apart]
        table.append([row.name, *("-" if number is None else f"{number:.3g}" for number in numbers)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    why = f"weight: {weight(witness.judgement, program)}"
    return Told((*lines, f"allowed = {NOISE:g} * noise + budget, the ulps of the ops behind the tensor", why), departs)


def _answers(witness: Witness, program: Program, *, in_process: bool) -> tuple[dict[str, Answers], Shadow]:
    """Everybody's answers, the reference's among them, and a shadow as wide as for a suspect."""
    shadow = shadows.cast(program).wider()
    return answered(witness, in_process=in_process) | {REFERENCE: shadow.own}, shadow


def _rows(program: Program, shadow: Shadow) -> Iterator[Row]:
    """Every output and derivative that the reference has."""
    for tensor in tensors(program, shadow.own, shadow):
        own, fine = shadows.at(shadow.own, tensor.place), shadows.at(shadow.fine, tensor.place)
        if own is not None and fine is not None and tensor.place[0] != shadows.STEPS:
            yield Row(tensor.name, tensor.place, limit_at(program, shadow, tensor, own, fine))


def _apart(answers: Answers, shadow: Shadow, place: Place) -> float | None:
    """How far one tensor is from the reference's at the nearer of two precisions."""
    theirs, own, fine = (shadows.at(a, place) for a in (answers, shadow.own, shadow.fine))
    if theirs is None or own is None or fine is None or theirs.shape != own.shape:
        return None
    return float(np.max(distances(real(theirs), [real(own), real(fine)]), initial=0.0))


def _known(row: Row, truth: Truth) -> str:
    """How well the truth about a tensor is known."""
    line = (f"{row.name}: certified to {truth.digits} digits; it moves {truth.conditioning:.3g} ulps"
            f" when its inputs move by one, {row.limit.allowed / truth.ulp:.3g} are allowed")  # fmt: skip
    if not truth.kink.any():
        return line
    first = int(np.argmax(truth.kink.reshape(-1)))
    left, right = (float(side.reshape(-1)[first]) for side in (truth.left, truth.right))
    return f"{row.name}: a kink at element {first}, {left:.6g} from the left and {right:.6g} from the right"


def _distance(id: str, answers: Answers, row: Row, truth: Truth) -> tuple[str, bool]:
    """One engine's distance at its worst element, and whether it is beyond the limit."""
    array = shadows.at(answers, row.place)
    if array is None or array.shape != truth.value.shape:
        return f"    {id:<12} no such tensor", False
    found = departure(array, truth)
    is_wrong = wrong(found, row.limit.allowed)
    said = f"    {id:<12} {found.ulps:.3g} ulps{': wrong' if is_wrong else ''}"
    if is_wrong:
        came, true = real(array).reshape(-1)[found.element], truth.value.reshape(-1)[found.element]
        said += f" at element {found.element}: {float(came)!r} came, {float(true)!r} is true"
    return said, bool(is_wrong)
