"""Kernels that keep the digits which the plain formula loses, against ball arithmetic (python-flint, 200 bits)."""

from __future__ import annotations

import math

import numpy as np
import pytest

import refgrad

ULP = 2.0**-52


def at(function, x: float) -> float:
    return function(refgrad.tensor([x], dtype=refgrad.float64)).item()


def test_lgamma_keeps_its_digits_beside_its_zeros():
    assert at(refgrad.lgamma, 1.998046875) == pytest.approx(-0.00082452003826508879, rel=4 * ULP, abs=0)
    assert at(refgrad.lgamma, 1.0 + 2.0**-30) == pytest.approx(-5.3757397843110445e-10, rel=4 * ULP, abs=0)
    assert at(refgrad.lgamma, 1.0) == at(refgrad.lgamma, 2.0) == 0.0


def test_sinc_takes_whole_turns_off_before_pi_is_rounded():
    assert at(refgrad.sinc, 1000.0) == 0.0
    assert at(refgrad.sinc, 1000.25) == pytest.approx(math.sin(math.pi / 4) / (math.pi * 1000.25), rel=4 * ULP, abs=0)
    assert at(refgrad.sinc, -7.5) == pytest.approx(-1 / (math.pi * 7.5), rel=4 * ULP, abs=0)


def test_tanhshrink_does_not_cancel():
    x = refgrad.tensor([1e-4], dtype=refgrad.float64, requires_grad=True)
    y = refgrad.nn.functional.tanhshrink(x)
    (slope,) = refgrad.autograd.grad(y, x, refgrad.ones_like(y))

    assert y.item() == pytest.approx(3.3333333200000005e-13, rel=4 * ULP, abs=0)
    assert slope.item() == pytest.approx(math.tanh(1e-4) ** 2, rel=4 * ULP, abs=0)
    assert y.grad_fn.name() == "SubBackward0"


def test_logdet_of_a_complex_matrix_has_its_phase():
    a = refgrad.tensor([[1j, 0.0], [2.0, 2.0]], dtype=refgrad.complex128)

    assert refgrad.logdet(a).item() == pytest.approx(complex(math.log(2), math.pi / 2))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_many_elements_are_chosen_as_few_are(dtype):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 5000)).astype(dtype)
    x[:3] = math.nan, -0.0, math.inf
    mask = rng.random(5000) < 0.5
    mask[:3] = True
    for other in (y, 0.25):
        found = refgrad.where(
            *(refgrad.tensor(v) for v in (mask, x)), refgrad.tensor(other, dtype=getattr(refgrad, dtype))
        )
        expected = np.array(
            [a if m else b for m, a, b in zip(mask, x, np.broadcast_to(other, 5000), strict=True)], dtype
        )
        assert found.numpy().tobytes() == expected.tobytes()


@pytest.mark.parametrize(("size", "last"), [((2, 4), 18), ((7, 8), 17)])
def test_few_wide_bins_hold_what_many_narrow_ones_do(size, last):
    x = np.random.default_rng(1).integers(0, 4, (2, 3, 14, 16)).astype(float)
    x[0, 0, 1, 1] = x[0, 0, 1, 2] = math.nan
    values, places = refgrad.nn.functional.adaptive_max_pool2d(refgrad.tensor(x), size, return_indices=True)
    blocks = x.reshape(2, 3, size[0], 14 // size[0], size[1], 16 // size[1])
    picked = np.take_along_axis(x.reshape(2, 3, -1), places.numpy().reshape(2, 3, -1), -1)

    np.testing.assert_array_equal(values.numpy(), blocks.max((3, 5)))
    np.testing.assert_array_equal(picked.reshape(values.shape), values.numpy())
    assert places[0, 0, 0, 0].item() == last  # of two NaN the last, as in torch


def test_reflections_with_a_factor_of_zero_are_left_out():
    a = refgrad.tensor([[1.0, 0.0], [0.5, 1.0], [0.25, 2.0]], dtype=refgrad.float64)
    tau = refgrad.tensor([1.5, 0.0], dtype=refgrad.float64)
    v = np.array([[1.0], [0.5], [0.25]])

    np.testing.assert_allclose(
        refgrad.linalg.householder_product(a, tau).numpy(), (np.eye(3) - 1.5 * v @ v.T)[:, :2], rtol=1e-15
    )


def test_long_slices_are_added_as_often_as_they_are_named():
    x, rows = np.zeros((4, 40)), np.arange(120.0).reshape(3, 40)
    found = refgrad.index_add(refgrad.tensor(x), 0, refgrad.tensor([1, 3, 1]), refgrad.tensor(rows)).numpy()

    np.testing.assert_array_equal(found, [x[0], rows[0] + rows[2], x[0], rows[1]])
