"""Factors beyond Cholesky's and Q R: L U, eigenvectors, reflections, full singular vectors, as torch has them."""

from __future__ import annotations

import numpy as np
import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

S, B, TALL, WIDE = ((3, 3),), ((2, 3, 3),), ((4, 3),), ((2, 4),)
C = "complex128"
FACTORED = "torch.linalg.lu_solve(*torch.linalg.lu_factor(x), y"
CASES = [
    *[Case("torch.linalg.lu(x)", shape) for shape in (S, B, TALL, WIDE)], Case("torch.linalg.lu(x)", TALL, dtype=C),
    *[Case("torch.linalg.lu_factor(x)", shape) for shape in (S, TALL, ((2, 2, 4),))],
    Case("torch.linalg.lu_factor(x)", S, dtype=C), Case("torch.lu_unpack(*torch.linalg.lu_factor(x))", TALL),
    Case("torch.lu_solve(y, *torch.linalg.lu_factor(x))", ((3, 3), (3, 2))),
    Case(f"{FACTORED}, left=False)", ((3, 3), (2, 3)), dtype=C),
    Case(f"{FACTORED}, adjoint=True)", ((2, 3, 3), (3, 2)), dtype=C),
    Case(f"{FACTORED}, left=False, adjoint=True)", ((3, 3), (2, 3)), dtype=C),
    Case("torch.linalg.eig(x)[0].abs(), torch.linalg.eig(x)[1].abs()", S),
    Case("torch.linalg.eig(x)[1].abs()", S, dtype=C), Case("torch.linalg.eigvals(x).real.sum()", S, dtype=C),
    Case("torch.linalg.eigvals(x).abs().sort()[0]", B),
    Case("torch.linalg.eigh(x + x.mH)[1].abs()", S, dtype=C),
    Case("torch.linalg.householder_product(x, y)", ((4, 3), (3,))),
    Case("torch.linalg.householder_product(x, y)", ((4, 3), (2,)), dtype=C),
    Case("torch.linalg.householder_product(x, y)", ((2, 4, 3), (2, 2))),
    Case("torch.ormqr(x, y, z)", ((4, 3), (3,), (4, 2))),
    Case("torch.ormqr(x, y, z, left=False)", ((4, 3), (3,), (2, 4)), dtype=C),
    Case("torch.ormqr(x, y, z, transpose=True)", ((4, 3), (3,), (4, 2)), dtype=C),
    Case("torch.linalg.svd(x)[1], torch.linalg.svd(x)[0][:, :3].abs()", TALL),
    Case("torch.linalg.svd(x)[2][:2].abs()", WIDE),
    Case("torch.linalg.svd(x, full_matrices=False)[0].abs()", TALL, dtype=C),
    Case("torch.linalg.svd(x, full_matrices=False)[2].abs()", ((2, 3),), dtype=C),
    *[Case("torch.linalg.qr(x)", shape, dtype=kind) for shape in (TALL, WIDE) for kind in (C, "float64")],
    Case("torch.linalg.cholesky(x @ x.mH + 3 * torch.eye(3, dtype=x.dtype), upper=True)", S, dtype=C),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


REFUSED = [
    "torch.linalg.lu(x[0])", "torch.linalg.lu(x.long())", "torch.linalg.lu(x, pivot=False)",
    "torch.linalg.lu_factor(torch.zeros(2, 2))", "torch.linalg.lu_factor(torch.zeros(3, 2, 2))",
    "torch.linalg.eig(x[:2])", "torch.linalg.eig(z)[1].real.sum().backward()",
    "torch.linalg.eigh(z + z.mH)[1].real.sum().backward()", "torch.linalg.svd(z)[0].real.sum().backward()",
    "torch.linalg.householder_product(x, torch.ones(4))", "torch.linalg.householder_product(x[:2], torch.ones(3))",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_has_torchs_words(text: str) -> None:
    said = []
    real = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    turned = real + 1j * real.T
    for engine in (torch, refgrad):
        names = {"torch": engine, "x": engine.tensor(real, requires_grad=True)}
        with pytest.raises((RuntimeError, NotImplementedError)) as refused:
            eval(text, names | {"z": engine.tensor(turned, requires_grad=True)})
        said.append((type(refused.value).__mro__[-3:], str(refused.value)))

    assert said[0][1] == said[1][1]


def test_vectors_beyond_the_singular_values_get_no_gradient() -> None:
    """torch.linalg.svd: they are arbitrary, and their gradient is ignored."""
    x = refgrad.randn(4, 3, dtype=refgrad.float64, requires_grad=True)
    refgrad.linalg.svd(x).U[:, 3].sum().backward()

    assert not x.grad.numpy().any()


def test_the_first_derivatives_of_complex_eigenvectors_have_their_own() -> None:
    x = refgrad.randn(3, 3, dtype=refgrad.complex128, requires_grad=True)

    assert refgrad.autograd.gradgradcheck(lambda x: refgrad.linalg.eig(x)[1].abs(), (x,))
