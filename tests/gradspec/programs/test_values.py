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


@pytest.mark.parametrize("name", sorted(values.CLASSES.keys() - values.WILD))
def test_every_tame_class_stays_between_low_and_high(name: str) -> None:
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


def test_signed_zeros_are_of_both_signs() -> None:
    array = values.materialise(Input((300,), values="signed-zeros"))
    zeros = array[array == 0]

    assert 50 < np.signbit(zeros).sum() < 150
    assert 50 < (~np.signbit(zeros)).sum() < 150


@pytest.mark.parametrize(("name", "low", "high"), [("large", 2.0**8, 2.0**25), ("tiny", 0.0, 2.0**-19)])
def test_large_and_tiny_are_so(name: str, low: float, high: float) -> None:
    array = values.materialise(Input((500,), values=name))

    assert np.all((np.abs(array) >= low) & (np.abs(array) < high))
    assert {True, False} == set(np.signbit(array))


def test_tiny_numbers_are_subnormal_in_part_in_either_precision() -> None:
    for dtype in ("float64", "float32"):
        array = values.materialise(Input((500,), dtype, values="tiny"))
        subnormal = (array != 0) & (np.abs(array) < np.finfo(dtype).tiny)

        assert subnormal.any()
        assert not subnormal.all()


@pytest.mark.parametrize(("name", "special"), [("inf", np.isinf), ("nan", np.isnan)])
def test_every_third_number_or_so_is_special(name: str, special) -> None:
    array = values.materialise(Input((300,), values=name))

    assert 60 < special(array).sum() < 140


@pytest.mark.parametrize("name", sorted(values.WILD - {"nan"}))
def test_where_the_domain_is_positive_so_are_wild_numbers(name: str) -> None:
    array = values.materialise(Input((300,), values=name, low=0.125, high=2.125))

    assert np.all(array > 0)


def test_a_complex_number_has_two_parts_of_its_class() -> None:
    array = values.materialise(Input((200,), "complex128", values="signed-zeros"))

    assert (array.real == 0).any()
    assert (array.imag == 0).any()
    assert (array.real != array.imag).any()
    assert np.isinf(values.materialise(Input((200,), "complex64", values="inf")).imag).any()
    assert not np.isnan(values.materialise(Input((200,), "complex64", values="inf"))).any()


def test_complex_numbers_written_out_read_back_as_the_same_bits() -> None:
    leaf = Input((20,), "complex128", values="signed-zeros")
    array = values.materialise(leaf)
    again = values.materialise(Input((20,), "complex128", exact=values.hexed(array)))

    assert array.tobytes() == again.tobytes()


def test_bfloat16_is_rounded_as_its_definition_says() -> None:
    """1 + 2**-8 lies between 1 and 1 + 2**-7, and goes to the even one; 1 + 3 * 2**-8 to 1 + 2**-6."""
    exact = tuple(float(x).hex() for x in (1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, 3.4e38, float("inf")))
    array = values.materialise(Input((5,), "bfloat16", exact=exact))

    assert array.tolist() == [1.0, 1 + 2**-6, 1 + 2**-7, float("inf"), float("inf")]
    assert np.isnan(values.materialise(Input((1,), "bfloat16", exact=("nan",))))[0]
