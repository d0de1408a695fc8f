"""What holds for every op that has a derivative, tried on each entry of the suite's catalogue, on small tensors.

The derivatives are those of the difference quotients, at both orders; forward mode is the transpose of reverse mode;
a gradient is linear in what is sent back, and has the shape and the dtype of its input; memory may lie in any order;
empty tensors have empty gradients; laws of the op's own are kept. What is saved, and where NaN and infinity come out,
is in test_every_op_inside.py.
"""

from __future__ import annotations

import functools
import math
import zlib
from typing import Any

import numpy as np
import pytest

import refgrad
from gradspec import catalogue
from gradspec.catalogue.call import function
from gradspec.catalogue.laws import laws
from gradspec.catalogue.model import Op
from gradspec.programs.build import inside
from gradspec.programs.pool import Application, nonempty, with_empty

EACH = pytest.mark.parametrize("op", catalogue.in_order(), ids=lambda op: op.name)
SMALL = 8
"""About so many numbers an application has."""


@functools.cache
def small(op: Op) -> tuple[Application, ...]:
    """Two applications of about SMALL numbers, with different settings where there are some."""
    ways = sorted(nonempty(op), key=lambda a: abs(sum(map(math.prod, a.shapes)) - SMALL))
    other = next((a for a in ways if a.settings != ways[0].settings), ways[-1])
    return ways[0], other


def inputs(application: Application, dtype: str = "float64") -> list[np.ndarray]:
    """Numbers inside the domains and away from kinks, the same at every call."""
    rng = np.random.default_rng(zlib.crc32(application.op.name.encode()))
    near = application.op.kinks
    drawn = []
    for _ in range(100):
        arrays = [rng.uniform(*inside(slot.domain), shape) for slot, shape in slots(application)]
        if not near([a.astype("float32") for a in arrays], application.settings):  # further away than STEP moves
            return [a.astype(dtype) for a in arrays]
        drawn += [arrays] if not near(arrays, application.settings) else []
    return [a.astype(dtype) for a in drawn[0]]  # what is called a kink is a wide stretch of cancellation


def slots(application: Application) -> Any:
    return zip(application.op.slots, application.shapes, strict=True)


def call(application: Application, *tensors: Any) -> Any:
    """The op under refgrad."""
    return function(application.op.torch, "torch")(refgrad, *tensors, **application.settings)


def leaves(arrays: list[np.ndarray]) -> list[Any]:
    return [refgrad.tensor(a, requires_grad=True) for a in arrays]


def direction(arrays: list[np.ndarray], seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, a.shape).astype(a.dtype) for a in arrays]


def gradients(application: Application, arrays: list[np.ndarray], u: np.ndarray) -> list[np.ndarray]:
    """The gradients for one cotangent; zeros where nothing depends on an input."""
    tensors = leaves(arrays)
    y = call(application, *tensors)
    found = refgrad.autograd.grad(y, tensors, refgrad.tensor(u), allow_unused=True) if y.requires_grad else tensors
    if not y.requires_grad:
        return [np.zeros_like(a) for a in arrays]
    return [np.zeros_like(a) if g is None else g.numpy() for g, a in zip(found, arrays, strict=True)]


def cotangent(application: Application, arrays: list[np.ndarray], seed: int = 1) -> np.ndarray:
    y = call(application, *map(refgrad.tensor, arrays)).detach().numpy()
    return np.asarray(np.random.default_rng(seed).uniform(-1, 1, y.shape), y.dtype)


RANKS = frozenset({"linalg.pinv.rtol"})
"""Where torch's rule, and so ours, takes the rank for granted: what is cut off is not differentiated."""


@EACH
def test_derivatives_are_those_of_difference_quotients(op: Op) -> None:
    if op.name in RANKS:
        return
    for application in small(op):
        arrays = inputs(application)
        u, t = cotangent(application, arrays), direction(arrays, 2)
        pulled = sum(np.vdot(g, d) for g, d in zip(gradients(application, arrays, u), t, strict=True))

        def along(s: float) -> float:
            moved = [a + s * d for a, d in zip(arrays, t, strict=True)]
            return float(np.vdot(u, call(application, *map(refgrad.tensor, moved)).numpy()))

        assert pulled == pytest.approx(slope(along), rel=1e-6, abs=1e-7 * max(1.0, abs(along(0.0))))


STEP = 5e-5


def slope(f: Any, h: float = STEP) -> float:
    """The derivative at 0, from six points: off by h^6."""
    return (45 * (f(h) - f(-h)) - 9 * (f(2 * h) - f(-2 * h)) + (f(3 * h) - f(-3 * h))) / (60 * h)


@EACH
def test_second_derivatives_are_those_of_difference_quotients(op: Op) -> None:
    application = small(op)[0]
    arrays = inputs(application)
    u, t, w = cotangent(application, arrays), direction(arrays, 2), direction(arrays, 3)
    tensors = leaves(arrays)
    y = call(application, *tensors)
    if not y.requires_grad:
        return
    pulled = refgrad.autograd.grad(y, tensors, refgrad.tensor(u), create_graph=True, allow_unused=True)
    pairs = [(g, refgrad.tensor(d)) for g, d in zip(pulled, w, strict=True) if g is not None and g.requires_grad]

    def along(s: float) -> float:
        moved = [a + s * d for a, d in zip(arrays, t, strict=True)]
        return float(sum(np.vdot(d, g) for d, g in zip(w, gradients(application, moved, u), strict=True)))

    found = [None] * len(tensors)
    if pairs:
        total = sum((g * d).sum() for g, d in pairs)
        found = refgrad.autograd.grad(total, tensors, allow_unused=True)
    curvature = sum(np.vdot(g.numpy(), d) for g, d in zip(found, t, strict=True) if g is not None)

    assert curvature == pytest.approx(slope(along), rel=1e-6, abs=1e-7 * max(1.0, abs(along(0.0))))


@EACH
def test_forward_mode_is_the_transpose_of_reverse_mode(op: Op) -> None:
    """<u, J v> = <J' u, v>."""
    for application in small(op):
        arrays = inputs(application)
        u, v = cotangent(application, arrays), direction(arrays, 4)
        with refgrad.autograd.forward_ad.dual_level():
            duals = [
                refgrad.autograd.forward_ad.make_dual(refgrad.tensor(a), refgrad.tensor(d))
                for a, d in zip(arrays, v, strict=True)
            ]
            moved = refgrad.autograd.forward_ad.unpack_dual(call(application, *duals)).tangent
        pushed = 0.0 if moved is None else np.vdot(u, moved.numpy())
        pulled = sum(np.vdot(g, d) for g, d in zip(gradients(application, arrays, u), v, strict=True))

        assert pushed == pytest.approx(pulled, rel=1e-10, abs=1e-11)


@EACH
def test_a_gradient_is_linear_in_what_is_sent_back(op: Op) -> None:
    application = small(op)[0]
    arrays = inputs(application)
    u, v = (cotangent(application, arrays, seed) for seed in (5, 6))
    both = gradients(application, arrays, np.asarray(2 * u - 3 * v))

    for g, a, b in zip(both, gradients(application, arrays, u), gradients(application, arrays, v), strict=True):
        np.testing.assert_allclose(g, 2 * a - 3 * b, rtol=1e-9, atol=1e-11 * max(1.0, np.max(np.abs(g), initial=0)))


@EACH
def test_single_precision_stays_single_and_gradients_have_their_inputs_shape(op: Op) -> None:
    application = small(op)[0]
    arrays = inputs(application, "float32")
    tensors = leaves(arrays)
    y = call(application, *tensors)

    assert y.dtype is refgrad.float32 or not y.requires_grad
    if y.requires_grad:
        found = refgrad.autograd.grad(y, tensors, refgrad.ones_like(y), allow_unused=True)
        assert all(g is None or (g.dtype is refgrad.float32 and g.shape == x.shape) for g, x in zip(found, tensors))


@EACH
def test_the_order_in_memory_makes_no_difference(op: Op) -> None:
    if op.name == "view_as_complex":  # which shows memory, and so is particular about it
        return
    for application in small(op):
        arrays = inputs(application)
        u = cotangent(application, arrays)
        turned = [np.asfortranarray(np.repeat(a, 2, -1)[..., ::2] if a.ndim else a) for a in arrays]
        mixed = [
            refgrad.tensor(np.ascontiguousarray(a.T)).permute(*reversed(range(a.ndim))).requires_grad_()
            if a.ndim > 1
            else refgrad.tensor(t, requires_grad=True)
            for a, t in zip(arrays, turned, strict=True)
        ]
        y = call(application, *mixed)
        if not y.requires_grad:
            continue
        found = refgrad.autograd.grad(y, mixed, refgrad.tensor(u), allow_unused=True)

        for g, expected in zip(found, gradients(application, arrays, u), strict=True):
            if g is not None:
                np.testing.assert_allclose(g.numpy(), expected, rtol=1e-12, atol=1e-13)


@EACH
def test_nothing_has_an_empty_gradient(op: Op) -> None:
    for application in with_empty(op)[:2]:
        arrays = inputs(application)
        y = call(application, *map(refgrad.tensor, arrays))

        assert tuple(y.shape) == application.result
        for g, a in zip(gradients(application, arrays, np.ones(y.shape)), arrays, strict=True):
            assert g.shape == a.shape


LAWFUL = [op for op in (*catalogue.in_order(), *catalogue.values.OPS) if laws(op)]


@pytest.mark.parametrize("op", LAWFUL, ids=lambda op: op.name)
def test_laws_are_kept(op: Op) -> None:
    for application in small(op):
        tensors = [refgrad.tensor(a) for a in inputs(application)]
        names = dict(zip("xyz", tensors, strict=False))
        names |= {"f": functools.partial(call, application), "torch": refgrad, **application.settings}
        for law in laws(op):
            left, right = (eval(side, {}, names) for side in law.split(" == "))
            numbers = [np.asarray(getattr(side, "_a", side)) for side in (left, right)]
            np.testing.assert_allclose(*np.broadcast_arrays(*numbers), rtol=1e-9, atol=1e-10, err_msg=law)
