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
    ("AdamW", {"lr": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.9, "centered": True, "weight_decay": 0.1}),
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
        "torch.optim.RMSprop([torch.ones(1)], alpha=-1)",
        "torch.optim.SGD([{'params': {w}}])",
        "torch.optim.SGD([3])",
        "torch.optim.SGD([{'params': [w]}, {'params': [w]}])",
        "torch.optim.SGD([w]).load_state_dict(torch.optim.SGD([w, torch.ones(1)]).state_dict())",
        "torch.optim.SGD([torch.ones(1)]).load_state_dict({'param_groups': [], 'state': {}})",
        "torch.optim.lr_scheduler.StepLR(3, 2)",
    ],
)
def test_refusals_are_torchs(call: str) -> None:
    texts = []
    for engine in (refgrad, torch):
        with pytest.raises((TypeError, ValueError)) as refused:
            eval(call, {"torch": engine, "w": engine.ones(1)})
        texts.append(f"{type(refused.value).__name__}: {refused.value}")

    assert texts[0] == texts[1]


def layer_and(engine: Any, kind: str, **settings: Any) -> tuple[Any, Any]:
    engine.manual_seed(0)
    layer = engine.nn.Linear(2, 1)
    return layer, getattr(engine.optim, kind)([{"params": layer.weight, "lr": 0.5}, {"params": layer.bias}], **settings)


def stepped(engine: Any, layer: Any, optimizer: Any) -> list[float]:
    optimizer.zero_grad()
    layer(engine.ones(3, 2)).square().sum().backward()
    optimizer.step()
    return [round(v, 5) for v in (*layer.weight.flatten().tolist(), *layer.bias.tolist())]


@pytest.mark.parametrize(
    ("kind", "settings"), [("SGD", {"momentum": 0.9}), ("SGD", {}), ("AdamW", {}), ("RMSprop", {})]
)
def test_state_is_kept_shown_and_carried_over_as_torchs(kind: str, settings: dict[str, Any]) -> None:
    told = []
    for engine in (refgrad, torch):
        layer, optimizer = layer_and(engine, kind, **settings)
        steps = [stepped(engine, layer, optimizer) for _ in range(2)]
        state = optimizer.state_dict()
        shapes = {i: {name: tuple(v.shape) for name, v in kept.items()} for i, kept in state["state"].items()}
        twin, other = layer_and(engine, kind, lr=0.1)
        twin.load_state_dict(layer.state_dict())
        other.load_state_dict(state)
        told.append((repr(optimizer), repr(other), state["param_groups"], shapes, steps, stepped(engine, twin, other)))

    assert told[0] == told[1]


PLANS = [
    ("StepLR", {"step_size": 2}), ("MultiStepLR", {"milestones": [1, 4]}), ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 4, "eta_min": 0.01}), ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 0.5, lambda epoch: 2.0]}),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "settings"), PLANS)
def test_learning_rates_follow_torchs_plans(plan: str, settings: dict[str, Any]) -> None:
    seen = []
    for engine in (refgrad, torch):
        layer, optimizer = layer_and(engine, "SGD", lr=0.1)
        scheduler = getattr(engine.optim.lr_scheduler, plan)(optimizer, **settings)
        rates = [scheduler.get_last_lr()]
        for _ in range(6):
            stepped(engine, layer, optimizer)
            scheduler.step()
            rates.append(scheduler.get_last_lr())
        seen.append((rates, optimizer.param_groups[0]["initial_lr"], scheduler.last_epoch))

    np.testing.assert_allclose(seen[0][0], seen[1][0], rtol=1e-12)
    assert seen[0][1:] == seen[1][1:]


def test_a_step_that_is_to_be_differentiated_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="cannot be differentiated"):
        refgrad.optim.SGD([refgrad.ones(1)], differentiable=True)
