"""x[...] and x[...] = v: what they are called in the graph, how they lie in memory, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one that names the nodes and words the errors")

ALL = slice(None)
KEYS = [
    0, (0, 0), slice(1, 2), ALL, ..., (), None, (None, 0), (0, None), (ALL, 0), (0, ALL), (ALL, ALL), (slice(0, 9), 1),
    (..., None), (None, slice(1, 2), None), (slice(1, 2), None, 0), (None, ALL), (0, ...), slice(-2, None),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_view_is_named_and_lies_in_memory_as_torch_s(key: Any) -> None:
    ours, theirs = ((e.ones(3, 4, 5, requires_grad=True) * 1)[key] for e in (refgrad, torch))

    assert type(ours.grad_fn).__name__ == type(theirs.grad_fn).__name__
    assert tuple(ours.shape) == tuple(theirs.shape)
    steps = zip(ours.shape, ours.stride(), theirs.stride(), strict=True)
    assert all(step == want for size, step, want in steps if size != 1)  # with one element there is no step to take


def test_a_new_dimension_has_torch_s_stride() -> None:
    assert refgrad.ones(3, 4)[None].stride() == torch.ones(3, 4)[None].stride() == (12, 4, 1)
    assert refgrad.ones(3, 4)[..., None].stride() == torch.ones(3, 4)[..., None].stride() == (4, 1, 1)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_write_hangs_its_tensor_where_torch_does(key: Any) -> None:
    ours, theirs = (e.ones(3, 4, 5, requires_grad=True) * 1 for e in (refgrad, torch))
    for engine, x in ((refgrad, ours), (torch, theirs)):
        x[key] = engine.ones(5 if x[key].ndim and x[key].shape[-1] == 5 else 1, requires_grad=True)

    assert type(ours.grad_fn).__name__ == type(theirs.grad_fn).__name__


@pytest.mark.parametrize(
    ("shape", "key", "value"),
    [
        ((2,), ALL, (3,)),
        ((2,), ALL, (3, 2)),
        ((2,), 0, (2,)),
        ((2,), [0, 1], (3,)),
        ((2, 2), [0, 1], (3,)),
        ((2, 3), (0, [0, 1]), (1, 1, 3)),
        ((), ALL, (1,)),
    ],
)
def test_values_that_do_not_fit_are_refused_in_torch_s_words(shape: Any, key: Any, value: Any) -> None:
    said = []
    for engine in (refgrad, torch):
        with pytest.raises((RuntimeError, IndexError)) as refused:
            engine.zeros(shape)[key] = engine.ones(value)
        said.append((refused.type, str(refused.value)))

    assert said[0] == said[1]


def test_leading_ones_of_a_value_are_no_obstacle_and_come_back_in_its_gradient() -> None:
    value = refgrad.tensor([[[1.0, 2.0]]], requires_grad=True)
    for key in (0, [0]):
        y = refgrad.zeros(2, 2)
        y[key] = value
        y.sum().backward()

    assert value.grad.tolist() == [[[2.0, 2.0]]]


def test_an_expansion_that_repeats_nothing_may_be_written() -> None:
    x = refgrad.ones(3)
    x.expand(1, 3).add_(1)

    assert x.tolist() == [2.0, 2.0, 2.0]
    assert refgrad.ones(1, 3).expand(2, 1, 3).stride() == torch.ones(1, 3).expand(2, 1, 3).stride()
