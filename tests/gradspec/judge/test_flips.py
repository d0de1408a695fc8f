from __future__ import annotations

import pytest

from doubles.toy import page
from gradspec.judge.flips import flips, kept
from gradspec.outcome import Observation, Raised
from gradspec.specs.model import Check, Spec, Step
from gradspec.specs.read import parse

ERROR = Raised(("RuntimeError", "Exception", "BaseException"), "a leaf Variable that requires grad is written to")
WARNING = Raised(("UserWarning", "Warning", "Exception", "BaseException"), "this is deprecated")


def promise(check: str) -> tuple[Spec, Check, Step]:
    """A page with one promise, and where it stands."""
    spec = parse(page(check), "sums/four")
    return spec, spec.checks[0], spec.checks[0].steps[-1]


def flipped(literal: str, dtype: str = "", shape: tuple[int, ...] | None = None) -> list[tuple[str, str]]:
    """What a promised value is flipped to, where it was observed in such a tensor."""
    step = promise(f"x = 1  # => {literal}")[2]
    seen = Observation(6, literal, dtype, shape)
    return [(flip.what, flip.step.expected) for flip in flips(step, seen, True) if flip.step.promise == "value"]


@pytest.mark.parametrize(
    ("literal", "what", "other"),
    [
        ("2", "sign", "-2"),
        ("2", "digit", "3"),
        ("0", "zero", "1"),
        ("0.0", "zero", "1.0"),
        ("nan", "nan", "0.0"),
        ("inf", "sign", "-inf"),
        ("inf", "infinity", "1.0"),
        ("True", "truth", "False"),
        ("None", "something", "0"),
        ("'yes'", "text", "'yes?'"),
        ("torch.float32", "dtype", "torch.float64"),
        ("torch.int64", "dtype", "torch.float32"),
        ("2", "shape", "[2]"),
        ("[1, 2]", "shape", "[1]"),
        ("[1, 2]", "shape", "[1, 2, 2]"),
        ("[1, 2]", "sign", "[1, -2]"),
        ("[[1], [2]]", "shape", "[[1], [2, 2]]"),
        ("[]", "shape", "[0]"),
        ("(1, None)", "something", "(1, 0)"),
        ("(1+2j, 3)", "sign", "((1.0-2.0j), 3)"),
        ("{1, 2}", "one less", "{2}"),
        ("{'a': 1}", "sign", "{'a': -1}"),
        ("{'a': 1}", "one less", "{}"),
        ("1+2j", "sign", "(1.0-2.0j)"),
        ("1+2j", "sign", "(-1.0+2.0j)"),
    ],
)
def test_each_thing_in_a_value_is_flipped(literal: str, what: str, other: str) -> None:
    assert (what, other) in flipped(literal)


def test_an_integer_tensor_is_flipped_to_floats() -> None:
    assert ("dtype", "[1.0, 2.0]") in flipped("[1, 2]", "int64", (2,))
    assert "dtype" not in {what for what, _ in flipped("[1, 2]", "float32", (2,))}  # integers promise floats as well


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("off", [-8, 8])
def test_a_digit_is_flipped_beyond_rounding_and_no_further(dtype: str, off: int) -> None:
    from gradspec.judge.matching import FORMATS

    ulp = FORMATS[dtype].ulp(1.5)
    spec, check, step = promise("x = 1  # => 1.5")
    seen = Observation(6, repr(1.5 + off * ulp), dtype, ())
    (other,) = (flip.step for flip in flips(step, seen, True) if flip.what == "digit")

    assert kept(spec, check, step, seen, True)
    assert not kept(spec, check, other, seen, True)
    assert float(other.expected) - 1.5 <= 32 * ulp


@pytest.mark.parametrize(
    ("literal", "dtype", "shape"),
    [
        ("[[1., -2.], [0., 4.]]", "float32", (2, 2)),
        ("[1, 2, 3]", "int64", (3,)),
        ("[True, False]", "bool", (2,)),
        ("[1+2j, nan]", "complex64", (2,)),
        ("0.1", "bfloat16", ()),
        ("-0.", "float64", ()),
        ("[]", "float32", (0,)),
        ("[[], []]", "float32", (2, 0)),
        ("(1, [2., 3.])", "float32", None),
        ("(torch.float32, 'text', b'bytes', None, {1, 2}, {'a': inf})", "", None),
    ],
)
def test_a_judge_who_reads_catches_every_flip(literal: str, dtype: str, shape: tuple[int, ...] | None) -> None:
    spec, check, step = promise(f"x = 1  # => {literal}")
    seen = Observation(6, literal, dtype, shape)
    found = list(flips(step, seen, True))

    assert kept(spec, check, step, seen, True)
    assert len(found) > 1
    assert [flip for flip in found if kept(spec, check, flip.step, seen, True)] == []


@pytest.mark.parametrize("torch_messages", [True, False])
@pytest.mark.parametrize(
    ("check", "seen"),
    [
        ("x = f()  # raises RuntimeError: a leaf Variable ... written", Observation(6, raised=ERROR)),
        ("x = f()  # raises RuntimeError", Observation(6, raised=ERROR)),
        ("x = f()  # warns UserWarning: deprecated", Observation(6, "7", warned=(WARNING,))),
    ],
)
def test_every_flip_of_an_error_or_a_warning_is_caught(check: str, seen: Observation, torch_messages: bool) -> None:
    spec, block, step = promise(check.replace("f()", "int()"))
    found = list(flips(step, seen, torch_messages))

    assert kept(spec, block, step, seen, torch_messages)
    assert {flip.what for flip in found} >= ({"class", "text"} if torch_messages else set())
    assert found
    assert [flip for flip in found if kept(spec, block, flip.step, seen, torch_messages)] == []


def test_where_any_error_will_do_its_words_are_not_flipped() -> None:
    step = promise("int()  # raises RuntimeError: text")[2]
    assert [flip.what for flip in flips(step, Observation(6, raised=ERROR), False)] == ["no error"]


def test_what_promises_nothing_has_no_flip() -> None:
    for check in ("int()", "int()  # => ?"):
        assert list(flips(promise(check)[2], Observation(6, "0"), True)) == []
