"""The random stream: torch's, from the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one whose stream is drawn")

EXACT = [
    "rand(3, 4)",
    "rand(5, dtype=torch.float64)",
    "rand(5, dtype=torch.float16)",
    "rand(2, 2, dtype=torch.complex64)",
    "randn(15)",
    "randn(2, 7, dtype=torch.float64)",
    "randn(16, dtype=torch.float64)",
    "randn(50, dtype=torch.float64)",
    "randn(3, 3, dtype=torch.complex128)",
    "randint(10, (4, 5))",
    "randint(-3, 10, (20,))",
    "randint(2**28, (20,))",
    "randint(low=2, high=2**40, size=(20,), dtype=torch.float64)",
    "randperm(1)",
    "randperm(100)",
    "rand_like(torch.ones(3, dtype=torch.float64))",
    "randn_like(torch.ones(3, dtype=torch.int64), dtype=torch.float32)",
    "randint_like(torch.ones(4), 2, 9)",
    "empty(4, 4).uniform_(-2, 3)",
    "empty(50, 4).uniform_(0.1, 0.7)",
    "empty(9, dtype=torch.int64).random_()",
    "empty(9, dtype=torch.int32).random_()",
    "empty(9).random_()",
    "empty(9).random_(5)",
    "empty(9, dtype=torch.uint8).random_(3, 7)",
    "bernoulli(torch.full((40,), 0.3))",
    "bernoulli(torch.full((40,), 0.3, dtype=torch.float64))",
    "empty(30).bernoulli_(torch.full((30,), 0.6))",
    "poisson(torch.tensor([0.0, 0.5, 3.0, 9.9, 10.0, 40.0, 1e4]))",
    "poisson(torch.full((200,), 15.0, dtype=torch.float64))",
    "multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 10, replacement=True)",
]
CLOSE = [
    "randn(16)",
    "randn(5, 3)",
    "randn(100, 7)",
    "randn(4, 4, dtype=torch.complex64)",
    "empty(40).normal_(2, 3)",
    "normal(2.0, 3.0, (20,))",
    "normal(torch.ones(20), torch.full((20,), 2.0))",
]
WITHOUT_MKL = [
    "empty(40).bernoulli_(0.3)",
    "empty(40).exponential_(2.0)",
    "multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 3)",
]


def drawn(program: str, engine: Any) -> tuple[np.ndarray, float]:
    """What `program` draws after a seed, and the next number of the stream."""
    engine.manual_seed(5)
    return eval("torch." + program, {"torch": engine}).numpy(), engine.rand(1).item()


@pytest.mark.parametrize("program", EXACT)
def test_the_stream_is_torchs_bit_by_bit(program: str) -> None:
    (ours, our_next), (theirs, their_next) = drawn(program, refgrad), drawn(program, torch)

    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype
    assert our_next == their_next


@pytest.mark.parametrize("program", CLOSE)
def test_many_float32_normals_are_torchs_but_for_roundings(program: str) -> None:
    (ours, our_next), (theirs, their_next) = drawn(program, refgrad), drawn(program, torch)

    np.testing.assert_allclose(ours, theirs, rtol=5e-7, atol=1e-6)  # log, sin and scale each round once or twice
    assert our_next == their_next


def mkl_draws() -> bool:
    """Does this torch draw Bernoulli numbers from MKL's stream, which it does on Intel's processors alone?"""
    torch.manual_seed(5)
    heads = torch.empty(40).bernoulli_(0.3)
    torch.manual_seed(5)
    return not torch.equal(heads, (torch.rand(40, dtype=torch.float64) < 0.3).float())


@pytest.mark.skipif(mkl_draws(), reason="here torch draws these from a stream of MKL's own")
@pytest.mark.parametrize("program", WITHOUT_MKL)
def test_what_mkl_would_draw_is_torchs_without_mkl(program: str) -> None:
    (ours, our_next), (theirs, their_next) = drawn(program, refgrad), drawn(program, torch)

    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert our_next == their_next


def test_seed_five_draws_what_the_2019_post_prints() -> None:
    refgrad.manual_seed(5)
    first, normal = refgrad.rand(3, 4)[0], refgrad.randn(5, 3)[0]

    assert repr(first) == "tensor([0.8303, 0.1261, 0.9075, 0.8199])"
    assert repr(normal) == "tensor([-1.4017, -0.7626,  0.6312])"


def test_a_normal_kept_for_the_next_call_is_part_of_the_state() -> None:
    refgrad.manual_seed(1)
    refgrad.randn(1)
    state = refgrad.get_rng_state()
    after = refgrad.randn(3).tolist()
    refgrad.rand(10)
    refgrad.set_rng_state(state)

    assert refgrad.randn(3).tolist() == after


def test_a_generator_of_its_own_leaves_the_default_stream_alone() -> None:
    refgrad.manual_seed(1)
    expected = refgrad.rand(2).tolist()
    refgrad.manual_seed(1)
    own = refgrad.rand(2, generator=refgrad.Generator().manual_seed(1))

    assert own.tolist() == expected
    assert refgrad.rand(2).tolist() == expected


def test_what_is_drawn_inside_fork_rng_is_not_missed_outside() -> None:
    refgrad.manual_seed(1)
    with refgrad.random.fork_rng():
        inside = refgrad.rand(2).tolist()

    assert refgrad.rand(2).tolist() == inside


def test_the_seed_can_be_read_back() -> None:
    refgrad.manual_seed(-1)

    assert refgrad.initial_seed() == 2**64 - 1
    assert refgrad.seed() == refgrad.initial_seed()
    assert refgrad.Generator().initial_seed() == torch.Generator().initial_seed()


@pytest.mark.parametrize(
    "program",
    [
        "rand(2, dtype=torch.int64)",
        "randn(2, dtype=torch.int64)",
        "randint(5, 2, (3,))",
        "randint(0, 300, (3,), dtype=torch.uint8)",
        "ones(3).normal_(0, -1)",
        "ones(3).uniform_(2, 1)",
        "bernoulli(torch.tensor([2.0]))",
        "bernoulli(torch.ones(2, dtype=torch.int64))",
        "ones(3).bernoulli_(2)",
        "ones(3).exponential_(0)",
        "ones(3, dtype=torch.int64).exponential_()",
        "multinomial(torch.ones(3), 5)",
        "poisson(-torch.ones(3))",
        "multinomial(-torch.ones(3), 1)",
        "ones(2, requires_grad=True).normal_()",
    ],
)
def test_refusals_are_torchs(program: str) -> None:
    with pytest.raises((RuntimeError, NotImplementedError)) as theirs:
        eval("torch." + program, {"torch": torch})
    with pytest.raises((RuntimeError, NotImplementedError)) as ours:
        eval("torch." + program, {"torch": refgrad})

    assert str(ours.value) == str(theirs.value)
    assert type(ours.value) is type(theirs.value)


@pytest.mark.parametrize("fill", ["uniform_", "normal_", "bernoulli_", "exponential_"])
def test_gradients_end_as_zeros_where_random_numbers_were_written(fill: str) -> None:
    x = refgrad.ones(3, requires_grad=True)
    y = x * 2
    getattr(y, fill)()
    y.sum().backward()

    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    assert y._version == 1
