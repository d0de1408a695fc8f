from __future__ import annotations

from dataclasses import dataclass

import pytest

from doubles.toy import page
from gradspec.judge.specs import judge, reads_a_derivative, unspecified
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Observation, Raised, SpecOutcome
from gradspec.specs.model import Spec
from gradspec.specs.read import parse

ERROR = Raised(("RuntimeError", "Exception", "BaseException"), "Trying to backward\nthrough the graph a second time")
WARNING = Raised(("UserWarning", "Warning", "Exception", "BaseException"), "this is deprecated")


@dataclass(frozen=True)
class Entry:
    """A known divergence."""

    id: str = "sums/four"
    where: str = "toy.toml:3"


class Knows:
    """Knows one entry for every spec."""

    def spec(self, id: str) -> Entry:
        """The entry."""
        return Entry()


def spec(check: str) -> Spec:
    return parse(page(check), "sums/four")


def judged(check: str, *observations: Observation, torch_messages: bool = True, **more: object) -> Judgement:
    return judge(spec(check), SpecOutcome(observations, **more), torch_messages)  # type: ignore[arg-type]


def test_a_kept_promise_agrees_with_its_margin() -> None:
    assert judged("x = 2\nx  # => 2.0", Observation(7, "2.0")) == Judgement(Verdict.AGREES, margin=0.0)
    near = Observation(6, repr(1.0 + 4 * 2.0**-52))
    assert judged("math.pi  # => 1.0", near).margin == 0.5


def test_a_departure_names_place_promise_and_value() -> None:
    found = judged("x = math\nx.grad  # => [2., 4.]", Observation(7, "[1.0, 2.0]", "float32", (2,)))

    assert found.verdict is Verdict.WRONG_GRADIENT
    assert found.where == "four.md:7"
    assert found.said == "four.md:7 x.grad: promised [2., 4.], got [1.0, 2.0]"
    assert found.signature == "spec:sums/four:7"


@pytest.mark.parametrize(
    ("check", "seen", "verdict"),
    [
        ("math.pi  # => 3.0", Observation(6, "3.5"), Verdict.WRONG_VALUE),
        ("math.pi  # => [3.0]", Observation(6, "3.0", "float32", ()), Verdict.WRONG_SHAPE),
        ("math.pi.shape  # => (3,)", Observation(6, "(2,)"), Verdict.WRONG_SHAPE),
        ("math.pi.dtype  # => torch.float32", Observation(6, "torch.float64"), Verdict.WRONG_DTYPE),
        ("math.pi  # => [3.0]", Observation(6, "[3]", "int64", (1,)), Verdict.WRONG_DTYPE),
        ("torch.func.vjp  # => 3", Observation(6, "4"), Verdict.WRONG_GRADIENT),
        ("math.pi  # => None", Observation(6, "<Node>"), Verdict.WRONG_VALUE),
    ],
)
def test_the_verdict_names_the_aspect(check: str, seen: Observation, verdict: Verdict) -> None:
    assert judged(check, seen).verdict is verdict


def test_a_name_that_holds_a_derivative_reads_one() -> None:
    (check,) = spec("g = torch.autograd.grad(1, 2)\nh = g\ny = 3\ng  # => 1\ny  # => 1").checks
    assert reads_a_derivative(check, check.steps[3])
    assert not reads_a_derivative(check, check.steps[4])


def test_requires_grad_is_no_derivative() -> None:
    (check,) = spec("torch.requires_grad  # => True").checks
    assert not reads_a_derivative(check, check.steps[0])


RAISES = "math.f()  # raises RuntimeError: backward through ... second time"


@pytest.mark.parametrize(
    ("check", "seen", "verdict"),
    [
        (RAISES, Observation(6, raised=ERROR), Verdict.AGREES),
        ("math.f()  # raises Exception", Observation(6, raised=ERROR), Verdict.AGREES),
        ("math.f()  # raises errors.RuntimeError", Observation(6, raised=ERROR), Verdict.AGREES),
        ("math.f()  # raises ValueError", Observation(6, raised=ERROR), Verdict.WRONG_ERROR),
        ("math.f()  # raises RuntimeError: a third time", Observation(6, raised=ERROR), Verdict.WRONG_ERROR),
        ("math.f()  # raises RuntimeError: second ... through", Observation(6, raised=ERROR), Verdict.WRONG_ERROR),
        (RAISES, Observation(6, "3"), Verdict.WRONG_ERROR),
        ("math.f()  # warns UserWarning: deprecated", Observation(6, warned=(WARNING,)), Verdict.AGREES),
        ("math.f()  # warns UserWarning: obsolete", Observation(6, warned=(WARNING,)), Verdict.WRONG_ERROR),
        ("math.f()  # warns FutureWarning", Observation(6, warned=(WARNING,)), Verdict.WRONG_ERROR),
        ("math.f()  # warns UserWarning", Observation(6), Verdict.WRONG_ERROR),
        ("math.f()\n2  # => 2", Observation(6, warned=(WARNING,)), Verdict.AGREES),
    ],
)
def test_errors_and_warnings(check: str, seen: Observation, verdict: Verdict) -> None:
    assert judged(check, seen).verdict is verdict


def test_what_a_wrong_error_says() -> None:
    assert judged(RAISES, Observation(6, "3")).said == (
        "four.md:6 math.f(): promised RuntimeError: backward through ... second time, nothing was raised"
    )
    assert (
        "got RuntimeError: Trying to backward through the graph"
        in judged("math.f()  # raises ValueError", Observation(6, raised=ERROR)).said
    )


def test_an_engine_without_torchs_messages_may_say_it_otherwise_but_must_refuse() -> None:
    other = Observation(6, raised=Raised(("TypeError", "Exception"), "no"))
    assert judged(RAISES, other, torch_messages=False).verdict is Verdict.AGREES
    assert judged(RAISES, Observation(6, "3"), torch_messages=False).verdict is Verdict.WRONG_ERROR
    warns = "math.f()  # warns FutureWarning: no"
    assert judged(warns, Observation(6, warned=(WARNING,)), torch_messages=False).verdict is Verdict.AGREES
    assert judged(warns, Observation(6), torch_messages=False).verdict is Verdict.WRONG_ERROR


def test_an_error_where_none_was_promised() -> None:
    found = judged("x = math.f()\nx  # => 2", stopped=ERROR, stopped_at=6)
    assert found.verdict is Verdict.WRONG_ERROR
    assert found.said.startswith("four.md:6 x = math.f(): promised to run, raised RuntimeError: Trying to backward")


def test_an_error_where_a_value_was_promised() -> None:
    found = judged("math.f()  # => 2", Observation(6, raised=ERROR), stopped=ERROR, stopped_at=6)
    assert found.said.startswith("four.md:6 math.f(): promised 2, raised RuntimeError")


def test_what_a_line_observes_never_departs() -> None:
    check = "math.f()  # => ?\n2  # => 2"
    assert judged(check, Observation(6, raised=ERROR), Observation(7, "2")).verdict is Verdict.AGREES


def test_the_first_departure_is_told() -> None:
    assert judged("2  # => 2\n3  # => 3", Observation(6, "5"), Observation(7, "6")).where == "four.md:6"


def test_a_missing_capability_is_no_departure() -> None:
    assert judged("2  # => 2", missing=("hooks",)) == Judgement(Verdict.UNSUPPORTED, said="lacks hooks")


def test_what_an_adapter_says_it_lacks_is_told_in_its_words_and_once() -> None:
    assert judged("2  # => 2", missing=("toy has no median",) * 2).said == "toy has no median"


def test_a_page_that_showed_nothing_is_our_own_fault() -> None:
    assert judged("2  # => 2").verdict is Verdict.HARNESS_ERROR


def test_a_known_divergence_is_documented() -> None:
    found = judge(spec("2  # => 2"), SpecOutcome((Observation(6, "3"),)), True, Knows())
    assert (found.verdict, found.known, found.where) == (Verdict.DOCUMENTED, "sums/four", "four.md:6")


@pytest.mark.parametrize("outcome", [SpecOutcome((Observation(6, "2"),)), SpecOutcome(missing=("tape",))])
def test_an_entry_that_no_longer_happens_names_the_line_to_delete(outcome: SpecOutcome) -> None:
    found = judge(spec("2  # => 2"), outcome, True, Knows())
    assert found.verdict is Verdict.HARNESS_ERROR
    assert found.said.startswith("toy.toml:3: sums/four no longer departs")


OBSERVES = "math.max(1, 1)  # => ?\n2  # => 2"


def compared(one: Observation, other: Observation) -> Judgement | None:
    return unspecified(spec(OBSERVES), {"torch:cpu": SpecOutcome((one,)), "jax:cpu": SpecOutcome((other,))})


def test_backends_that_observe_the_same_agree() -> None:
    assert (
        compared(Observation(6, "[0.5, 0.5]", "float32", (2,)), Observation(6, "[0.5, 0.5]", "float32", (2,))) is None
    )
    assert compared(Observation(6, raised=ERROR), Observation(6, raised=WARNING)) is None
    assert compared(Observation(6, "<Node>"), Observation(6, "<Node>")) is None


def test_backends_that_observe_otherwise_are_told_with_their_values() -> None:
    found = compared(Observation(6, "[0.5, 0.5]", "float32", (2,)), Observation(6, "[1.0, 0.0]", "float32", (2,)))
    assert found == Judgement(
        Verdict.UNSPECIFIED,
        "four.md:6",
        "four.md:6 math.max(1, 1): torch:cpu shows [0.5, 0.5]; jax:cpu shows [1.0, 0.0]",
        signature="spec:sums/four:6",
    )


@pytest.mark.parametrize(
    "other",
    [
        Observation(6, raised=ERROR),
        Observation(6, "<Node>"),
        Observation(6, "[2, 3]", "int64", (2,)),
        Observation(6, "2.0"),
    ],
)
def test_an_error_another_shape_and_another_kind_differ(other: Observation) -> None:
    two = Observation(6, "[2.0, 2.0]", "float32", (2,))
    assert compared(two, other) is not None
    assert compared(other, two) is not None


def test_promised_lines_are_not_compared() -> None:
    assert compared(Observation(7, "2"), Observation(7, "3")) is None
