"""What is passed at a glance is what the judge would pass: by the ops' last places alone, and with no word of doubt."""

import numpy as np
import pytest
from msgspec.structs import replace

from gradspec.backends.refgrad import Refgrad
from gradspec.judge import glance
from gradspec.judge.programs import judge_all, judge_program
from gradspec.judge.shadow import cast
from gradspec.judge.verdict import Verdict
from gradspec.outcome import Answers, Array
from gradspec.programs.draw import planned
from gradspec.programs.functionalise import functionalise
from gradspec.programs.model import Input, Program, Question, Step
from gradspec.programs.search import turns

ULP = 2.0**-52


def tanh_of_product(n: int = 0) -> Program:
    """tanh(x * y) with its gradients; another `n` is another program."""
    inputs = (Input((3,), seed=n), Input((3,), seed=n + 1))
    steps = (Step("mul", (0, 1), {}, (3,)), Step("tanh", (2,), {}, (3,)))
    return Program(inputs, steps, (3,), (Question("reverse", n),))


def ordinary() -> Program:
    """A program that is not one of those judged in full."""
    return next(p for p in map(tanh_of_product, range(9)) if int(p.id, 16) % glance.IN_FULL)


def moved(answers: Answers, by: float) -> Answers:
    """The answers with every number of the first gradient moved by a part of its size."""
    first, *others = answers.questions[0]
    return replace(answers, questions=((Array.of(first.numpy() * (1 + by)), *others),))


@pytest.mark.parametrize(("ulps", "passes"), [(0, True), (2, True), (1000, False)])
def test_what_lies_within_the_ops_last_places_is_passed(ulps: int, passes: bool):
    program = ordinary()
    own = Refgrad().answer(program)
    found = glance.agreed(program, {"refgrad": own, "other": moved(own, ulps * ULP)})
    assert (found is not None) is passes


def test_the_margin_is_an_upper_bound_of_the_judges():
    program = ordinary()
    other = moved(Refgrad().answer(program), 2 * ULP)
    seen = glance.agreed(program, {"other": other})["other"].margin
    assert 1 > seen >= judge_program(program, other, cast(program)).margin > 0


def test_a_program_in_thirty_two_is_judged_in_full():
    found = [p for p in map(tanh_of_product, range(640)) if glance.agreed(p, {"other": Refgrad().answer(p)}) is None]
    assert 640 / 32 / 2 < len(found) < 2 * 640 / 32


def test_a_reference_that_sits_alone_is_run_again():
    program = ordinary()
    wrong = moved(Refgrad().answer(program), 0.5)
    assert judge_all(program, {"refgrad": wrong}, {})["refgrad"].verdict is Verdict.WRONG_GRADIENT


def test_engines_that_are_wrong_together_are_not_believed():
    program = ordinary()
    wrong = moved(Refgrad().answer(program), 0.5)
    judged = judge_all(program, {"one": wrong, "other": wrong}, {})
    assert {judgement.verdict for judgement in judged.values()} == {Verdict.WRONG_GRADIENT}


def test_an_engine_that_lacks_the_ops_bears_no_witness():
    program = ordinary()
    wrong = moved(Refgrad().answer(program), 0.5)
    judged = judge_all(program, {"refgrad": wrong, "other": Answers(missing=("tanh",))}, {})
    assert judged["refgrad"].verdict is Verdict.WRONG_GRADIENT
    assert judged["other"].verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize("other", [[-0.0, 1.0], [np.inf, 1.0], [np.nan, 1.0], [0.0, 1.0 + 1e-9]])
def test_zeros_of_the_other_sign_and_infinities_are_left_to_the_judge(other: list[float]):
    ours = Array.of(np.array([0.0, 1.0]))
    assert glance.within(Array.of(np.array(other)), ours, 4.0, smooth=True, signed=True) is None
    assert glance.within(ours, ours, 4.0, smooth=True, signed=True) == 0.0


def test_beside_a_kink_no_number_is_far_in_its_own_last_places():
    ours, theirs = (Array.of(np.array([1e9, x])) for x in (1.0, 1.0 + 1e-11))
    assert glance.within(theirs, ours, 4.0, smooth=True) is not None
    assert glance.within(theirs, ours, 4.0, smooth=False) is None


def test_a_gradient_that_nobody_asked_for_is_left_to_the_judge():
    program = next(
        p for p in (replace(tanh_of_product(n), questions=(Question("subset", n),)) for n in range(9))
        if int(p.id, 16) % glance.IN_FULL
    )  # fmt: skip
    own = Refgrad().answer(program)
    assert None in own.questions[0]
    full = replace(own, questions=(Refgrad().answer(replace(program, questions=(Question("reverse"),))).questions[0],))
    assert glance.agreed(program, {"other": full}) is None


def test_whom_a_glance_passes_the_judge_passes():
    engine = Refgrad()
    passed = 0
    for program in map(functionalise, [turn.program for turn in turns(planned(steps=4), 60, 5)]):
        noisy = engine.answer(program)
        noisy = replace(noisy, values=tuple(
            Array.of(value.numpy() * (1 + ULP)) if value.dtype == "float64" else value for value in noisy.values
        ))  # fmt: skip
        if (seen := glance.agreed(program, {"other": noisy})) is not None:
            passed += 1
            judged = judge_program(program, noisy, cast(program))
            assert judged.verdict in (seen["other"].verdict, Verdict.ILL_CONDITIONED)
    assert passed > 20
