"""A reference whose modes contradict each other is found with nobody beside it, and an honest one never."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.judge import modes
from gradspec.judge.verdict import Verdict
from gradspec.programs import Input, Program, Question, Step
from gradspec.programs.draw import planned
from gradspec.programs.model import MODES, Mode
from gradspec.programs.search import turns
from gradspec.run.judging import Judges


def exp_of_product(*asked: Mode) -> Program:
    """exp(x * y), asked in some modes."""
    inputs = (Input((2, 3), seed=1), Input((2, 3), seed=2))
    steps = (Step("mul", (0, 1), {}, (2, 3)), Step("exp", (2,), {}, (2, 3)))
    return Program(inputs, steps, (3,), tuple(Question(mode, 7) for mode in asked))


@contextlib.contextmanager
def backward_is_off(by: float) -> Iterator[None]:
    """Every refgrad there is, the judge's too, has gradients that are too large, and tangents that are right."""
    right = Refgrad.reverse

    def reverse(self: Refgrad, *args: Any, **more: Any) -> list[Any]:
        return [None if found is None else found * by for found in right(self, *args, **more)]

    with patch.object(Refgrad, "reverse", reverse):
        yield


def judged(program: Program) -> Any:
    """What a run on refgrad alone says."""
    judges = Judges(torch_messages={"refgrad": True}, known={})
    return judges.program(program, {"refgrad": Refgrad().answer(program)})["refgrad"]


@pytest.mark.parametrize(
    "asked",
    [
        ("forward", "reverse"),
        ("reverse-reverse", "forward-forward"),
        ("reverse-reverse", "forward-reverse"),
        ("reverse-reverse", "reverse-forward"),
    ],
)
def test_a_backward_that_contradicts_the_tangents_is_found_by_refgrad_alone(asked: tuple[Mode, ...]) -> None:
    program = exp_of_product(*asked)

    assert judged(program).verdict is Verdict.AGREES
    with backward_is_off(1.01):
        found = judged(program)
    assert found.verdict is Verdict.WRONG_GRADIENT
    assert "contradict each other" in found.said


@pytest.mark.parametrize("pair", [("accumulate", "vmap"), ("subset", "reverse")])
@pytest.mark.parametrize("which", [0, 1])
def test_answers_that_should_be_equal_are_held_against_each_other(pair: tuple[Mode, Mode], which: int) -> None:
    program = exp_of_product(*pair)
    answers = Refgrad().answer(program)
    wrong = [
        tuple(None if a is None else type(a).of(a.numpy() * 1.01) for a in found) if n == which else found
        for n, found in enumerate(answers.questions)
    ]

    assert modes.contradiction(program, answers) is None
    gap = modes.contradiction(program, type(answers)(values=answers.values, questions=tuple(wrong)))
    assert gap is not None
    assert gap.modes == pair


def test_a_wrong_that_rounding_explains_is_none() -> None:
    program = exp_of_product("forward", "reverse")
    with backward_is_off(1 + 2.0**-52):
        assert judged(program).verdict is Verdict.AGREES


def test_an_honest_engine_never_contradicts_itself() -> None:
    engine, laws = Refgrad(), 0
    for turn in turns(planned(classes=["generic", "ties", "large"]), 150, 3):
        program = turn.program
        answers = engine.answer(program)

        assert modes.contradiction(program, answers) is None, program
        laws += len(program.questions) > 1
    assert laws > 60


def test_what_is_infinite_or_somebodys_own_derivative_keeps_no_law() -> None:
    clip = Program(
        (Input((3,)),), (Step("function.clip", (0,), {"low": -0.1, "high": 0.1}, (3,)),), (1,),
        (Question("forward"), Question("reverse")),
    )  # fmt: skip
    pole = Program((Input((2,), exact=(0.0.hex(), 1.0.hex())),), (Step("log", (0,), {}, (2,)),), (1,),
                   (Question("forward"), Question("reverse")))  # fmt: skip

    assert modes.contradiction(clip, Refgrad().answer(clip)) is None
    assert modes.contradiction(pole, Refgrad().answer(pole)) is None


def test_every_mode_but_the_jacobian_and_the_penalty_stands_in_a_law() -> None:
    program = exp_of_product(*MODES)
    found = modes.gaps(program, Refgrad().answer(program), lambda mode, n: np.inf)

    assert {mode for gap in found for mode in gap.modes} == set(MODES) - {"jacobian", "penalty"}
