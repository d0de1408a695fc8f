"""Find the truth about each tensor of a program: at more and more bits, until enough of them are certain."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from flint import arb, ctx

from ...programs import values as data
from ...programs.model import SECOND_ORDER, Program, Question
from ...programs.parts import Part, parts
from ..shadow import STEPS, VALUES, Place
from ..tolerance import EPS, largest
from . import Certificate, Truth, Uncertified
from .balls import ZERO, Balls, balls, total
from .differences import Sides, Steps, central, sides
from .forward import Forward, TooLong

LEVELS = (100, 200, 400)
"""The step is 2**-level, the precision three times as many bits."""

ENOUGH = 2.0**-60
"""A tensor is known when its radius is this part of its largest number: 256 times finer than a double."""


def certified(
    program: Program, question: int | None, elements: Mapping[Place, int] | None, seconds: float
) -> Certificate | Uncertified:
    """The truth at each place, or why there is none. Whatever goes wrong in the arithmetic is said, not raised."""
    dtypes = {leaf.dtype for leaf in program.inputs} | {step.dtype for step in program.steps}
    if not dtypes <= EPS.keys() or any("complex" in dtype for dtype in dtypes):
        return Uncertified(f"only real floating-point numbers are certified, not {', '.join(sorted(dtypes))}")
    numbers = [np.asarray(array, np.float64) for array in data.inputs(program)]
    if not all(np.isfinite(array).all() for array in numbers):
        return Uncertified("an input is not finite")
    asked = dict(elements) if elements is not None else dict.fromkeys(_places(program, question), -1)
    forward = Forward(program, time.monotonic() + seconds)
    truths: dict[Place, Truth] = {}
    least = min((float(np.min(np.abs(x[x != 0]), initial=1.0)) for x in numbers), default=1.0)
    small = -math.floor(math.log2(least))
    try:
        for level in LEVELS:
            bits = 3 * level + 3 * small
            with ctx.workprec(bits):
                steps = Steps(arb(2) ** -(level + small), arb(2) ** -(level + small + 3))
                for place, element in asked.items():
                    if place not in truths or not known(truths[place]):
                        truths[place] = _truth(forward, numbers, place, element, steps)
            if all(known(truth) for truth in truths.values()):
                break
    except TooLong:
        return Uncertified(f"not done within {seconds:g} seconds")
    except (ArithmeticError, ValueError) as error:
        return Uncertified(f"Arb cannot say: {' '.join(str(error).split()) or type(error).__name__}")
    unknown = [truth for truth in truths.values() if np.isinf(truth.radius).any()]
    return Uncertified("a number is not finite") if unknown else Certificate(program, truths, bits)


def known(truth: Truth) -> bool:
    """Is all but the kinks certain to more digits than a double has, and what may be zero to twice as many?"""
    radius = largest(np.where(truth.kink, 0.0, truth.radius))
    enough = ENOUGH * truth.scale if largest(truth.value) else ENOUGH**2 * truth.size
    return radius <= enough and not np.isinf(truth.radius).any()


def _places(program: Program, question: int | None) -> Iterator[Place]:
    if question is None:
        yield from ((VALUES, n) for n in range(len(program.outputs)))
    for q, asked in enumerate(program.questions):
        if question in (None, q):
            yield from ((q, n) for n, part in enumerate(parts(program, asked)) if not part.left_out)


def _truth(forward: Forward, numbers: Sequence[np.ndarray], place: Place, element: int, steps: Steps) -> Truth:
    """One tensor at the working precision, at the inputs and at inputs one unit in the last place away."""
    asker = _asker(forward, [balls(array) for array in numbers], steps)
    found = asker.ask(place, element)
    leaves = enumerate(zip(numbers, forward.program.inputs, strict=True))
    nudged = [balls(_nudged(x, leaf.dtype, n)) for n, (x, leaf) in leaves]
    near = _asker(forward, nudged, steps).ask(place, element)
    return Truth(
        _dtype(forward.program, place),
        _middles(found.central),
        _radii(found.central),
        _middles(found.left),
        _middles(found.right),
        found.kink,
        _middles(near.central),
        asker.size,
    )


def _asker(forward: Forward, inputs: Sequence[Balls], steps: Steps) -> Asker:
    """Who asks at a point, around which everything moves."""
    return Asker(replace(forward, base=inputs), inputs, steps)


@dataclass(frozen=True)
class Asker:
    """Who asks a program's questions at one point."""

    forward: Forward
    inputs: Sequence[Balls]
    steps: Steps

    @property
    def size(self) -> float:
        """The largest number among the inputs and the steps' values."""
        return max((largest(_middles(value)) for value in self.forward.values(self.inputs)), default=0.0)

    def ask(self, place: Place, element: int) -> Sides:
        """The tensor at a place; only one element of it, unless `element` is -1."""
        question, index = place
        program = self.forward.program
        if question in (VALUES, STEPS):
            number = program.outputs[index] if question == VALUES else len(program.inputs) + index
            value = self.forward.values(self.inputs)[number]
            return Sides(value, value, value, np.zeros(value.shape, bool))
        asked = program.questions[question]
        part = parts(program, asked)[index]
        if part.number is None:
            return sides(self._outputs(asked, part.output or 0), self.steps.first)
        return self._by_element(asked, part, element)

    def _outputs(self, asked: Question, place: int) -> Callable[[arb], Balls]:
        """An output, or its derivative along t, as a function of the way that the inputs go along t, or w."""
        t = self._scattered(data.tangents(self.forward.program, asked))
        if asked.mode == "forward":
            return lambda s: self.forward.outputs(self._moved(t, s))[place]
        w = self._scattered(data.second(self.forward.program, asked))

        def slope(s: arb) -> Balls:
            here = self.at(self._moved(w, s))
            return central(lambda r: here.forward.outputs(here._moved(t, r))[place], self.steps.second)

        return slope

    def _by_element(self, asked: Question, part: Part, element: int) -> Sides:
        """The derivatives by each element of one input, one at a time; a jacobian's and a batch's have rows besides."""
        assert part.number is not None
        shape = self.inputs[part.number].shape
        size, rows = math.prod(shape), math.prod(part.shape[: len(part.shape) - len(shape)])
        function = self._weighed(asked, part)
        chosen = range(size) if element < 0 else [element % size]
        made = {flat: sides(self._along_element(function, part.number, flat), self.steps.first) for flat in chosen}

        def gathered(name: str) -> Balls:
            columns = [getattr(made[n], name).reshape(-1) if n in made else [UNASKED] * rows for n in range(size)]
            return balls(np.array(columns, object).reshape(size, rows).T).reshape(part.shape)

        kink = np.zeros((size, rows), bool)
        for n, found in made.items():
            kink[n] = found.kink.reshape(-1)
        return Sides(gathered("central"), gathered("left"), gathered("right"), kink.T.reshape(part.shape))

    def _weighed(self, asked: Question, part: Part) -> Callable[[Sequence[Balls]], Balls | arb]:
        """What the question differentiates, as a function of the inputs."""
        program = self.forward.program
        if asked.mode == "jacobian":
            return lambda inputs: self.forward.outputs(inputs)[part.output or 0]
        if asked.mode in ("accumulate", "vmap"):
            both = data.batch(program, asked)
            rows = [[balls(u[row]) for u in both] for row in range(data.TOGETHER)]
            if asked.mode == "vmap":
                return lambda inputs: balls([self.forward.weighed(inputs, row) for row in rows])
            return lambda inputs: total([self.forward.weighed(inputs, row) for row in rows])
        weights = [balls(u) for u in data.cotangents(program, asked)]
        if asked.mode not in SECOND_ORDER:
            return lambda inputs: self.forward.weighed(inputs, weights)
        along = self._scattered(data.second(program, asked)) if asked.mode != "penalty" else self._doubled(weights)
        return lambda inputs: self.at(inputs)._slope(weights, along)

    def _slope(self, weights: Sequence[Balls], along: Sequence[Balls]) -> arb:
        """The derivative of the weighed outputs along a direction: by what reverse-reverse and its like go on."""
        return central(lambda t: self.forward.weighed(self._moved(along, t), weights), self.steps.second)

    def _doubled(self, weights: Sequence[Balls]) -> list[Balls]:
        """Twice the gradients g, in balls: along 2g the derivative of <u, outputs> has the gradient of <g, g>."""
        grads = self.forward.program.differentiated
        found = []
        for number, x in enumerate(self.inputs):
            made = [ZERO] * x.size
            if number in grads:
                for flat in range(x.size):
                    function = self._along_element(lambda at: self.forward.weighed(at, weights), number, flat)
                    made[flat] = 2 * sides(function, self.steps.first).central.item()
            found.append(balls(np.array(made, object)).reshape(x.shape))
        return found

    def _along_element(
        self, function: Callable[[Sequence[Balls]], Balls | arb], number: int, flat: int
    ) -> Callable[[arb], Balls | arb]:
        """`function` of the inputs with one element of one of them moved."""

        def at(s: arb) -> Balls | arb:
            inputs = list(self.inputs)
            inputs[number] = inputs[number].copy()
            inputs[number].reshape(-1)[flat] += s
            return function(inputs)

        return at

    def at(self, inputs: Sequence[Balls]) -> Asker:
        """The same elsewhere."""
        return Asker(self.forward, inputs, self.steps)

    def _moved(self, tangents: Sequence[Balls], s: arb) -> list[Balls]:
        return [balls(x + s * t) for x, t in zip(self.inputs, tangents, strict=True)]

    def _scattered(self, tangents: Sequence[np.ndarray]) -> list[Balls]:
        """A tangent for every input: zeros for those that require no gradient."""
        given = iter(tangents)
        return [
            balls(next(given) if leaf.requires_grad else np.zeros(x.shape))
            for leaf, x in zip(self.forward.program.inputs, self.inputs, strict=True)
        ]


def _nudged(array: np.ndarray, dtype: str, index: int) -> np.ndarray:
    """Every number one unit in the last place of `dtype` away: up and down in turn, so that differences move."""
    signs = (-1.0) ** (np.arange(array.size).reshape(array.shape) + index)
    return np.asarray(array * (1.0 + EPS[dtype] * signs))


def _dtype(program: Program, place: Place) -> str:
    question, index = place
    if question == STEPS:
        return program.steps[index].dtype
    if question == VALUES:
        return program.meta(program.outputs[index])[1]
    return parts(program, program.questions[question])[index].dtype


def _middles(values: Balls) -> np.ndarray:
    """The nearest doubles; 0 where the ball holds it, nan where the ball is all numbers."""
    return np.array([_middle(x) for x in values.reshape(-1)]).reshape(values.shape)


def _middle(x: arb) -> float:
    if not x.is_finite():
        return math.nan
    return 0.0 if 0 in x else float(x)


def _radii(values: Balls) -> np.ndarray:
    """Rounded up; infinite where the arithmetic could not say, nan where nobody asked."""
    return np.array([_radius(x) for x in values.reshape(-1)]).reshape(values.shape)


def _radius(x: arb) -> float:
    if x is UNASKED:
        return math.nan
    return float(x.abs_upper() if 0 in x else x.rad()) if x.is_finite() else math.inf


UNASKED = arb.nan()
"""What stands at the elements that nobody asked for."""
