"""Hooks: on what is saved, on what flows, and in which order they run."""

import pytest

import refgrad as torch

graph = torch.autograd.graph


def leaf(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64, requires_grad=True)


def test_backward_computes_with_what_unpack_returns():
    a, b = leaf(2.0), leaf(3.0)
    with graph.saved_tensors_hooks(lambda t: t.detach() * 10, lambda t: t):
        y = a * b
    y.backward()

    assert (a.grad.item(), b.grad.item()) == (30.0, 20.0)


def test_an_unpacked_tensor_keeps_its_place_in_the_graph():
    x = leaf(2.0)
    with graph.saved_tensors_hooks(lambda t: t.numpy(force=True), lambda kept: torch.tensor(kept)):
        y = (x * 1) ** 3 + x * x
    (g,) = torch.autograd.grad(y, x, create_graph=True)

    assert g.item() == 3 * 4 + 2 * 2
    assert torch.autograd.grad(g, x)[0].item() == 6 * 2 + 2


def test_an_unpacked_output_keeps_its_place_too():
    x = leaf(1.0)
    with graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: t):
        y = x.exp()
    (g,) = torch.autograd.grad(y, x, create_graph=True)

    assert torch.autograd.grad(g, x)[0].item() == pytest.approx(2.718281828459045, rel=1e-15)


def test_only_the_innermost_pair_acts_and_only_inside_its_block():
    seen = []
    x = leaf(2.0)

    def packing(name):
        return graph.saved_tensors_hooks(lambda t: (seen.append(name), t.detach())[1], lambda t: t)

    with packing("outer"):
        with packing("inner"):
            x.exp()
        x.exp()
    x.exp()

    assert seen == ["inner", "outer"]


def test_pack_may_not_write():
    with (
        graph.saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t),
        pytest.raises(RuntimeError, match="A saved tensor pack hook is modifying its input in place"),
    ):
        leaf(1.0).exp()


def test_unpack_must_return_a_tensor():
    x = leaf(2.0)
    with graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: 3):
        y = x * x
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.backward()


def test_disabled_hooks_say_why():
    with (
        graph.disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
        graph.save_on_cpu(),
    ):
        pass


def test_one_saved_tensor_can_be_packed_alone():
    a = leaf(2.0)
    y = a * a
    saved = y.grad_fn._raw_saved_self
    saved.register_hooks(lambda t: t * 100, lambda t: t)
    y.backward()

    assert a.grad.item() == 202.0
    with pytest.raises(RuntimeError, match="after it has been freed"):
        saved.register_hooks(lambda t: t, lambda t: t)


def test_a_saved_number_has_no_hooks():
    node = (leaf(1.0) * 2.0).grad_fn

    assert node._saved_self is None
    with pytest.raises(RuntimeError, match="with value None is forbidden"):
        node._raw_saved_self.register_hooks(lambda t: t, lambda t: t)


def test_saved_tensors_may_be_written_where_that_is_allowed():
    a = leaf(1.0, 3.0)
    with graph.allow_mutation_on_saved_tensors():
        b = a.clone()
        out = (b**2).sum()
        b.sin_()
        out.backward()

    assert a.grad.tolist() == [2.0, 6.0]


def test_hooks_of_a_leaf_run_in_order():
    seen, x = [], leaf(1.0)
    node = graph.get_gradient_edge(x).node
    node.register_hook(lambda gi, go: seen.append("node post"))
    x.register_post_accumulate_grad_hook(lambda p: seen.append(f"accumulated {p.grad.item()}"))
    node.register_prehook(lambda go: seen.append(f"node pre {x.grad}"))
    x.register_hook(lambda g: seen.append("tensor"))
    (x * 2).backward()

    assert seen == ["tensor", "node pre None", "accumulated 2.0", "node post"]


def test_hooks_of_an_intermediate_run_in_order():
    seen, x = [], leaf(1.0)
    h = x.exp()
    h.retain_grad()
    h.grad_fn.register_hook(lambda gi, go: seen.append("post"))
    h.grad_fn.register_prehook(lambda go: seen.append(f"pre, kept {h.grad.item()}"))
    h.register_hook(lambda g: seen.append("tensor") or g * 5)
    (h * 2).backward()

    assert seen == ["tensor", "pre, kept 10.0", "post"]


def test_a_hook_stays_with_the_value_it_was_registered_on():
    seen, x = {}, leaf(1.0)
    t = x * 3
    t.register_hook(lambda g: seen.update(before=g.item()))
    t.mul_(5)
    t.register_hook(lambda g: seen.update(after=g.item()))
    t.backward()

    assert seen == {"before": 5.0, "after": 1.0}


@pytest.mark.parametrize(
    ("hook", "error", "text"),
    [
        (lambda g: 3, TypeError, "expected Variable, but hook returned 'int'"),
        (lambda g: g[:1], RuntimeError, "hook '<lambda>' has changed the size of value"),
        (
            lambda g: g.float(),
            RuntimeError,
            "hook '<lambda>' has changed the type of value (was torch.DoubleTensor got torch.FloatTensor)",
        ),
    ],
)
def test_what_a_tensor_hook_may_not_return(hook, error, text):
    x = leaf(1.0, 2.0)
    x.register_hook(hook)

    with pytest.raises(error) as caught:
        (x * 3).sum().backward()
    assert str(caught.value) == text


def test_a_node_hook_returns_a_tuple_of_the_right_length():
    y = leaf(1.0) * 2
    handle = y.grad_fn.register_hook(lambda gi, go: (gi[0],) * 3)
    with pytest.raises(RuntimeError, match=r"incorrect number of values \(got 3, but expected 2\)"):
        y.backward(retain_graph=True)
    handle.remove()
    y.grad_fn.register_hook(lambda gi, go: gi[0])
    with pytest.raises(TypeError, match="expected tuple, but hook returned 'Tensor'"):
        y.backward()


def test_a_hook_on_several_tensors_waits_for_those_that_this_backward_reaches():
    seen = []
    a, b = leaf(1.0, 2.0), leaf(2.0, 3.0)
    c, d = a * b, a * b
    handle = graph.register_multi_grad_hook((a, b, c, d), lambda gs: seen.append([g is not None for g in gs]))
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=(a,), retain_graph=True)
    handle.remove()
    c.sum().backward()

    assert seen == [[True, True, True, False], [True, False, True, False]]


def test_any_of_several_tensors_is_the_first():
    seen = []
    a, b = leaf(1.0), leaf(2.0)
    c = a * b
    graph.register_multi_grad_hook((a, b, c), lambda g: seen.append(g.item()), mode="any")
    (c * 5).backward()

    assert seen == [5.0]


def test_an_edge_names_the_value_before_a_write():
    x = leaf(2.0)
    h = x * 3
    edge = graph.get_gradient_edge(h)
    h.mul_(10)

    assert torch.autograd.grad(h, edge, retain_graph=True)[0].item() == 10.0
    assert torch.autograd.grad(h, h)[0].item() == 1.0


def test_increment_version_is_noticed():
    x = leaf(2.0)
    h = x * 1
    y = h * h
    graph.increment_version(h)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
