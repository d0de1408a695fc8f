"""What of the catalogue a run should visit, what one program visits, and which programs to draw to visit it all.

A Cell is one op in one corner of the inputs: an axis (mode, dtype, layout, value class) and a place on
it. `cells` lists those that exist, `visited` those that a program is in. A Feature is what the n-th
program of a run should show; `featured` gives it, from the seed alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from .. import catalogue
from ..catalogue import dtypes
from ..catalogue.model import Op
from . import values
from .build import BESIDE, LAYOUTS, MIXED, takes
from .model import MODES, SECOND_ORDER, Program, Question
from .pool import nonempty
from .values import CLASSES

AXES = ("mode", "dtype", "layout", "values")

WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "dtype": {
        "float64": 40,
        "float32": 32,
        "float16": 5,
        "bfloat16": 5,
        "complex128": 14,
        "complex64": 8,
        MIXED: 30,
        **dict.fromkeys(BESIDE, 12),
    },
    "layout": {name: 70 if name == "contiguous" else 6 for name in LAYOUTS},
    "values": {name: 60 if name == "generic" else 4 for name in CLASSES},
}
"""How often, each against the others that an op takes, a program has a dtype, a layout and a value class."""

STEPS = {"op": Fraction(382, 1000), "dtype": Fraction(819173, 10**6), "layout": Fraction(671044, 10**6),
         "values": Fraction(549700, 10**6)}  # fmt: skip
"""How far each axis moves on from one program to the next, as parts of its length: near powers of the
generalised golden ratio of four dimensions, whose multiples fill a box evenly (M. Roberts, "The unreasonable
effectiveness of quasirandom sequences")."""


class Cell(NamedTuple):
    """An op at one place of one axis: ("relu", "layout", "strided")."""

    op: str
    axis: str
    place: str


class Feature(NamedTuple):
    """What one program should show: this op, on new inputs of this dtype, layout and value class; `then` another."""

    op: str
    dtype: str = "float64"
    layout: str = "contiguous"
    values: str = "generic"
    then: str = ""


def featured(
    n: int,
    seed: int,
    ops: Sequence[str],
    dtype: Collection[str] = tuple(WEIGHTS["dtype"]),
    classes: Collection[str] = tuple(CLASSES),
) -> Feature:
    """The feature of the n-th program of a run.

    Every op comes once in each round of half as many programs, first or second, and in the next round in the
    other place. From round to round the other axes move on, so that in the long run each op meets each dtype,
    layout and value class as often as WEIGHTS say.
    """
    place = 2 * n + 2 * n // len(ops)
    op, then = (ops[_turned(k, seed, len(ops))] for k in (place, place + 1))
    taken = [name for name in WEIGHTS["dtype"] if name in dtype and takes(catalogue.get(op), name)]
    chosen = _weighed("dtype", n, seed, taken or list(dtype)[:1])
    layout = _weighed("layout", n, seed, _layouts(catalogue.get(op)))
    numbers = [name for name in _classes(catalogue.get(op)) if name in classes]
    return Feature(op, chosen, layout, _weighed("values", n, seed, numbers or ["generic"]), then)


def cells(ops: Collection[str], modes: Collection[str] = MODES) -> list[Cell]:
    """Every cell that a program over these ops can be in, op by op."""
    found = []
    for op in (op for op in catalogue.in_order() if op.name in ops):
        able = [mode for mode in modes if _answers(op, mode)]
        places = {
            "mode": able,
            "dtype": [name for name in WEIGHTS["dtype"] if takes(op, name)],
            "layout": _layouts(op),
            "values": _classes(op),
        }
        found += [Cell(op.name, axis, place) for axis in AXES for place in places[axis]]
    return found


def visited(program: Program) -> Iterator[Cell]:
    """The cells that a program is in, each once.

    An op is in a layout or a value class if one of its arguments is an input of that kind; in a dtype if all
    its arguments have it; in a mode if the program is asked so, about inputs and outputs that the op stands between.
    """
    first = len(program.inputs)
    found: dict[Cell, None] = {}
    for question in program.questions:
        about = _about(program, question)
        for number, step in enumerate(program.steps, first):
            if about is None or number in about:
                found[Cell(step.op, "mode", question.mode)] = None
    for step in program.steps:
        met = {program.meta(number)[1] for number in step.args}
        integers = [place for place, dtype in BESIDE.items() if dtype in met]
        dtype = integers[0] if integers else met.pop() if len(met) == 1 else MIXED
        found[Cell(step.op, "dtype", dtype)] = None
        for leaf in (program.inputs[number] for number in step.args if number < first):
            found[Cell(step.op, "layout", leaf.layout if LAYOUTS[leaf.layout](leaf.shape) else "contiguous")] = None
            found[Cell(step.op, "values", leaf.values)] = None
    yield from found


def _about(program: Program, question: Question) -> Collection[int] | None:
    """The values that a question is about: those that depend on the inputs chosen for it; None: all."""
    if question.mode == "subset":
        return program.after(values.subset(program, question))
    if question.mode == "jacobian":
        pair = values.pair(program, question)
        return program.after([pair[1]]) & program.behind([program.outputs[pair[0]]]) if pair else ()
    return None


def _answers(op: Op, mode: str) -> bool:
    """Can the question be asked of the op?"""
    if "forward" in mode and not op.tangent:
        return False
    if mode == "jacobian":
        return any(
            math.prod(way.result) * math.prod(shape) <= values.ENTRIES for way in nonempty(op) for shape in way.shapes
        )
    return mode not in SECOND_ORDER or op.orders >= 2


@functools.cache
def _layouts(op: Op) -> list[str]:
    """The layouts that some argument of the op can have, and not be stored plainly."""
    every = {shape for way in nonempty(op) for shape in way.shapes}
    return [name for name, shows in LAYOUTS.items() if any(map(shows, every))]


@functools.cache
def _classes(op: Op) -> list[str]:
    return [name for name in CLASSES if dtypes.wild(op) or name not in dtypes.UNTAMED]


def _turned(n: int, seed: int, count: int) -> int:
    """The place of the n-th visit when `count` places are visited in turn, in an order that depends on the seed."""
    stride = next(s for s in range(round(STEPS["op"] * count) or 1, 2 * count + 1) if _coprime(s, count))
    return (n * stride + seed) % count


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1


def _weighed(axis: str, n: int, seed: int, places: Sequence[str]) -> str:
    """The place on an axis that the n-th program comes to."""
    weights = [WEIGHTS[axis][place] for place in places]
    step, whole = STEPS[axis], STEPS[axis].denominator * 10_007  # the arithmetic of Fraction, on integers
    at = (step.numerator * (n + 1) * 10_007 + seed * 7919 % 10_007 * step.denominator) % whole * sum(weights)
    for place, weight in zip(places, weights, strict=True):
        if at < weight * whole:
            return place
        at -= weight * whole
    return places[-1]
