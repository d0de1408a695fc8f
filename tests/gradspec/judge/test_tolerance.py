"""What is allowed follows from the program's own rounding, its ops and its numbers' size, and from nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from gradspec.judge.tolerance import Limit, distances, limit, real
from gradspec.outcome import Array


def array(*numbers, dtype="float64") -> Array:
    return Array.of(np.array(numbers, dtype=dtype))


def test_the_programs_own_noise_is_allowed_sixteen_times():
    fine, coarse = array(1.0), array(1.0 + 1e-10)

    assert limit(fine, [coarse], 1.0, 0.0, "float32").noise == pytest.approx(1e-10)
    assert limit(fine, [coarse], 1.0, 0.0, "float32").allowed == pytest.approx(1.6e-9)


def test_the_noise_of_a_lower_precision_is_scaled_down():
    assert limit(array(1.0), [array(1.0 + 1e-6)], 2.0**-29, 0.0, "float64").noise == pytest.approx(1e-6 * 2**-29)


def test_ulps_are_of_the_tensor_s_largest_number():
    found = limit(array(1.0, -8.0), [], 1.0, 3.0, "float32")

    assert found.allowed == pytest.approx(3 * 2.0**-23 * 8)


def test_nothing_grows_with_the_number_of_elements():
    one, many = array(2.0), Array.of(np.full(10_000, 2.0))

    assert limit(one, [one], 1.0, 4.0, "float64") == limit(many, [many], 1.0, 4.0, "float64")


def test_integers_allow_nothing():
    assert limit(array(3), [array(4)], 1.0, 4.0, "int64").allowed == 0.0
    assert Limit().margin(1.0) == float("inf")
    assert Limit().margin(0.0) == 0.0


def test_what_is_below_the_normal_numbers_is_no_error():
    assert limit(array(0.0), [], 1.0, 4.0, "float32").allowed == 2.0**-126


def test_a_tensor_is_drowned_by_noise_of_its_own_size():
    assert limit(array(1.0), [array(1.01)], 1.0, 4.0, "float32").drowned
    assert not limit(array(1.0), [array(1.0001)], 1.0, 4.0, "float32").drowned


def test_half_precision_is_not_drowned_by_its_own_digits():
    assert not limit(array(1.0), [array(1.0 + 2.0**-7)], 1.0, 4.0, "bfloat16").drowned


def test_a_single_that_lost_all_its_digits_says_nothing_of_double():
    assert limit(array(1e-8), [array(0.0)], 2.0**-29, 4.0, "float64").drowned


def test_equal_infinities_and_nans_are_no_distance_apart():
    values = np.array([np.inf, -np.inf, np.nan, 1.0])

    assert distances(values, [values]).tolist() == [0, 0, 0, 0]


def test_other_infinities_and_nans_are_infinitely_far():
    came, right = np.array([np.inf, 1.0, np.nan, 0.0]), np.array([-np.inf, np.nan, 1.0, np.inf])

    assert np.isinf(distances(came, [right])).all()


def test_the_nearest_of_two_references_counts():
    assert distances(np.array([np.inf]), [np.array([np.inf]), np.array([1e300])]).tolist() == [0.0]


def test_a_complex_number_is_two_numbers():
    assert real(array(1 + 2j, dtype="complex64")).tolist() == [[1.0, 2.0]]


def test_zeros_may_be_reached_by_numbers_that_cancel():
    assert limit(array(0.0), [], 1.0, 4.0, "float32", nowhere=2.0).allowed == pytest.approx(4 * 2.0**-23 * 2)
