"""Every op of the catalogue is differentiated right: by differences, by its own transpose, twice, and in float32.

The points lie off the kinks; what happens at kinks is in specs/ and in the tests beside this one.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

import refgrad
from gradspec import catalogue
from gradspec.catalogue.call import function
from gradspec.catalogue.model import Op
from gradspec.programs import values
from gradspec.programs.build import inside
from gradspec.programs.pool import Application, nonempty, with_empty

EACH = pytest.mark.parametrize("op", catalogue.in_order(), ids=lambda op: op.name)

ROLES = {"point": 0, "cotangent": 1, "tangent": 2, "other": 3}


def drawn(shape: tuple[int, ...], role: str, index: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """Generic numbers, the same at every call."""
    raw = values.words(values.INPUT, 31 + ROLES[role], index, math.prod(shape))
    return values.generic(raw, low, high).reshape(shape)


def points(application: Application) -> list[np.ndarray]:
    """Arguments inside the op's domain, of size 2 at most where it allows that."""
    made = []
    for n, (shape, slot) in enumerate(zip(application.shapes, application.op.slots, strict=True)):
        low, high = inside(slot.domain)
        made.append(drawn(shape, "point", n, max(low, -2.0), min(high, max(2.0, low + 2.0))))
    return made


@functools.cache
def typical(op: Op) -> Application:
    """A way to apply the op, off its kinks, to few elements but more than one."""
    ways = sorted(nonempty(op), key=lambda a: sum(map(math.prod, a.shapes)))
    smooth = [a for a in ways if not bool(op.kinks(points(a), a.settings))]
    return next((a for a in smooth if max(map(math.prod, a.shapes)) > 2), smooth[-1])


def called(application: Application, *tensors: Any) -> Any:
    """The op in refgrad's words, its random numbers the same every time."""
    refgrad.manual_seed(5)
    return function(application.op.torch, "torch")(refgrad, *tensors, **application.settings)


def leaves(application: Application, dtype: str = "float64") -> list[Any]:
    """The arguments as leaves that want gradients."""
    return [refgrad.tensor(a.astype(dtype), requires_grad=True) for a in points(application)]


def pulled(application: Application, inputs: list[Any], cotangent: np.ndarray) -> list[np.ndarray]:
    """The cotangent pulled back to every argument."""
    out = called(application, *inputs)
    found = refgrad.autograd.grad(out, inputs, refgrad.tensor(cotangent), allow_unused=True)
    return [np.zeros(x.shape) if g is None else g.numpy() for g, x in zip(found, inputs, strict=True)]


@EACH
def test_the_gradient_is_that_of_the_differences(op: Op) -> None:
    application = typical(op)

    assert refgrad.autograd.gradcheck(functools.partial(called, application), leaves(application), fast_mode=True)


@pytest.mark.parametrize("op", [op for op in catalogue.in_order() if op.orders > 1], ids=lambda op: op.name)
def test_so_is_the_gradient_of_the_gradient(op: Op) -> None:
    application = typical(op)
    cotangent = refgrad.tensor(drawn(application.result, "cotangent", 0), requires_grad=True)

    assert refgrad.autograd.gradgradcheck(
        functools.partial(called, application), leaves(application), cotangent, fast_mode=True
    )


@EACH
def test_forward_and_reverse_mode_are_each_others_transpose(op: Op) -> None:
    """<u, J v> = <J' u, v>."""
    application = typical(op)
    primals = [refgrad.tensor(a) for a in points(application)]
    v = [drawn(shape, "tangent", n) for n, shape in enumerate(application.shapes)]
    u = drawn(application.result, "cotangent", 0)

    _, moved = refgrad.func.jvp(
        functools.partial(called, application), tuple(primals), tuple(refgrad.tensor(t) for t in v)
    )
    back = pulled(application, leaves(application), u)
    pushed, against = np.sum(u * moved.numpy()), sum(np.sum(g * t) for g, t in zip(back, v, strict=True))
    scale = np.sum(np.abs(u * moved.numpy())) + 1e-6
    assert abs(pushed - against) <= 1e-10 * scale


@EACH
def test_the_gradient_is_linear_in_the_cotangent(op: Op) -> None:
    application = typical(op)
    u, w = drawn(application.result, "cotangent", 0), drawn(application.result, "other", 0)

    parts = zip(*(pulled(application, leaves(application), c) for c in (u, w, 0.5 * u - 3.0 * w)), strict=True)
    for of_u, of_w, of_both in parts:
        np.testing.assert_allclose(of_both, 0.5 * of_u - 3.0 * of_w, rtol=1e-9, atol=1e-10)


@EACH
def test_single_precision_stays_single(op: Op) -> None:
    application = typical(op)
    inputs = leaves(application, "float32")
    out = called(application, *inputs)
    found = refgrad.autograd.grad(out, inputs, refgrad.ones_like(out), allow_unused=True)

    assert out.dtype is refgrad.float32
    assert all(
        g is None or (g.dtype is refgrad.float32 and g.shape == x.shape) for g, x in zip(found, inputs, strict=True)
    )


PACKED = {"view_as_complex"}  # it wants the two parts of a number next to each other


@pytest.mark.parametrize("op", [op for op in catalogue.in_order() if op.name not in PACKED], ids=lambda op: op.name)
def test_how_the_arguments_lie_in_memory_changes_nothing(op: Op) -> None:
    application = typical(op)
    plain = leaves(application)
    turned = [refgrad.tensor(np.array(a.T, order="C"), requires_grad=True) for a in points(application)]
    u = refgrad.tensor(drawn(application.result, "cotangent", 0))
    lying = [t.permute(*range(t.ndim)[::-1]) if t.ndim else t for t in turned]

    a, b = called(application, *plain), called(application, *lying)
    np.testing.assert_allclose(a.numpy(force=True), b.numpy(force=True), rtol=1e-13, atol=1e-15)
    for g, h in zip(
        refgrad.autograd.grad(a, plain, u, allow_unused=True),
        refgrad.autograd.grad(b, turned, u, allow_unused=True),
        strict=True,
    ):
        if g is not None:
            np.testing.assert_allclose(h.numpy().T, g.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("op", [op for op in catalogue.in_order() if with_empty(op)], ids=lambda op: op.name)
def test_an_empty_argument_has_an_empty_gradient(op: Op) -> None:
    for application in with_empty(op)[:3]:
        inputs = leaves(application)
        out = called(application, *inputs)
        found = refgrad.autograd.grad(out, inputs, refgrad.ones_like(out), allow_unused=True)

        assert tuple(out.shape) == application.result
        assert all(g is None or g.shape == x.shape for g, x in zip(found, inputs, strict=True))


@pytest.mark.parametrize("op", [op for op in catalogue.in_order() if op.complex], ids=lambda op: op.name)
def test_complex_numbers_are_differentiated_too(op: Op) -> None:
    application = typical(op)
    inputs = [
        refgrad.tensor(a + 1j * drawn(a.shape, "other", n), requires_grad=True)
        for n, a in enumerate(points(application))
    ]

    assert refgrad.autograd.gradcheck(functools.partial(called, application), inputs, fast_mode=True)
    assert op.orders < 2 or refgrad.autograd.gradgradcheck(
        functools.partial(called, application), inputs, fast_mode=True
    )
