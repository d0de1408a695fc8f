"""Special functions and their slopes keep their digits in the tails and beside zeros, against ball arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import refgrad

flint = pytest.importorskip("flint", reason="python-flint computes the truth to many digits")
arb = flint.arb
special, F = refgrad.special, refgrad.nn.functional


@pytest.fixture(autouse=True)
def _many_digits():
    before, flint.ctx.prec = flint.ctx.prec, 2000
    yield
    flint.ctx.prec = before


def erfcx(x: arb) -> arb:
    return (x * x).exp() * x.erfc()


def bessel(order: int) -> Callable[[arb], arb]:
    return lambda x: (-abs(x)).exp() * x.bessel_i(arb(order))


def below(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def root_pi() -> arb:
    return arb.pi().sqrt()


TAILS = (-7.5, -0.75, 0.0625, 0.9, 1.75, 5.3, 27.3, 417.0)
VALUES = {
    "erfc": (special.erfc, lambda x: x.erfc(), (-3.0, 0.7, 0.84, 2.5, 9.0, 25.64)),
    "erfcx": (special.erfcx, erfcx, (-20.7, -3.3, 0.02, 5.0, 600.0)),
    "ndtr": (special.ndtr, below, (-35.3, -11.3, -2.4, 0.3, 7.0)),
    "log_ndtr": (special.log_ndtr, lambda x: below(x).log(), (-40.0, -3.0, 0.5, 2.5, 27.3)),
    "gelu": (F.gelu, lambda x: x * below(x), (-27.44, -2.3, 0.5, 7.0)),
    "lgamma": (refgrad.lgamma, lambda x: x.lgamma(), (0.6, 0.997, 1.003, 1.344, 1.498, 1.9997, 2.0001, 2.4)),
    "i1": (special.i1, lambda x: x.bessel_i(arb(1)), (-7.31, 0.02, 2.7, 7.97, 50.0)),
    "i1e": (special.i1e, bessel(1), (-7.31, 0.02, 2.7, 7.97, 50.0)),
    "k0": (special.modified_bessel_k0, lambda x: x.bessel_k(arb(0)), (0.5, 1.02, 1.3869, 1.9, 2.2)),
    "k0e": (special.scaled_modified_bessel_k0, lambda x: x.exp() * x.bessel_k(arb(0)), (0.5, 1.02, 1.3869, 1.9, 2.2)),
    "gammaincc": (
        lambda x: special.gammaincc(refgrad.full_like(x, 2.5), x),
        lambda x: x.gamma_upper(arb(2.5), regularized=1),
        (0.3, 55.0, 276.2, 600.0),
    ),
    "logit": (refgrad.logit, lambda x: (x / (1 - x)).log(), (1e-9, 0.2, 0.4999, 0.50001, 0.9)),
    "logaddexp2": (
        lambda x: refgrad.logaddexp2(x, refgrad.full_like(x, -7.0485734939575195)),
        lambda x: (arb(2) ** x + arb(2) ** arb(-7.0485734939575195)).log() / arb(2).log(),
        (-0.010896696709096432, -0.0109, 3.0),
    ),
}
SLOPES = {
    "erf": (special.erf, lambda x: 2 / root_pi() * (-x * x).exp(), (-5.9, 0.3, 2.7, 26.1)),
    "erfinv": (refgrad.erfinv, None, (-0.9999999, 0.3, 0.9999998211860657)),
    "erfcx": (special.erfcx, lambda x: 2 * x * erfcx(x) - 2 / root_pi(), (-11.4, *TAILS)),
    "i0e": (special.i0e, lambda x: bessel(1)(x) - (1 if x > 0 else -1) * bessel(0)(x), TAILS),
    "i1e": (
        special.i1e,
        lambda x: bessel(0)(x) - (1 if x > 0 else -1) * bessel(1)(x) - bessel(1)(x) / x,
        TAILS,
    ),
    "log_ndtr": (
        special.log_ndtr,
        lambda x: (-x * x / 2).exp() / (2 * arb.pi()).sqrt() / below(x),
        (-300.0, -11.3, -0.5, 0.5, 27.3),
    ),
    "softsign": (F.softsign, lambda x: 1 / (1 + abs(x)) ** 2, TAILS),
    "hardswish": (F.hardswish, lambda x: (2 * x + 3) / 6, (-1.4999, -1.500001, 0.3)),
    "silu": (F.silu, lambda x: (1 + (-x).exp() * (1 + x)) / (1 + (-x).exp()) ** 2, (-30.5, 0.3, 7.0)),
    "gammaincc": (
        lambda x: special.gammaincc(refgrad.full_like(x, 2.5), x),
        lambda x: -((-x).exp()) * x ** arb(1.5) / arb(2.5).gamma(),
        (0.3, 37.7, 276.2),
    ),
}
ULPS = 24


def units(found: float, exact: float, dtype: str) -> float:
    return abs(found - exact) / float(np.spacing(np.dtype(dtype).type(abs(exact))))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", VALUES)
def test_values_keep_their_digits(name: str, dtype: str) -> None:
    function, truth, places = VALUES[name]
    tight = np.finfo(dtype)
    for place in np.asarray(places, dtype):
        exact = float(truth(arb(float(place))))
        if float(tight.tiny) < abs(exact) < float(tight.max):
            found = float(function(refgrad.tensor(place)).item())
            assert units(found, exact, dtype) < 9, place


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", SLOPES)
def test_slopes_keep_their_digits(name: str, dtype: str) -> None:
    function, truth, places = SLOPES[name]
    tight = np.finfo(dtype)
    for place in np.asarray(places, dtype):
        exact = float(slope_of_erfinv(place) if truth is None else truth(arb(float(place))))
        if float(tight.tiny) < abs(exact) < float(tight.max):
            x = refgrad.tensor(place, requires_grad=True)
            (found,) = refgrad.autograd.grad(function(x), x)
            assert units(float(found.item()), exact, dtype) < ULPS, place


def slope_of_erfinv(x: float) -> arb:
    """By Newton's method on erf, from the double's own inverse."""
    w = arb(float(refgrad.erfinv(refgrad.tensor(float(x), dtype=refgrad.float64)).item()))
    for _ in range(8):
        w = (w - (w.erf() - arb(float(x))) * root_pi() / 2 * (w * w).exp()).mid()
    return root_pi() / 2 * (w * w).exp()


def test_every_higher_derivative_of_erfcx_is_an_integral_of_erfc() -> None:
    """DLMF 7.18.7, run on balls."""
    for place in (-3.0, 0.4, 6.0, 300.0):
        x, y = refgrad.tensor(place, dtype=refgrad.float64, requires_grad=True), arb(place)
        before, now = 2 / root_pi(), erfcx(y)
        found = special.erfcx(x)
        for n in range(1, 5):
            (found,) = refgrad.autograd.grad(found, x, create_graph=True)
            before, now = now, (before - 2 * y * now) / (2 * n)
            assert found.item() == pytest.approx(float((-2) ** n * math.factorial(n) * now), rel=1e-14, abs=0)


def test_the_edges_are_the_limits() -> None:
    for function, place, value, slope in (
        (refgrad.erfinv, 1.0, math.inf, math.inf),
        (special.log_ndtr, -math.inf, -math.inf, math.inf),
        (special.erfcx, math.inf, 0.0, 0.0),
        (special.i0e, math.inf, 0.0, 0.0),
        (special.erfc, -math.inf, 2.0, 0.0),
    ):
        x = refgrad.tensor(place, dtype=refgrad.float64, requires_grad=True)
        y = function(x)
        (found,) = refgrad.autograd.grad(y, x)
        assert (y.item(), found.item()) == (value, slope)


def test_fmod_counts_turns_before_the_quotient_is_rounded() -> None:
    """In single precision the quotient 6534702.99 is 6534703."""
    x, y = (np.float32(number) for number in (774922.7, 0.11858576))
    divisor = refgrad.tensor(y, requires_grad=True)
    refgrad.fmod(refgrad.tensor(x), divisor).backward()

    assert divisor.grad.item() == -math.trunc(float(x) / float(y)) == -6534702
