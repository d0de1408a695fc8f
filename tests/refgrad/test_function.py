"""Custom Functions where pages do not look: views that are written, counts and shapes of tangents, batching rules."""

import pytest

import refgrad as torch
from refgrad.autograd import forward_ad


class ScaleBy(torch.autograd.Function):
    """Multiplies its second argument by its first, in place."""

    @staticmethod
    def forward(ctx, factor, x):
        ctx.save_for_backward(factor, x.clone())
        ctx.mark_dirty(x)
        return x.mul_(factor)

    @staticmethod
    def backward(ctx, g):
        factor, x = ctx.saved_tensors
        return g * x, g * factor


def function(**methods):
    """A Function of these static methods."""
    statics = {name: staticmethod(m) if callable(m) else m for name, m in methods.items()}
    return type("Made", (torch.autograd.Function,), statics)


def test_a_written_view_hands_its_gradients_to_the_right_arguments():
    x = torch.tensor([5.0, 7.0], requires_grad=True)
    factor = torch.tensor(3.0, requires_grad=True)
    h = x * 1
    ScaleBy.apply(factor, h[0])
    h.sum().backward()
    assert x.grad.tolist() == [3.0, 1.0]
    assert factor.grad.item() == 5.0


def test_a_written_view_has_second_derivatives():
    x = torch.tensor([5.0, 7.0], requires_grad=True)
    h = x**2
    ScaleBy.apply(torch.tensor(3.0), h[0])
    (g,) = torch.autograd.grad(h.sum(), x, create_graph=True)  # 3 x0**2 + x1**2
    (second,) = torch.autograd.grad(g.sum(), x)
    assert g.tolist() == [30.0, 14.0]
    assert second.tolist() == [6.0, 2.0]


def test_a_view_of_a_leaf_cannot_be_written():
    x = torch.tensor([5.0, 7.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        ScaleBy.apply(torch.tensor(3.0), x[0])


def test_a_written_view_is_the_only_output():
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2), x * 1

    h = torch.tensor([5.0, 7.0], requires_grad=True) * 1
    with pytest.raises(RuntimeError, match="your Function cannot return more than one Tensor"):
        function(forward=forward).apply(h[0])


def test_what_is_no_input_need_not_be_marked_dirty():
    def forward(ctx, x):
        y = x * 2
        ctx.mark_dirty(y)
        return y

    with pytest.warns(UserWarning, match="received a tensor that was not an input"):
        function(forward=forward).apply(torch.tensor(1.0, requires_grad=True))


def test_an_input_marked_non_differentiable_comes_back_without_grad():
    def forward(ctx, x):
        ctx.mark_non_differentiable(x)
        return x

    h = torch.tensor(1.0, requires_grad=True) * 1
    y = function(forward=forward).apply(h)
    assert not y.requires_grad
    assert h.requires_grad


def test_arguments_that_are_no_tensors_have_no_edge():
    made = function(forward=lambda ctx, k, x: x * k, backward=lambda ctx, g: (None, g))
    y = made.apply(3, torch.tensor(1.0, requires_grad=True))
    assert len(y.grad_fn.next_functions) == 1


def test_forward_in_place_moves_the_tangent_once():
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([3.0]), torch.tensor([1.0]))
        moved = function(forward=forward, jvp=lambda ctx, t: t.mul_(2)).apply(dual.clone())
        assert forward_ad.unpack_dual(moved).tangent.tolist() == [2.0]


@pytest.mark.parametrize(
    ("jvp", "message"),
    [
        (lambda ctx, t: (t, t), r"invalid number of forward gradients \(expected 1 but got 2\)"),
        (lambda ctx, t: t[:1], r"Tensor is of size \[2\] while the given forward gradient is of size \[1\]"),
    ],
)
def test_tangents_must_fit_the_outputs(jvp, message):
    made = function(forward=lambda ctx, x: x * 2, jvp=jvp)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([3.0, 2.0]), torch.tensor([1.0, 1.0]))
        with pytest.raises(RuntimeError, match=message):
            made.apply(dual)


def test_a_keyword_that_forward_lacks_is_named():
    with pytest.raises(TypeError, match=r"forward\(\) got an unexpected keyword argument 'z'"):
        function(forward=lambda ctx, x: x).apply(torch.tensor(1.0), z=3)


def with_vmap(rule):
    """A doubling Function with this batching rule."""
    return function(forward=lambda x: x * 2, setup_context=lambda ctx, inputs, output: None, vmap=rule)


def test_an_output_without_a_batch_dimension_is_repeated():
    made = with_vmap(lambda info, dims, x: ((x * 2, x.sum()), (0, None)))
    doubled, total = torch.vmap(made.apply)(torch.tensor([1.0, 2.0]))
    assert doubled.tolist() == [2.0, 4.0]
    assert total.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda info, dims, x: x, "Expected the vmap staticmethod to have two returns"),
        (lambda info, dims, x: (x, (0, 0)), r"returned an incompatible \(output, out_dims\) tuple"),
    ],
)
def test_a_batching_rule_returns_output_and_dimensions(rule, message):
    with pytest.raises(RuntimeError, match=message):
        torch.vmap(with_vmap(rule).apply)(torch.tensor([1.0, 2.0]))
