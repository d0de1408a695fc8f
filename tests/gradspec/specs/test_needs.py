from __future__ import annotations

import ast

import pytest

from gradspec.backends.protocol import CAPABILITIES
from gradspec.specs.needs import WORDS, needs


@pytest.mark.parametrize(
    ("check", "asked"),
    [
        ("torch.tanh(torch.tensor(1.0))", set()),
        ("x = torch.tensor(1.0, requires_grad=True)", {"tape"}),
        ("torch.autograd.grad(y, x)", {"tape"}),
        ("x.grad", {"tape"}),
        ("torch.func.grad(f)(x)", {"func"}),
        ("from torch.func import grad\ngrad(f)(x)", {"func"}),
        ("torch.autograd.functional.vjp(f, x)", {"func"}),
        ("x.register_hook(f)", {"hooks"}),
        ("class F(torch.autograd.Function): pass", {"function"}),
        ("x.add_(1)", {"in-place"}),
        ("torch.add(x, y, out=z)", {"in-place"}),
        ("x[0] = 1", {"in-place"}),
        ("x = torch.ones(2)\nx += 1", {"in-place"}),
        ("seen = {}\nseen['a'] = 1", set()),
        ("n = 0\nn += 1", set()),
        ("a = np.zeros(2)\na[0] = 1", set()),
        ("x.__class__", set()),
        ("with torch.no_grad(): pass", {"modes"}),
        ("x.detach()", {"modes"}),
        ("from torch.autograd import forward_ad\nforward_ad.make_dual(x, t)", {"forward-ad"}),
        ("import torch.autograd.forward_ad as fwAD", {"forward-ad"}),
        ("x = torch.tensor(1j)", {"complex"}),
        ("torch.zeros(2, dtype=torch.complex64)", {"complex"}),
        ("x._base is y", {"views"}),
        ("x.numpy()", {"numpy"}),
        ("torch.from_numpy(a)", {"numpy"}),
        ("torch.manual_seed(0)", {"random"}),
        ("np.random.rand(2)", set()),
        ("print(x)", {"print"}),
        ("print('done')", set()),
        ("repr(x)", {"print"}),
        ("str(x)", {"print"}),
        ("try:\n    f()\nexcept RuntimeError as e:\n    said = str(e)", set()),
        ("Variable(x, volatile=True)", {"tape", "legacy"}),
        ("def f(grad):\n    return grad * 2", set()),
    ],
)
def test_what_a_check_asks_for(check: str, asked: set[str]) -> None:
    assert needs(ast.parse(check)) == asked | {"ops"}


def test_words_ask_for_known_capabilities_and_each_for_one() -> None:
    words = [word for words in WORDS.values() for word in words.split()]
    assert set(WORDS) <= set(CAPABILITIES)
    assert len(words) == len(set(words))
