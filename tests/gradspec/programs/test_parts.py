"""What a question is about follows from its seed; the tensors that answer it are known before an engine is asked."""

from __future__ import annotations

import numpy as np
import pytest

from gradspec.programs import values
from gradspec.programs.model import MODES, Input, Program, Question, Step
from gradspec.programs.parts import parts

PROGRAM = Program(
    (Input((2, 3)), Input((3,), "float32"), Input(()), Input((3,), requires_grad=False)),
    (Step("neg", (0,), {}, (2, 3)), Step("exp", (1,), {}, (3,), "float32")),
    (4, 5),
)
"""Two outputs, each of an input of its own; a third input is not used, a fourth requires no grad."""


def shapes(mode: str, seed: int = 0) -> list[tuple[tuple[int, ...], str]]:
    return [(part.shape, part.dtype) for part in parts(PROGRAM, Question(mode, seed))]


def test_gradients_have_the_form_of_the_inputs():
    inputs = [((2, 3), "float64"), ((3,), "float32"), ((), "float64")]

    for mode in ("reverse", "reverse-reverse", "forward-reverse", "reverse-forward", "accumulate", "subset", "penalty"):
        assert shapes(mode) == inputs


def test_tangents_have_the_form_of_the_outputs():
    assert shapes("forward") == shapes("forward-forward") == [((2, 3), "float64"), ((3,), "float32")]


def test_a_batch_has_a_dimension_in_front():
    assert shapes("vmap") == [((2, 2, 3), "float64"), ((2, 3), "float32"), ((2,), "float64")]
    assert [u.shape for u in values.batch(PROGRAM, Question("vmap"))] == [(2, 2, 3), (2, 3)]


def test_a_jacobian_is_of_an_output_by_an_input_that_it_depends_on():
    pairs = {values.pair(PROGRAM, Question("jacobian", seed)) for seed in range(20)}

    assert pairs == {(0, 0), (1, 1)}
    assert {shape for seed in range(20) for shape, _ in shapes("jacobian", seed)} == {(2, 3, 2, 3), (3, 3)}


def test_a_jacobian_that_would_be_large_is_not_asked_for():
    large = Program((Input((23,)),), (Step("neg", (0,), {}, (23,)),), (1,))

    assert values.pair(large, Question("jacobian")) is None
    assert parts(large, Question("jacobian")) == []


def test_a_subset_is_never_empty_and_never_all():
    seen = {values.subset(PROGRAM, Question("subset", seed)) for seed in range(60)}

    assert seen == {(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)}


def test_the_subset_of_one_input_is_that_input():
    alone = Program((Input((2,)),), (Step("neg", (0,), {}, (2,)),), (1,))

    assert {values.subset(alone, Question("subset", seed)) for seed in range(9)} == {(0,)}


def test_who_is_not_in_the_subset_is_left_out():
    chosen = values.subset(PROGRAM, Question("subset", 1))

    assert [part.number for part in parts(PROGRAM, Question("subset", 1)) if not part.left_out] == list(chosen)


@pytest.mark.parametrize("mode", MODES)
def test_questions_of_one_seed_have_the_same_cotangents_and_directions(mode):
    for draw in (values.cotangents, values.tangents, values.second, values.batch):
        for one, other in zip(draw(PROGRAM, Question(mode, 3)), draw(PROGRAM, Question("reverse", 3)), strict=True):
            assert np.array_equal(one, other)


def test_the_two_cotangents_of_a_batch_differ():
    assert all(not np.array_equal(u[0], u[1]) for u in values.batch(PROGRAM, Question("vmap")))
