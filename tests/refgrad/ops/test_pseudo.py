"""Pseudo-inverses, least squares, condition numbers and equations of tensors: torch's values and derivatives."""

from __future__ import annotations

import math

import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

S, B, TALL = ((3, 3),), ((2, 3, 3),), ((4, 3),)
C = "complex128"
OVER = ((5, 3), (5, 2))
CASES = [
    *[Case(f"torch.linalg.lstsq(x, y, driver='{d}')", OVER) for d in ("gels", "gelsy", "gelsd", "gelss")],
    Case("torch.linalg.lstsq(x, y).solution", ((2, 5, 3), (2, 5))), Case("torch.linalg.lstsq(x, y)[0]", OVER, dtype=C),
    Case("torch.linalg.lstsq(x, y, driver='gelsd').residuals", ((2, 5, 3), (2, 5))),
    Case("torch.linalg.lstsq(x, y).solution", ((2, 3), (2, 2))),
    *[Case(f"torch.linalg.pinv(x, {how})", TALL) for how in ("rtol=0.5", "atol=1.5", "rtol=0.2, atol=1.5", "0.1")],
    Case("torch.linalg.pinv(x + x.mT, hermitian=True)", S), Case("torch.linalg.pinv(x)", ((2, 3, 4),), dtype=C),
    Case("torch.pinverse(x)", TALL), Case("torch.linalg.pinv(x)", ((0, 3),)),
    Case("torch.linalg.matrix_rank(x), torch.linalg.matrix_rank(x, 2.0), torch.linalg.matrix_rank(x, rtol=0.4)", B),
    Case("torch.linalg.matrix_rank(x + x.mT, hermitian=True)", B),
    *[Case(f"torch.linalg.cond(x, {p})", B) for p in ("None", "2", "-2", "'nuc'")],
    Case("torch.linalg.cond(x)", ((2, 3),)),
    Case("torch.linalg.tensorinv(x, ind=1)", ((6, 2, 3),)), Case("torch.linalg.tensorinv(x)", ((2, 3, 6),)),
    Case("torch.linalg.tensorsolve(x, y)", ((2, 3, 6), (2, 3))),
    Case("torch.linalg.tensorsolve(x, y, dims=(0,))", ((6, 3, 2), (3, 2))),
    Case("torch.linalg.matrix_power(x, -2)", B, dtype=C), Case("torch.linalg.matrix_power(x, 0)", B),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


@pytest.mark.parametrize("p", [1, -1, math.inf, -math.inf, "fro"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_a_condition_number_by_the_inverse_is_differentiated(p, dtype) -> None:
    """torch 2.13 fills the inverse in place, so that its backward refuses; its value is the documented one."""
    x = refgrad.randn(3, 3, dtype=getattr(refgrad, dtype), requires_grad=True)

    value = torch.linalg.cond(torch.tensor(x.detach().numpy()), p)
    assert refgrad.linalg.cond(x, p).item() == pytest.approx(value.item(), rel=1e-12)
    assert refgrad.autograd.gradcheck(lambda x: refgrad.linalg.cond(x, p), (x,))


def test_a_singular_matrix_in_a_batch_has_an_infinite_condition_number() -> None:
    x = refgrad.eye(2, dtype=refgrad.float64).repeat(2, 1, 1)
    x[1] = 1.0

    assert refgrad.linalg.cond(x, 1).tolist() == [1.0, math.inf]


REFUSED = [
    "torch.linalg.cond(torch.ones(4, 3), 1)", "torch.linalg.tensorinv(torch.ones(6, 2, 2))",
    "torch.linalg.tensorinv(torch.ones(6, 2, 2), ind=0)", "torch.linalg.tensorsolve(torch.ones(2, 3), torch.ones(2))",
    "torch.linalg.lstsq(torch.ones(2, 3), torch.ones(2), driver='gel')", "torch.linalg.pinv(torch.ones(2, 2).long())",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_has_torchs_words(text: str) -> None:
    said = []
    for engine in (torch, refgrad):
        with pytest.raises(RuntimeError) as refused:
            eval(text, {"torch": engine})
        said.append(str(refused.value))

    assert said[0] == said[1]
