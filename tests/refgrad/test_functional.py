"""torch.autograd.functional: products with Jacobians and Hessians of functions of tensors."""

import pytest

import refgrad as torch

AF = torch.autograd.functional


def T(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64)


def f(x, y):
    return x**2 * y  # Jacobians 2xy and x^2


def test_products_from_both_sides():
    inputs = (T(1.0, 2.0), T(3.0, 4.0))

    assert [g.tolist() for g in AF.vjp(f, inputs, T(10.0, 100.0))[1]] == [[60.0, 1600.0], [10.0, 400.0]]
    assert AF.jvp(f, inputs, (T(10.0, 100.0), T(1.0, 1.0)))[1].tolist() == [61.0, 1604.0]


@pytest.mark.parametrize("options", [{}, {"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}])
def test_the_jacobian_is_the_same_by_every_strategy(options):
    found = AF.jacobian(f, (T(1.0, 2.0), T(3.0, 4.0)), **options)

    assert [j.tolist() for j in found] == [[[6.0, 0.0], [0.0, 16.0]], [[1.0, 0.0], [0.0, 4.0]]]


@pytest.mark.parametrize("options", [{}, {"vectorize": True, "outer_jacobian_strategy": "forward-mode"}])
def test_the_hessian_is_nested_input_by_input(options):
    found = AF.hessian(lambda x, y: x**2 * y**3, (T(2.0), T(3.0)), **options)

    assert [[h.item() for h in row] for row in found] == [[54.0, 108.0], [108.0, 72.0]]


def test_hessian_products():
    def g(x):
        return (x[0] * x[1] ** 2).sum()  # H = [[0, 2b], [2b, 2a]]

    x, v = T(3.0, 5.0), T(1.0, 10.0)

    assert AF.hvp(g, x, v)[1].tolist() == AF.vhp(g, x, v)[1].tolist() == [100.0, 70.0]


def test_an_input_without_influence_gets_zeros_or_in_strict_mode_an_error():
    def first(x, y):
        return x * 2

    assert AF.jacobian(first, (T(2.0), T(3.0, 4.0)))[1].tolist() == [0.0, 0.0]
    with pytest.raises(RuntimeError, match="Output 0 of the user-provided function is independent of input 1"):
        AF.jacobian(first, (T(2.0), T(3.0)), strict=True)


def test_create_graph_lets_the_result_be_differentiated():
    x = T(2.0).requires_grad_()
    j = AF.jacobian(lambda x: x**3, x, create_graph=True)

    assert torch.autograd.grad(j, x)[0].item() == 12.0
    assert not AF.jacobian(lambda x: x**3, x).requires_grad
    assert x.grad is None


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: AF.jacobian(lambda x: x, 3.0),
            TypeError,
            "The inputs given to jacobian must be either a Tensor or a tuple",
        ),
        (
            lambda: AF.vjp(lambda x: x, T(1.0, 2.0)),
            RuntimeError,
            "The vector v can only be None if the user-provided function",
        ),
        (
            lambda: AF.vjp(lambda x: x, T(1.0, 2.0), T(1.0)),
            RuntimeError,
            "v has invalid size: should be torch.Size([2]) but got",
        ),
        (
            lambda: AF.hessian(lambda x: x * x, T(1.0, 2.0)),
            RuntimeError,
            "given to hessian should contain a single element",
        ),
        (
            lambda: AF.jacobian(lambda x: x, T(1.0), strategy="sideways"),
            AssertionError,
            "Expected strategy to be either",
        ),
    ],
)
def test_what_is_refused(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
