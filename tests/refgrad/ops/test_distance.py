"""Distances of points: near ones keep their digits, and pairs are weighed as norms of differences are."""

import numpy as np
import pytest

import refgrad
from refgrad.autograd import grad, gradcheck, gradgradcheck
from refgrad.linalg import vector_norm

AWAY = 1e8


def _points(*shape):
    return refgrad.tensor(np.random.default_rng(sum(shape)).standard_normal(shape), requires_grad=True)


def test_near_points_far_from_the_origin_keep_their_distance():
    """|x|^2 + |y|^2 - 2 x y would say 0: the squares are 1e16, and their digits end at 2."""
    x = refgrad.tensor([[AWAY, AWAY], [AWAY + 0.5, AWAY]] * 20, dtype=refgrad.float64)
    assert refgrad.cdist(x, x)[0, 1].item() == 0.5
    assert refgrad.nn.functional.pdist(x)[0].item() == 0.5


def test_near_points_are_pulled_towards_each_other_with_unit_force():
    x = refgrad.tensor([[AWAY], [AWAY + 0.5]], dtype=refgrad.float64, requires_grad=True)
    (pulled,) = grad(refgrad.cdist(x, x).sum(), x)
    assert pulled.tolist() == [[-2.0], [2.0]]  # each pair is there twice


@pytest.mark.parametrize(("one", "other"), [((3, 2), (4, 2)), ((2, 3, 2), (4, 2)), ((2, 1, 3, 2), (5, 4, 2))])
def test_distances_and_their_gradients_are_those_of_differences(one, other):
    x, y = _points(*one), _points(*other)
    found, wanted = refgrad.cdist(x, y), vector_norm(x.unsqueeze(-2) - y.unsqueeze(-3), 2, -1)
    assert np.allclose(found.detach(), wanted.detach(), rtol=1e-15)
    weights = _points(*found.shape).detach()
    for a, b in zip(grad(found, (x, y), weights), grad(wanted, (x, y), weights), strict=True):
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=1e-13)


def test_second_derivatives_are_those_of_finite_differences():
    x, y = _points(2, 3, 2), _points(4, 2)
    assert gradcheck(refgrad.cdist, (x, y), check_forward_ad=True)
    assert gradgradcheck(refgrad.cdist, (x, y))
    assert gradgradcheck(refgrad.nn.functional.pdist, (_points(4, 3),))


def test_a_point_has_no_pull_on_itself():
    x = refgrad.ones(3, 2, requires_grad=True)
    assert grad(refgrad.cdist(x, x).sum(), x)[0].tolist() == [[0.0, 0.0]] * 3
