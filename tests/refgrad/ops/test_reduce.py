"""Reductions: torch's values, gradients and second derivatives; ties, NaN and empty tensors."""

from __future__ import annotations

import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

M = ((3, 4),)
CUBE = ((2, 3, 4),)
V = ((3,),)
CASES = [
    Case("x.sum()", M), Case("x.sum(0)", M), Case("x.sum((0, -1), keepdim=True)", CUBE),
    Case("x.sum(dim=1, dtype=torch.float32)", M, tolerance=1e-6),
    Case("torch.sum(x, axis=0, keepdims=True)", M), Case("x.sum(-1)", ((),)), Case("x.sum(())", M),
    Case("x.mean()", M), Case("x.mean((0, 2), True)", CUBE), Case("x.mean(0)", ((),)),
    Case("x.prod()", M), Case("x.prod(1)", M), Case("x.prod(0, keepdim=True)", CUBE), Case("x.prod(0)", ((),)),
    Case("(x.round()).prod(1) + (x * 0).prod() + (x.trunc() * x).prod(0).sum()", M),
    Case("x.var()", M), Case("x.var(0)", M), Case("x.var(False)", M),
    Case("x.var((0, 1), correction=2, keepdim=True)", CUBE),
    Case("x.std()", M), Case("x.std(1, unbiased=False)", M), Case("x.std(0, correction=0)", CUBE),
    Case("torch.var_mean(x, 0)", M), Case("torch.std_mean(x)", M), Case("x.var(0)", M, dtype="complex128"),
    Case("x.amax()", M), Case("x.amax((0, 1))", CUBE), Case("x.amin(1, keepdim=True)", M), Case("x.round().amax(1)", M),
    Case("x.max()", M), Case("x.min()", M), Case("x.max(0)", M), Case("x.max(dim=1, keepdim=True)", M),
    Case("x.min(-1)", CUBE),
    Case("torch.max(x, y)", ((3, 4), (3, 4))), Case("x.max(0)", ((),)),
    Case("x.median()", M), Case("x.median(0)", M), Case("x.median(1, keepdim=True)", ((4, 5),)),
    Case("x.nanmedian(1)", M),
    Case("x.kthvalue(2)", M), Case("x.kthvalue(1, 0, True)", M), Case("x.mode(0)", M),
    Case("x.logsumexp(0)", M), Case("x.logsumexp((0, 1), keepdim=True)", CUBE),
    Case("(x * 300).logsumexp(1)", M, twice=False),
    Case("x.norm()", M), Case("x.norm(dim=0)", M), Case("x.norm(p=1)", M), Case("x.norm(3, 1, True)", M),
    Case("x.norm(float('inf'), 0)", M),
    Case("x.norm(0)", M), Case("x.norm(0.5, 1)", M), Case("x.norm(-float('inf'), 0)", M), Case("x.norm(1.5)", M),
    Case("x.norm()", M, dtype="complex128"),
    Case("torch.linalg.vector_norm(x, 3, dim=(0, 1))", CUBE),
    Case("torch.linalg.vector_norm(x, ord=float(2), dim=0, keepdim=True)", M),
    Case("x.dist(y, 3)", ((3, 4), (3, 4))), Case("torch.dist(x, y)", ((3, 4), (4,))),
    Case("x.cumsum(0)", M), Case("x.cumsum(-1)", CUBE), Case("x.cumprod(1)", M), Case("(x * (x > 0)).cumprod(1)", CUBE),
    Case("x.cumprod(0)", ((),)),
    Case("x.logcumsumexp(1)", M), Case("(x * 200).logcumsumexp(0)", M, twice=False), Case("x.cummax(1)", M),
    Case("x.cummin(0)", CUBE),
    Case("x.round().cummax(1)", ((4, 5),)), Case("x.sort(1)", M), Case("x.sort(0, descending=True)", M),
    Case("x.topk(2)", M),
    Case("x.topk(2, 0, largest=False)", M), Case("x.msort()", M), Case("x.nansum(1)", M), Case("torch.nanmean(x)", M),
    Case("x.diff()", M), Case("torch.diff(x, n=2, dim=0)", M), Case("torch.trapezoid(x, dim=0)", M),
    Case("torch.trapezoid(x, y)", ((3, 4), (4,))),
    Case("torch.aminmax(x, dim=0)", M), Case("x.argmax(1), x.argmin(), x.argmax(0, keepdim=True)", M),
    Case("x.argsort(0, True)", M),
    Case("torch.count_nonzero(x), (x > 0).all(1), (x > 0).any(), (x > 5).any(0, True)", M),
    Case("x.sum(0)", M, dtype="float32", twice=False, tolerance=1e-6), Case("x.mean(0)", M, dtype="complex128"),
    Case("x.prod(0)", M, dtype="complex128"), Case("x.cumprod(1)", M, dtype="complex128"),
    Case("torch.cov(x), x.cov(correction=0), torch.corrcoef(x), torch.cov(x[0]), torch.corrcoef(x[0])", M),
    Case("torch.cov(x, fweights=torch.tensor([1, 2, 0, 3]))", M), Case("torch.cov(x)", M, dtype="complex128"),
    Case("torch.cov(x, fweights=torch.tensor([1, 2, 0, 3]), aweights=torch.ones(4, dtype=x.dtype) / 3)", M),
    Case("torch.corrcoef(x)", M, dtype="complex128"),
    Case("torch.cumulative_trapezoid(x), torch.cumulative_trapezoid(x, dx=0.5, dim=0)", M),
    Case("torch.cumulative_trapezoid(x, y), torch.trapezoid(x, y)", ((3, 4), (4,))),
    Case("torch.cumulative_trapezoid(x, y, dim=0), torch.trapezoid(x, y, dim=0)", ((3, 4), (3,))),
    Case("torch.cumulative_trapezoid(x, y, dim=0), torch.trapezoid(x, y, dim=0)", ((3, 4), (3, 4))),
    Case("torch.nanquantile(torch.where(x > 0.5, float('nan'), x), 0.4)", M),
    Case("torch.nanquantile(torch.where(x > 0.5, float('nan'), x), 0.4, dim=1)", M),
    Case("x.nanquantile(torch.tensor([0.2, 0.7], dtype=x.dtype), 0, True, interpolation='lower')", M),
    Case("torch.linalg.vander(x), torch.linalg.vander(x, N=4)", ((2, 3),)),
    Case("torch.vander(x.detach(), 2), torch.vander(x.detach(), increasing=True), torch.vander(x.detach(), N=1)", V),
    Case("x.renorm(2, 0, 1.0)", M), Case("torch.renorm(x, 1, 1, 2.0)", CUBE),
    Case("torch.renorm(x, 2, 0, 2.0)", M, dtype="complex128"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


def test_powers_of_zero_have_their_slopes() -> None:
    """torch 2.13 cannot: its vander writes into what cumprod saved."""
    x = refgrad.tensor([0.0, 2.0], requires_grad=True)
    refgrad.vander(x, 3).sum(0).backward(refgrad.tensor([1.0, 10.0, 100.0]))

    assert x.grad.tolist() == [10.0, 14.0]
