"""The numbers of a program are the same bits everywhere, and those of its value class."""

from __future__ import annotations

import numpy as np
import pytest

from gradspec.errors import BrokenProgram, UnknownName
from gradspec.programs import Input, Program, Question, Step, values

LEAF = Input((4, 5), low=-2.0, high=2.0, seed=3)
PROGRAM = Program((LEAF, Input((5,), seed=4, requires_grad=False)), (Step("add", (0, 1), {}, (4, 5)),), (2,))


def test_the_words_are_those_of_pcg64() -> None:
    """The first words that PCG64 gives for SeedSequence((0, 3, 0)), worked out by the published algorithm."""
    assert [int(word) for word in values.words(values.INPUT, 3, 0, 2)] == pcg64((0, 3, 0), 2)


def pcg64(entropy: tuple[int, ...], count: int) -> list[int]:
    """PCG XSL RR 128/64 (O'Neill 2014), seeded by four 64-bit words of NumPy's SeedSequence."""
    seed = [int(word) for word in np.random.SeedSequence(entropy).generate_state(4, np.uint64)]
    mask = 2**128 - 1
    step = 0x2360ED051FC65DA44385DF649FCCF645
    increment = ((seed[2] << 64 | seed[3]) << 1 | 1) & mask
    state = ((increment + (seed[0] << 64 | seed[1])) * step + increment) & mask
    found = []
    for _ in range(count):
        state = (state * step + increment) & mask
        folded, turn = (state >> 64) ^ (state & (2**64 - 1)), state >> 122
        found.append((folded >> turn | folded << (64 - turn)) & (2**64 - 1))
    return found


def test_generic_values_are_inside_and_never_at_a_coarse_point() -> None:
    array = values.materialise(Input((1000,), low=-2.0, high=2.0))

    assert np.all(np.abs(array) < 2)
    assert not np.any(array * 8 == np.round(array * 8))
    assert len(set(array)) > 990


def test_generic_values_are_exact_in_float32_too() -> None:
    wide = values.materialise(Input((1000,), "float64"))
    narrow = values.materialise(Input((1000,), "float32"))

    assert narrow.dtype == np.float32
    assert np.array_equal(wide, narrow)


@pytest.mark.parametrize("name", values.CLASSES)
def test_every_class_stays_between_low_and_high(name: str) -> None:
    array = values.materialise(Input((500,), values=name, low=-1.5, high=3.0))

    assert array.min() >= -1.5
    assert array.max() <= 3.0


def test_integers_are_integers_and_zeros_are_many() -> None:
    whole = values.materialise(Input((200,), values="integers"))
    zeros = values.materialise(Input((200,), values="zeros"))

    assert set(whole) == {-2.0, -1.0, 0.0, 1.0, 2.0}
    assert 30 < np.sum(zeros == 0) < 110


def test_ties_and_edges_repeat_few_values() -> None:
    assert len(set(values.materialise(Input((200,), values="ties")))) == 3
    assert {-2.0, 2.0} < set(values.materialise(Input((200,), values="edges")))


def test_an_expanded_layout_repeats_its_first_slice() -> None:
    array = values.materialise(Input((3, 2), layout="expanded"))

    assert np.array_equal(array, array[[0, 0, 0]])


def test_no_cotangent_is_one_and_none_are_equal() -> None:
    (u,) = values.cotangents(PROGRAM, Question("reverse", 5))

    assert u.shape == (4, 5)
    assert not np.any(u == 1)
    assert len(set(u.reshape(-1))) == 20


def test_each_role_has_numbers_of_its_own() -> None:
    question = Question("reverse-reverse", 5)
    (u,) = values.cotangents(PROGRAM, question)
    (t,) = values.tangents(PROGRAM, question)
    (w,) = values.second(PROGRAM, question)

    assert t.shape == w.shape == (4, 5), "only the first input requires grad"
    assert not np.any((u == t) | (t == w) | (u == w))


def test_exact_values_are_read_back() -> None:
    array = np.array([[0.1, -0.0], [np.inf, 5e-324]])
    leaf = Input((2, 2), exact=values.hexed(array))

    assert values.materialise(leaf).tobytes() == array.tobytes()


def test_exact_complex_values_are_pairs() -> None:
    assert values.materialise(Input((1,), "complex128", exact=("0x1p+0,-0x1p-1",)))[0] == 1 - 0.5j


@pytest.mark.parametrize(
    ("leaf", "error", "text"),
    [
        (Input((1,), values="generc"), UnknownName, "unknown value class 'generc'. Did you mean 'generic'"),
        (Input((2,), exact=("0x1p+0",)), BrokenProgram, r"shape \(2,\) has 1 exact values; it needs 2"),
        (Input((1,), exact=("one",)), BrokenProgram, "exact values: .*Write them as float.hex"),
        (Input((1,), "bfloat61"), BrokenProgram, "dtype 'bfloat61' has no NumPy form"),
    ],
)
def test_what_cannot_be_materialised_is_refused(leaf: Input, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        values.materialise(leaf)
