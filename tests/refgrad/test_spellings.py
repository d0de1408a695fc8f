"""torch's other names for the same: layers as functions of torch, methods as functions, activations in place."""

from __future__ import annotations

import pytest

import refgrad
from refgrad import spellings

torch = pytest.importorskip("torch", reason="torch is the one whose names these are")


@pytest.mark.parametrize("name", [*spellings.LAYERS, *spellings.IN_PLACE])
def test_torch_has_the_name_too(name: str) -> None:
    assert callable(getattr(torch, name))
    assert callable(getattr(refgrad, name))


@pytest.mark.parametrize("name", [*spellings.ALIASES, *(f"{name}_" for name in spellings.WRITTEN)])
def test_torchs_tensors_have_the_method_too(name: str) -> None:
    assert callable(getattr(torch.Tensor, name))
    assert callable(getattr(refgrad.Tensor, name))


ACTIVATIONS = ["relu", "relu6", "leaky_relu", "elu", "selu", "celu", "hardtanh", "hardsigmoid", "hardswish", "silu",
               "mish", "rrelu"]  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_writes_into_its_input_and_its_gradient_is_the_same(name: str) -> None:
    found = []
    for engine in (refgrad, torch):
        x = engine.tensor([-2.0, -0.3, 0.4, 3.0], dtype=engine.float64, requires_grad=True)
        y = x * 1.5
        z = getattr(engine.nn.functional, name)(y, inplace=True)
        assert z is y
        z.sum().backward()
        found.append((z.tolist(), x.grad.tolist()))

    (ours, our_gradient), (theirs, their_gradient) = found
    assert ours == pytest.approx(theirs)
    assert our_gradient == pytest.approx(their_gradient, rel=1e-6)


@pytest.mark.parametrize("name", ["relu_", "leaky_relu_", "elu_", "selu_", "celu_", "hardtanh_", "rrelu_"])
def test_the_underscore_says_in_place(name: str) -> None:
    x = refgrad.tensor([-2.0, 3.0])
    y = getattr(refgrad.nn.functional, name)(x)

    assert y is x
    assert x.tolist() == pytest.approx(getattr(torch.nn.functional, name)(torch.tensor([-2.0, 3.0])).tolist())


def test_a_leaf_may_not_be_written() -> None:
    x = refgrad.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        refgrad.nn.functional.elu(x, inplace=True)
