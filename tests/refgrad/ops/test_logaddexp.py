"""logaddexp keeps its digits where one of the two numbers is nearly all of the sum."""

from __future__ import annotations

import math

import pytest

import refgrad


@pytest.mark.parametrize(("function", "base"), [(refgrad.logaddexp, math.e), (refgrad.logaddexp2, 2.0)])
@pytest.mark.parametrize("gap", [8.0, 20.0, 40.0])
def test_the_second_derivative_by_the_larger_keeps_all_digits(function, base, gap):
    x, y = (refgrad.tensor(number, dtype=refgrad.float64, requires_grad=True) for number in (0.25, 0.25 + gap))
    (first,) = refgrad.autograd.grad(function(x, y), y, create_graph=True)
    (second,) = refgrad.autograd.grad(first, y)

    small = base**-gap  # the share of the smaller is s / (1 + s), of the larger 1 / (1 + s)
    assert second.item() == pytest.approx(math.log(base) * small / (1 + small) ** 2, rel=1e-14)
