"""Drawn faults are slips of every form, the same for one seed, and what they do is what they say."""

from __future__ import annotations

import pytest

import refgrad
from gradspec import catalogue
from gradspec.faults.drawn import FORMS, drawn, made, targets
from gradspec.faults.model import places_of, planted

OPS = list(catalogue.ops().values())


def matrix(*shape, dtype="float64"):
    """The numbers from -1 on."""
    count = refgrad.arange(refgrad.ones(shape).numel(), dtype=refgrad.float64)
    return (count - 1).reshape(shape).to(getattr(refgrad, dtype))


def slopes(function, *inputs):
    """The gradients by each input, with another cotangent for each element of the result."""
    inputs = [x.clone().requires_grad_() for x in inputs]
    out = function(*inputs)
    weights = refgrad.arange(1, out.numel() + 1, dtype=out.dtype).reshape(tuple(out.shape))
    return [None if g is None else g.tolist() for g in refgrad.autograd.grad(out, inputs, weights, allow_unused=True)]


def tanh(x):
    return refgrad.tanh(x)


def test_one_seed_draws_the_same_and_another_others():
    assert [fault.name for fault in drawn(OPS, 20, 3)] == [fault.name for fault in drawn(OPS, 20, 3)]
    assert [fault.name for fault in drawn(OPS, 20, 3)] != [fault.name for fault in drawn(OPS, 20, 4)]


def test_every_form_in_every_op_is_one_fault():
    every = drawn(OPS, 10**6, 0)

    assert len(every) == len({fault.name for fault in every}) == len(FORMS) * len(targets(OPS))
    assert len(targets(OPS)) > 300
    assert all(places_of(refgrad, fault) for fault in every)


SHOWN = {
    "sign": ("tanh", tanh, matrix(2)),
    "thousandth": ("tanh", tanh, matrix(2)),
    "first": ("tanh", tanh, matrix(2)),
    "second": ("mul", lambda x, y: refgrad.mul(x, y), matrix(2), matrix(2)),
    "third": ("lerp", lambda x, y, w: refgrad.lerp(x, y, w), matrix(2), matrix(2) ** 2, matrix(2)),
    "reverse": ("tanh", tanh, matrix(2)),
    "last": ("tanh", tanh, matrix(2)),
    "batch": ("tanh", tanh, matrix(2, 1, 1)),
    "one": ("tanh", tanh, matrix(2, 1)),
    "point": ("tanh", tanh, refgrad.tensor(0.5)),
    "transposed": ("tanh", lambda x: refgrad.tanh(x.t()), matrix(2, 2)),
    "expanded": ("tanh", lambda x: refgrad.tanh(x.expand(2, 2)), matrix(2)),
    "offset": ("tanh", lambda x: refgrad.tanh(x[1:]), matrix(3)),
    "single": ("tanh", tanh, matrix(2, dtype="float32")),
    "half": ("tanh", tanh, matrix(2, dtype="float16")),
    "far": ("tanh", tanh, matrix(9)),
    "zero": ("tanh", tanh, matrix(3)),
    "tie": ("tanh", tanh, matrix(2) * 0),
    "imaginary": ("tanh", tanh, refgrad.tensor([1 + 2j])),
    "option": ("nn.functional.elu", lambda x: refgrad.nn.functional.elu(x, alpha=2.0), matrix(2)),
}


@pytest.mark.parametrize("form", SHOWN)
def test_a_form_bends_the_gradient_where_it_says_so(form):
    target, function, *inputs = SHOWN[form]
    right = slopes(function, *inputs)
    with planted(refgrad, made(form, target)):
        assert slopes(function, *inputs) != right
    with planted(refgrad, made(form, target), harmless=True):
        assert slopes(function, *inputs) == right


@pytest.mark.parametrize("form", ["batch", "one", "point", "transposed", "expanded", "offset", "single", "half", "tie"])
def test_a_form_leaves_a_plain_vector_alone(form):
    right = slopes(tanh, matrix(3))
    with planted(refgrad, made(form, "tanh")):
        assert slopes(tanh, matrix(3)) == right


@pytest.mark.parametrize("form", ["tangent", "curve"])
def test_a_form_of_another_mode_leaves_the_gradient(form):
    right = slopes(tanh, matrix(2))
    with planted(refgrad, made(form, "tanh")):
        assert slopes(tanh, matrix(2)) == right


def test_a_tangent_is_bent():
    def tangent():
        with refgrad.autograd.forward_ad.dual_level():
            dual = refgrad.autograd.forward_ad.make_dual(matrix(2), matrix(2))
            return refgrad.autograd.forward_ad.unpack_dual(tanh(dual)).tangent.tolist()

    right = tangent()
    with planted(refgrad, made("tangent", "tanh")):
        assert tangent() != right


def test_a_curve_is_bent():
    second = refgrad.func.grad(refgrad.func.grad(tanh))
    right = second(refgrad.tensor(0.5)).item()
    with planted(refgrad, made("curve", "tanh")):
        assert second(refgrad.tensor(0.5)).item() != right


def test_of_several_results_each_is_bent():
    with planted(refgrad, made("sign", "topk")):
        assert slopes(lambda x: refgrad.topk(x, 2).values, matrix(3)) == [[0.0, -2.0, -1.0]]
        assert refgrad.topk(matrix(3), 2).indices.tolist() == [2, 1]
