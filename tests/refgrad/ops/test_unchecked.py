"""Factorisations that report what failed, older names of others, and `unique`: all as torch has them."""

from __future__ import annotations

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that results are compared with")

GOOD = np.array([[[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0], [2.0, 5.0]]])
SINGULAR = np.array([[[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0], [2.0, 4.0]]])
RIGHT = np.array([[[1.0, 2.0], [3.0, -1.0]]] * 2)

CALLS = {
    "inv_ex": lambda m, a: m.linalg.inv_ex(a),
    "solve_ex": lambda m, a: m.linalg.solve_ex(a, m.tensor(RIGHT)),
    "solve_ex from the right": lambda m, a: m.linalg.solve_ex(a, m.tensor(RIGHT), left=False),
    "solve_ex of vectors": lambda m, a: m.linalg.solve_ex(a, m.tensor(RIGHT[0])),
    "cholesky_ex": lambda m, a: m.linalg.cholesky_ex(a),
    "cholesky_ex upper": lambda m, a: m.linalg.cholesky_ex(a, upper=True),
    "lu_factor_ex": lambda m, a: m.linalg.lu_factor_ex(a),
    "ldl_factor_ex": lambda m, a: m.linalg.ldl_factor_ex(a),
    "svd": lambda m, a: m.svd(a)[1:2],
    "svd without vectors": lambda m, a: m.svd(a, compute_uv=False),
    "qr": lambda m, a: m.qr(a),
    "lu": lambda m, a: m.Tensor.lu(a, get_infos=True),
}


def both(call, array):
    return [call(m, m.tensor(array, requires_grad=array.dtype.kind == "f")) for m in (refgrad, torch)]


@pytest.mark.filterwarnings("ignore:torch.(qr|lu) is deprecated")
@pytest.mark.parametrize("name", CALLS)
def test_results_and_gradients_are_torchs(name):
    ours, theirs = both(CALLS[name], GOOD)

    assert type(ours).__name__ == type(theirs).__name__
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-15)
        assert str(a.dtype) == str(b.dtype)
    if name != "ldl_factor_ex" and ours[0].requires_grad:
        grads = []
        for m in (refgrad, torch):
            x = m.tensor(GOOD, requires_grad=True)
            CALLS[name](m, x)[0].square().sum().backward()
            grads.append(x.grad.numpy())
        np.testing.assert_allclose(*grads, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", ["inv_ex", "solve_ex", "solve_ex of vectors", "cholesky_ex", "lu_factor_ex"])
def test_what_fails_is_named_and_the_other_matrices_are_right(name):
    ours, theirs = both(CALLS[name], SINGULAR)

    assert ours.info.tolist() == theirs.info.tolist() == [0, 2]
    np.testing.assert_allclose(ours[0][0].detach().numpy(), theirs[0][0].detach().numpy(), rtol=1e-12)
    assert name == "lu_factor_ex" or np.isnan(ours[0][1].detach().numpy()).all()


@pytest.mark.parametrize("name", ["inv_ex", "cholesky_ex", "lu_factor_ex"])
def test_errors_are_checked_where_asked(name):
    for m in (refgrad, torch):
        with pytest.raises(RuntimeError, match=rf"linalg.{name}: \(Batch element 1\): "):
            getattr(m.linalg, name)(m.tensor(SINGULAR), check_errors=True)


@pytest.mark.parametrize("hermitian", [False, True])
def test_ldl_solves_what_it_factored(hermitian):
    a = np.array([[1.0, 2 + 1j, 0.5], [2 - 1j if hermitian else 2 + 1j, 0.0, 1.0], [0.5, 1.0, -2.0]])
    for m in (refgrad, torch):
        factor = m.linalg.ldl_factor(m.tensor(a), hermitian=hermitian)
        np.testing.assert_allclose(
            m.linalg.ldl_solve(*factor, m.tensor(a), hermitian=hermitian).numpy(), np.eye(3), atol=1e-14
        )
        with pytest.raises(RuntimeError, match="derivative for aten::linalg_ldl_factor_ex is not implemented"):
            m.linalg.ldl_factor(m.tensor(GOOD, requires_grad=True)).LD.sum().backward()


@pytest.mark.parametrize(("some", "shapes"), [(True, [(2, 2), (2,), (3, 2)]), (False, [(2, 2), (2,), (3, 3)])])
def test_svd_returns_v_itself(some, shapes):
    a = refgrad.arange(6.0, dtype=refgrad.float64).reshape(2, 3)
    u, s, v = refgrad.svd(a, some=some)

    assert [tuple(t.shape) for t in (u, s, v)] == shapes
    np.testing.assert_allclose((u * s @ v[:, :2].mT).numpy(), a.numpy(), atol=1e-14)


UNIQUE = [
    ([3.0, 1.0, 1.0, float("nan"), 3.0, float("nan")], {}),
    ([[1, 2], [1, 2], [0, 1]], {"dim": 0}),
    ([[1, 1, 2], [3, 3, 4]], {"dim": 1}),
    ([[1, 2], [2, 2], [0, 0]], {}),
    ([], {}),
]


@pytest.mark.parametrize("name", ["unique", "unique_consecutive"])
@pytest.mark.parametrize(("data", "settings"), UNIQUE)
def test_the_distinct_are_torchs(name, data, settings):
    found = [
        getattr(m, name)(m.tensor(data), return_inverse=True, return_counts=True, **settings) for m in (refgrad, torch)
    ]
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
        assert str(a.dtype) == str(b.dtype)


@pytest.mark.parametrize("name", ["unique", "unique_consecutive"])
def test_the_distinct_have_no_derivative(name):
    for m in (refgrad, torch):
        with pytest.raises(NotImplementedError, match="the derivative for '(_unique2|unique_consecutive)' is not"):
            getattr(m, name)(m.tensor([1.0, 2.0], requires_grad=True)).sum().backward()


@pytest.mark.parametrize("offset", [-1, 0, 2])
@pytest.mark.parametrize("name", ["tril_indices", "triu_indices"])
def test_the_places_of_a_triangle_are_torchs(name, offset):
    for shape in ((3, 4), (4, 2), (0, 2)):
        assert getattr(refgrad, name)(*shape, offset).tolist() == getattr(torch, name)(*shape, offset).tolist()
    assert getattr(refgrad, name)(2, 2, dtype=refgrad.int32).dtype is refgrad.int32
