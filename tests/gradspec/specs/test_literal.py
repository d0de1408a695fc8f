from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradspec.errors import BrokenSpec
from gradspec.specs import literal
from gradspec.specs.literal import DType

NUMBERS = st.one_of(st.booleans(), st.integers(), st.floats(), st.complex_numbers(allow_nan=True), st.text(), st.none())


def same(a: object, b: object) -> bool:
    """Equal to the last bit, nan and the signs of zeros included."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, complex) and isinstance(b, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return type(a) is type(b) and a == b


@example(complex(-0.0, 1.0))
@example(complex(1.0, -0.0))
@example(complex(math.nan, -math.inf))
@example([complex(-0.0, math.nan)])
@given(st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=3), max_leaves=8))
def test_what_is_shown_reads_back_exactly(value: object) -> None:
    assert same(literal.read(literal.show(value)), value)


def test_same_tells_zeros_apart() -> None:
    assert not same(0.0, -0.0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[2., -inf]", [2.0, -math.inf]),
        ("1+2j", 1 + 2j),
        ("1-2j", 1 - 2j),
        ("(2, [True, None])", (2, [True, None])),
        ("{'a': 1}", {"a": 1}),
        ("torch.float32", DType("float32")),
        ("torch.Size([2, 3])", (2, 3)),
        ("set()", set()),
        ("'a # b'", "a # b"),
    ],
)
def test_the_grammar(text: str, value: object) -> None:
    assert literal.read(text) == value


def test_minus_an_imaginary_number_has_a_plain_zero_for_real_part() -> None:
    assert math.copysign(1, literal.read("-1j").real) == 1
    assert math.copysign(1, literal.read("-0.0+1j").real) == -1


def test_a_dtype_is_shown_in_torchs_words() -> None:
    assert literal.show(DType("int64")) == "torch.int64"


@pytest.mark.parametrize(
    "text", ["x", "[1, 2", "f(2)", "2 * 3", "...", "torch.nn.Linear", "1 + 2", "-'a'", "True + 1j", ""]
)
def test_what_is_no_literal_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BrokenSpec, match="is not a literal. Write") as refused:
        literal.read(text)
    assert "\n" not in str(refused.value)


def test_brackets_follow_the_container() -> None:
    assert literal.bracket((1,), ["1"]) == "(1,)"
    assert literal.bracket([1], ["1"]) == "[1]"
    assert literal.bracket({2, 1}, ["2", "1"]) == "{1, 2}"
    assert literal.bracket(frozenset(), []) == "set()"
