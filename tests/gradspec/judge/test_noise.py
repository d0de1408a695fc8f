"""Shaken arithmetic shows what rounds where a derivative cancels, and leaves the reference as it was."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

import refgrad
from gradspec.judge.noise import beside, moved, shaken
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import At, at, cast
from gradspec.judge.tensors import limit_at, tensors
from gradspec.judge.verdict import Verdict
from gradspec.outcome import Array
from gradspec.programs.model import Input, Program, Question, Step
from refgrad.modes import state


def saturated() -> Program:
    """log_softmax of numbers a hundred apart: one probability is 1 to the last digit, and its second derivative 0."""
    steps = (Step("rad2deg", (0,), {}, (3,)), Step("log_softmax", (1,), {"dim": -1}, (3,)))
    return Program((Input((3,)),), steps, (2,), (Question("penalty"),))


def with_first(distance: float):
    """The reference's answers with the first number of its gradient so far away."""
    right = At({}).answer(saturated())
    (gradient,) = right.questions[0]
    return replace(right, questions=((Array.of(gradient.numpy() + [distance, 0, 0]),),))


def test_rounding_of_what_cancels_is_no_departure():
    found = judge_program(saturated(), with_first(5e-12), cast(saturated()))  # 57**3 * 2**2 units in the last place

    assert found.verdict is Verdict.AGREES


def test_more_than_that_does_not_agree():
    found = judge_program(saturated(), with_first(1e-6), cast(saturated()))

    assert found.verdict is Verdict.ILL_CONDITIONED  # all that the reference has there is rounding
    assert found.margin > 100


def test_a_moved_number_is_one_unit_away():
    x = np.array([1.0, 1.5, -3.0])

    apart = np.abs(moved(x, np.random.PCG64(1), "float64") - x) / np.abs(x)

    assert np.all((apart >= 2.0**-53) & (apart <= 2.0**-51))


def test_sums_and_products_are_shaken_and_maxima_are_not():
    x = refgrad.tensor([1.1, 2.2, 3.3], dtype=refgrad.float64)
    arithmetic = [lambda: x * x, lambda: x + x, lambda: x - 2 * x, lambda: x / x, lambda: x.sum(), lambda: x.exp()]
    right, largest = [made() for made in arithmetic], x.amax()
    with shaken(np.random.PCG64(1)):
        assert all((made() != once).any() for made, once in zip(arithmetic, right, strict=True))
        assert x.amax() == largest


def test_afterwards_nothing_is_shaken():
    before = state.quiet
    with shaken(np.random.PCG64(1)):
        assert state.quiet is not before

    assert state.quiet is before


def test_a_factorisation_is_moved_as_far_as_its_largest_number_allows():
    matrices = np.array([np.diag([1.0, 1e6]), np.eye(2)])

    assert np.array_equal(np.abs(beside(matrices, np.random.PCG64(1), "float64")) * 2.0**52,
                          np.array([np.full((2, 2), 2e6), np.full((2, 2), 2.0)]))  # fmt: skip


def test_the_noise_of_eigenvalues_in_single_precision_is_not_that_of_numpys_double_precision(monkeypatch):
    leaf = Input((3, 3), "float32", low=-1e-3, high=1e-3)
    step = Step("linalg.eig", (0,), {"n": 3, "scale": 12}, (3,), "float32")
    program = Program((leaf,), (step,), (1,), (Question("forward"),))

    def noise():
        shadow = cast(program).wider()
        tangent = next(t for t in tensors(program, shadow.own, shadow) if t.mode == "forward")
        limit = limit_at(program, shadow, tangent, at(shadow.own, tangent.place), at(shadow.fine, tangent.place))
        return limit.noise

    measured = noise()
    monkeypatch.setattr("gradspec.judge.shadow.FACTORISING", frozenset())

    assert measured > 4 * noise()
