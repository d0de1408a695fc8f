"""Linear algebra: torch's values, gradients and second derivatives, and LinAlgError where there is no answer."""

from __future__ import annotations

import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

S, B = ((3, 3),), ((2, 3, 3),)
SPD = "(x @ x.mH + 3 * torch.eye(3, dtype=x.dtype))"
CASES = [
    Case("torch.matmul(x, y)", ((3,), (3,))), Case("torch.matmul(x, y)", ((2, 3), (3,))),
    Case("torch.matmul(x, y)", ((3,), (3, 2))),
    Case("x @ y", ((2, 3), (3, 4))), Case("x @ y", ((5, 1, 2, 3), (4, 3, 2))), Case("x @ y", ((3,), (2, 3, 4))),
    Case("x @ y", ((2, 4, 3), (3,))),
    Case("x.mm(y)", ((2, 3), (3, 4)), dtype="complex128"), Case("x.bmm(y)", ((2, 3, 4), (2, 4, 2))),
    Case("x.mv(y)", ((2, 3), (3,))),
    Case("x.dot(y)", ((3,), (3,))), Case("torch.vdot(x, y)", ((3,), (3,)), dtype="complex128"),
    Case("torch.outer(x, y)", ((3,), (2,))),
    Case("torch.inner(x, y)", ((2, 3), (4, 3))), Case("torch.linalg.vecdot(x, y)", ((2, 3), (2, 3))),
    Case("torch.kron(x, y)", ((2, 3), (2, 2))),
    Case("torch.tensordot(x, y, dims=1)", ((2, 3), (3, 2, 2))),
    Case("torch.tensordot(x, y, ([0, 1], [1, 0]))", ((2, 3, 2), (3, 2))),
    Case("torch.einsum('ij,jk->ik', x, y)", ((2, 3), (3, 2))), Case("torch.einsum('ii->i', x)", S),
    Case("torch.einsum('bij,bjk,k->bi', x, y, z)", ((2, 3, 2), (2, 2, 3), (3,))),
    Case("torch.einsum('...ij->...', x)", B), Case("torch.einsum('...i,i->...', x, y)", ((2, 3), (3,))),
    Case("torch.einsum('ij,ij', x, y)", ((2, 3), (1, 3))),
    Case("torch.einsum('i,j->ij', x, y)", ((2,), (3,))),
    Case("torch.einsum('ik,jk', x, y)", ((2, 3), (4, 3)), dtype="complex128"),
    Case("torch.addmm(x, y, z, beta=0.5, alpha=2.0)", ((2, 2), (2, 3), (3, 2))),
    Case("torch.addmv(x, y, z)", ((2,), (2, 3), (3,))),
    Case("torch.addr(x, y, z, alpha=2.0)", ((2, 3), (2,), (3,))),
    Case("torch.baddbmm(x, y, z, beta=0.3)", ((2, 2, 2), (2, 2, 3), (2, 3, 2))),
    Case("torch.addbmm(x, y, z)", ((2, 2), (3, 2, 3), (3, 3, 2))), Case("torch.trace(x)", ((2, 3),)),
    Case("torch.linalg.cross(x, y)", ((2, 3), (2, 3))),
    Case("torch.linalg.multi_dot([x, y, z])", ((2, 3), (3, 4), (4, 2))),
    Case("torch.linalg.inv(x)", B), Case("torch.linalg.inv(x)", S, dtype="complex128"), Case("torch.linalg.det(x)", B),
    Case("torch.linalg.det(x)", ((4, 4),)), Case("torch.det(x)", S, dtype="complex128"),
    Case("torch.linalg.slogdet(x)", B), Case("torch.linalg.slogdet(x)", S, dtype="complex128", twice=False),
    Case(f"torch.logdet({SPD})", S),
    Case("torch.linalg.solve(x, y)", ((3, 3), (3, 2))), Case("torch.linalg.solve(x, y)", ((2, 3, 3), (2, 3))),
    Case("torch.linalg.solve(x, y, left=False)", ((3, 3), (2, 3))),
    Case("torch.linalg.solve(x, y)", ((3, 3), (3,)), dtype="complex128"),
    Case("torch.linalg.solve_triangular(x, y, upper=True)", ((3, 3), (3, 2))),
    Case("torch.linalg.solve_triangular(x, y, upper=False, unitriangular=True)", ((2, 3, 3), (3, 2))),
    Case("torch.linalg.solve_triangular(x, y, upper=False, left=False)", ((3, 3), (2, 3))),
    Case(f"torch.linalg.cholesky({SPD})", S), Case(f"torch.linalg.cholesky({SPD}, upper=True)", B),
    Case(f"torch.linalg.cholesky({SPD})", S, dtype="complex128"),
    Case("torch.linalg.qr(x)", ((4, 3),), twice=False), Case("torch.linalg.qr(x)", ((2, 4),), twice=False),
    Case("torch.linalg.eigvalsh(x + x.mT)", B),
    Case("torch.linalg.eigvalsh(x + x.mH)", S, dtype="complex128", twice=False),
    Case("torch.linalg.eigh(x + x.mT)[1].abs()", S),
    Case("torch.linalg.svdvals(x)", ((3, 4),)), Case("torch.linalg.svd(x, full_matrices=False)[0].abs()", ((4, 3),)),
    Case("torch.linalg.svd(x, full_matrices=False)[2].abs()", ((2, 4),)),
    Case("torch.linalg.pinv(x)", S), Case("torch.linalg.pinv(x)", ((4, 3),)), Case("torch.linalg.pinv(x)", ((2, 3),)),
    Case("torch.linalg.lstsq(x, y).solution", ((4, 3), (4, 2))),
    Case("torch.linalg.matrix_norm(x)", B), Case("torch.linalg.matrix_norm(x, 'nuc')", S),
    Case("torch.linalg.matrix_norm(x, 1, keepdim=True)", B), Case("torch.linalg.matrix_norm(x, 2)", S),
    Case("torch.linalg.norm(x, float('inf'))", S), Case("torch.linalg.norm(x)", B),
    Case("torch.linalg.matrix_norm(x, -1, (0, 2))", B),
    Case("torch.linalg.matrix_power(x, 3)", S), Case("torch.linalg.matrix_power(x, -2)", S),
    Case("torch.linalg.matrix_exp(x)", B), Case("torch.matrix_exp(x)", S, dtype="complex128", twice=False),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


REFUSED = [
    "torch.linalg.inv(torch.zeros(2, 2))", "torch.linalg.cholesky(-torch.eye(2))",
    "torch.linalg.solve(torch.zeros(2, 2), torch.ones(2))",
    "torch.linalg.inv(torch.ones(2, 3))", "torch.ones(2, 3) @ torch.ones(2, 3)",
    "torch.ones(2, 3).mm(torch.ones(2, 3))",
    "torch.ones(3).dot(torch.ones(2))", "torch.ones(3) @ torch.ones(3, dtype=torch.float64)",
    "torch.mm(torch.ones(3), torch.ones(3))",
    "torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 3, 4))", "torch.ones(2, 3).mv(torch.ones(2))",
    "torch.ones(3, 4, 5) @ torch.ones(2, 5, 3)",
    "torch.tensor(1.) @ torch.ones(2)", "torch.einsum('ij', torch.ones(2))",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_has_torchs_words(text: str) -> None:
    with pytest.raises(RuntimeError) as theirs:
        eval(text, {"torch": torch})
    with pytest.raises(RuntimeError) as ours:
        eval(text, {"torch": refgrad})

    assert str(ours.value) == str(theirs.value)
