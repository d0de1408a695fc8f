"""See at a glance that engines agree: what lies within its ops' last places of the reference needs no shadow.

A limit is `NOISE * noise + budget`; measuring the noise costs the reference several runs, the budget a few sums.
Whoever is within the budget alone is within the limit, whatever the noise is. So `agreed` passes such a program,
with a margin that is an upper bound, and leaves every other one, whatever is wrong with it, to the judge.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import catalogue
from ..backends.refgrad import Refgrad
from ..catalogue import kinks
from ..outcome import Answers, Array
from ..programs.model import Program
from ..programs.parts import parts
from .tensors import SIGNED
from .tolerance import EPS, ORDERS, real
from .verdict import Judgement, Verdict

REFERENCE = "refgrad"

IN_FULL = 32
"""Of so many programs one is judged in full although all agree, by its id: what is known of an engine at kinks and at
infinity must have its chances to happen, and the measured margins their sample."""

FAR = 1000.0
"""How many times its budget, counted in its own last places, a number may be away where there are kinks."""

HUGE = 1e300
"""Beyond this a difference may overflow."""


def agreed(program: Program, answers: Mapping[str, Answers]) -> dict[str, Judgement] | None:
    """The judgements on a pure program of which nobody departs; None where that takes a closer look.

    The reference is believed unseen where it sits among the engines and another one comes to its numbers: else it
    is run here once more, since a broken worker would agree with itself.
    """
    able = {id: answer for id, answer in answers.items() if not answer.missing}
    if int(program.id, 16) % IN_FULL == 0 or any(answer.refused or answer.steps for answer in able.values()):
        return None
    lacking = {id: Judgement(Verdict.UNSUPPORTED, said=f"lacks {', '.join(answer.missing)}")
               for id, answer in answers.items() if answer.missing}  # fmt: skip
    others = [id for id in able if id != REFERENCE]
    own = able[REFERENCE] if REFERENCE in able and others else Refgrad().answer(program) if able else Answers()
    if own.missing or own.refused:
        return None
    budgets = Budgets(program)
    margins = {id: 0.0 if answer is own else budgets.margin(answer, own) for id, answer in able.items()}
    if any(margin is None for margin in margins.values()):
        return None
    agreeing = {id: Judgement(Verdict.AGREES, margin=margin) for id, margin in margins.items()}
    return {id: agreeing.get(id) or lacking[id] for id in answers}


class Budgets:
    """What each tensor of a program's answers may be away from the reference for its ops' last places alone."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.first = len(program.inputs)
        self.ops = [catalogue.get(step.op) for step in program.steps]
        self.weighed: dict[int, tuple[float, bool, bool]] = {}
        self.behind = [1 << number for number in range(self.first)]
        """By value, the bits of the values it is computed from, its own included."""
        for number, step in enumerate(program.steps, self.first):
            bits = 1 << number
            for arg in step.args:
                bits |= self.behind[arg]
            self.behind.append(bits)

    def margin(self, answers: Answers, own: Answers) -> float | None:
        """How much of the budget is used where most of it is; None where a tensor is beyond it, or of another form."""
        if len(answers.values) != len(own.values) or len(answers.questions) != len(own.questions):
            return None
        worst = 0.0
        for theirs, ours, value in zip(answers.values, own.values, self.program.outputs, strict=True):
            if theirs == ours:
                continue
            bits = self.behind[value]
            used = within(theirs, ours, ORDERS["value"] * self.ulps(bits), self.smooth(bits), self.signed(bits))
            if used is None:
                return None
            worst = max(worst, used)
        for question, theirs_, ours_ in zip(self.program.questions, answers.questions, own.questions, strict=True):
            if len(theirs_) != len(ours_):
                return None
            unequal = [n for n, ours in enumerate(ours_) if theirs_[n] != ours or question.mode == "subset"]
            asked = parts(self.program, question) if unequal else ()
            for n in unequal:
                theirs, ours, part = theirs_[n], ours_[n], asked[n]
                if theirs is None and ours is None:
                    continue
                if part.left_out:  # and a tensor came
                    return None
                bits = self.reached(part.output, part.number)
                used = within(theirs, ours, ORDERS[question.mode] * self.ulps(bits), self.smooth(bits))
                if used is None:
                    return None
                worst = max(worst, used)
        return worst

    def reached(self, output: int | None, number: int | None) -> int:
        """The values behind the outputs that a part is about and that depend on its input."""
        bits = 0
        for value in self.program.outputs if output is None else [self.program.outputs[output]]:
            if value >= self.first and (number is None or self.behind[value] >> number & 1):
                bits |= self.behind[value]
        return bits

    def weigh(self, bits: int) -> tuple[float, bool, bool]:
        """Of the ops that compute these values: what they may lose together, and the two questions below."""
        if bits not in self.weighed:
            ops = [op for n, op in enumerate(self.ops, self.first) if bits >> n & 1]
            self.weighed[bits] = (
                sum(op.ulps for op in ops),
                all(op.kinks is kinks.never for op in ops),
                all(op.name in SIGNED for op in ops),
            )
        return self.weighed[bits]

    def ulps(self, bits: int) -> float:
        """What the ops may lose together, in units in the last place."""
        return self.weigh(bits)[0]

    def smooth(self, bits: int) -> bool:
        """Has no op a kink?"""
        return self.weigh(bits)[1]

    def signed(self, bits: int) -> bool:
        """Does a zero have one sign only?"""
        return self.weigh(bits)[2]


def within(theirs: Array | None, ours: Array | None, ulps: float, smooth: bool, signed: bool = False) -> float | None:
    """The distance as a part of `ulps` units in the last place of the tensor's largest number; None: it is more.

    Where it is not `smooth` an element may stand at a kink and not count as the largest: then no number may be far in
    its own last places either. None as well for what only the judge can weigh: another shape, infinities, a zero that
    is `signed`.
    """
    if theirs is None or ours is None or theirs.dtype != ours.dtype or theirs.shape != ours.shape:
        return None
    if theirs.data == ours.data:
        return 0.0
    if theirs.dtype not in EPS:
        return None
    got, right = real(theirs), real(ours)
    sizes = np.abs(right)
    if not (sizes.max() < HUGE and np.abs(got).max() < HUGE):
        return None
    if signed and (np.signbit(got) != np.signbit(right))[right == 0].any():
        return None
    far = np.abs(got - right)
    allowed = ulps * EPS[theirs.dtype] * (sizes.max() if smooth else np.minimum(sizes.max(), FAR * sizes))
    if not (far <= allowed).all():
        return None
    return float(np.max(far / np.where(allowed > 0, allowed, 1.0)))
