"""Interval arithmetic holds what it says it holds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradspec.catalogue import intervals, linalg, shapes
from gradspec.programs.pool import POOL


def test_a_rule_that_overflows_says_nothing() -> None:
    assert intervals.increasing(math.exp)([(0.0, 1e4)], ((),), {}) is None


def test_a_rule_at_a_pole_says_nothing() -> None:
    assert intervals.increasing(math.log)([(0.0, 1.0)], ((),), {}) is None


def test_a_falling_function_turns_its_ends_round() -> None:
    assert intervals.decreasing(lambda x: -x)([(1.0, 2.0)], ((),), {}) == (-2.0, -1.0)


def test_an_even_function_is_least_where_zero_is_inside() -> None:
    square = intervals.even(lambda x: x * x)

    assert square([(-1.0, 3.0)], ((),), {}) == (0.0, 9.0)
    assert square([(-3.0, -2.0)], ((),), {}) == (4.0, 9.0)


@pytest.mark.parametrize(("a", "b"), list(itertools.product([(-1.0, 2.0), (3.0, 4.0), (-5.0, -4.0)], repeat=2)))
def test_a_product_holds_every_product(a: tuple[float, float], b: tuple[float, float]) -> None:
    low, high = intervals.times(a, b)
    products = np.outer(np.linspace(*a, 9), np.linspace(*b, 9))

    assert (low, high) == (products.min(), products.max())


def test_a_sum_may_have_fewer_terms() -> None:
    assert intervals.summed((1.0, 2.0), 3) == (0.0, 6.0)


def test_shapes_broadcast_as_in_numpy() -> None:
    for a, b in itertools.product(POOL, repeat=2):
        assert shapes.together(a, b) == or_none(np.broadcast_shapes, a, b), (a, b)


def test_matrices_multiply_as_in_numpy() -> None:
    for a, b in itertools.product(POOL, repeat=2):
        assert linalg.product(a, b) == or_none(lambda a, b: np.matmul(np.zeros(a), np.zeros(b)).shape, a, b), (a, b)


def or_none(shape: Callable[..., Any], a: tuple[int, ...], b: tuple[int, ...]) -> Any:
    """What NumPy makes of the shapes; None where it refuses them."""
    try:
        return shape(a, b)
    except ValueError:
        return None
