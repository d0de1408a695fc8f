"""Hold the modes of one engine against each other: what needs no second engine to be found wrong.

The questions of a program share their cotangents u and tangents t and w, so several of them have one answer. A Law is
such an identity between two modes; a Gap is how far the two sides lie apart on one tensor or product, and how far they
may. Only the reference is asked: who is within the limits of a reference that keeps its laws keeps them as well.

    forward, reverse             <u, J t> = <J* u, t>
    three of second order        the gradients of <w, g> = the tangents of g along w = the gradients of <u, J w>
    the fourth with the first    <u, the second derivative along t and w> = <the gradients of <w, g>, t>
    vmap, accumulate             the rows of the batch, added
    subset, reverse              equal where both are
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from ..catalogue import graph
from ..outcome import Answers, Array
from ..programs import values as data
from ..programs.functionalise import functionalise
from ..programs.model import Mode, Program, Question
from ..programs.parts import parts
from . import shadow as shadows
from .glance import REFERENCE, Budgets
from .tensors import limit_at, tensors
from .tolerance import EPS, ORDERS, largest, real
from .verdict import Judgement, Verdict

OWN = frozenset(op.name for op in graph.OPS)
"""Ops whose derivative is what somebody says it is, and so perhaps nobody's transpose."""

Allowed = Callable[[Mode, int], float]
"""(mode, place of a tensor in its answer) -> how far each of its numbers may be away."""


class Gap(NamedTuple):
    """One comparison: of which modes, of what, how far the sides are apart, and how far they may be."""

    modes: tuple[Mode, Mode]
    what: str
    apart: float
    room: float


def compared(program: Program, answers: Mapping[str, Answers], judged: Mapping[str, Judgement]) -> dict[str, Judgement]:
    """The judgements; the reference's is `wrong-gradient` where its own modes contradict each other."""
    found = dict(judged)
    if REFERENCE not in found or found[REFERENCE].verdict is not Verdict.AGREES or program.wrong:
        return found
    gap = contradiction(program, answers[REFERENCE])
    if gap is not None:
        one, other = gap.modes
        said = f"{one} and {other} contradict each other: {gap.what}: {gap.apart:.3g} apart, {gap.room:.3g} allowed"
        ops = "+".join(sorted({step.op for step in program.steps}))
        found[REFERENCE] = Judgement(
            Verdict.WRONG_GRADIENT, f"{one} against {other}", said,
            margin=gap.apart / gap.room if gap.room else float("inf"), signature=f"{ops}, {one} against {other}",
        )  # fmt: skip
    return found


def contradiction(program: Program, own: Answers) -> Gap | None:
    """The first law that an engine's answers break; None where they keep all, or where nobody promises a derivative."""
    program = functionalise(program)
    if len(program.questions) < 2 or own.refused or any(step.op in OWN for step in program.steps):
        return None
    if all(gap.apart <= gap.room for gap in gaps(program, own, budgeted(program, own))):
        return None
    shadow = shadows.cast(program).wider()
    if shadow.doubts or shadow.own.refused:  # at a kink the modes may choose otherwise
        return None
    return next((gap for gap in gaps(program, own, measured(program, own, shadow)) if not gap.apart <= gap.room), None)


def gaps(program: Program, own: Answers, allowed: Allowed) -> Iterator[Gap]:
    """A Gap for each law and tensor that the questions of the program speak of, where the numbers are finite."""
    asked = {question.mode: question for question in program.questions}
    held = dict(zip((question.mode for question in program.questions), own.questions, strict=False))
    with np.errstate(all="ignore"):
        for gap in _gaps(program, asked, {mode: [_number(a) for a in found] for mode, found in held.items()}, allowed):
            if np.isfinite(gap.apart):
                yield gap


Numbers = Mapping[Mode, list[np.ndarray]]


def _gaps(program: Program, asked: Mapping[Mode, Question], held: Numbers, allowed: Allowed) -> Iterator[Gap]:
    pairs: tuple[tuple[Mode, Mode], ...] = (("forward", "reverse"), ("forward-forward", "reverse-reverse"))
    for push, pull in pairs:
        if {push, pull} <= held.keys():
            u, t = data.cotangents(program, asked[push]), data.tangents(program, asked[push])
            apart = abs(_product(u, held[push]) - _product(t, held[pull]))
            room = sum(allowed(push, n) * float(np.abs(w).sum()) for n, w in enumerate(u))
            room += sum(allowed(pull, n) * float(np.abs(w).sum()) for n, w in enumerate(t))
            yield Gap((push, pull), "their products with the tangents and the cotangents", apart, room)
    equal: tuple[tuple[Mode, Mode], ...] = (
        ("forward-reverse", "reverse-reverse"), ("reverse-forward", "reverse-reverse"),
        ("reverse-forward", "forward-reverse"), ("subset", "reverse"),
    )  # fmt: skip
    for one, other in equal:
        if {one, other} <= held.keys():
            for n, part in enumerate(parts(program, asked[one])):
                if not part.left_out:
                    yield _between(one, other, n, part.name, held[one][n], held[other][n], allowed)
    if {"vmap", "accumulate"} <= held.keys():
        for n, part in enumerate(parts(program, asked["accumulate"])):
            rows = held["vmap"][n].sum(0) if held["vmap"][n].ndim else held["vmap"][n]
            yield _between("accumulate", "vmap", n, part.name, held["accumulate"][n], rows, allowed, data.TOGETHER)


def _between(
    one: Mode, other: Mode, n: int, name: str, a: np.ndarray, b: np.ndarray, allowed: Allowed, times: int = 1
) -> Gap:
    """The largest distance between two tensors that should be equal."""
    return Gap(
        (one, other), name, float(np.max(np.abs(a - b), initial=0.0)), allowed(one, n) + times * allowed(other, n)
    )


def _product(weights: list[np.ndarray], found: list[np.ndarray]) -> float:
    """The real part of the sum of <weight, tensor>."""
    return float(sum(np.sum(np.conj(w) * x).real for w, x in zip(weights, found, strict=True)))


def _number(array: Array | None) -> np.ndarray:
    """The tensor's numbers in double; None is zero."""
    if array is None:
        return np.zeros(())
    numbers = array.numpy()
    return numbers.astype(np.complex128 if np.iscomplexobj(numbers) else np.float64)


def budgeted(program: Program, own: Answers) -> Allowed:
    """What the ops alone may lose, in units in the last place of each tensor's largest number."""
    budgets, order = Budgets(program), [question.mode for question in program.questions]

    def allowed(mode: Mode, n: int) -> float:
        part = parts(program, program.questions[order.index(mode)])[n]
        tensor = own.questions[order.index(mode)][n]
        ulps = ORDERS[mode] * budgets.ulps(budgets.reached(part.output, part.number))
        return 0.0 if tensor is None else ulps * EPS[tensor.dtype] * largest(real(tensor))

    return allowed


def measured(program: Program, own: Answers, shadow: shadows.Shadow) -> Allowed:
    """What the judge allows an engine there: the program's own rounding error too."""
    order = [question.mode for question in program.questions]
    places = {tensor.place: tensor for tensor in tensors(program, own, shadow)}

    def allowed(mode: Mode, n: int) -> float:
        place = (order.index(mode), n)
        ours, fine = shadows.at(shadow.own, place), shadows.at(shadow.fine, place)
        if ours is None or fine is None or place not in places:
            return 0.0
        limit = limit_at(program, shadow, places[place], ours, fine)
        return float("inf") if limit.drowned else limit.allowed

    return allowed
