"""Empty tensors that are padded, memory seen with strides of another dtype, tangents in a layout of their own."""

from __future__ import annotations

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="what is answered here is asked of torch")


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3)])
def test_cumprod_of_nothing_has_two_derivatives(shape):
    x = refgrad.zeros(shape, requires_grad=True)
    (first,) = refgrad.autograd.grad(x.cumprod(0).sum(), x, create_graph=True)
    (second,) = refgrad.autograd.grad(first.sum(), x)
    assert first.shape == second.shape == shape


@pytest.mark.parametrize(
    ("shape", "amounts"),
    [((0, 3), (1, 1)), ((0, 3), (1, 1, 1, 1)), ((2, 3), (-1, -2)), ((3, 4), (2, -1)), ((3,), (-2, 4))],
)
def test_pad_takes_away_and_adds_as_torch_does(shape, amounts):
    found = []
    for engine in (refgrad, torch):
        x = engine.arange(3.0 * shape[-1]).reshape(3, -1)[: shape[0]] if len(shape) == 2 else engine.arange(3.0)
        x = x.detach().clone().requires_grad_()
        out = engine.nn.functional.pad(x, amounts, value=2.0)
        (out * out).sum().backward()
        found.append((list(out.shape), out.tolist(), x.grad.tolist()))
    assert found[0] == found[1]


def test_pad_refuses_what_would_leave_less_than_nothing():
    for engine in (refgrad, torch):
        for shape, amounts in (((3, 0), (2, -1)), ((2, 3), (-2, -2))):
            with pytest.raises(RuntimeError, match="length must be non-negative"):
                engine.nn.functional.pad(engine.zeros(shape), amounts)


@pytest.mark.parametrize("name", ["real part", "its bytes", "narrow window", "complex"])
def test_as_strided_shows_the_memory_that_is_there(name):
    found = []
    for engine in (refgrad, torch):
        x = engine.complex(engine.arange(6.0), engine.ones(6)).requires_grad_()
        shown = {"real part": x.real, "its bytes": engine.view_as_real(x), "narrow window": (x * 1)[1:3], "complex": x}
        out = shown[name].as_strided((2, 2), (2, 1), 0)
        (out.abs() * engine.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
        found.append((out.tolist(), engine.view_as_real(x.grad).reshape(-1).tolist()))
    assert found[0][0] == found[1][0]
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-6)


def test_a_tangent_that_lies_otherwise_is_viewed_as_its_tensor_is():
    x, t = refgrad.arange(6.0).reshape(2, 3), refgrad.ones(1).expand(2, 3)
    value, moved = refgrad.func.jvp(lambda x: x.t().add(1).t().view(6), (x,), (t,))
    assert value.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert moved.tolist() == [1.0] * 6
