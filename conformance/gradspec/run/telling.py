"""Tell a witness in words and numbers: what every engine answered, and the scripts that show it without gradspec."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import numpy as np

from ..errors import GradspecError
from ..judge.oracle import Certificate, certify
from ..judge.verdict import Judgement
from ..outcome import Answers, Array, Outcome
from ..programs.functionalise import functionalise
from ..programs.model import Program
from ..programs.parts import parts
from ..programs.script import WRITERS, script
from .proof import proof
from .proof import script as proving

WIDEST = 300
"""Characters of one tensor's numbers; a witness is small, and what is not is cut."""

SECONDS = 5.0
"""For how long the oracle may ponder on one witness in the middle of a run."""


def scripts(program: Program, judgement: Judgement) -> dict[str, str]:
    """By engine, the script that asks it the same and exits 1 while it departs as `judgement` says.

    An engine that has no words for an op is left out.
    """
    found, shown = {}, proof(program, judgement)
    for engine in WRITERS:
        with contextlib.suppress(GradspecError):
            found[engine] = script(program, engine) if shown is None else proving(shown, engine)
    return found


def numbers(program: Program, outcomes: Mapping[str, Outcome | None]) -> dict[str, str]:
    """By backend, and by the oracle where it can say: every output and derivative, or why there is none."""
    program = functionalise(program)
    told = {id: "; ".join(_told(program, outcome)) for id, outcome in outcomes.items() if isinstance(outcome, Answers)}
    word = certify(program, seconds=SECONDS)
    return told | ({"oracle": "; ".join(_told(program, word.answers))} if isinstance(word, Certificate) else {})


def _told(program: Program, answers: Answers) -> Iterator[str]:
    if answers.missing:
        yield f"lacks {', '.join(answers.missing)}"
    if -1 in answers.refused:
        yield f"raised {answers.refused[-1]}"
    for n, value in enumerate(answers.values):
        yield f"output {n} = {_show(value)}"
    for q, (question, arrays) in enumerate(zip(program.questions, answers.questions, strict=False)):
        if q in answers.refused:
            yield f"{question.mode} raised {answers.refused[q]}"
        for part, array in zip(parts(program, question), arrays, strict=False):
            yield f"{part.name} = {_show(array)}"


def _show(array: Array | None) -> str:
    if array is None:
        return "None"
    text = np.array2string(array.numpy(), separator=", ", floatmode="unique", threshold=20)
    return " ".join(text.split())[:WIDEST]
