"""Custom Functions: what forward leaves for backward, what the graph makes of it, written views, tangents."""

import gc
import weakref

import pytest
from refgrad.autograd.function import once_differentiable

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


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * x


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


def leaf(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64, requires_grad=True)


def test_the_node_is_named_after_the_class():
    y = Square.apply(leaf(1.0))

    assert y.grad_fn.name() == "SquareBackward"
    assert repr(y.grad_fn).startswith("<torch.autograd.function.SquareBackward object at 0x")


@pytest.mark.parametrize(("made", "at", "second"), [(Square, 3.0, 2.0), (Exp, 0.0, 1.0)], ids=["input", "output"])
def test_what_is_saved_keeps_its_place_in_the_graph(made, at, second):
    x = leaf(at)
    (g,) = torch.autograd.grad(made.apply(x), x, create_graph=True)

    assert torch.autograd.grad(g, x)[0].item() == second


@pytest.mark.parametrize("made", [Square, Exp])
def test_dropping_the_output_frees_the_node_with_the_garbage_collector_off(made):
    gc.disable()
    try:
        y = made.apply(leaf(1.0, 2.0))
        node = weakref.ref(y.grad_fn)
        del y

        assert node() is None
    finally:
        gc.enable()


OF_THE_USER = (
    "dtype", "edges", "inputs", "instance", "label", "lone", "meta", "name", "nexts", "nrs", "outputs", "pull", "rare",
    "record", "release", "seq", "shape", "single", "tensor_hooks", "width",
)  # fmt: skip


@pytest.mark.parametrize("engine", ["refgrad", "torch"])
def test_any_attribute_may_be_set_on_ctx_and_is_read_on_the_node(engine):
    torch = pytest.importorskip(engine, reason="torch is the one whose ctx this is")
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            for value, name in enumerate(OF_THE_USER):
                setattr(ctx, name, value)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen.append([getattr(ctx, name) for name in OF_THE_USER])
            return g * 2

    x = torch.ones(2, requires_grad=True)
    y = Double.apply(x)
    y.register_hook(lambda g: g * 3)
    y.grad_fn.register_hook(lambda inner, outer: (inner[0] * 5,))
    seen.append([getattr(y.grad_fn, name) for name in OF_THE_USER])
    y.sum().backward()

    assert seen == [list(range(20))] * 2
    assert x.grad.tolist() == [30.0, 30.0]


@pytest.mark.parametrize("engine", ["refgrad", "torch"])
def test_what_is_set_on_the_node_is_set_on_ctx(engine):
    torch = pytest.importorskip(engine, reason="torch is the one whose ctx this is")

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.factor = 2.0
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor

    x = torch.ones(2, requires_grad=True)
    y = Scale.apply(x)
    y.grad_fn.factor = 7.0
    y.sum().backward()

    assert x.grad.tolist() == [7.0, 7.0]


def test_a_gradient_that_the_user_keeps_is_not_written():
    kept = torch.ones(2, dtype=torch.float64)
    made = function(forward=lambda ctx, x: x * 1, backward=lambda ctx, g: kept)
    x = leaf(1.0, 2.0)
    for _ in range(2):
        (made.apply(x) + made.apply(x)).sum().backward()

    assert kept.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [4.0, 4.0]


@pytest.mark.parametrize(
    ("returned", "error"),
    [
        (lambda g: g, "function MadeBackward returned an incorrect number of gradients (expected 2, got 1)"),
        (lambda g: (g, None, g), "function MadeBackward returned an incorrect number of gradients (expected 2, got 3)"),
        (
            lambda g: (g, g),
            (
                "function MadeBackward returned a gradient different than None at position 2, but the corresponding "
                "forward input was not a Variable"
            ),
        ),
        (lambda g: (2.0, None), "expected Variable or None (got float)"),
        (
            lambda g: (g[:2], None),
            (
                "Function MadeBackward returned an invalid gradient at index 0 - got [2] but expected shape compatible "
                "with [3]"
            ),
        ),
    ],
)
def test_wrong_gradients_are_refused_in_torchs_words(returned, error):
    made = function(forward=lambda ctx, x, constant: x * constant, backward=lambda ctx, g: returned(g))
    with pytest.raises(RuntimeError) as caught:
        made.apply(leaf(1.0, 2.0, 3.0), 5.0).sum().backward()
    assert str(caught.value) == error


def test_once_differentiable_refuses_a_second_pass_on_every_path():
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    made = function(forward=forward, backward=once_differentiable(lambda ctx, g: 3 * g * ctx.saved_tensors[0] ** 2))
    x = leaf(2.0)
    (g,) = torch.autograd.grad(made.apply(x) * x, x, create_graph=True)

    assert g.item() == 32.0  # d(x^4)
    for again in (lambda: g.backward(retain_graph=True), lambda: torch.autograd.grad(g, x)):
        with pytest.raises(
            RuntimeError, match="trying to differentiate twice a function that was marked with @once_diff"
        ):
            again()


def test_an_argument_that_comes_back_is_another_tensor_over_the_same_memory():
    x = leaf(1.0)
    y = function(forward=lambda ctx, x: x, backward=lambda ctx, g: g * 7).apply(x)
    y.backward()

    assert y is not x
    assert y.data_ptr() == x.data_ptr()
    assert x.grad.item() == 7.0
    with pytest.raises(RuntimeError, match="Output 0 of Made is a view and is being modified inplace"):
        function(forward=lambda ctx, x: x).apply(x.clone()).mul_(2)


def test_saved_tensors_are_freed_and_attributes_are_not():
    y = Square.apply(leaf(2.0))
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()

    def forward(ctx, x):
        ctx.x = x
        return x * x

    x = leaf(2.0)
    y = function(forward=forward, backward=lambda ctx, g: 2 * g * ctx.x).apply(x)
    y.backward()
    y.backward()
    assert x.grad.item() == 8.0


def test_an_inplace_function_is_a_function_that_remembers_a_flag():
    from refgrad.autograd.function import InplaceFunction

    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        assert InplaceFunction(inplace=True).inplace
    assert issubclass(InplaceFunction, torch.autograd.Function)


@pytest.mark.parametrize("name", ["kept", "saved", "metas", "tensors", "versions", "ctx", "function", "shape", "dtype"])
def test_grad_fn_shows_what_the_user_put_on_ctx(name):
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            setattr(ctx, name, "mine")
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    y = Doubled.apply(torch.ones(2, requires_grad=True))
    assert getattr(y.grad_fn, name) == "mine"
    assert not hasattr(y.grad_fn, "absent")
