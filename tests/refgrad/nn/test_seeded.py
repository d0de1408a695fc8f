"""Layers that draw are functions like others once the stream is seeded: their derivatives are those of the differences.

And what holds of any draw, whatever the stream: a dropout's gradient is its own mask, a sample's that of a softmax.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

F = refgrad.nn.functional
DRAWS = {
    "dropout": lambda x: F.dropout(x, 0.25),
    "dropout1d": lambda x: F.dropout1d(x, 0.5),
    "dropout2d": lambda x: F.dropout2d(x[..., None], 0.5),
    "alpha_dropout": lambda x: F.alpha_dropout(x, 0.25, training=True),
    "feature_alpha_dropout": lambda x: F.feature_alpha_dropout(x, 0.25, training=True),
    "rrelu": lambda x: F.rrelu(x, 0.25, 0.5, training=True),
    "gumbel_softmax": lambda x: F.gumbel_softmax(x, tau=0.5),
    "scaled_dot_product_attention": lambda x: F.scaled_dot_product_attention(x, x + 1, x * x, dropout_p=0.25),
    "a sample by its parameters": lambda x: x[0] + x[1].exp() * refgrad.randn(4, dtype=refgrad.float64),
}


def seeded(name: str) -> Any:
    """The layer after the same seed at every call."""

    def function(x: Any) -> Any:
        refgrad.manual_seed(11)
        return DRAWS[name](x)

    return function


def numbers() -> Any:
    values = np.random.default_rng(3).uniform(0.25, 1.5, (2, 3, 4)) * np.where(
        np.arange(24).reshape(2, 3, 4) % 3, 1, -1
    )
    return refgrad.tensor(values, requires_grad=True)


@pytest.mark.parametrize("name", DRAWS)
def test_the_derivatives_of_a_draw_are_those_of_its_differences(name: str) -> None:
    assert refgrad.autograd.gradcheck(seeded(name), numbers(), check_forward_ad=True)
    assert refgrad.autograd.gradgradcheck(seeded(name), numbers())


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_seed_draws_the_same(name: str) -> None:
    first, again = (seeded(name)(numbers()) for _ in range(2))

    np.testing.assert_array_equal(first.detach().numpy(), again.detach().numpy())


@pytest.mark.parametrize("p", [0.0, 0.25, 1.0])
def test_the_gradient_of_dropout_is_its_own_mask(p: float) -> None:
    x = numbers()
    y = F.dropout(x, p)
    y.sum().backward()

    np.testing.assert_allclose(x.grad.numpy(), np.where(y.detach().numpy() == 0, 0.0, 1 / (1 - p) if p < 1 else 0.0))


def test_the_slope_of_rrelu_is_the_one_it_drew() -> None:
    x = numbers()
    y = F.rrelu(x, 0.25, 0.5, training=True)
    y.sum().backward()

    np.testing.assert_allclose(x.grad.numpy(), (y / x).detach().numpy())


def test_a_gumbel_sample_has_the_gradient_of_the_softmax_that_it_is() -> None:
    x, u = numbers(), refgrad.tensor(np.random.default_rng(4).uniform(size=(2, 3, 4)))
    y = F.gumbel_softmax(x, tau=0.5)
    (found,) = refgrad.autograd.grad(y, x, u)
    s, v = y.detach().numpy(), u.numpy()

    np.testing.assert_allclose(found.numpy(), s * (v - (s * v).sum(-1, keepdims=True)) / 0.5)


def test_a_hard_sample_is_one_of_the_corners_and_has_the_gradient_of_the_soft_one() -> None:
    x, found = numbers(), []
    for hard in (False, True):
        refgrad.manual_seed(7)
        y = F.gumbel_softmax(x, hard=hard)
        found.append(refgrad.autograd.grad((y * refgrad.arange(4.0)).sum(), x)[0].numpy())

    assert sorted(set(y.detach().numpy().round(12).ravel())) == [0.0, 1.0]
    np.testing.assert_allclose(*found)
