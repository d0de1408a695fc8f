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
        shapes = ((3,), (3,), (3, 3), (2, 3, 3))
        leaves = [(engine.arange(1.0 + 9 * len(s)) / 20)[: 3 ** min(len(s), 2)] for s in shapes]
        leaves = [
            x.expand(s) if len(s) == 1 else x[:9].reshape(3, 3).expand(s) for x, s in zip(leaves, shapes, strict=True)
        ]
        leaves = [x.clone().requires_grad_() for x in leaves]
        out = call(engine, *leaves)
        grads = engine.autograd.grad(out, leaves, engine.ones_like(out), allow_unused=True)
        found.append((edges(out.grad_fn), [g is not None and g.reshape(-1).tolist() for g in (out.detach(), *grads)]))
    assert found[0][0] == found[1][0]
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        assert ours == (theirs and pytest.approx(theirs, rel=1e-5))
