"""A program whose every derivative is known, x * x * y, and what mathematics answers to each question about it."""

from __future__ import annotations

import numpy as np

from gradspec.programs import values
from gradspec.programs.model import MODES, Input, Mode, Program, Question, Step

X = (1.5, -2.0)
Y = (4.0, 0.5)


def leaf(numbers: tuple[float, ...]) -> Input:
    return Input((len(numbers),), exact=tuple(float(n).hex() for n in numbers))


def program(*modes: Mode) -> Program:
    """The outputs are x * x * y; every number and derivative below is a sum of a few products."""
    steps = (Step("mul", (0, 0), {}, (2,)), Step("mul", (2, 1), {}, (2,)))
    return Program((leaf(X), leaf(Y)), steps, (3,), tuple(Question(mode, seed=5) for mode in modes or MODES))


def expected(mode: Mode) -> list[np.ndarray | None]:
    """The tensors that answer, in the order of gradspec.programs.parts."""
    asked, question = program(mode), Question(mode, seed=5)
    x, y = np.array(X), np.array(Y)
    (u,), (b,) = values.cotangents(asked, question), values.batch(asked, question)
    (tx, ty), (wx, wy) = values.tangents(asked, question), values.second(asked, question)
    gradients = {0: 2 * u * x * y, 1: u * x**2}
    second = [2 * u * (y * wx + x * wy), 2 * u * x * wx]
    match mode:
        case "reverse":
            return [gradients[0], gradients[1]]
        case "forward":
            return [2 * x * y * tx + x**2 * ty]
        case "reverse-reverse" | "forward-reverse" | "reverse-forward":
            return [*second]
        case "forward-forward":
            return [2 * y * tx * wx + 2 * x * (tx * wy + ty * wx)]
        case "accumulate":
            return [2 * (b[0] + b[1]) * x * y, (b[0] + b[1]) * x**2]
        case "subset":
            chosen = values.subset(asked, question)
            return [gradients[number] if number in chosen else None for number in (0, 1)]
        case "vmap":
            return [2 * b * x * y, b * x**2]
        case "jacobian":
            _, number = values.pair(asked, question) or (0, 0)
            return [np.diag([2 * x * y, x**2][number])]
        case "penalty":  # of (2uxy)**2 + (ux**2)**2
            return [8 * u**2 * x * y**2 + 4 * u**2 * x**3, 8 * u**2 * x**2 * y]
