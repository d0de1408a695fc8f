"""What the catalogue says of each op's memory is what torch and the reference do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradspec import catalogue
from gradspec.catalogue import graph, memory, refused
from gradspec.catalogue.call import function
from gradspec.catalogue.model import Op
from gradspec.programs import values
from gradspec.programs.build import inside
from gradspec.programs.pool import Application, nonempty

ENGINES = ("torch", "refgrad")
KNOWN = [op for op in catalogue.in_order() if memory.fresh(op) or op.name in memory.VIEWS]
WRITTEN = [op for op in KNOWN if op.name in memory.IN_PLACE]


def a_few(op: Op, count: int = 5) -> tuple[Application, ...]:
    options = nonempty(op)
    return options[:: max(1, len(options) // count)]


def arguments(torch: Any, application: Application) -> tuple[list[Any], list[Any]]:
    """Leaves inside the domains, and copies of them that may be written."""
    leaves = []
    for n, (shape, slot) in enumerate(zip(application.shapes, application.op.slots, strict=True)):
        numbers = values.generic(values.words(values.INPUT, 11, n, math.prod(shape)), *inside(slot.domain))
        leaves.append(torch.tensor(numbers.reshape(shape), requires_grad=True))
    return leaves, [x * 1 for x in leaves]


def engine(name: str) -> Any:
    return pytest.importorskip(name, reason="one of the engines that are looked at")


def refuses(torch: Any, application: Application, template: str, written: int | None) -> bool:
    """Does backward refuse when argument number `written` (None: the result) is written after the call?"""
    leaves, args = arguments(torch, application)
    result = function(template, "torch")(torch, *args, **application.settings)
    with torch.no_grad():
        (result if written is None else args[written]).detach().mul_(1)
    try:
        torch.autograd.grad(result, leaves, torch.ones_like(result).detach(), allow_unused=True)
    except RuntimeError as error:
        return "modified by an inplace operation" in str(error)
    return False


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("op", KNOWN, ids=lambda op: op.name)
def test_what_is_said_to_be_free_is_not_kept(op: Op, name: str) -> None:
    torch = engine(name)
    for application in a_few(op):
        if not memory.keeps_arguments(op) and op.name not in memory.VIEWS:
            assert not any(refuses(torch, application, op.torch, n) for n in range(op.arity))
        if not memory.keeps_result(op) and op.name not in memory.VIEWS:
            assert not refuses(torch, application, op.torch, None)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("op", KNOWN, ids=lambda op: op.name)
def test_a_result_has_its_own_memory_unless_it_is_a_view(op: Op, name: str) -> None:
    torch = engine(name)
    for application in a_few(op):
        _, args = arguments(torch, application)
        result = function(op.torch, "torch")(torch, *args, **application.settings)
        shared = any(np.shares_memory(result.detach().numpy(), x.detach().numpy()) for x in args)
        assert shared == (op.name in memory.VIEWS)


@pytest.mark.parametrize("op", [op for op in KNOWN if op.name in memory.VIEWS], ids=lambda op: op.name)
def test_a_view_shows_the_elements_that_it_is_said_to(op: Op) -> None:
    torch = engine("torch")
    for application in nonempty(op):
        places = np.arange(math.prod(application.shapes[0])).reshape(application.shapes[0])
        result = function(op.torch, "torch")(torch, torch.tensor(places), **application.settings)

        assert result.numpy().tolist() == memory.VIEWS[op.name](places, **application.settings).tolist()


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("op", WRITTEN, ids=lambda op: op.name)
def test_an_op_in_place_has_the_same_value_and_gradient(op: Op, name: str) -> None:
    torch = engine(name)
    template = memory.in_place(op)
    assert not template.startswith("{0}.copy_")
    ways = [a for a in nonempty(op) if a.result == a.shapes[0]]
    for application in ways[:: max(1, len(ways) // 4)]:
        found = []
        for words in (op.torch, template):
            leaves, args = arguments(torch, application)
            result = function(words, "torch")(torch, *args, **application.settings)
            gradients = torch.autograd.grad(result, leaves, torch.ones_like(result).detach())
            found.append([result.detach().numpy(), *(g.numpy() for g in gradients)])
        for plain, written in zip(*found, strict=True):
            np.testing.assert_allclose(written, plain, rtol=1e-12, atol=1e-14)
        if not memory.keeps_result(op):
            assert not refuses(torch, application, template, None)


def test_an_op_that_nobody_knows_may_keep_everything_and_be_a_view() -> None:
    unknown = Op("unknown", "torch.unknown({0})", catalogue.get("neg").slots, catalogue.get("neg").shape)

    assert memory.keeps_arguments(unknown)
    assert memory.keeps_result(unknown)
    assert not memory.fresh(unknown)


def test_ops_about_the_graph_have_names_of_their_own() -> None:
    assert not {op.name for op in (*graph.OPS, *refused.OPS)} & catalogue.ops().keys()


def test_the_words_in_place() -> None:
    assert memory.in_place(catalogue.get("relu")) == "{0}.relu_()"
    assert memory.in_place(catalogue.get("addcmul")) == "{0}.addcmul_({1}, {2}, value={value})"
    assert memory.in_place(catalogue.get("softmax")) == "{0}.copy_(torch.softmax({0}, dim={dim}))"
    assert memory.in_place(catalogue.get("assign")) == "{0}.copy_({1})"
