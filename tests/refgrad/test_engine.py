"""The walk back through the graph: order, accumulation, freeing, memory."""

import gc
import weakref

import pytest

import refgrad as torch


def leaf(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64, requires_grad=True)


def test_a_diamond_is_walked_once():
    seen, x = [], leaf(1.0)
    a = x * 2
    b, c = a * 3, a * 4
    d = b + c
    for name, t in {"a": a, "b": b, "c": c, "d": d}.items():
        t.grad_fn.register_prehook(lambda g, name=name: seen.append(name))
    d.backward()

    assert seen == ["d", "c", "b", "a"]
    assert x.grad.item() == 14.0


def test_a_chain_of_100000_operations_survives():
    x = y = leaf(1.0)
    for _ in range(100_000):
        y = y * 1.0
    y.backward()

    assert x.grad.item() == 1.0


@pytest.mark.parametrize(
    "make",
    [
        lambda x: (x * x).exp().sum(),
        lambda x: x.clone().mul_(2).view(-1)[0].sin(),
        lambda x: torch.autograd.grad(x.exp().sum(), x, create_graph=True)[0].sum(),
        lambda x: torch.stack([x, x * 2]).unbind()[0].tanh().sum(),
    ],
    ids=["ops", "views and writes", "double backward", "many outputs"],
)
def test_dropping_the_output_frees_the_graph_with_the_garbage_collector_off(make):
    gc.collect()
    gc.disable()
    try:
        y = make(leaf(1.0, 2.0))
        nodes, ahead = [], [y.grad_fn]
        while ahead:
            node = ahead.pop()
            nodes.append(weakref.ref(node))
            ahead.extend(n for n, _ in node.next_functions if n is not None)
        del node, ahead, y

        assert [ref() for ref in nodes if ref() is not None] == []
    finally:
        gc.enable()


def test_backward_frees_saved_tensors_and_retain_graph_keeps_them():
    x = leaf(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()

    assert x.grad.item() == 8.0
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_what_saved_nothing_can_be_walked_again():
    x = leaf(1.0, 2.0)
    y = (x + 1).sum()
    y.backward()
    y.backward()

    assert x.grad.tolist() == [2.0, 2.0]


def test_a_gradient_handed_to_two_leaves_is_not_shared_between_them():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + b).sum().backward()
    a.grad.mul_(10)

    assert b.grad.tolist() == [1.0, 1.0]


def test_a_gradient_that_a_hook_keeps_is_not_written():
    kept, x = torch.ones(2, dtype=torch.float64), leaf(1.0, 2.0)
    for _ in range(2):
        y = x.exp()
        y.grad_fn.register_hook(lambda gi, go: (kept,))
        (y + x).sum().backward()

    assert kept.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [4.0, 4.0]


def test_the_cotangent_is_not_written_by_accumulation():
    x, seed = leaf(1.0, 2.0), torch.ones(2, dtype=torch.float64)
    x.backward(seed)
    x.backward(seed)

    assert seed.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_first_gradient_has_its_leafs_strides_if_it_leaves_no_gaps():
    turned = torch.ones(3, 4).t().requires_grad_()
    sliced = torch.ones(4, 4)[:, ::2].requires_grad_()
    (turned * 2).sum().backward()
    (sliced * 2).sum().backward()

    assert turned.grad.stride() == (1, 4)
    assert sliced.grad.stride() == (2, 1)


def test_a_frozen_leaf_gets_nothing():
    x = leaf(1.0)
    y = x * 3
    x.requires_grad_(False)
    y.backward()

    assert x.grad is None


def test_grad_dtype_decides_what_arrives():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad_dtype = torch.float16
    (x * 3).sum().backward()

    assert x.grad.dtype is torch.float16
    assert x.dtype is torch.float32


def test_backward_inside_backward_keeps_its_own_books():
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            with torch.enable_grad():
                z = ctx.saved_tensors[0].detach().requires_grad_()
                (z**2).backward()
            return g * z.grad

    x = leaf(3.0)
    Inner.apply(x).backward()

    assert x.grad.item() == 6.0


def test_checkpoint_runs_the_function_again_with_the_same_random_numbers():
    drawn, x = [], leaf(1.0, 2.0)

    def noisy(x):
        drawn.append(torch.rand(2, dtype=torch.float64))
        return (x * drawn[-1]).sum()

    torch.utils.checkpoint.checkpoint(noisy, x, use_reentrant=False).backward()

    assert len(drawn) == 2
    assert drawn[0].tolist() == drawn[1].tolist() == x.grad.tolist()
