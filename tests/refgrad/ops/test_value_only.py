"""Functions of which torch gives the value alone: its values, its silence about gradients, and where it is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import refgrad
from gradspec.catalogue import values
from gradspec.catalogue.call import function
from gradspec.catalogue.model import Op

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

EACH = pytest.mark.parametrize("op", values.OPS, ids=lambda op: op.name)
PLACES = [-30.0, -2.5, -1.0, -0.3, 0.0, 1e-3, 0.7, 1.0, 4.0, 30.0, np.inf, -np.inf, np.nan]
REFUSED = {"floor_divide", "heaviside"}
"""What torch records, and refuses to differentiate; all others leave no trace."""
LOST = dict.fromkeys(("airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"), 1e-4)
"""Where torch's digits end: docs/findings.md. Ours are held against ball arithmetic in the oracle's tests."""


@EACH
def test_torch_has_the_same_values(op: Op) -> None:
    columns = [np.array(PLACES), np.array(PLACES[::-1]) + 0.25][: op.arity]
    for settings in op.settings([c.shape for c in columns]):
        ours, theirs = (
            function(op.torch, "torch")(engine, *map(engine.tensor, columns), **settings).numpy()
            for engine in (refgrad, torch)
        )
        kept = np.isfinite(columns[0]) if "polynomial" in op.name else np.full(len(PLACES), True)
        np.testing.assert_allclose(ours[kept], theirs[kept], rtol=LOST.get(op.name, 1e-11), atol=1e-13)


@EACH
def test_no_gradient_is_promised(op: Op) -> None:
    x = refgrad.tensor([0.3, 2.5], requires_grad=True)
    others = [refgrad.tensor([0.5, 1.5])] * (op.arity - 1)
    y = function(op.torch, "torch")(refgrad, x, *others, **op.settings([(2,)])[0])

    assert y.requires_grad is (op.name in REFUSED)
    with pytest.raises(RuntimeError, match="not implemented" if op.name in REFUSED else "does not require grad"):
        y.sum().backward()


def test_a_polynomial_of_nan_is_nan_but_for_degree_zero() -> None:
    x = refgrad.tensor([np.nan])

    assert refgrad.special.chebyshev_polynomial_u(x, 0).tolist() == [1.0]
    assert np.isnan(refgrad.special.chebyshev_polynomial_u(x, 2).numpy()).all()


def test_each_element_may_have_a_degree_of_its_own() -> None:
    x, n = refgrad.tensor([0.5, 0.5, 0.5, 0.5]), refgrad.tensor([-1, 0, 1, 2])

    assert refgrad.special.legendre_polynomial_p(x, n).tolist() == [0.0, 1.0, 0.5, -0.125]


@pytest.mark.parametrize(
    ("x", "exponent", "expected"), [(2.0, -1074.0, 2.0**-1073), (2e300, -1076.0, 2e300 / 2.0**538 / 2.0**538)]
)
def test_ldexp_goes_beyond_what_two_to_the_power_holds(x: float, exponent: float, expected: float) -> None:
    found = refgrad.ldexp(refgrad.tensor([x], dtype=refgrad.float64), refgrad.tensor([exponent], dtype=refgrad.float64))

    assert found.tolist() == [expected]


def test_ldexp_has_a_slope_below_one_too() -> None:
    """torch takes 2 to the power of an integer tensor in integers, and so gives 0."""
    x = refgrad.ones(2, requires_grad=True)
    refgrad.ldexp(x, refgrad.tensor([3, -3])).sum().backward()

    assert x.grad.tolist() == [8.0, 0.125]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 11])
def test_polygamma_is_right_to_the_last_digits(n: int) -> None:
    flint = pytest.importorskip("flint", reason="python-flint computes the Hurwitz zeta function to many digits")
    places = np.concatenate([np.geomspace(1e-6, 1e6, 40), np.linspace(0.1, 20, 40)])
    found = refgrad.special.polygamma(n, refgrad.tensor(places)).numpy()
    with flint.ctx.workdps(40):
        exact = [float((-1) ** (n + 1) * flint.arb.fac_ui(n) * flint.arb(n + 1).zeta(flint.arb(x))) for x in places]

    np.testing.assert_allclose(found, exact, rtol=3e-15)
