"""What people get wrong is refused in torch's words: the class of the error and its first line."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one whose words these are")

CALLS = [
    "ones(2) + ones(3)",
    "ones(2, 3) @ ones(2, 3)",
    "torch.mm(ones(2), ones(2))",
    "torch.bmm(ones(2, 3, 4), ones(3, 4, 5))",
    "torch.bmm(ones(2, 3, 4), ones(2, 3, 5))",
    "torch.matmul(ones(2, 3, 4), ones(3, 4, 5))",
    "torch.mv(ones(2, 3), ones(2))",
    "torch.dot(ones(2), ones(3))",
    "torch.dot(ones(2, 2), ones(3))",
    "ones(2, 3) @ ones(3, 2).double()",
    "ones(2, 3) @ torch.ones(3, 2, dtype=torch.long)",
    "nn.Linear(3, 2)(ones(4, 5))",
    "nn.Linear(3, 2)(ones(4, 3).double())",
    "nn.Linear(3, 2)(np.ones((4, 3)))",
    "nn.Linear(3, 2)()",
    "(leaf(2) * 2).backward()",
    "ones(2).sum().backward()",
    "torch.autograd.grad(leaf(2).sum(), leaf(3))",
    "torch.autograd.grad(leaf(2).sum(), ones(3))",
    "(leaf(2) * 2).backward(ones(3))",
    "(leaf(2) * 2).backward(1.0)",
    "ones(2, 3).sum(2)",
    "ones(2, 3).sum(-3)",
    "ones(2, 3).sum((0, 0))",
    "ones(2)[2]",
    "ones(2)[-3]",
    "ones(2)[0, 0]",
    "torch.tensor(1.)[0]",
    "ones(2)[1.0]",
    "ones(2)[ones(1)]",
    "ones(2)[torch.tensor([5])]",
    "ones(2)['a']",
    "ones(2)[torch.tensor([True, False, True])]",
    "ones(2, 3).view(4)",
    "ones(2, 3).t().view(6)",
    "ones(2, 3).view(-1, -1)",
    "ones(2, 3).view(4, -1)",
    "ones(2, 3).reshape(4, 2)",
    "ones(2).item()",
    "bool(ones(2))",
    "bool(ones(0))",
    "1 if ones(2) > 0 else 2",
    "float(ones(2))",
    "int(ones(2))",
    "len(torch.tensor(1.))",
    "list(torch.tensor(1.))",
    "leaf(2).numpy()",
    "np.asarray(leaf(2))",
    "torch.tensor([1, 2], requires_grad=True)",
    "torch.tensor([1, 2]).requires_grad_()",
    "torch.ones(2, dtype=torch.int32, requires_grad=True)",
    'ones(2).to("foo")',
    'torch.ones(2, device="bar")',
    "torch.ones(2, foo=1)",
    "ones(2).sum(axis=0)",
    "torch.relu(ones(2), 1)",
    'torch.exp("a")',
    "torch.exp(1.0)",
    "torch.exp([1.0])",
    'ones(2) + "a"',
    '"a" + ones(2)',
    "ones(2) + None",
    "ones(2) * [1, 2]",
    "torch.cat([])",
    "torch.cat([ones(2, 3), ones(2, 4)])",
    "torch.cat(ones(2))",
    "torch.stack([ones(2), ones(3)])",
    "torch.stack([1, 2])",
    "ones(2).squeeze(3)",
    "ones(2).unsqueeze(3)",
    "ones(2, 3).transpose(0, 2)",
    "ones(2, 3).permute(0, 0)",
    "ones(2, 3).permute(0)",
    "ones(2, 3, 4).t()",
    "ones(2, 3).expand(4, 3)",
    "ones(2, 3).expand(3)",
    "ones(2, 3).gather(1, torch.tensor([[5]]))",
    "ones(2, 3).gather(1, ones(1, 1))",
    "ones(2, 3).gather(1, torch.tensor([0]))",
    "ones(5).split([2, 2])",
    "ones(5).chunk(0)",
    "F.cross_entropy(ones(2, 3), torch.tensor([1]))",
    "F.cross_entropy(ones(2, 3), torch.tensor([1, 5]))",
    "F.cross_entropy(ones(2, 3), ones(2))",
    "F.nll_loss(ones(2, 3), ones(2, 3))",
    "F.binary_cross_entropy(ones(2) * 2, ones(2))",
    "F.binary_cross_entropy(ones(2), ones(3))",
    "F.binary_cross_entropy_with_logits(ones(2), ones(3))",
    "F.mse_loss(ones(2, 1), ones(3))",
    "F.mse_loss(ones(2), ones(3))",
    'F.mse_loss(ones(2), ones(2), reduction="foo")',
    "F.conv2d(ones(1, 3, 5, 5), ones(2, 4, 3, 3))",
    "F.conv2d(ones(3, 5), ones(2, 3, 3, 3))",
    "F.conv2d(ones(1, 3, 2, 2), ones(2, 3, 3, 3))",
    "F.softmax(ones(2), dim=1)",
    "F.embedding(ones(2), ones(3, 4))",
    "F.embedding(torch.tensor([7]), ones(3, 4))",
    "F.dropout(ones(2), 2.0)",
    "F.layer_norm(ones(2, 3), (4,))",
    "F.batch_norm(ones(1, 3), None, None, training=True)",
    "torch.where(ones(2), 1.0, 2.0)",
    "torch.clamp(ones(2))",
    "torch.arange(1, 0)",
    'ones(2).reshape("a")',
    "torch.tensor([[1, 2], [3]])",
    'torch.tensor("abc")',
    "torch.tensor(None)",
    "torch.tensor([object()])",
    "torch.from_numpy([1])",
    "torch.tensor([1]).sqrt_()",
    "torch.tensor([1]).add_(1.5)",
    "ones(2).copy_(ones(3))",
    "ones(2).add_(ones(3, 2))",
    "torch.tensor([1]).mean()",
    "torch.optim.SGD([], lr=0.1)",
    "torch.optim.SGD(ones(2), lr=0.1)",
    "torch.optim.SGD([leaf(2)], lr=-1)",
    "torch.optim.SGD([leaf(2) * 2], lr=1)",
    "nn.Parameter(torch.tensor([1]))",
    "nn.Linear(2, 2).foo",
    'nn.Linear(2, 2).load_state_dict({"weight": ones(2, 2), "bias": ones(2), "x": ones(1)})',
    "nn.Module()(1)",
    "copy.deepcopy(leaf(2) * 2)",
    "ones(2).register_hook(print)",
    'setattr(leaf(2), "grad", ones(3))',
    'setattr(leaf(2), "grad", 3)',
    'setattr(leaf(2), "grad", ones(2).double())',
    'setattr(leaf(2), "data", 3)',
    "torch.tensor([2]) ** -1",
    "torch.tensor([2]).div_(2)",
    "ones(2) & ones(2)",
    "~ones(2)",
    "-torch.tensor([True])",
    "torch.tensor([True]) - torch.tensor([True])",
    "ones(0).argmax()",
    "ones(0).max()",
    "torch.norm(torch.tensor([1]))",
    "torch.linalg.inv(torch.zeros(2, 2))",
    "torch.linalg.inv(ones(2, 3))",
    "torch.linalg.cholesky(-torch.eye(2))",
    'torch.einsum("ij,jk", ones(2, 3), ones(4, 5))',
    'torch.einsum("ij", ones(2))',
    "ones(3).topk(5)",
    "ones(3).narrow(0, 2, 3)",
    "ones(3).select(0, 5)",
    "torch.tensor(1.).unbind()",
    "(lambda a, b: a)(*ones(3))",
    "ones(2, 3).repeat(2)",
    "ones(2).flip(1)",
    "ones(2).masked_fill(ones(2), 1)",
    "ones(2).scatter(0, torch.tensor([3]), 1.0)",
    "ones(2).index_select(0, torch.tensor([3]))",
    "ones(2).index_add(0, torch.tensor([0]), ones(2))",
    "torch.vmap(torch.add)(ones(2), ones(3))",
    "torch.func.grad(torch.sin)(ones(2))",
    "torch.func.grad(lambda x: x.sum())(torch.tensor([1]))",
    "torch.func.jvp(torch.sin, (ones(2),), (ones(3),))",
    "torch.func.grad(lambda x: x.sum(), argnums=1)(ones(2))",
    "torch.autograd.functional.jacobian(lambda x: 3, ones(2))",
    "torch.autograd.functional.hessian(torch.sin, ones(2))",
    "torch.set_grad_enabled()",
    "torch.bernoulli(ones(2) * 2)",
    "torch.normal(0.0, -1.0, (2,))",
    "torch.multinomial(torch.zeros(2), 1)",
    "torch.randint(3, 1, (2,))",
    "torch.eye(-1)",
    "torch.zeros(-1)",
    "torch.zeros(2.0)",
    "ones(2).foo",
    'setattr(ones(2), "shape", (1,))',
    '"a" in ones(2)',
    'f"{ones(2):.2f}"',
    'f"{torch.tensor(1.5):.2f}"',
    "round(torch.tensor(1.55), 1)",
    "abs(-ones(2))",
    "[1, 2, 3][torch.tensor(1)]",
    "[1, 2, 3][torch.tensor(1.0)]",
    "range(torch.tensor(3))",
    "sum([ones(1), ones(1)])",
    "max(ones(3))",
    "sorted(torch.tensor([3., 1., 2.]))",
    "list(zip(ones(2), ones(2)))",
    "ones(2) + np.ones(2)",
    "math.sqrt(torch.tensor(4.))",
    "(leaf(2) * 1j).sum().backward()",
    "ones(2) == ones(3)",
    "ones(2) == None",
    'ones(2) == "a"',
    "ones(2) < None",
]
"""Calls on `ones` (tensors) and `leaf` (tensors that require grad): most are wrong, a few only look so."""

SAME_CLASS = [
    "ones(2).sum(foo=1)",
    "torch.linspace(0, 1)",
    'torch.from_numpy(np.array(["a"]))',
    "torch.full((2,))",
    "torch.rand(2, foo=1)",
    "torch.randint(3)",
    "torch.arange('a')",
    "torch.eye(2, 'a')",
    "ones(2).view('a')",
    "ones(2).sum('a')",
    "ones(2).sum(1.5)",
    "torch.full((2, 2.5), 1)",
]
"""Here torch lists all its overloads, or talks of C++: the class alone is compared."""


def backward_twice(e: Any) -> None:
    x = e.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


def an_output_is_written(e: Any) -> None:
    y = e.ones(2, requires_grad=True).exp()
    y.add_(1)
    y.sum().backward()


def an_input_is_written(e: Any) -> None:
    w = e.ones(3, 2, requires_grad=True)
    y = e.ones(2, 3, requires_grad=True) @ w
    with e.no_grad():
        w.add_(1)
    y.sum().backward()


def a_leaf_is_written(e: Any) -> None:
    x = e.ones(2, requires_grad=True)
    x += 1


def a_view_of_a_leaf_is_written(e: Any) -> None:
    e.ones(2, requires_grad=True)[0] = 1


def a_result_gives_up_its_gradient(e: Any) -> None:
    y = e.ones(2, requires_grad=True) * 2
    y.requires_grad = False


def a_module_without_init(e: Any) -> None:
    class Model(e.nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            self.layer = e.nn.Linear(1, 1)

    Model()


STORIES = [backward_twice, an_output_is_written, an_input_is_written, a_leaf_is_written, a_view_of_a_leaf_is_written,
           a_result_gives_up_its_gradient, a_module_without_init]  # fmt: skip


def told(engine: Any, run: Callable[[Any], Any]) -> tuple[str, str]:
    """How it ends: the class and the first line of the error, or what came."""
    engine.manual_seed(0)
    try:
        return "no error", repr(run(engine)).replace("refgrad.", "torch.")
    except Exception as error:  # whatever it is, it is compared
        return type(error).__name__, str(error).partition("\n")[0]


def evaluated(call: str) -> Callable[[Any], Any]:
    def run(engine: Any) -> Any:
        names = {
            "torch": engine, "nn": engine.nn, "F": engine.nn.functional, "np": np, "math": math, "copy": copy,
            "ones": engine.ones, "leaf": lambda *size: engine.ones(*size, requires_grad=True),
        }  # fmt: skip
        return eval(call, names)

    return run


@pytest.mark.filterwarnings("ignore")  # some warn first
@pytest.mark.parametrize("call", CALLS)
def test_wrong_calls_are_refused_in_torchs_words(call: str) -> None:
    assert told(refgrad, evaluated(call)) == told(torch, evaluated(call))


@pytest.mark.parametrize("call", SAME_CLASS)
def test_wrong_calls_are_refused_with_torchs_class(call: str) -> None:
    ours, theirs = told(refgrad, evaluated(call)), told(torch, evaluated(call))

    assert ours[0] == theirs[0] != "no error"


@pytest.mark.parametrize("story", STORIES)
def test_wrong_programs_are_refused_in_torchs_words(story: Callable[[Any], Any]) -> None:
    assert told(refgrad, story) == told(torch, story)
