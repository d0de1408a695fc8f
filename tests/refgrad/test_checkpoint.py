"""Checkpointing recomputes what backward needs, with reentry and without, as torch does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one whose checkpoints these are")


def network(engine: Any) -> tuple[Any, Any]:
    engine.manual_seed(0)
    nn = engine.nn
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 1)), engine.ones(
        2, 3, requires_grad=True
    )


def double(engine: Any, call: Callable[..., Any]) -> Any:
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    (g,) = engine.autograd.grad(call(lambda x: x.sin() * x, x, use_reentrant=False).sum(), x, create_graph=True)
    return engine.autograd.grad(g.sum(), x)


def backward(engine: Any, call: Callable[..., Any], **how: Any) -> Any:
    model, x = network(engine)
    y = call(model, x, **how)
    y.sum().backward()
    return y, x.grad, [p.grad for p in model.parameters()], engine.rand(1)


def with_names(engine: Any, call: Callable[..., Any]) -> Any:
    x = engine.ones(2, requires_grad=True)
    call(lambda a, b, c: a * b["k"] * c, x, {"k": engine.ones(2)}, c=3.0, use_reentrant=False).sum().backward()
    return x.grad


def twice(engine: Any, call: Callable[..., Any]) -> Any:
    x = engine.ones(2, requires_grad=True)
    y = call(lambda x: x.exp() * x, x, use_reentrant=False).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


def nested(engine: Any, call: Callable[..., Any]) -> Any:
    x = engine.ones(2, requires_grad=True)
    y = call(lambda x: call(lambda z: z.sin() * z, x, use_reentrant=False).exp(), x, use_reentrant=False)
    y.sum().backward()
    return y, x.grad


def fickle(engine: Any, call: Callable[..., Any]) -> Any:
    runs = []

    def run(x: Any) -> Any:
        runs.append(1)
        return x.sin() if len(runs) == 1 else x.sin() * x.cos()

    call(run, engine.ones(1, requires_grad=True), use_reentrant=False).backward()


def reentrant_grad(engine: Any, call: Callable[..., Any]) -> Any:
    x = engine.ones(1, requires_grad=True)
    return engine.autograd.grad(call(lambda x: x * x, x, use_reentrant=True), x)


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "without reentry": lambda e, c: backward(e, c, use_reentrant=False),
    "with reentry": lambda e, c: backward(e, c, use_reentrant=True),
    "its own numbers": lambda e, c: backward(e, c, use_reentrant=False, preserve_rng_state=False)[0],
    "twice differentiated": double,
    "dicts and names": with_names,
    "two backwards": twice,
    "nested": nested,
    "grad with reentry": reentrant_grad,
    "names with reentry": lambda e, c: c(lambda x, k: x, e.ones(1), k=1, use_reentrant=True),
    "no grad": lambda e, c: no_grad(e, c),
}


def no_grad(engine: Any, call: Callable[..., Any]) -> Any:
    with engine.no_grad():
        return call(lambda x: x * x, engine.ones(1, requires_grad=True), use_reentrant=False)


@pytest.mark.parametrize("run", CALLS.values(), ids=CALLS)
def test_checkpoints_are_torchs(run: Callable[[Any, Any], Any]) -> None:
    told = []
    for engine in (refgrad, torch):
        from torch.utils import checkpoint as theirs

        from refgrad.utils import checkpoint as ours

        try:
            told.append(repr(run(engine, (ours if engine is refgrad else theirs).checkpoint)))
        except Exception as error:  # whatever it is, it is compared
            told.append(f"{type(error).__name__}: {error}")
    assert told[0] == told[1]


def test_segments_one_after_another_are_torchs() -> None:
    told = []
    for engine in (refgrad, torch):
        model, x = network(engine)
        from torch.utils import checkpoint as theirs

        from refgrad.utils import checkpoint as ours

        call = (ours if engine is refgrad else theirs).checkpoint_sequential
        y = call(model, 2, x, use_reentrant=False)
        y.sum().backward()
        told.append(repr((y, x.grad)))
    assert told[0] == told[1]


def test_what_is_said_of_reentry_is_asked_for() -> None:
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        refgrad.utils.checkpoint.checkpoint(lambda x: x * x, refgrad.ones(1, requires_grad=True))


def test_a_second_run_that_saves_something_else_is_refused() -> None:
    with pytest.raises(refgrad.utils.checkpoint.CheckpointError, match="A different number of tensors was saved"):
        fickle(refgrad, refgrad.utils.checkpoint.checkpoint)


def test_nothing_but_the_arguments_is_kept_for_backward() -> None:
    x = refgrad.ones(3, requires_grad=True)
    kept: list[Any] = []

    def inner(x: Any) -> Any:
        y = x.exp()
        kept.append(id(y))
        return y * y

    y = refgrad.utils.checkpoint.checkpoint(inner, x, use_reentrant=False)

    assert len(kept) == 1
    y.sum().backward()
    assert len(kept) == 2
    assert x.grad.tolist() == pytest.approx([14.7781121978613] * 3, rel=1e-6)  # 2 e^2
