"""Modules find their parameters, call their functions, and begin with torch's numbers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import refgrad
from refgrad import nn

torch = pytest.importorskip("torch", reason="torch is the one whose modules these are")


def twins(make: str) -> tuple[Any, Any]:
    """The module that `make` says, as refgrad's and as torch's, from the same seed."""
    made = []
    for engine in (refgrad, torch):
        engine.manual_seed(0)
        made.append(eval(make, {"nn": engine.nn, "OrderedDict": OrderedDict}))
    return made[0], made[1]


MAKES = [
    "nn.Linear(3, 2)",
    "nn.Linear(3, 2, bias=False)",
    "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))",
    "nn.Sequential(OrderedDict(first=nn.Flatten(), second=nn.Linear(3, 2)))",
    "nn.ModuleList([nn.Identity(), nn.Linear(2, 2)])",
]


@pytest.mark.parametrize("make", MAKES)
def test_parameters_have_torchs_names_values_and_order(make: str) -> None:
    ours, theirs = twins(make)

    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    assert [*ours.state_dict()] == [*theirs.state_dict()]


@pytest.mark.parametrize("make", [*MAKES, "nn.LeakyReLU()", "nn.Softmax(dim=1)", "nn.MSELoss()", "nn.Dropout(0.2)"])
def test_modules_print_as_torchs(make: str) -> None:
    ours, theirs = twins(make)

    assert repr(ours) == repr(theirs)


ACTIVATIONS = [
    "CELU(0.5)", "ELU()", "GELU()", "GELU('tanh')", "Hardshrink()", "Hardsigmoid()", "Hardswish()", "Hardtanh(-2, 2)",
    "LeakyReLU(0.1)", "LogSigmoid()", "LogSoftmax(1)", "Mish()", "ReLU()", "ReLU6()", "SELU()", "SiLU()", "Sigmoid()",
    "Softmax(dim=1)", "Softmin(1)", "Softplus(2)", "Softshrink()", "Softsign()", "Tanh()", "Tanhshrink()",
    "Threshold(0.1, 20)", "Identity()", "Flatten()",
]  # fmt: skip


@pytest.mark.parametrize("make", ACTIVATIONS)
def test_activations_compute_what_torchs_compute(make: str) -> None:
    ours, theirs = twins(f"nn.{make}")
    x = np.linspace(-4, 4, 12).reshape(3, 4)

    np.testing.assert_allclose(
        ours(refgrad.from_numpy(x)).numpy(), theirs(torch.from_numpy(x)).numpy(), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize(
    "kind", ["BCELoss", "BCEWithLogitsLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss", "SmoothL1Loss"]
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.filterwarnings("ignore:reduction:UserWarning")  # KLDivLoss advises another reduction
def test_losses_compute_what_torchs_compute(kind: str, reduction: str) -> None:
    x, y = np.linspace(0.1, 0.9, 6).reshape(2, 3), np.linspace(0.8, 0.2, 6).reshape(2, 3)
    ours, theirs = (
        getattr(engine.nn, kind)(reduction=reduction)(engine.from_numpy(x), engine.from_numpy(y)).numpy()
        for engine in (refgrad, torch)
    )

    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(refgrad.tensor(3.0))
        self.inner = nn.Linear(2, 1)
        self.register_buffer("count", refgrad.zeros(1))
        self.register_buffer("scratch", refgrad.zeros(1), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.weight * self.inner(x)


def test_attributes_are_found_by_their_kind() -> None:
    m = Scale()

    assert [name for name, _ in m.named_parameters()] == ["weight", "inner.weight", "inner.bias"]
    assert [name for name, _ in m.named_buffers()] == ["count", "scratch"]
    assert [*m.state_dict()] == ["weight", "count", "inner.weight", "inner.bias"]
    assert [name for name, _ in m.named_modules()] == ["", "inner"]
    assert list(m.children()) == [m.inner]


def test_parameters_are_replaced_by_parameters_or_none_alone() -> None:
    m = Scale()
    with pytest.raises(TypeError, match="cannot assign 'int' as parameter 'weight'"):
        m.weight = 3
    m.weight = None
    del m.inner

    assert list(m.parameters()) == []
    with pytest.raises(AttributeError, match="'Scale' object has no attribute 'inner'"):
        m.inner


def test_a_module_without_init_says_so() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.weight = nn.Parameter(refgrad.ones(1))

    with pytest.raises(AttributeError, match=r"cannot assign parameters before Module.__init__\(\) call"):
        Forgetful()


def test_a_shared_parameter_is_one_parameter() -> None:
    a = nn.Linear(2, 2)
    b = nn.Linear(2, 2)
    b.weight = a.weight

    assert len(list(nn.Sequential(a, b).parameters())) == 3


def test_a_state_dict_is_loaded_by_names() -> None:
    a, b = Scale(), Scale()
    b.load_state_dict(a.state_dict())
    with pytest.raises(RuntimeError, match=r"Missing key\(s\) in state_dict"):
        b.load_state_dict({})

    assert b.inner.weight.tolist() == a.inner.weight.tolist()
    assert b.inner.weight.requires_grad


def test_training_mode_and_flags_reach_every_module() -> None:
    m = nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 1)).eval()
    x = refgrad.ones(4, 2)

    assert not m[0].training
    assert m[0](x).tolist() == x.tolist()
    assert not any(p.requires_grad for p in m.requires_grad_(False).parameters())


def test_gradients_are_cleared() -> None:
    m = Scale()
    m(refgrad.ones(1, 2)).sum().backward()
    m.zero_grad(set_to_none=False)
    zeros = m.weight.grad.item()
    m.zero_grad()

    assert zeros == 0.0
    assert m.weight.grad is None


def test_conversion_changes_parameters_in_place() -> None:
    m = Scale()
    weight = m.weight

    assert m.double().weight is weight
    assert weight.dtype is refgrad.float64


def test_forward_hooks_see_and_replace_input_and_output() -> None:
    m, seen = nn.Identity(), []
    before = m.register_forward_pre_hook(lambda module, args: args[0] + 1)
    after = m.register_forward_hook(lambda module, args, out: seen.append(args) or out * 2)
    with before, after:
        out = m(1)

    assert (out, seen) == (4, [(2,)])
    assert m(1) == 1


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"])
def test_initial_numbers_are_torchs(name: str) -> None:
    drawn = []
    for engine in (refgrad, torch):
        engine.manual_seed(3)
        weight = engine.empty(3, 4, dtype=engine.float64, requires_grad=True)
        drawn.append(getattr(engine.nn.init, name)(weight).tolist())

    np.testing.assert_allclose(*drawn, rtol=1e-15)
