"""Special and elementary functions: torch's values and derivatives; the series of sinc against arbitrary precision."""

from __future__ import annotations

import numpy as np
import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

M = ((3, 4),)
POSITIVE = [
    "lgamma",
    "digamma",
    "erfc",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "square",
    "special.entr",
    "special.log_ndtr",
]
UNIT = ["erfinv", "asin", "acos", "atanh", "special.ndtri"]
REAL = [
    "erf",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "atan",
    "asinh",
    "sinc",
    "exp",
    "abs",
    "neg",
    "special.erfcx",
    "special.i0e",
    "special.i1",
    "special.i1e",
    "i0",
    "special.ndtr",
    "special.log_ndtr",
    "deg2rad",
    "rad2deg",
    "floor",
    "ceil",
    "trunc",
    "frac",
    "sign",
    "sigmoid",
    "nan_to_num",
    "angle",
    "positive",
]
COMPLEX = [
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "atan",
    "abs",
    "sgn",
    "angle",
    "reciprocal",
    "square",
    "log1p",
    "expm1",
]
CASES = [
    *[Case(f"torch.{name}(x)", M, 0.2, 3.0, tolerance=1e-8) for name in POSITIVE],
    *[Case(f"torch.{name}(x)", M, 0.1, 0.9, tolerance=1e-9) for name in UNIT],
    *[Case(f"torch.{name}(x)", M, tolerance=1e-9) for name in REAL],
    *[Case(f"torch.{name}(x)", M, dtype="complex128") for name in COMPLEX],
    Case("torch.acosh(x)", M, 1.2, 4.0), Case("torch.round(x, decimals=1)", M),
    Case("torch.polygamma(2, x)", M, 0.3, 3.0), Case("torch.mvlgamma(x, 3)", M, 2.0, 4.0, tolerance=1e-8),
    Case("torch.special.gammainc(x.detach(), y)", ((3,), (3,)), 0.3, 3.0),
    Case("torch.special.gammaincc(x.detach(), y)", ((3,), (3,)), 0.3, 3.0),
    Case("torch.special.zeta(x.detach() + 2, y)", ((3,), (3,)), 0.3, 3.0),
    Case("torch.special.xlog1py(x, y)", ((3,), (3,)), 0.3, 3.0),
    Case("torch.xlogy(x, y)", ((3,), (3,)), 0.3, 3.0),
    Case("torch.special.multigammaln(x, 2)", M, 2.0, 4.0, tolerance=1e-8),
    Case("torch.special.expit(x), torch.special.logit(x.sigmoid())", M),
    Case("torch.special.bessel_j0(x.detach()), torch.special.bessel_j1(x.detach())", M),
    Case("torch.heaviside(x.detach(), y.detach())", ((3,), (3,))),
    Case("x.add(y, alpha=3), x.sub(y, alpha=0.5), x.div(y), x.mul(y), x.pow(2)", ((3,), (3,)), 0.5, 2.0),
    Case("x.addcmul(x, y, value=2.0), x.addcdiv(x, y)", ((3,), (3,)), 0.5, 2.0),
    Case("torch.pow(x, y), x ** y, 2.0 ** x, x ** 0.5, x ** -0.5, x ** 3, x ** -2, x ** 0", ((3,), (3,)), 0.5, 2.0),
    Case("x ** 1", ((3,), (3,)), 0.5, 2.0),
    Case("torch.float_power(x, 3), torch.true_divide(x, y)", ((3,), (3,)), 0.5, 2.0),
    Case("torch.divide(x, y, rounding_mode='floor')", ((3,), (3,)), 0.5, 2.0),
    Case("torch.floor_divide(x.detach(), y.detach())", ((3,), (3,)), 0.5, 2.0),
    Case("torch.remainder(x, y), torch.fmod(x, y)", ((3,), (3,))),
    Case("x.lerp(y, 0.3), torch.lerp(x, y, z)", ((3,), (3,), (3,))),
    Case("x.clamp(-1, 1), x.clamp(min=0.5), x.clip(max=0.2), x.clamp(y, z), x.clamp_min(0.1)", ((3,), (3,), (3,))),
    Case("x.clamp_max(0.1)", ((3,), (3,), (3,))),
    Case("x.where(x > 0, y), torch.where(x > 0, x, 2.0), x.masked_fill(x > 0, 3.0)", ((3,), (3,))),
    Case("x.masked_fill(x > 0, y.sum())", ((3,), (3,))),
    Case("x.maximum(y), torch.minimum(x, y), torch.fmax(x, y), x.fmin(y), torch.copysign(x, y)", ((3,), (3,))),
    Case("torch.logaddexp(x, y), torch.logaddexp2(x, y), torch.hypot(x, y), torch.atan2(x, y)", ((3,), (3,))),
    Case("torch.rsub(x, y), torch.subtract(x, y), torch.multiply(x, y), torch.negative(x)", ((3,), (3,))),
    Case("torch.absolute(x), torch.arctan(x)", ((3,), (3,))),
    Case("torch.polar(x, y), torch.complex(x, y), torch.view_as_real(torch.complex(x, y))", ((3,), (3,)), 0.5, 2.0),
    Case("torch.cdist(x, y)", ((3, 2), (4, 2)), twice=False),
    Case("torch.cdist(x, y, p=1.0)", ((2, 3, 2), (2, 4, 2)), twice=False),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


def test_sinc_keeps_its_digits_where_series_and_formula_meet() -> None:
    """The first three derivatives, against 60 digits, on both sides of every switch."""
    flint = pytest.importorskip("flint", reason="python-flint computes the derivatives to many digits")
    flint.ctx.dps = 60
    places = [1e-9, 1e-3, 0.05, 0.0954, 0.0956, 0.12, 0.159, 0.1592, 0.3, 0.32, 0.5, 1.7]
    x = refgrad.tensor(places, dtype=refgrad.float64, requires_grad=True)
    found, y = [], refgrad.sinc(x)
    for _ in range(3):
        (y,) = refgrad.autograd.grad(y.sum(), x, create_graph=True)
        found.append(y.detach().numpy())

    for order, ours in enumerate(found, 1):
        for place, value in zip(places, ours, strict=True):
            series = flint.arb_series([flint.arb(place), 1], prec=order + 1)
            exact = float(
                ((flint.arb.pi() * series).sin() / (flint.arb.pi() * series))[order] * flint.arb.fac_ui(order)
            )
            assert value == pytest.approx(exact, rel=2e-13, abs=1e-300), f"order {order} at {place}"


def test_an_op_of_integers_that_wants_floats_gets_the_default_dtype() -> None:
    assert refgrad.erf(refgrad.tensor([1])).dtype is refgrad.float32


def test_single_precision_stays_single() -> None:
    for name in ("erf", "lgamma", "digamma", "i0", "sinc", "sigmoid", "sign"):
        x = refgrad.ones(2, dtype=refgrad.float32, requires_grad=True)
        y = getattr(refgrad, name)(x)
        (g,) = refgrad.autograd.grad(y.sum(), x)
        assert y.dtype is g.dtype is refgrad.float32, name


def test_pow_of_a_half_takes_the_roots_road() -> None:
    x = refgrad.tensor([-np.inf, -0.0])

    assert np.isnan((x**0.5).numpy()[0])
    assert (x**-0.5).numpy()[1] == -np.inf


def test_polygamma_vanishes_at_infinity() -> None:
    assert refgrad.polygamma(1, refgrad.tensor([np.inf, 1.0])).tolist()[0] == 0.0
