"""The oracle's truth about every question is mathematics', by differences of values alone."""

from __future__ import annotations

import numpy as np
import pytest

from doubles.answers import expected, program
from gradspec.judge.oracle import Certificate, certify
from gradspec.outcome import Array
from gradspec.programs.model import MODES, Input, Program, Question, Step

pytest.importorskip("flint", reason="the oracle computes with python-flint")


@pytest.mark.parametrize("mode", MODES)
def test_the_truth_is_that_of_mathematics(mode):
    found = certify(program(mode), 0)

    assert isinstance(found, Certificate), found
    for n, right in enumerate(expected(mode)):
        if right is None:
            assert (0, n) not in found.truths
        else:
            np.testing.assert_allclose(found.truths[0, n].value, right, rtol=1e-15)
            assert found.truths[0, n].digits > 20


def test_what_nobody_asked_for_is_none_in_the_truths_answers():
    found = certify(program("subset"), 0)

    assert isinstance(found, Certificate)
    assert [isinstance(tensor, Array) for tensor in found.answers.questions[0]] == \
        [right is not None for right in expected("subset")][: len(found.answers.questions[0])]  # fmt: skip


@pytest.mark.parametrize("mode", ["jacobian", "vmap", "penalty"])
def test_one_element_may_be_asked_for_alone(mode):
    whole = certify(program(mode), 0)
    (place, *_) = [(0, n) for n, right in enumerate(expected(mode)) if right is not None]
    alone = certify(program(mode), 0, elements={place: 1})

    assert isinstance(whole, Certificate)
    assert isinstance(alone, Certificate)
    assert alone.truths[place].value.reshape(-1)[1] == whole.truths[place].value.reshape(-1)[1]


def test_a_penalty_at_a_kink_is_one():
    relu = Program((Input((1,), exact=("0x0p+0",)),), (Step("relu", (0,), {}, (1,)),), (1,), (Question("penalty"),))
    found = certify(relu, 0)

    assert isinstance(found, Certificate)
    assert found.truths[0, 0].kink.all()
