"""What torch computes in one op is one node here too, of torch's name and with as many edges."""

from __future__ import annotations

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="the names are torch's")

CALLS = {
    "addmm": lambda torch, x, y, m, b: torch.addmm(m, m, m, beta=2, alpha=3),
    "addmv": lambda torch, x, y, m, b: torch.addmv(x, m, x),
    "addr": lambda torch, x, y, m, b: torch.addr(m, x, x),
    "addbmm": lambda torch, x, y, m, b: torch.addbmm(m, b, b),
    "baddbmm": lambda torch, x, y, m, b: torch.baddbmm(b, b, b),
    "addmm_": lambda torch, x, y, m, b: m.clone().addmm_(m, m),
    "baddbmm_": lambda torch, x, y, m, b: b.clone().baddbmm_(b, b),
    "clamp_min": lambda torch, x, y, m, b: x.clamp_min(0.06),
    "clamp_max": lambda torch, x, y, m, b: x.clamp_max(0.06),
    "clamp_min of tensors": lambda torch, x, y, m, b: x.clamp_min(y.flip(0)),
    "clamp_max_ of tensors": lambda torch, x, y, m, b: x.clone().clamp_max_(y.flip(0)),
    "clamp between tensors": lambda torch, x, y, m, b: (3 * x).clamp(y, y.flip(0)),
    "rsub": lambda torch, x, y, m, b: 1 - x,
    "rsub of tensors": lambda torch, x, y, m, b: torch.rsub(x, y),
    "a number over a tensor": lambda torch, x, y, m, b: 2 / x,
    "remainder": lambda torch, x, y, m, b: x % 0.04,
    "cumprod_": lambda torch, x, y, m, b: x.clone().cumprod_(0),
}


def edges(node):
    """The names on the way to a leaf, each with the number of its edges."""
    names = []
    while node is not None:
        names.append((node.name(), len(node.next_functions)))
        node = next((to for to, _ in node.next_functions if to is not None), None)
    return names


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nodes_are_torchs(call):
    found = []
    for engine in (refgrad, torch):
        leaves = [engine.arange(1.0, 1.0 + n) / 20 for n in (3, 3, 9, 18)]
        leaves = [x.reshape(shape) for x, shape in zip(leaves, ((3,), (3,), (3, 3), (2, 3, 3)), strict=True)]
        leaves = [x.detach().requires_grad_() for x in leaves]
        out = call(engine, *leaves)
        grads = engine.autograd.grad(out, leaves, engine.ones_like(out), allow_unused=True)
        found.append((edges(out.grad_fn), [g is not None and g.reshape(-1).tolist() for g in (out.detach(), *grads)]))
    assert found[0][0] == found[1][0]
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        assert ours == (theirs and pytest.approx(theirs, rel=1e-5))
