"""Let a departure be decided by the oracle: the engine is wrong, the reference is, or it is a kink.

Where the oracle is silent or late, the judgement stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from ..outcome import Answers, Array
from ..programs.model import Program
from .oracle import Certificate, Truth, array, certify, installed
from .oracle.verdict import departure, wrong
from .shadow import STEPS, VALUES, Place, Shadow, at
from .tensors import limit_at, tensors
from .tolerance import distances, real
from .verdict import Judgement, Verdict

SECONDS = 2.0
"""For how long one program may occupy the oracle in the middle of a run."""

ROOM = 60
"""Input elements times outputs: a larger program is certified at the departing element alone."""

HEARD = (Verdict.WRONG_VALUE, Verdict.WRONG_GRADIENT)

Again = Callable[[str, Shadow], Judgement]
"""Judge a backend again, by a shadow in which the truth has taken the reference's place."""


ROUNDS = 8
"""A reference that is wrong at one tensor may be at the next, so many times at most."""


class Settled(Shadow):
    """A shadow with the truth in it, beside which no further run of the reference has a say."""

    def wider(self) -> Shadow:
        """Itself."""
        return self


def heard(
    program: Program, answers: Mapping[str, Answers], judged: Mapping[str, Judgement], shadow: Shadow, again: Again
) -> dict[str, Judgement]:
    """The judgements, with the oracle's word on each wrong value and gradient.

    Where the truth acquits an engine, the reference is wrong, and everybody is judged again, itself included.
    """
    decided, words = dict(judged), dict[str, str]()
    if not installed() or not _suspects(decided):
        return decided
    shadow = shadow.wider()
    for _ in range(ROUNDS):
        truer = shadow
        for id in _suspects(decided):
            case = _case(program, answers[id], shadow, decided[id].where)
            if case is None:
                continue
            truth, place, worst = case
            if truth.kink.reshape(-1)[worst] and shadow.settled(place, worst):
                words.setdefault(id, "certified: a kink, of which the documentation says which derivative it has")
                continue
            if truth.kink.reshape(-1)[worst]:
                decided[id] = _at_a_kink(decided[id], truth, worst)
                continue
            words.setdefault(id, _word(answers, shadow, place, truth))
            if _acquitted(program, answers[id], shadow, place, truth):
                truer = with_truth(truer, place, truth)
        if truer is shadow:
            break
        shadow = truer
        decided |= {id: again(id, shadow) for id in answers if decided[id].verdict in (*HEARD, Verdict.AGREES)}
    word = next(iter(words.values()), "")
    return {
        id: _with(judgement, words.get(id, word)) if id in words or judgement.verdict in HEARD else judgement
        for id, judgement in decided.items()
    }


def _suspects(judged: Mapping[str, Judgement]) -> list[str]:
    return [id for id, judgement in judged.items() if judgement.verdict in HEARD]


def _case(program: Program, answers: Answers, shadow: Shadow, where: str) -> tuple[Truth, Place, int] | None:
    """The truth about the tensor called `where`, its place, the element in dispute; None if the oracle is silent."""
    place = next((tensor.place for tensor in tensors(program, answers, shadow) if tensor.name == where), None)
    worst = _worst(answers, shadow, place) if place is not None else 0
    truth = _truth(program, place, worst) if place is not None else None
    return (truth, place, worst) if truth is not None and place is not None else None


def _acquitted(program: Program, answers: Answers, shadow: Shadow, place: Place, truth: Truth) -> bool:
    """Is the engine within the judge's limit of the truth, on every element?"""
    theirs = at(answers, place)
    if theirs is None or not np.isfinite(truth.value).all() or truth.kink.any():
        return False
    allowed = _allowed(program, answers, with_truth(shadow, place, truth), place)
    return wrong(departure(theirs, truth), allowed) is False


def with_truth(shadow: Shadow, place: Place, truth: Truth) -> Shadow:
    """The shadow with the truth at one place.

    The program's rounding error there is what moving its inputs by one unit in the last place does to the truth.
    """
    right = array(truth.value, truth.dtype)
    moved = truth.value + (truth.moved - truth.value) / shadow.ratio
    return Settled(
        program=shadow.program,
        own=put(shadow.own, place, right),
        fine=put(shadow.fine, place, array(truth.value, "float64")),
        coarse=tuple(put(answers, place, array(moved, "float64")) for answers in shadow.coarse),
        ratio=shadow.ratio,
        doubts=shadow.doubts,
        written=shadow.written,
    )


def put(answers: Answers, place: Place, tensor: Array) -> Answers:
    """The answers with `tensor` at a place."""
    question, index = place
    if question in (VALUES, STEPS):
        name = "values" if question == VALUES else "steps"
        return msgspec.structs.replace(answers, **{name: _replaced(getattr(answers, name), index, tensor)})
    questions = list(answers.questions)
    questions[question] = _replaced(questions[question], index, tensor)
    return msgspec.structs.replace(answers, questions=tuple(questions))


def _replaced(held: tuple[Array | None, ...], index: int, tensor: Array) -> tuple[Array | None, ...]:
    return (*held[:index], tensor, *held[index + 1 :])


def _truth(program: Program, place: Place, worst: int) -> Truth | None:
    """What is true at a place, if the oracle can say in time."""
    elements = sum(math.prod(leaf.shape) for leaf in program.inputs)
    large = elements * sum(math.prod(program.meta(n)[0]) for n in program.outputs) > ROOM
    found = certify(program, elements={place: worst if large else -1}, seconds=SECONDS)
    return found.truths[place] if isinstance(found, Certificate) else None


def _worst(answers: Answers, shadow: Shadow, place: Place) -> int:
    """The flat index at which the answer is farthest from the reference's."""
    theirs, own = at(answers, place), at(shadow.fine, place)
    if theirs is None or own is None or theirs.shape != own.shape or not math.prod(own.shape):
        return 0
    return int(np.argmax(distances(real(theirs), [real(own)])))


def _allowed(program: Program, answers: Answers, shadow: Shadow, place: Place) -> float:
    """The judge's limit at a place."""
    tensor = next(tensor for tensor in tensors(program, answers, shadow) if tensor.place == place)
    own, fine = at(shadow.own, place), at(shadow.fine, place)
    return limit_at(program, shadow, tensor, own, fine).allowed if own and fine else 0.0


def _word(answers: Mapping[str, Answers], shadow: Shadow, place: Place, truth: Truth) -> str:
    """How far everybody is from the truth."""
    everybody = {"refgrad": shadow.own} | dict(answers)
    told = {
        id: departure(tensor, truth).ulps
        for id, answer in everybody.items()
        if (tensor := at(answer, place)) is not None and tensor.shape == truth.value.shape
    }
    (first, ulps), *others = sorted(told.items(), key=lambda item: -item[1])
    rest = "".join(f", {id} {ulps:.3g}" for id, ulps in others)
    return f"certified: {first} is {ulps:.3g} ulps from the truth{rest}"


def _with(judgement: Judgement, word: str) -> Judgement:
    said = ". ".join(part for part in (judgement.said, word) if part)
    return msgspec.structs.replace(judgement, said=said)


def _at_a_kink(judgement: Judgement, truth: Truth, element: int) -> Judgement:
    left, right = (float(side.reshape(-1)[element]) for side in (truth.left, truth.right))
    said = f"{judgement.said}. certified: a kink, {left:.6g} from the left and {right:.6g} from the right"
    return msgspec.structs.replace(judgement, verdict=Verdict.UNSPECIFIED, said=said)
