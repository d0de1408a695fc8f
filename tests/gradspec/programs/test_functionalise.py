"""A program that writes, detaches and hooks has a pure form, and every engine answers the same to both."""

from __future__ import annotations

import numpy as np
import pytest
from mutating import mutating

from gradspec.backends.refgrad import Refgrad
from gradspec.judge.oracle import Certificate, certify, installed
from gradspec.judge.programs import judge_all
from gradspec.outcome import Answers
from gradspec.programs import Input, Program, Question, Step
from gradspec.programs.functionalise import functionalise, is_pure, pure, retained
from gradspec.programs.values import cotangents

REVERSE = (Question("reverse", 3),)


def leaf(*numbers: float, **more) -> Input:
    return Input((len(numbers),), exact=tuple(float(x).hex() for x in numbers), **more)


def program(*steps: Step, outputs: tuple[int, ...], inputs=(leaf(1.5, -2.0),), questions=REVERSE) -> Program:
    return Program(inputs, steps, outputs, questions)


def step(op: str, *args: int, shape=(2,), **more) -> Step:
    settings = {name: more.pop(name) for name in list(more) if name not in ("write", "grad")}
    return Step(op, args, settings, shape, **more)


def ops(of: Program) -> list[str]:
    return [s.op for s in functionalise(of).steps]


def gradients(of: Program) -> list[list[float]]:
    """What refgrad answers to the program as it stands, after checking that it answers the same to the pure form."""
    engine = Refgrad()
    answers, again = engine.answer(of), engine.answer(functionalise(of))
    assert answers.refused == again.refused == {}
    same(answers, again)
    return [[] if x is None else x.numpy().tolist() for x in answers.questions[0]]


def same(a: Answers, b: Answers) -> None:
    for x, y in zip((*a.values, *sum(a.questions, ())), (*b.values, *sum(b.questions, ())), strict=True):
        if x is not None and y is not None:
            np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-9, atol=1e-12)
        else:
            assert not np.any((x or y).numpy()) if x or y else True


def test_a_pure_program_is_left_as_it_is() -> None:
    plain = program(step("sin", 0), step("detach", 1), outputs=(2,))

    assert is_pure(plain)
    assert functionalise(plain) is plain


def test_a_write_to_a_base_is_the_new_value() -> None:
    """y = exp(x); y *= x: the gradient of x exp(x)."""
    written = program(step("exp", 0), step("clone", 1), step("mul", 2, 0, write=True), outputs=(3,))
    (u,) = cotangents(written, REVERSE[0])
    x = np.array([1.5, -2.0])

    assert ops(written) == ["exp", "clone", "mul"]
    np.testing.assert_allclose(gradients(written)[0], u * (1 + x) * np.exp(x))


def test_a_write_to_a_view_is_a_write_to_its_base() -> None:
    """y = x + x; y[1] = x[0]: d<u, y> = (2 u0 + u1, 0)."""
    written = program(
        step("add", 0, 0),
        step("select", 1, shape=(), dim=0, index=1),
        step("select", 0, shape=(), dim=0, index=0),
        step("assign", 2, 3, shape=(), write=True),
        outputs=(1,),
    )
    (u,) = cotangents(written, REVERSE[0])

    assert "put" in ops(written)
    np.testing.assert_allclose(gradients(written)[0], [2 * u[0] + u[1], 0.0])


def test_a_view_is_taken_anew_when_its_base_was_written() -> None:
    written = program(
        step("add", 0, 0),
        step("narrow", 1, shape=(1,), dim=0, start=1, length=1),
        step("neg", 1, write=True),
        step("positive", 2, shape=(1,)),
        outputs=(4,),
    )

    assert ops(written).count("narrow") == 2
    np.testing.assert_allclose(Refgrad().answer(written).values[0].numpy(), [4.0])
    np.testing.assert_allclose(Refgrad().answer(functionalise(written)).values[0].numpy(), [4.0])


def test_a_write_to_a_detached_tensor_changes_the_value_and_not_the_history() -> None:
    """y = 2 x; y.detach().neg_(): y has the negative value and the gradient 2."""
    written = program(step("add", 0, 0), step("detach", 1), step("neg", 2, write=True), outputs=(1,))
    (u,) = cotangents(written, REVERSE[0])

    np.testing.assert_allclose(Refgrad().answer(written).values[0].numpy(), [-3.0, 4.0])
    np.testing.assert_allclose(gradients(written)[0], 2 * u)


def test_a_write_under_no_grad_is_a_graft() -> None:
    written = program(step("add", 0, 0), step("mul", 1, 0, write=True, grad=False), outputs=(2,))
    (u,) = cotangents(written, REVERSE[0])

    assert ops(written) == ["add", "mul", "graft"]
    np.testing.assert_allclose(gradients(written)[0], 2 * u)


def test_a_hook_stands_between_the_value_and_all_its_readers() -> None:
    """y = 2 x is read before the hook is put on: 0.5 * d<u, 3 y> = 3 u."""
    hooked = program(
        step("add", 0, 0),
        step("add", 1, 1),
        step("hook.scale", 1, factor=0.5),
        step("add", 2, 1),
        outputs=(4,),
    )
    (u,) = cotangents(hooked, REVERSE[0])

    assert ops(hooked) == ["add", "function.scale", "add", "add"]
    np.testing.assert_allclose(gradients(hooked)[0], 3 * u)


def test_the_hook_that_was_put_on_first_sees_the_gradient_first() -> None:
    """Clipped to 0.5 and then doubled: at most 1, where it would be at most 0.5 the other way round."""
    hooked = program(
        step("add", 0, 0), step("hook.clip", 1, bound=0.25), step("hook.scale", 1, factor=2.0), outputs=(1,)
    )
    (u,) = cotangents(hooked, REVERSE[0])

    np.testing.assert_allclose(gradients(hooked)[0], 4 * np.clip(u, -0.25, 0.25))


def test_a_hook_stays_with_the_value_that_it_saw() -> None:
    """y = 2 x, hooked by -1; then y *= 3 in place: d<u, y> = -6 u."""
    three = leaf(3.0, 3.0, requires_grad=False)
    hooked = program(
        step("add", 0, 0), step("hook.scale", 2, factor=-1.0), step("mul", 2, 1, write=True), outputs=(4,),
        inputs=(leaf(1.5, -2.0), three),
    )  # fmt: skip
    (u,) = cotangents(hooked, REVERSE[0])

    np.testing.assert_allclose(gradients(hooked)[0], -6 * u)


def test_a_retained_gradient_is_that_of_an_added_input() -> None:
    """It follows the tensor: y = 2 x, retained, y *= x: the gradient by what y has become is u."""
    kept = program(step("add", 0, 0), step("retain_grad", 1), step("mul", 1, 0, write=True), outputs=(3,))
    (u,) = cotangents(kept, REVERSE[0])

    assert retained(kept) == (1,)
    assert functionalise(kept).inputs[1].exact == ("-0x0.0p+0",) * 2
    np.testing.assert_allclose(gradients(kept)[1], u)


def test_steps_stand_where_the_pure_program_has_them() -> None:
    written = program(step("add", 0, 0), step("hook.scale", 1, factor=2.0), step("neg", 1, write=True), outputs=(3,))

    answers = Refgrad().answer(written, steps=True)

    assert pure(written).places == (0, None, 2)
    assert [None if x is None else x.numpy().tolist() for x in answers.steps] == [[3.0, -4.0], None, [-3.0, 4.0]]


def test_the_pure_form_is_pure_and_keeps_inputs_and_outputs() -> None:
    for drawn in mutating(100):
        form = functionalise(drawn)

        assert is_pure(form)
        assert form.inputs[: len(drawn.inputs)] == drawn.inputs
        assert [form.meta(n) for n in form.outputs] == [drawn.meta(n) for n in drawn.outputs]
        assert functionalise(form) is form


@pytest.mark.parametrize("name", ["refgrad", "torch"])
def test_an_engine_answers_the_same_to_both(name: str) -> None:
    if name == "torch":
        pytest.importorskip("torch", reason="the engine under test")
        from gradspec.backends.torch import Torch as Engine
    else:
        Engine = Refgrad
    engine = Engine()
    for drawn in mutating(150, 3):
        answers, again = engine.answer(drawn), engine.answer(functionalise(drawn))

        assert answers.refused == again.refused == {}, drawn
        same(answers, again)


def test_torch_and_jax_agree_with_the_reference() -> None:
    pytest.importorskip("torch", reason="one of the engines compared")
    pytest.importorskip("jax", reason="the other engine compared")
    from gradspec.backends.jax import Jax
    from gradspec.backends.torch import Torch

    engines = {"torch:cpu": Torch(), "jax:cpu": Jax(), "refgrad": Refgrad()}
    few = [p for p in mutating(400, 5, steps=4) if all(s.op in FAMILIAR for s in p.steps)][:15]
    assert len(few) == 15
    for drawn in few:
        judged = judge_all(drawn, {id: engine.answer(drawn, steps=True) for id, engine in engines.items()}, {})

        assert not any(judgement.verdict.departs for judgement in judged.values()), (drawn, judged)


FAMILIAR = frozenset({
    "abs", "add", "addcmul", "assign", "atan", "cat", "clone", "cos", "cosh", "cumsum", "detach", "diagonal", "erf",
    "exp", "expand", "fill", "flip", "function.clip", "function.product", "function.scale", "function.square",
    "hook.clip", "hook.scale", "index_select", "lerp", "log", "matmul", "maximum", "mean", "minimum", "mm",
    "movedim", "mul", "narrow", "neg", "permute", "pow.integer", "reciprocal", "relu", "retain_grad", "roll",
    "select", "sigmoid", "sin", "sinh", "slice", "softplus", "sqrt", "square", "squeeze", "stack", "sub", "sum",
    "tanh", "transpose", "tril", "triu", "unbind", "unsqueeze", "view", "where",
})  # fmt: skip
"""Ops that compile quickly."""


@pytest.mark.skipif(not installed(), reason="python-flint is the oracle's arithmetic")
def test_the_oracle_agrees_with_what_is_frozen() -> None:
    certified = 0
    for drawn in mutating(60, 7, steps=4):
        word = certify(drawn, seconds=1.0)
        if isinstance(word, Certificate) and not word.kinks:
            certified += 1
            for place, truth in word.truths.items():
                answers = Refgrad().answer(functionalise(drawn))
                array = answers.values[place[1]] if place[0] < 0 else answers.questions[place[0]][place[1]]
                if array is not None:
                    np.testing.assert_allclose(array.numpy(), truth.value, rtol=1e-6, atol=1e-6 * max(1.0, truth.size))
    assert certified > 20
