"""Reading the graph: what nodes are called, which inputs they show, and what they return when called."""

import gc

import pytest

import refgrad as torch


def test_a_node_of_one_edge_is_one_object_for_the_garbage_collector():
    x = torch.ones(4, requires_grad=True)
    node = torch.sin(x * 2.0).grad_fn
    inner = node._lone
    known = [node.recipe, inner.recipe, inner, x, node.saved, node._shape, inner._shape]  # a shape is soon let go

    tracked = [o for n in (node, inner) for o in gc.get_referents(n) if gc.is_tracked(o) and not isinstance(o, type)]

    assert [o for o in tracked if not any(o is k for k in known)] == []


def test_the_nodes_of_a_chain_share_one_shape():
    x = torch.ones(4, requires_grad=True)
    node = torch.sin(x * 2.0).grad_fn
    sums = torch.sin(x * 2.0).sum(0, keepdim=True).grad_fn

    assert node._shape is node._lone._shape
    assert (sums._shape, sums._lone._shape) == ((1,), (4,))


def test_all_that_a_node_lists_as_saved_can_be_read():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    product, total = (x * 3.0).grad_fn, x.sum(0).grad_fn

    saved = {name: getattr(product, name) for name in dir(product) if name.startswith("_saved_")}
    assert (saved["_saved_self"], saved["_saved_other"]) == (None, 3.0)
    assert (total._saved_dim, total._saved_keepdim) == (0, False)
    with pytest.raises(AttributeError, match="_saved_result"):
        _ = product._saved_result


def names(*results):
    return [t.grad_fn.name() for t in results]


def test_a_power_is_named_after_the_place_of_its_number():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert names(x**2, x**x, 2**x) == ["PowBackward0", "PowBackward1", "PowBackward2"]
    assert names(torch.pow(2, x), x.clone().pow_(2), x.clone().pow_(x)) == [
        "PowBackward2", "PowBackward0", "PowBackward1",
    ]  # fmt: skip


@pytest.mark.parametrize(("op", "stem"), [("sum", "Sum"), ("mean", "Mean"), ("prod", "Prod")])
def test_a_reduction_along_a_dimension_is_an_overload_of_its_own(op, stem):
    x = torch.ones(2, 3, requires_grad=True)
    assert names(getattr(x, op)(), getattr(x, op)(0)) == [f"{stem}Backward0", f"{stem}Backward1"]


def test_the_number_of_a_power_is_no_input_of_its_node():
    x = torch.tensor(3.0, requires_grad=True)
    assert len((x**2).grad_fn.next_functions) == 1
    assert len((2**x).grad_fn.next_functions) == 1
    assert len((x * 2).grad_fn.next_functions) == 2  # torch makes a tensor of this one


def test_a_hook_sees_the_inputs_that_its_node_shows():
    x = torch.tensor(3.0, requires_grad=True)
    y = x**2
    seen = []

    def double(grad_inputs, grad_outputs):
        seen.append((len(grad_inputs), len(grad_outputs)))
        return tuple(g * 2 for g in grad_inputs)

    y.grad_fn.register_hook(double)
    y.backward()
    assert (seen, x.grad.item()) == ([(1, 1)], 12.0)


def test_a_called_node_returns_one_gradient_for_each_input_it_shows():
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(5.0, requires_grad=True)
    assert (x**2).grad_fn(torch.tensor(1.0)).item() == 6.0
    assert (1**y).grad_fn(torch.tensor(1.0)).item() == 0.0
    assert [g.item() for g in (x * y).grad_fn(torch.tensor(10.0))] == [50.0, 30.0]
    assert (x * torch.tensor(5.0)).grad_fn(torch.tensor(1.0))[1] is None
    assert x.grad is None


def test_a_number_to_the_power_of_a_tensor_has_its_derivative_in_both_modes():
    y = torch.tensor([0.0, 3.0], dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad((2**y).sum(), y)
    assert g.tolist() == pytest.approx([0.6931471805599453, 5.545177444479562], rel=1e-15)
    moved = torch.func.jvp(lambda y: 2**y, (y.detach(),), (torch.ones(2, dtype=torch.float64),))[1]
    assert moved.tolist() == g.tolist()


def test_a_node_shows_what_torchs_nodes_show():
    theirs = pytest.importorskip("torch", reason="torch is the one whose names these are")
    shown = []
    for engine in (torch, theirs):
        y = engine.ones(2, requires_grad=True) * 2
        shown.append([name for name in dir(y.grad_fn) if not name.startswith("_")])

    assert shown[0] == shown[1]


def test_a_custom_functions_node_shows_what_is_on_ctx():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mine = 3
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    node = Double.apply(torch.ones(1, requires_grad=True)).grad_fn

    assert {"mine", "next_functions", "needs_input_grad"} <= set(dir(node))
    assert {"_nexts", "_seq", "_rare"}.isdisjoint(dir(node))
    assert repr(node).startswith("<torch.autograd.function.DoubleBackward object at ")
