"""The oracle has the last word on a departure: it names who is wrong, and it knows a kink from a mistake."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from gradspec.backends.refgrad import Refgrad
from gradspec.judge import appeal, oracle
from gradspec.judge.programs import judge_all
from gradspec.judge.shadow import At, Shadow, cast
from gradspec.judge.verdict import Verdict
from gradspec.outcome import Answers, Array
from gradspec.programs.model import Input, Program, Question, Step

pytest.importorskip("flint", reason="the oracle computes with python-flint")
from gradspec.judge.oracle import truth  # which imports flint


def smooth(shape: tuple[int, ...] = (2,)) -> Program:
    """exp(x * x), asked in reverse and forward."""
    steps = (Step("mul", (0, 0), {}, shape), Step("exp", (1,), {}, shape))
    return Program((Input(shape, low=-1.0, high=1.0),), steps, (2,), (Question("reverse"), Question("forward")))


def right(program: Program) -> Answers:
    return Refgrad().answer(program, steps=True)


def off(array: Array | None, factor: float = 1.01) -> Array:
    """The tensor with its last element wrong by a part."""
    values = array.numpy().copy()
    values.reshape(-1)[-1:] *= factor
    return Array.of(values)


def wrong_gradient(answers: Answers) -> Answers:
    return replace(answers, questions=((off(answers.questions[0][0]),), *answers.questions[1:]))


@pytest.mark.parametrize("shape", [(2,), (4, 5)])
def test_the_engine_that_is_wrong_is_named_with_its_distance(shape):
    program = smooth(shape)
    judged = judge_all(program, {"refgrad": right(program), "other:cpu": wrong_gradient(right(program))}, {})

    assert judged["refgrad"].verdict is Verdict.AGREES
    assert judged["other:cpu"].verdict is Verdict.WRONG_GRADIENT
    assert "certified: other:cpu is " in judged["other:cpu"].said
    assert "refgrad 0" in judged["other:cpu"].said or "refgrad 1" in judged["other:cpu"].said


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_reference_that_is_wrong_is_found_out(monkeypatch, dtype):
    program = smooth()
    program = replace(
        program,
        inputs=(replace(program.inputs[0], dtype=dtype),),
        steps=tuple(replace(step, dtype=dtype) for step in program.steps),
    )
    good = right(program)
    answer = At.answer
    monkeypatch.setattr(At, "answer", lambda self, p, *, steps=False: spoilt(answer(self, p, steps=steps)))
    judged = judge_all(program, {"refgrad": spoilt(good), "other:cpu": good}, {})

    assert judged["other:cpu"].verdict is Verdict.AGREES
    assert judged["refgrad"].verdict is Verdict.WRONG_GRADIENT
    assert judged["refgrad"].where == "gradient of x0"
    assert "certified: refgrad is " in judged["refgrad"].said


def spoilt(answers: Answers) -> Answers:
    """The gradient wrong by a hundredth, in whatever precision."""
    gradient = answers.questions[0][0]
    values = gradient.numpy().copy()
    values[-1:] = values[-1:] * values.dtype.type(1.01)
    return replace(answers, questions=((Array.of(values),), *answers.questions[1:]))


def test_a_reference_that_is_wrong_from_a_step_on_is_wrong_there(monkeypatch):
    program = smooth()
    good, bad = right(program), right(replace(program, steps=(program.steps[0], Step("exp2", (1,), {}, (2,)))))
    monkeypatch.setattr(appeal, "ROUNDS", 8)
    shadow = Shadow(program, bad, bad, (), 1.0)
    monkeypatch.setattr(Shadow, "wider", lambda self: self)
    judged = judge_all(program, {"refgrad": bad, "other:cpu": good}, {}, shadow)

    assert judged["other:cpu"].verdict is Verdict.AGREES
    assert (judged["refgrad"].verdict, judged["refgrad"].where) == (Verdict.WRONG_VALUE, "step 1 (exp)")


def test_a_kink_is_nobodys_mistake():
    zero = Input((1,), exact=((0.0).hex(),))
    program = Program((zero,), (Step("abs", (0,), {}, (1,)),), (1,), (Question("reverse"),))
    good = right(program)
    other = replace(good, questions=((Array.of(np.array([0.5])),),))
    unmarked = Shadow(program, good, good, (), 1.0)  # a catalogue that does not know the kink
    judged = judge_all(program, {"refgrad": good, "other:cpu": other}, {}, unmarked)

    assert judged["other:cpu"].verdict is Verdict.UNSPECIFIED
    assert "certified: a kink" in judged["other:cpu"].said


@pytest.mark.parametrize("fault", ["breaks", "silent", "absent"])
def test_without_the_oracles_word_the_judgement_stands(monkeypatch, fault):
    def certified(*args):
        if fault == "breaks":
            raise RuntimeError("the oracle's own fault")
        return oracle.Uncertified("no idea")

    monkeypatch.setattr(truth, "certified", certified)
    if fault == "absent":
        monkeypatch.setattr(appeal, "installed", lambda: False)
    program = smooth()
    judged = judge_all(program, {"other:cpu": wrong_gradient(right(program))}, {}, cast(program))

    assert judged["other:cpu"].verdict is Verdict.WRONG_GRADIENT
    assert "certified" not in judged["other:cpu"].said


def test_agreement_is_not_put_before_the_oracle(monkeypatch):
    monkeypatch.setattr(appeal, "certify", lambda *a, **k: pytest.fail("it was"))
    program = smooth()

    assert judge_all(program, {"other:cpu": right(program)}, {})["other:cpu"].verdict is Verdict.AGREES


@pytest.mark.parametrize(("shape", "asked"), [((2,), -1), ((4, 5), 19)])
def test_a_large_program_is_certified_at_the_departing_element_alone(monkeypatch, shape, asked):
    seen = []
    monkeypatch.setattr(
        appeal, "certify", lambda program, elements, seconds: seen.append(elements) or oracle.Uncertified("?")
    )
    program = smooth(shape)
    judge_all(program, {"other:cpu": wrong_gradient(right(program))}, {})

    assert seen == [{(0, 0): asked}]
