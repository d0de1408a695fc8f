"""The accuracy table counts what it says: units in the last place, from a truth that no engine has computed."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("flint", reason="the truth is ball arithmetic")

from benchmarks.accuracy import Loss, Row

from benchmarks import accuracy
from gradspec import catalogue
from gradspec.backends.refgrad import Refgrad


def test_a_loss_is_counted_in_units_of_its_own_element():
    exact = [1.0, 1e-200, math.nan, 4.0]
    got = np.array([1.0, 1e-200 + 3 * np.spacing(1e-200), math.inf, 4.0 - 2 * np.spacing(4.0)])

    loss = accuracy.lost(got, exact, [np.array([10.0, 20.0, 30.0, 40.0])], "float64")

    assert loss == Loss(3.0, "20.0")


def test_what_is_not_a_number_has_lost_everything():
    loss = accuracy.lost(np.array([math.nan]), [1.0], [np.zeros(1)], "float64")
    row = Row(catalogue.get("exp"), "float64", {"refgrad": loss}, {})

    assert accuracy.told(loss, row) == "all"


@pytest.mark.parametrize("x", [-700.0, -37.0, 0.3, 2.0**-40])
def test_truths_are_known_to_the_last_digit_in_the_tails_too(x):
    points, weights = [np.array([x])], np.array([1.0])
    value, slope = accuracy.truths(catalogue.get("expm1"), points, weights, {}, "float64")

    assert value[0] == pytest.approx(math.expm1(x), rel=4e-16)
    assert slope[0] == pytest.approx(math.exp(x), rel=4e-16)


@pytest.mark.parametrize(("op", "apart"), [("tanh", True), ("atan2", True), ("softmax", False), ("cumsum", False)])
def test_ops_on_single_elements_are_told_by_what_they_compute(op, apart):
    assert accuracy.lies_apart(catalogue.get(op)) is apart


def test_points_lie_in_the_domain_and_in_single_precision():
    for op in ("log", "acosh", "erfinv", "pow"):
        for x, slot in zip(accuracy.points(catalogue.get(op), "float64", 60), catalogue.get(op).slots, strict=True):
            assert ((x > slot.domain[0]) & (x < slot.domain[1])).all()
            assert (x == x.astype(np.float32)).all()


def test_an_op_that_loses_digits_is_listed_at_the_head():
    op = catalogue.get("sinc")
    good = Row(op, "float64", {"refgrad": Loss(1.0), "torch:cpu": Loss(0.5)}, {})
    bad = Row(op, "float32", {"refgrad": Loss(9.0, "0.25"), "torch:cpu": Loss(1.0)}, {})

    text = "\n".join(accuracy.page([good, bad], ["refgrad 1"]))

    head = text.partition("## The ten worst")[0]
    assert "Of 2 rows refgrad loses, by over 2 units, more than torch:cpu in 1 (less in 0)" in head
    assert "| sinc | float32 | value | 9.0 | 1.0 |  | 0.25 |" in head


def test_an_engine_is_measured_on_vectors_and_on_draws():
    exp, matmul = (next(accuracy.measured(catalogue.get(op), {"refgrad": Refgrad()}, 40)) for op in ("exp", "matmul"))

    assert 0 < exp.value["refgrad"].ulps < 2
    assert exp.gradient["refgrad"].ulps < 4
    assert matmul.gradient["refgrad"].ulps < 2
