"""Answer a question by transforming functions: vjp, jvp, vmap and jacrev, as torch.func and jax both have them.

A program is one function `f` of its differentiated inputs `xs`, to a tuple of outputs. Each mode is a
composition of transforms, written once for every engine that has them; a compiler may take the whole
of it. `seeds` is what a mode is given beside: u, t, w or a batch of u.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..programs import values as data
from ..programs.model import Mode, Program, Question

Tensors = tuple[Any, ...]
Function = Callable[..., Tensors]
Answer = Callable[[Any, Function, Tensors, tuple[Tensors, ...]], Sequence[Any]]
"""(the namespace of transforms, f, xs, seeds) -> the tensors that answer; None for one that nobody asked for."""

Put = Callable[[np.ndarray, str], Any]
"""(an array, the name of a dtype) -> the engine's tensor."""


def reverse(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The gradients of <u, f>."""
    (u,) = seeds
    made = func.vjp(f, *xs)[1](u)
    return made if isinstance(made, tuple) else (made,)  # torch has no tuple around the gradient of a single input


def forward(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The tangents of f along t."""
    (t,) = seeds
    made: Tensors = func.jvp(f, xs, t)[1]
    return made


def reverse_reverse(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The gradients of <w, the gradients>."""
    u, w = seeds
    return reverse(func, lambda *x: reverse(func, f, x, (u,)), xs, (w,))


def forward_reverse(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The tangents of the gradients along w."""
    u, w = seeds
    return forward(func, lambda *x: reverse(func, f, x, (u,)), xs, (w,))


def reverse_forward(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The gradients of <u, the tangents along w>."""
    u, w = seeds
    return reverse(func, lambda *x: forward(func, f, x, (w,)), xs, (u,))


def forward_forward(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The tangents along w of the tangents along t."""
    t, w = seeds
    return forward(func, lambda *x: forward(func, f, x, (t,)), xs, (w,))


def accumulate(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The gradients of two cotangents, added."""
    (batch,) = seeds
    rows = [reverse(func, f, xs, (tuple(u[row] for u in batch),)) for row in range(data.TOGETHER)]
    return tuple(sum(row[1:], start=row[0]) for row in zip(*rows, strict=True))


def vmap(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The gradients of a batch of cotangents at once."""
    made: Tensors = func.vmap(lambda u: reverse(func, f, xs, (u,)))(seeds[0])
    return made


def penalty(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...]) -> Tensors:
    """The gradients of <g, g>, where g are the gradients of <u, f>."""

    def squared(*x: Any) -> Tensors:
        return (sum((g * g.conj()).real.sum() for g in reverse(func, f, x, seeds)),)

    (norm,) = squared(*xs)
    return reverse(func, squared, xs, ((norm * 0 + 1,),))


def chosen(func: Any, f: Function, xs: Tensors, seeds: tuple[Tensors, ...], places: Sequence[int]) -> Sequence[Any]:
    """The gradients of <u, f> by the inputs at these places; None for the others."""
    found = reverse(func, lambda *x: f(*_replaced(xs, places, x)), tuple(xs[n] for n in places), seeds)
    answer: list[Any] = [None] * len(xs)
    for place, gradient in zip(places, found, strict=True):
        answer[place] = gradient
    return answer


def jacobian(func: Any, f: Function, xs: Tensors, output: int, place: int) -> Tensors:
    """Every derivative of one output by the input at a place."""
    return (func.jacrev(lambda x: f(*_replaced(xs, [place], [x]))[output])(xs[place]),)


PLAIN: dict[Mode, tuple[Answer, str]] = {
    "reverse": (reverse, "u"),
    "forward": (forward, "t"),
    "reverse-reverse": (reverse_reverse, "uw"),
    "accumulate": (accumulate, "b"),
    "vmap": (vmap, "b"),
    "forward-reverse": (forward_reverse, "uw"),
    "reverse-forward": (reverse_forward, "uw"),
    "forward-forward": (forward_forward, "tw"),
    "penalty": (penalty, "u"),
}
"""What answers each mode, and the seeds that it is given."""


def answer(program: Program, question: Question) -> tuple[Answer, str]:
    """What answers `question`, and which seeds it is given: `u`, `t`, `w` or `b`, a batch of u."""
    if question.mode == "subset":
        asked = data.subset(program, question)
        places = [place for place, number in enumerate(program.differentiated) if number in asked]
        return (lambda func, f, xs, seeds: chosen(func, f, xs, seeds, places)), "u"
    if question.mode == "jacobian":
        pair = data.pair(program, question)
        if pair is None:
            return (lambda *_: ()), ""
        output, place = pair[0], program.differentiated.index(pair[1])
        return (lambda func, f, xs, _: jacobian(func, f, xs, output, place)), ""
    return PLAIN[question.mode]


def seeds(program: Program, question: Question, which: str, put: Put) -> tuple[Tensors, ...]:
    """The tensors that go with the letters in `which`."""
    outputs = [program.meta(number)[1] for number in program.outputs]
    inputs = [program.inputs[number].dtype for number in program.differentiated]
    drawn = {"u": (data.cotangents, outputs), "b": (data.batch, outputs), "t": (data.tangents, inputs),
             "w": (data.second, inputs)}  # fmt: skip
    return tuple(
        tuple(put(array, dtype) for array, dtype in zip(make(program, question), dtypes, strict=True))
        for make, dtypes in (drawn[letter] for letter in which)
    )


def placed(program: Program, inputs: Sequence[Any], moving: Sequence[Any]) -> list[Any]:
    """All inputs, with those that are differentiated replaced."""
    return _replaced(tuple(inputs), program.differentiated, moving)


def _replaced(xs: Tensors, places: Sequence[int], by: Sequence[Any]) -> list[Any]:
    full = list(xs)
    for place, value in zip(places, by, strict=True):
        full[place] = value
    return full
