from __future__ import annotations

import math

import numpy as np
import pytest

from gradspec.judge.matching import FORMATS, ULPS, Match, Miss, compare
from gradspec.specs.literal import DType


def kept(promised: object, shown: object, dtype: str = "", shape: tuple[int, ...] | None = None) -> bool:
    return isinstance(compare(promised, shown, dtype, shape), Match)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("x", [1.0, 0.1, -3.0, 1000.0, 1e-7])
def test_an_ulp_is_numpys_spacing(dtype: str, x: float) -> None:
    number = np.dtype(dtype).type(x)
    assert FORMATS[dtype].ulp(float(number)) == abs(float(np.spacing(number)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_eight_ulps_are_kept_and_nine_are_not(dtype: str) -> None:
    ulp = FORMATS[dtype].ulp(3.0)
    assert compare([3.0], [3.0 + ULPS * ulp], dtype, (1,)) == Match(1.0)
    assert compare([3.0], [3.0 + 9 * ulp], dtype, (1,)) == Miss("value")
    assert compare([3.0], [3.0 - 4 * ulp], dtype, (1,)) == Match(0.5)


def test_a_python_float_is_held_to_double_precision() -> None:
    assert not kept(0.1, float(np.float32(0.1)))
    assert kept(0.3, 0.1 + 0.2)


def test_a_tuple_is_held_to_the_coarsest_of_its_tensors() -> None:
    near = float(np.float32(0.1))
    assert kept(([0.1],), ([near],), "float32,float64")
    assert not kept(([0.1],), ([near],), "float64")


@pytest.mark.parametrize(
    ("promised", "shown", "keeps"),
    [
        (0.0, -0.0, True),
        (0, -0.0, True),
        (-0.0, -0.0, True),
        (-0.0, 0.0, False),
        (0.0, 5e-324, False),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (1.0, math.nan, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (1.0, math.inf, False),
        (2, 2.0, True),
        (2.0, 2, False),
        (2, 3, False),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        (False, None, False),
        (None, None, True),
        ("a", "a", True),
        ("a", "b", False),
        (1 + 2j, 1 + 2j, True),
        (1 + 2j, 1 - 2j, False),
        (1 + 0j, 1.0, False),
        (1, 1 + 0j, True),
        ((1, 2), [1, 2], True),
        ((1, 2), (1, 2, 3), False),
        ([], [], True),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"b": 1}, False),
        ({1, 2}, {2, 1}, True),
        ([1], 1, False),
        (2**60, 2**60 + 1, False),
        (2.0, "2.0", False),
    ],
)
def test_what_keeps_a_promise(promised: object, shown: object, keeps: bool) -> None:
    assert kept(promised, shown) is keeps


def test_the_small_part_of_a_complex_number_rounds_on_the_scale_of_the_large() -> None:
    assert kept(1 + 1e-20j, 1 + 1.1e-20j, "complex128")
    assert not kept(1 + 1e-20j, 1.1 + 1e-20j, "complex128")


def test_another_shape_is_a_miss_of_shape() -> None:
    assert compare([2.0, 2.0], 2.0, "float32", ()) == Miss("shape")
    assert compare([[1], [2]], [[1, 2]], "int64", (1, 2)) == Miss("shape")
    assert compare([[]], [[]], "float32", (1, 0)) == Match(0.0)


def test_another_dtype_is_a_miss_of_dtype() -> None:
    assert compare(DType("float32"), DType("float64")) == Miss("dtype")
    assert compare(DType("float32"), DType("float32")) == Match(0.0)
    assert compare(DType("float32"), None) == Miss("dtype")


def test_integers_do_not_keep_a_promise_of_floats() -> None:
    assert compare([1.0], [1], "int64", (1,)) == Miss("dtype")
    assert compare([1], [1.0], "float32", (1,)) == Match(0.0)


def test_booleans_do_not_keep_a_promise_of_numbers() -> None:
    assert compare([1, 0], [True, False], "bool", (2,)) == Miss("value")
