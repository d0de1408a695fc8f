"""Judge what engines answered to a random program, by the reference's shadow of it.

A Finding is one departure: where, what kind, how far, and the steps it can be blamed on. A program
is judged by its gravest finding: a departure before one that is documented, that before one at a
point where nobody promises anything, that before one that rounding error explains.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..outcome import Answers, Array, Raised
from ..programs.functionalise import functionalise
from ..programs.model import SECOND_ORDER, Program
from . import appeal, glance, refusals, situations
from . import shadow as shadows
from .known import Case, Known, Point
from .paths import behind
from .shadow import STEPS, Place, Shadow
from .tensors import SIGNED, Tensor, limit_at, tensors
from .tolerance import Limit, distances, real
from .verdict import Judgement, Verdict

MEMORY = ("OutOfMemoryError", "MemoryError", "RESOURCE_EXHAUSTED")
"""How engines say that there is no memory left: a class name, or the start of JAX's message."""

LACKS = ("Unsupported", "NotImplementedError", "Batching rule not implemented", "Cannot access data pointer of Tensor")
"""How an adapter, or the engine itself, says that it has no such thing: a class name, or the start of a message."""

FIRST = ("reverse", "accumulate", "subset", "vmap")
"""The questions in answer to which None says that no output depends on the input."""

BUGS = ("AttributeError", "NameError", "UnboundLocalError", "AssertionError", "RecursionError")
"""The errors by which the reference would show a bug of its own: no program asks for them."""


@dataclass(frozen=True)
class Finding:
    """One departure: `where` in words, and at which step index it can be pinned (None: on any of `blamed`)."""

    verdict: Verdict
    where: str
    said: str
    mode: str = "value"
    blamed: frozenset[int] = frozenset()
    point: Point = "anywhere"
    place: Place | None = None
    margin: float | None = None
    far: float = 0.0
    """The distance as a part of the tensor's largest number."""
    drowned: bool = False
    free: bool = False
    """Does nobody promise anything there?"""
    known: str = ""


def judge_program(program: Program, answers: Answers, shadow: Shadow, known: Known | None = None) -> Judgement:
    """One verdict for what one backend answered; `known` counts what it explains.

    A wrong value is pinned to the first step at which it parts from the reference if `answers` have every
    step's value; otherwise only to the output.
    """
    program = functionalise(program)
    if answers.missing:
        return Judgement(Verdict.UNSUPPORTED, said=f"lacks {', '.join(answers.missing)}")
    if shadow.own.missing:
        said = f"the reference lacks {', '.join(shadow.own.missing)}: nothing to judge by"
        return Judgement(Verdict.UNSUPPORTED, said=said)
    bug = next((raised for raised in shadow.own.refused.values() if raised.types[0] in BUGS), None)
    if bug is not None:
        return Judgement(Verdict.HARNESS_ERROR, "the reference", f"the reference broke down: {bug}")
    found, agreed = _compare(program, answers, shadow)
    if any(finding.point == "anywhere" and finding.place and not finding.drowned for finding in found):
        found, agreed = _compare(program, answers, shadow.wider())  # a suspect: was our rounding error luckily small?
    known = known or Known()
    _count_chances(program, known, shadow)
    weighed = [_weighed(program, finding, shadow, known) for finding in found]
    if not weighed:
        return agreed
    gravest = min(weighed, key=lambda finding: _GRAVITY.index(finding.verdict))
    return Judgement(
        gravest.verdict,
        gravest.where,
        gravest.said,
        margin=gravest.margin,
        known=gravest.known,
        signature=_signature(program, gravest),
    )


def judge_all(
    program: Program,
    answers: Mapping[str, Answers],
    known: Mapping[str, Known],
    shadow: Shadow | None = None,
    torch_messages: Mapping[str, bool] | None = None,
) -> dict[str, Judgement]:
    """A verdict for each backend; where two engines agree with each other against the reference, they say so.

    Where the oracle can, it has the last word on a departure: who is wrong, or that it is a kink. Of a program that
    is wrong on purpose only the refusal is judged, by its words where a backend promises torch's messages.
    """
    if program.wrong:
        return refusals.judge(program, answers, torch_messages or {})
    written, program = program, functionalise(program)
    if shadow is None and (seen := glance.agreed(program, answers)) is not None:
        for id in seen:
            _count_chances(program, known.get(id) or Known())
        return seen
    shadow = shadow or shadows.cast(written)
    judged = {id: judge_program(program, answer, shadow, known.get(id)) for id, answer in answers.items()}
    suspects = [id for id, judgement in judged.items() if judgement.verdict.departs and "refgrad" not in id]
    judged = {id: _with_allies(program, id, judgement, suspects, answers, shadow) for id, judgement in judged.items()}

    def again(id: str, truer: Shadow) -> Judgement:
        return judge_program(program, answers[id], truer, known.get(id))

    return appeal.heard(program, answers, judged, shadow, again)


_GRAVITY = (
    Verdict.OUT_OF_MEMORY, Verdict.WRONG_ERROR, Verdict.WRONG_SHAPE, Verdict.WRONG_DTYPE, Verdict.WRONG_VALUE,
    Verdict.WRONG_GRADIENT, Verdict.DOCUMENTED, Verdict.UNSPECIFIED, Verdict.UNSUPPORTED, Verdict.ILL_CONDITIONED,
)  # fmt: skip
"""What a program is called when several things are to be said of it: the first of these. A wrong value
before a wrong gradient, because it is the cause."""


def _compare(program: Program, answers: Answers, shadow: Shadow) -> tuple[list[Finding], Judgement]:
    """Every departure that is not the consequence of another; and what to say if there is none.

    A program whose every tensor is drowned has nothing to agree on.
    """
    found = list(_errors(program, answers, shadow.own))
    if -1 in answers.refused or -1 in shadow.own.refused:
        return found, Judgement(Verdict.AGREES, said="refused, as it must be")
    margin, drowned = 0.0, []
    parted: set[int] = set()
    for tensor in tensors(program, answers, shadow):
        if parted & tensor.behind:
            continue
        finding, allowance, reached = _tensor(program, answers, shadow, tensor)
        drowned.append(allowance.drowned)
        margin = max(margin, reached)
        if finding is not None:
            found.append(finding)
            parted |= {tensor.step} if tensor.mode == "value" else set()
    if drowned and all(drowned):
        return found, Judgement(Verdict.ILL_CONDITIONED, said="rounding error drowns every tensor", margin=margin)
    return found, Judgement(Verdict.AGREES, margin=margin)


def _errors(program: Program, answers: Answers, own: Answers) -> Iterator[Finding]:
    """Questions that one side refused and the other answered."""
    everything = behind(program, program.outputs)
    for index in sorted(answers.refused.keys() | own.refused.keys()):
        mode = "value" if index < 0 else program.questions[index].mode
        where = "the program" if index < 0 else f"question {index} ({mode})"
        theirs, ours = answers.refused.get(index), own.refused.get(index)
        if theirs is not None and _says(theirs, MEMORY):
            yield Finding(Verdict.OUT_OF_MEMORY, where, f"raised {theirs}", mode, everything, "error")
        elif theirs is not None and _says(theirs, LACKS) and not (ours is not None and index < 0):
            yield Finding(Verdict.UNSUPPORTED, where, f"raised {theirs}", mode, everything, "error")
        elif theirs is not None and ours is None:
            yield Finding(
                Verdict.WRONG_ERROR, where, f"raised {theirs}; the reference answers", mode, everything, "error"
            )
        elif theirs is None and ours is not None and -1 not in answers.refused:
            yield Finding(
                Verdict.WRONG_ERROR, where, f"answered; the reference raises {ours}", mode, everything, "error"
            )


def _says(raised: Raised, words: Sequence[str]) -> bool:
    return any(word in raised.types or raised.message.startswith(word) for word in words)


def _tensor(program: Program, answers: Answers, shadow: Shadow, tensor: Tensor) -> tuple[Finding | None, Limit, float]:
    """The departure of one tensor, if it departs; its limit; and its margin, if it does not."""
    theirs, own = (shadows.at(answers, tensor.place), shadows.at(shadow.own, tensor.place))
    wrong = Verdict.WRONG_VALUE if tensor.mode == "value" else Verdict.WRONG_GRADIENT

    def departs(verdict: Verdict, said: str, point: Point, **more: Any) -> Finding:
        return Finding(verdict, tensor.name, f"{tensor.name}{said}", tensor.mode, tensor.blamed, point, **more)

    if theirs is not None and tensor.left_out:
        return departs(wrong, ": a tensor came, None was expected", "anywhere"), Limit(), 0.0
    if theirs is None and own is not None and tensor.mode in FIRST and tensor.blamed:
        # None promises that the output does not depend on the input. Second derivatives and tangents promise less:
        # whether the first gradient of a linear function is a constant or a graph is the engine's choice.
        kinked = bool(tensor.blamed & shadow.kinked)
        said = ": None came, a tensor was expected"
        return departs(wrong, said, "kink" if kinked else "anywhere", free=kinked), Limit(), 0.0
    like = own or theirs
    if like is None:
        return None, Limit(), 0.0
    theirs, own, fine = (
        theirs or _zeros(like),
        own or _zeros(like),
        shadows.at(shadow.fine, tensor.place) or _zeros(like),
    )
    if theirs.shape != own.shape:
        said = f": shape {theirs.shape} came, {own.shape} was expected"
        return departs(Verdict.WRONG_SHAPE, said, "shape"), Limit(), 0.0
    if theirs.dtype != own.dtype:
        return (departs(Verdict.WRONG_DTYPE, f": {theirs.dtype} came, {own.dtype} was expected", "dtype"), Limit(), 0.0)
    got, best = real(theirs), real(fine)
    apart = distances(got, [real(own), best])
    if _signed(program, tensor):
        apart = np.where((got == 0) & (best == 0) & (np.signbit(got) != np.signbit(best)), np.inf, apart)
    free, contested = _doubtful(shadow, tensor, apart)
    allowance = limit_at(program, shadow, tensor, own, fine, ~contested, ~free)
    over = apart > allowance.allowed
    counts = over & ~free if (over & ~free).any() else over if over.any() else ~free
    apart = np.where(counts, apart, 0.0)
    distance = float(np.max(apart, initial=0.0))
    margin = allowance.margin(distance)
    if not over.any():
        return None, allowance, margin
    point: Point = "kink" if tensor.blamed & shadow.kinked else "nan"
    if (counts & ~contested).any():
        point = "anywhere" if np.isfinite(best).all() and np.isfinite(got[counts]).all() else "nan"
    said = _said(got, best, apart, allowance)
    far = distance / allowance.scale if allowance.scale else float("inf")
    more = {"place": tensor.place, "margin": margin, "far": far, "drowned": allowance.drowned}
    return departs(wrong, said, point, free=not (over & ~free).any(), **more), allowance, 0.0


def _signed(program: Program, tensor: Tensor) -> bool:
    """Is the value one whose zeros have a sign that IEEE 754 says, and so every engine must have?"""
    return tensor.mode == "value" and all(program.steps[index].op in SIGNED for index in tensor.behind)


def _doubtful(shadow: Shadow, tensor: Tensor, apart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of which elements nobody promises anything, and which are at a kink, be it settled or not.

    The documentation settles first derivatives only.
    """
    nowhere = np.zeros(apart.shape, bool)
    if not (tensor.behind | tensor.blamed) & shadow.doubts.keys():
        return nowhere, nowhere
    contested = _spread(shadow.doubtful(tensor.place, settled=True), apart)
    if tensor.mode in SECOND_ORDER:
        return contested, contested
    return _spread(shadow.doubtful(tensor.place, settled=False), apart), contested


def _spread(doubtful: np.ndarray | None, apart: np.ndarray) -> np.ndarray:
    """Which distances are in doubt: all for None; of a complex number, both parts."""
    if doubtful is None:
        return np.ones(apart.shape, bool)
    return doubtful if doubtful.shape == apart.shape else np.broadcast_to(doubtful[..., None], apart.shape)


def _weighed(program: Program, finding: Finding, shadow: Shadow, known: Known) -> Finding:
    """The finding, or what excuses it: a known divergence, a kink, or rounding error."""
    layouts = frozenset(leaf.layout for leaf in program.inputs)
    values = frozenset(leaf.values for leaf in program.inputs)
    for index in sorted(finding.blamed):
        at: Point = finding.point if finding.point != "kink" or index in shadow.kinked else "anywhere"
        at = "promotion" if at == "dtype" and _weak(program, index) else at
        step = program.steps[index]
        there = situations.of(program, index, shadow, known.asks(step.op))
        entry = known.op(
            Case(
                step.op, at, finding.mode, step.dtype, finding.far, layouts, values, finding.said, there, step.settings
            )
        )
        if entry is not None and finding.verdict.departs and finding.verdict is not Verdict.OUT_OF_MEMORY:
            known.happened[entry.id] += 1
            said = f"{finding.said}. Known ({entry.where}): {entry.does}"
            return _as(finding, Verdict.DOCUMENTED, said, entry.id)
    if finding.free:
        ops = ", ".join(sorted({program.steps[index].op for index in finding.blamed & shadow.doubts.keys()}))
        near = "Close to a kink" if finding.point == "kink" else "At an end of the domain"
        return _as(finding, Verdict.UNSPECIFIED, f"{finding.said}. {near} of {ops}")
    if finding.drowned:
        return _as(finding, Verdict.ILL_CONDITIONED, finding.said)
    return finding


def _weak(program: Program, index: int) -> bool:
    """Does a tensor without dimensions meet one with some, of another dtype?"""
    metas = [program.meta(number) for number in program.steps[index].args]
    return len({dtype for _, dtype in metas}) > 1 and len({shape == () for shape, _ in metas}) > 1


def _as(finding: Finding, verdict: Verdict, said: str, known: str = "") -> Finding:
    return dataclasses.replace(finding, verdict=verdict, said=said, known=known)


def _count_chances(program: Program, known: Known, shadow: Shadow | None = None) -> None:
    """Count each entry that this program gave a chance to happen; without a shadow, those that need no step's value."""
    if not known.entries or (shadow is not None and not shadow.own.steps):
        return
    modes = ("value", *{question.mode for question in program.questions})
    layouts = frozenset(leaf.layout for leaf in program.inputs)
    values = frozenset(leaf.values for leaf in program.inputs)
    for index, step in enumerate(program.steps):
        there = situations.of(program, index, shadow, known.asks(step.op))
        case = Case(step.op, "anywhere", "value", step.dtype, 0.0, layouts, values, "", there, step.settings)
        speaking = [entry for entry in known.speaks_of(step.op) if entry.fits(case)]
        if not speaking:
            continue
        points: list[Point] = ["anywhere", "shape", "dtype"]
        points += ["promotion"] if _weak(program, index) else []
        if shadow is not None:
            points += ["kink"] if index in shadow.kinked else []
            value = shadow.own.steps[index]
            points += ["nan"] if value is not None and not np.isfinite(real(value)).all() else []
        first = (next((entry for entry in speaking if entry.at(p, m)), None) for p in points for m in modes)
        known.met.update({entry.id for entry in first if entry is not None})


def _with_allies(
    program: Program,
    id: str,
    judgement: Judgement,
    suspects: Sequence[str],
    answers: Mapping[str, Answers],
    shadow: Shadow,
) -> Judgement:
    """Name the other engines that depart in the same place and come to the same numbers."""
    if id not in suspects or len(suspects) < 2:
        return judgement
    allies = [other for other in suspects if other != id and _same(program, answers[id], answers[other], shadow)]
    if not allies:
        return judgement
    said = f"{judgement.said}. {', '.join(allies)} came to the same: suspect the reference"
    return Judgement(judgement.verdict, judgement.where, said, judgement.margin, judgement.known, judgement.signature)


def _same(program: Program, a: Answers, b: Answers, shadow: Shadow) -> bool:
    """Do two engines that depart from the reference agree with each other on everything?"""
    if a.refused.keys() != b.refused.keys():
        return False
    for tensor in tensors(program, a, shadow):
        one, other = shadows.at(a, tensor.place), shadows.at(b, tensor.place)
        if tensor.place[0] == STEPS or one is None or other is None:
            continue
        if (one.shape, one.dtype) != (other.shape, other.dtype):
            return False
        allowed = limit_at(program, shadow, tensor, one, one).allowed
        if np.max(distances(real(one), [real(other)]), initial=0.0) > allowed:
            return False
    return True


def _zeros(like: Array) -> Array:
    return Array.of(np.zeros(like.shape, like.numpy().dtype), like.dtype)


def _said(theirs: np.ndarray, fine: np.ndarray, apart: np.ndarray, allowance: Limit) -> str:
    worst = np.unravel_index(int(np.argmax(apart)), apart.shape)
    spot = f" at {[int(n) for n in worst]}" if worst else ""
    far = f"{float(apart[worst]):.3g} apart, {allowance.allowed:.3g} allowed"
    return f"{spot}: {float(theirs[worst])!r} came, {float(fine[worst])!r} was expected: {far}"


def _signature(program: Program, finding: Finding) -> str:
    """What duplicates share: the op (or those it may be), mode, dtype, layout, value class, aspect."""
    ops = sorted({program.steps[index].op for index in finding.blamed})
    layouts = sorted({leaf.layout for leaf in program.inputs} - {"contiguous"}) or ["contiguous"]
    classes = sorted({leaf.values for leaf in program.inputs} - {"generic"}) or ["generic"]
    dtypes = sorted({leaf.dtype for leaf in program.inputs})
    parts = ("+".join(ops), finding.mode, "+".join(dtypes), "+".join(layouts), "+".join(classes), finding.verdict.value)
    return ", ".join(parts)
