"""torch.autograd.functional on the facade: JAX's transforms, with the value beside."""

import pytest

jax = pytest.importorskip("jax", reason="the facade stands before jax")

from gradspec.backends.jax import Jax  # noqa: E402
from gradspec.errors import Unsupported  # noqa: E402


@pytest.fixture(scope="module")
def torch():
    return Jax("cpu").namespace(frozenset({"ops"}))


def product(x, y):
    return (x * x * y).sum()


def lists(found):
    return tuple(map(lists, found)) if isinstance(found, tuple) else found.tolist()


def test_a_tensor_gives_a_tensor_and_a_tuple_a_tuple(torch):
    x = torch.tensor(3.0)

    assert lists(torch.autograd.functional.vjp(lambda x: x * x, x)) == (9.0, 6.0)
    assert lists(torch.autograd.functional.vjp(product, (x, x))) == (27.0, (18.0, 9.0))
    assert lists(torch.autograd.functional.jvp(product, (x, x), (x, x))) == (27.0, 81.0)


@pytest.mark.parametrize("name", ["vhp", "hvp"])
def test_products_with_the_hessian(torch, name):
    x, one, none = torch.tensor(3.0), torch.tensor(1.0), torch.tensor(0.0)
    found = getattr(torch.autograd.functional, name)(product, (x, x), (one, none))

    assert lists(found) == (27.0, (6.0, 6.0))  # the row (2 y, 2 x) at x = y = 3


def test_a_hessian_of_two_inputs_comes_in_blocks(torch):
    x = torch.tensor(3.0)

    assert lists(torch.autograd.functional.hessian(product, (x, x))) == ((6.0, 6.0), (6.0, 0.0))


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
def test_both_strategies_give_the_jacobian(torch, strategy):
    x = torch.tensor([1.0, 2.0])

    assert torch.autograd.functional.jacobian(lambda x: x * x, x, strategy=strategy).tolist() == [[2, 0], [0, 4]]


@pytest.mark.parametrize("name", ["vjp", "jvp"])
def test_a_direction_is_left_out_only_where_there_is_one(torch, name):
    with pytest.raises(RuntimeError, match="one element"):
        getattr(torch.autograd.functional, name)(lambda x: x * x, torch.tensor([1.0, 2.0]))


def test_what_only_a_tape_can_do_is_unsupported(torch):
    with pytest.raises(Unsupported, match="create_graph"):
        torch.autograd.functional.vjp(lambda x: x, torch.tensor(1.0), create_graph=True)


def test_random_numbers_repeat_after_the_same_seed(torch):
    torch.manual_seed(3)
    first, second = torch.rand(4), torch.rand(4)
    torch.manual_seed(3)

    assert torch.rand(4).tolist() == first.tolist() != second.tolist()
    assert torch.multinomial(torch.tensor([0.0, 1.0]), 2).tolist() == [1, 1]
    assert torch.randn_like(first, dtype=torch.float64).dtype is torch.float64


def test_words_of_torch_s_own(torch):
    x = torch.tensor([0.0, 0.5, 1.0])
    rows = torch.tensor([[1.0], [2.0], [3.0]])

    assert torch.logit(x, eps=0.5).tolist() == [0.0, 0.0, 0.0]
    assert torch.div(torch.tensor(-7.0), 2.0, rounding_mode="trunc").item() == -3.0
    assert torch.div(torch.tensor(-7.0), 2.0, rounding_mode="floor").item() == -4.0
    assert torch.scatter_reduce(torch.zeros(2), 0, torch.tensor([1, 1, 0]), x, "amax").tolist() == [1.0, 0.5]
    padded = torch.func.grad(lambda w: torch.nn.functional.embedding(torch.tensor([0, 1]), w, 1).sum())
    assert padded(rows).tolist() == [
        [1.0], [0.0], [0.0],
    ]  # fmt: skip
    assert torch.result_type(torch.tensor(1), torch.tensor(1.0)) is torch.float32
    assert torch.can_cast(torch.float64, torch.float32)
    assert not torch.can_cast(torch.float32, torch.int64)
