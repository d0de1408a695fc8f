"""Optimisers take the steps that torch's take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one whose steps are taken")

SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True}),
    ("Adam", {"lr": 0.1, "maximize": True}),
]


def trained(engine: Any, kind: str, settings: dict[str, Any], dtype: str) -> list[np.ndarray]:
    start = np.array([[1.0, -2.0], [0.5, 3.0]], dtype)
    w = engine.from_numpy(start).clone().requires_grad_()
    unused = engine.ones(1, requires_grad=True)
    optimizer = getattr(engine.optim, kind)([w, unused], **settings)
    seen = []
    for step in range(10):
        optimizer.zero_grad()
        (w * w * (w + step)).abs().sum().backward()
        optimizer.step()
        seen.append(w.detach().numpy().copy())
    return [*seen, unused.detach().numpy()]


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_ten_steps_are_torchs(kind: str, settings: dict[str, Any], dtype: str) -> None:
    ours, theirs = trained(refgrad, kind, settings, dtype), trained(torch, kind, settings, dtype)

    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11)  # ten steps of a few roundings each


def test_groups_have_settings_of_their_own() -> None:
    a, b = refgrad.ones(1, requires_grad=True), refgrad.ones(1, requires_grad=True)
    optimizer = refgrad.optim.SGD([{"params": a}, {"params": [b], "lr": 0.5}], lr=0.1)
    (a + b).backward()
    optimizer.step()

    assert a.item() == pytest.approx(0.9)
    assert b.item() == 0.5


def test_zero_grad_drops_gradients_or_fills_them_with_zeros() -> None:
    w = refgrad.ones(1, requires_grad=True)
    optimizer = refgrad.optim.SGD([w], lr=0.1)
    (w * 2).backward()
    optimizer.zero_grad(set_to_none=False)
    zeros = w.grad.tolist()
    optimizer.zero_grad()

    assert zeros == [0.0]
    assert w.grad is None


def test_a_step_is_seen_by_the_version_counter_and_stays_out_of_the_graph() -> None:
    w = refgrad.ones(1, requires_grad=True)
    y = w * w
    w.grad = refgrad.ones(1)
    refgrad.optim.SGD([w], lr=0.1).step()

    assert w.is_leaf
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_closure_computes_the_loss_anew() -> None:
    w = refgrad.tensor([2.0], requires_grad=True)
    optimizer = refgrad.optim.SGD([w], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 4.0
    assert w.item() == 1.0


@pytest.mark.parametrize(
    "call",
    [
        "torch.optim.SGD(torch.ones(1))",
        "torch.optim.SGD([])",
        "torch.optim.SGD([torch.ones(1)], lr=-1)",
        "torch.optim.SGD([torch.ones(1)], momentum=-1)",
        "torch.optim.SGD([torch.ones(1)], nesterov=True)",
        "torch.optim.SGD([torch.ones(1, requires_grad=True) * 2])",
        "torch.optim.Adam([torch.ones(1)], eps=-1)",
        "torch.optim.Adam([torch.ones(1)], betas=(0.9, 1.0))",
        "torch.optim.Adam([torch.ones(1)], weight_decay=-1)",
    ],
)
def test_refusals_are_torchs(call: str) -> None:
    texts = []
    for engine in (refgrad, torch):
        with pytest.raises((TypeError, ValueError)) as refused:
            eval(call, {"torch": engine})
        texts.append(f"{type(refused.value).__name__}: {refused.value}")

    assert texts[0] == texts[1]
