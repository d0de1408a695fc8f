"""The facade's Function is JAX's custom rule, and its hooks are identities with one."""

import pytest

jax = pytest.importorskip("jax", reason="the facade stands before jax")

from gradspec.backends.jax import Jax  # noqa: E402
from gradspec.errors import Unsupported  # noqa: E402


@pytest.fixture(scope="module")
def torch():
    return Jax("cpu").namespace(frozenset({"ops"}))


def function(torch, **members):
    """A Function with these static methods; its context keeps the inputs that are tensors."""
    keep = members.setdefault("setup_context", lambda ctx, inputs, output: ctx.save_for_backward(*inputs))
    assert callable(keep)
    return type("Made", (torch.autograd.Function,), {name: staticmethod(call) for name, call in members.items()})


def test_the_rule_is_used_and_not_what_forward_does(torch):
    made = function(torch, forward=lambda x: x * 2, backward=lambda ctx, g: g * 3)

    assert torch.func.grad(made.apply)(torch.tensor(1.0)).item() == 3.0


def test_saved_tensors_can_be_differentiated_again(torch):
    square = function(torch, forward=lambda x: x**2, backward=lambda ctx, g: 2 * g * ctx.saved_tensors[0])

    assert torch.func.grad(torch.func.grad(square.apply))(torch.tensor(3.0)).item() == 2.0


def test_numbers_are_constants_of_the_call(torch):
    scale = function(
        torch,
        forward=lambda x, by: x * by,
        setup_context=lambda ctx, inputs, output: setattr(ctx, "by", inputs[1]),
        backward=lambda ctx, g: (g * ctx.by, None),
    )

    assert torch.func.grad(scale.apply)(torch.tensor(2.0), 5).item() == 5.0


def test_needs_input_grad_says_what_is_differentiated(torch):
    seen = []
    product = function(
        torch,
        forward=lambda x, y: x * y,
        backward=lambda ctx, g: seen.append(ctx.needs_input_grad) or (g, g),
    )
    torch.func.grad(product.apply, argnums=1)(torch.tensor(2.0), torch.tensor(3.0))

    assert seen == [(False, True)]


@pytest.mark.parametrize(("materialize", "arrived"), [(True, 0.0), (False, None)])
def test_what_nobody_sent_comes_as_zeros_or_not_at_all(torch, materialize, arrived):
    seen = []
    both = function(
        torch,
        forward=lambda x: (x * 2, x * 3),
        setup_context=lambda ctx, inputs, output: ctx.set_materialize_grads(materialize),
        backward=lambda ctx, first, second: seen.append(second) or first * 2,
    )
    torch.func.grad(lambda x: both.apply(x)[0])(torch.tensor(1.0))

    assert (None if seen[0] is None else seen[0].item()) == arrived


def test_the_rule_sees_complex_gradients_as_torch_has_them(torch):
    seen = []
    same = function(torch, forward=lambda z: z * 1, backward=lambda ctx, g: seen.append(g.item()) or g)
    z = torch.tensor(1.0 + 2.0j, dtype=torch.complex128)

    assert torch.func.grad(lambda z: torch.real(same.apply(z) * 1j))(z).item() == -1j
    assert seen == [-1j]


def test_a_jvp_alone_is_a_forward_rule(torch):
    made = function(torch, forward=lambda x: x**2, jvp=lambda ctx, t: ctx.saved_tensors[0] * t)
    value, tangent = torch.func.jvp(made.apply, (torch.tensor(3.0),), (torch.tensor(10.0),))

    assert (value.item(), tangent.item()) == (9.0, 30.0)


def test_a_vmap_alone_is_a_batching_rule(torch):
    made = function(torch, forward=lambda x: x * 2, vmap=lambda info, dims, x: (x * info.batch_size, dims[0]))

    assert torch.vmap(made.apply)(torch.tensor([1.0, 2.0, 3.0])).tolist() == [3.0, 6.0, 9.0]


def test_ctx_says_what_it_cannot_do(torch):
    made = function(torch, forward=lambda x: x, setup_context=lambda ctx, inputs, output: ctx.mark_dirty(output))
    made.backward = staticmethod(lambda ctx, g: g)

    with pytest.raises(Unsupported, match="mark_dirty"):
        torch.func.grad(made.apply)(torch.tensor(1.0))


def test_a_function_without_setup_context_is_not_transformed(torch):
    class Old(torch.autograd.Function):
        forward = staticmethod(lambda ctx, x: x)

    with pytest.raises(Unsupported, match="setup_context"):
        Old.apply(torch.tensor(1.0))


def test_hooks_run_in_their_order_and_what_they_return_goes_on(torch):
    seen = []

    def hooked(x):
        h = x * 3
        h.register_hook(lambda g: seen.append(g.item()) or g + 1)
        h.register_hook(lambda g: seen.append(g.item()) or g * 10)
        return h * 2

    assert torch.func.grad(hooked)(torch.tensor(1.0)).item() == 90.0
    assert seen == [2.0, 3.0]


def test_a_hook_sees_the_sum_of_all_paths(torch):
    seen = []

    def hooked(x):
        h = x * 1
        h.register_hook(lambda g: seen.append(g.item()))
        return h * 3 + h * 4

    torch.func.grad(hooked)(torch.tensor(1.0))

    assert seen == [7.0]


def test_a_removed_hook_is_silent(torch):
    def hooked(x):
        h = x * 1
        h.register_hook(lambda g: g * 10).remove()
        return h

    assert torch.func.grad(hooked)(torch.tensor(1.0)).item() == 1.0
