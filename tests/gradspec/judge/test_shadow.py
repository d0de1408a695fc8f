"""The shadow runs the very numbers of the program, at other precisions."""

from __future__ import annotations

import pytest

from gradspec.judge.paths import after, behind, between
from gradspec.judge.shadow import STEPS, VALUES, at, cast
from gradspec.programs.model import Input, Program, Question, Step


def product(dtype: str) -> Program:
    inputs = (Input((3,), dtype, low=0.1, high=0.7), Input((3,), dtype, seed=1))
    return Program(inputs, (Step("mul", (0, 1), {}, (3,), dtype),), (2,), (Question("reverse"),))


FORK = Program(
    (Input((1,)), Input((1,))),
    (Step("neg", (0,), {}, (1,)), Step("exp", (1,), {}, (1,)),
     Step("add", (2, 3), {}, (1,)), Step("tanh", (3,), {}, (1,))),
    (4,),
)  # fmt: skip
"""x0 -> neg \\ add; x1 -> exp / and tanh, which is no output."""


def test_a_single_program_is_run_in_double_on_the_same_numbers():
    shadow = cast(product("float32"))
    own, fine = shadow.own.values[0].numpy(), shadow.fine.values[0].numpy()

    assert (own.dtype, fine.dtype) == ("float32", "float64")
    assert own.tolist() == fine.astype("float32").tolist()  # one rounding apart: the inputs are the same
    assert shadow.coarse == (shadow.own,)
    assert shadow.ratio == 1.0


def test_a_double_program_is_run_in_single_too():
    shadow = cast(product("float64"))

    assert shadow.fine is shadow.own
    assert shadow.coarse[0].values[0].dtype == "float32"
    assert shadow.ratio == 2.0**-29


def test_a_wider_shadow_has_more_coarse_runs_that_differ():
    shadow = cast(product("float32")).wider()

    assert len(shadow.coarse) == 4
    assert len({answers.values[0].data for answers in shadow.coarse}) == 4


@pytest.mark.parametrize(("number", "kinked"), [(0.0, {0}), (1e-9, {0}), (0.5, set())])
def test_a_step_close_to_its_kink_is_marked(number, kinked):
    program = Program((Input((1,), exact=(number.hex(),)),), (Step("abs", (0,), {}, (1,)),), (1,))

    assert cast(program).kinked == kinked


def test_tensors_are_found_by_their_place():
    shadow = cast(product("float64"))

    assert at(shadow.own, (VALUES, 0)) == at(shadow.own, (STEPS, 0)) == shadow.own.values[0]
    assert at(shadow.own, (0, 1)) == shadow.own.questions[0][1]
    assert at(shadow.own, (7, 0)) is None


def test_paths_lead_from_inputs_to_outputs():
    assert behind(FORK, [4]) == {0, 1, 2}
    assert after(FORK, 1) == {1, 2, 3}
    assert between(FORK, 1, [4]) == {1, 2}
    assert between(FORK, 0, [5]) == set()
