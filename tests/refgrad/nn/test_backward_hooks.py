"""Backward hooks of modules see what torch's see, and replace what torch's replace."""

from __future__ import annotations

from typing import Any

import pytest

import refgrad
from refgrad import nn

torch = pytest.importorskip("torch", reason="torch is the one whose modules these are")


def plain(gradients: tuple[Any, ...]) -> list[Any]:
    return [None if g is None else g.tolist() for g in gradients]


class Scaled(nn.Module):
    """x * by + shift."""

    def forward(self, x, by, shift=0.0):
        return x * by + shift, by


@pytest.mark.parametrize("engine", [refgrad, torch])
def test_gradients_of_both_sides_in_the_order_of_the_arguments(engine):
    seen = []
    module = type("Scaled", (engine.nn.Module,), {"forward": Scaled.forward})()
    module.register_full_backward_hook(lambda module, gi, go: seen.append((plain(gi), plain(go))))
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    out, _ = module(x, 3.0, 1.0)
    (out * 5).sum().backward()

    assert seen == [([[15.0, 15.0], None, None], [[5.0, 5.0], None])]


@pytest.mark.parametrize("engine", [refgrad, torch])
def test_hooks_replace_gradients_one_after_the_other(engine):
    layer = engine.nn.Identity()
    layer.register_full_backward_pre_hook(lambda module, go: (go[0] * 2,))
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0] + go[0],))
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0] * 10,))
    x = engine.tensor([1.0], requires_grad=True)
    layer(x).backward(engine.tensor([3.0]))

    assert x.grad.tolist() == [(6.0 + 6.0) * 10]


def test_a_hook_that_was_removed_leaves_the_graph_alone():
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0] * 10,)).remove()
    x = refgrad.tensor([1.0], requires_grad=True)

    assert layer(x) is x


@pytest.mark.parametrize("engine", [refgrad, torch])
def test_gradients_that_go_through_a_hooked_module_can_be_differentiated(engine):
    class Cube(engine.nn.Module):
        def forward(self, x):
            return x**3

    seen = []
    cube = Cube()
    cube.register_full_backward_hook(lambda module, gi, go: seen.append(plain(gi)))
    x = engine.tensor(2.0, requires_grad=True)
    (g,) = engine.autograd.grad(cube(x), x, create_graph=True)
    (h,) = engine.autograd.grad(g, x)

    assert (g.item(), h.item(), seen) == (12.0, 12.0, [[12.0]])


@pytest.mark.parametrize("engine", [refgrad, torch])
def test_without_inputs_that_require_grad_the_hook_comes_with_the_outputs(engine):
    seen = []
    layer = engine.nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda module, gi, go: seen.append((plain(gi), plain(go))))
    out = layer(engine.ones(1, 1))
    with pytest.warns(UserWarning, match="Full backward hook is firing when gradients are computed"):
        out.sum().backward()

    assert seen == [([None], [[[1.0]]])]


@pytest.mark.parametrize("engine", [refgrad, torch])
def test_the_number_of_returned_gradients_must_fit(engine):
    layer = engine.nn.Identity()
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0], gi[0]))
    out = layer(engine.ones(1, requires_grad=True))

    with pytest.raises(
        RuntimeError, match="Backward hook returned an invalid number of grad_input, got 2, but expected 1"
    ):
        out.backward()


@pytest.mark.parametrize("engine", [refgrad, torch])
@pytest.mark.parametrize(("first", "second"), [("", "full_"), ("full_", "")])
def test_the_old_hook_and_the_new_are_not_mixed(engine, first, second):
    layer = engine.nn.Identity()
    getattr(layer, f"register_{first}backward_hook")(lambda *_: None)

    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks"):
        getattr(layer, f"register_{second}backward_hook")(lambda *_: None)


@pytest.mark.parametrize("engine", [refgrad, torch])
def test_the_old_hook_sees_the_last_operation(engine):
    class Last(engine.nn.Module):
        def forward(self, x):
            return (x * 2).exp()

    seen = []
    last = Last()
    last.register_backward_hook(lambda module, gi, go: seen.append((plain(gi), plain(go))))
    x = engine.zeros(1, requires_grad=True)
    out = last(x.clone()) if engine is refgrad else _quiet(last, x.clone())
    out.backward(engine.tensor([5.0]))

    assert (seen, x.grad.tolist()) == ([([[5.0]], [[5.0]])], [10.0])


def _quiet(module: Any, x: Any) -> Any:
    with pytest.warns(FutureWarning, match="multiple autograd Nodes"):
        return module(x)
