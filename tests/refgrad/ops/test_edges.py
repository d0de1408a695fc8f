"""What ops answer at the border of their domain: products with zeros, distances of equal points, quantiles, powers."""

from __future__ import annotations

import math

import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

INDEX = "torch.tensor([[0, 1, 0, 2], [1, 1, 0, 0]])"
CASES = [
    Case("torch.cholesky_solve(x, y)", ((3, 2), (3, 3)), low=0.5),
    Case("x.cholesky_solve(y, upper=True)", ((2, 3, 1), (2, 3, 3)), low=0.5),
    Case("torch.cholesky_inverse(x)", ((3, 3),), low=0.5),
    Case("x.cholesky_inverse(upper=True)", ((2, 3, 3),), low=0.5),
    Case("x.quantile(0.3)", ((3, 4),)),
    Case("x.quantile(torch.tensor([0.1, 0.5, 1.0], dtype=x.dtype), 1)", ((3, 5),)),
    Case("torch.quantile(x, 0.5, dim=0, keepdim=True, interpolation='midpoint')", ((4, 3),)),
    Case("x.quantile(torch.tensor([0.2, 0.9], dtype=x.dtype), keepdim=True, interpolation='nearest')", ((3, 4),)),
    Case("x.quantile(0.4, 1, interpolation='lower') + x.quantile(0.4, 1, interpolation='higher')", ((3, 4),)),
    Case(f"x.scatter_reduce(0, {INDEX}, y, 'prod')", ((3, 4), (2, 4))),
    Case(f"x.scatter_reduce(0, {INDEX}, y, 'prod', include_self=False)", ((3, 4), (2, 4)), twice=False),
    Case(f"x.scatter_reduce(0, {INDEX}, y.trunc() * y, 'prod')", ((3, 4), (2, 4)), twice=False),
    Case("F.pdist(x)", ((4, 3),), twice=False), Case("F.pdist(x, 3.0)", ((4, 3),), twice=False),
    Case("F.lp_pool1d(x, 2.0, 2)", ((2, 3, 6),), low=0.1), Case("F.lp_pool1d(x, 3.0, 3, stride=1)", ((3, 6),), low=0.1),
    Case("torch.linalg.qr(x, 'complete')[1]", ((3, 3),)),
    Case("x ** torch.tensor(0.5, dtype=x.dtype)", ((4,),), low=0.1),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_torch(case):
    assert_agrees(torch, case)


@pytest.mark.parametrize("q", [-0.1, 1.5])
def test_quantile_refuses_shares_outside_its_range(q):
    with pytest.raises(RuntimeError, match=r"q must be in the range \[0, 1\] but got"):
        refgrad.quantile(refgrad.ones(2), q)


def test_a_row_with_nan_has_no_quantile():
    x = refgrad.tensor([[1.0, math.nan], [1.0, 3.0]])
    assert str(x.quantile(0.5, 1).tolist()) == "[nan, 2.0]"


@pytest.mark.parametrize("mode", ["r", "complete"])
def test_qr_says_which_modes_have_no_gradient(mode):
    x = refgrad.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], requires_grad=True)
    r = refgrad.linalg.qr(x, mode)[1]
    with pytest.raises(RuntimeError, match=f"mode='{mode}'"):
        r.sum().backward()


def test_inv_names_the_pivot_and_the_matrix():
    x = refgrad.eye(2, dtype=refgrad.float64).repeat(3, 1, 1)
    x[1] = 1.0
    with pytest.raises(RuntimeError, match=r"\(Batch element 1\): The diagonal element 2 is zero"):
        refgrad.linalg.inv(x)


def test_scatter_counts_only_tensors_that_may_have_gradients():
    x, source = refgrad.zeros(3, requires_grad=True), refgrad.ones(1, requires_grad=True)
    for y in (x.scatter(0, refgrad.tensor([1]), source), x.scatter_add(0, refgrad.tensor([1]), source)):
        assert len(y.grad_fn.next_functions) == 2


def test_a_lone_exponent_of_one_half_is_still_a_power():
    x = refgrad.tensor([-math.inf, 4.0], dtype=refgrad.float64)
    assert refgrad.pow(x, refgrad.tensor(0.5, dtype=refgrad.float64)).tolist() == [math.inf, 2.0]
    assert math.isnan((x**0.5)[0].item())


def test_nan_has_the_sign_zero_and_so_abs_the_slope_zero():
    """As torch documents of sign, and shows of abs."""
    x = refgrad.tensor(float("nan"), requires_grad=True)
    refgrad.abs(x).backward()
    assert x.grad.item() == 0.0
    assert refgrad.sgn(refgrad.tensor([float("nan"), -2.0])).tolist() == [0.0, -1.0]


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod", "hypot", "copysign", "atan2", "xlogy"])
def test_what_asks_for_order_or_sign_refuses_complex_numbers_as_torch_does(name: str):
    said = []
    for engine in (refgrad, torch):
        x, z = engine.ones(1, dtype=engine.float64), engine.ones(1, dtype=engine.complex64)
        with pytest.raises(NotImplementedError) as error:
            getattr(engine, name)(x, z)
        said.append(str(error.value))
    assert said[0] == said[1]


def test_the_gradient_by_the_base_changes_with_an_exponent_of_zero() -> None:
    """The derivative of y x**(y-1) by y is x**-1 where y is 0: both mixed second derivatives are 1 / x."""
    x = refgrad.tensor(2.0, dtype=refgrad.float64, requires_grad=True)
    y = refgrad.tensor(0.0, dtype=refgrad.float64, requires_grad=True)
    by_base, by_exponent = refgrad.autograd.grad(x**y, (x, y), create_graph=True)

    assert refgrad.autograd.grad(by_base, y, retain_graph=True)[0].item() == 0.5
    assert refgrad.autograd.grad(by_exponent, x)[0].item() == 0.5
