"""The facade says what JAX says in torch's words, or that it cannot."""

import pytest

jax = pytest.importorskip("jax", reason="the facade stands before jax")

from gradspec.backends.jax import Jax  # noqa: E402
from gradspec.errors import Unsupported  # noqa: E402


@pytest.fixture(scope="module")
def torch():
    return Jax("cpu").namespace(frozenset({"ops"}))


def test_python_numbers_take_torch_s_default_dtypes(torch):
    assert torch.tensor([1.0]).dtype is torch.float32
    assert torch.tensor([1]).dtype is torch.int64
    assert torch.tensor([1j]).dtype is torch.complex64
    assert torch.tensor([True]).dtype is torch.bool


def test_a_dtype_is_shown_by_torch_s_name(torch):
    assert repr(torch.double) == "torch.float64"
    assert torch.double is torch.float64


def test_settings_are_found_by_place_and_by_name(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])

    assert torch.sum(x, 0).tolist() == [4.0, 6.0]
    assert x.sum(dim=1, keepdim=True).tolist() == [[3.0], [7.0]]
    assert torch.sum(x).item() == 10.0


def test_expand_puts_new_dimensions_in_front_and_keeps_a_size_at_minus_one(torch):
    x = torch.tensor([[1.0], [2.0]])

    assert x.expand(3, -1, 2).tolist() == [[[1.0, 1.0], [2.0, 2.0]]] * 3
    assert x.expand((2, 2)).shape == (2, 2)


def test_a_gradient_is_jax_s(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)

    assert torch.func.grad(lambda x: (x * x).sum())(x).tolist() == [2.0, 4.0]


def test_a_gradient_of_what_is_no_scalar_is_refused(torch):
    with pytest.raises(RuntimeError, match="to return a scalar tensor"):
        torch.func.grad(lambda x: x * 2)(torch.tensor([1.0, 2.0]))


def test_a_gradient_of_integers_is_refused(torch):
    with pytest.raises(RuntimeError, match="only floating point"):
        torch.func.grad(lambda x: x * 2)(torch.tensor(1))


def test_complex_gradients_follow_torch(torch):
    z = torch.tensor(1.0 + 2.0j, dtype=torch.complex128)

    assert torch.func.grad(lambda z: torch.real(z * z))(z).item() == 2 - 4j  # conj(2 z), not 2 z


def test_a_pullback_gives_a_tuple(torch):
    value, pull = torch.func.vjp(lambda x: x * 3, torch.tensor(2.0))

    assert value.item() == 6.0
    assert pull(torch.tensor(1.0))[0].item() == 3.0


def test_a_pushforward_gives_value_and_tangent(torch):
    value, tangent = torch.func.jvp(lambda x: x * x, (torch.tensor(3.0),), (torch.tensor(1.0),))

    assert (value.item(), tangent.item()) == (9.0, 6.0)


def test_jacobians_and_hessians_have_torch_s_shapes(torch):
    x = torch.tensor([1.0, 2.0])

    assert torch.func.jacrev(lambda x: x * x)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert torch.func.jacfwd(lambda x: x * x)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert torch.func.hessian(lambda x: (x * x * x).sum())(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_auxiliary_values_come_along(torch):
    gradient, aux = torch.func.grad(lambda x: (x * x, x + 1), has_aux=True)(torch.tensor(3.0))

    assert (gradient.item(), aux.item()) == (6.0, 4.0)


def test_vmap_goes_over_rows(torch):
    assert torch.vmap(torch.sum)(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist() == [3.0, 7.0]


def test_detach_stops_the_gradient(torch):
    assert torch.func.grad(lambda x: x * torch.detach(x))(torch.tensor(3.0)).item() == 3.0


def test_a_function_of_several_ops_is_the_one_that_the_call_fits(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 0.0]])

    assert torch.max(x).item() == 3.0
    assert torch.max(x, 0).values.tolist() == [3.0, 2.0]
    assert torch.max(x, dim=1, keepdim=True).values.tolist() == [[2.0], [3.0]]


def test_what_gives_indices_in_torch_gives_values_alone(torch):
    pair = torch.max(torch.tensor([[1.0, 3.0]]), dim=1)

    assert pair.values.tolist() == pair[0].tolist() == [3.0]
    for ask in (lambda: pair.indices, lambda: pair[1], lambda: len(pair), lambda: list(pair)):
        with pytest.raises(Unsupported):
            ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda torch: torch.tensor(1.0, requires_grad=True),
        lambda torch: torch.tensor(1.0).requires_grad,
        lambda torch: torch.tensor([1.0]).add_(1),
        lambda torch: torch.tensor([1.0]).__setitem__(0, 2.0),
        lambda torch: torch.tensor([1.0]).__iadd__(1),
        lambda torch: torch.no_grad(),
        lambda torch: torch.nn.Linear,
        lambda torch: torch.Tensor(3),
        lambda torch: torch.add(torch.tensor(1.0), torch.tensor(1.0), alpha=2),
        lambda torch: torch.zeros(2, layout="strided"),
        lambda torch: torch.mm(torch.ones(3), torch.ones(3, 2)),
        lambda torch: torch.softmax(torch.ones(2)),
        lambda torch: setattr(torch, "anything", 1),
        lambda torch: setattr(torch.tensor(1.0), "grad", None),
    ],
)
def test_what_it_lacks_is_unsupported_and_nothing_else(torch, ask):
    with pytest.raises(Unsupported, match="facade|another function"):
        ask(torch)
