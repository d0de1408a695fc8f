"""A program that is wrong on purpose is refused by every engine, in torch's words by those that promise them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from drawing import drawn
from mutating import mutating

from gradspec.backends.refgrad import Refgrad
from gradspec.errors import GradspecError
from gradspec.judge.programs import judge_all
from gradspec.judge.verdict import Judgement
from gradspec.programs import Program, Step
from gradspec.programs.build import Choices
from gradspec.programs.functionalise import functionalise
from gradspec.programs.script import script
from gradspec.programs.wrong import MISTAKES, spoiled


@pytest.fixture(scope="module")
def each() -> dict[str, list[Program]]:
    """Some programs with each mistake."""
    found: dict[str, list[Program]] = {name: [] for name in MISTAKES}
    random = Random(5)
    for program in mutating(400, 9, steps=4):
        if all(0 not in program.meta(n)[0] for n in range(len(program.inputs) + len(program.steps))):
            made = spoiled(program, Choices(random.randbytes(8)))
            if made is not None:
                found[made.wrong].append(made)
    return found


def judged(program: Program, **engines: Any) -> dict[str, Judgement]:
    answers = {id: engine.answer(program) for id, engine in engines.items()}
    return judge_all(program, answers, {}, torch_messages={id: engine.torch_messages for id, engine in engines.items()})


@pytest.mark.parametrize("mistake", MISTAKES)
def test_torch_and_the_reference_refuse_in_the_same_words(mistake: str, each: dict[str, list[Program]]) -> None:
    pytest.importorskip("torch", reason="the words are torch's")
    from gradspec.backends.torch import Torch

    assert each[mistake]
    for program in each[mistake]:
        for id, judgement in judged(program, torch=Torch(), refgrad=Refgrad()).items():
            assert str(judgement.verdict) == "agrees", (id, judgement, program)


def test_an_engine_that_answers_is_wrong(each: dict[str, list[Program]]) -> None:
    class Lenient(Refgrad):
        """Its writes are not counted, as those through `.data` are not."""

        def apply(self, step: Step, args: Sequence[Any]) -> Any:
            if step.write:
                args[0].data.copy_(super().apply(Step(step.op, step.args, step.settings), [args[0].detach().clone()]))
                return args[0]
            return super().apply(step, args)

    late = next(
        program for program in each["what backward needs is written"] if sum(s.write for s in program.steps) == 1
    )
    (judgement,) = judged(late, lenient=Lenient()).values()

    assert str(judgement.verdict) == "wrong-error"
    assert judgement.said.startswith("what backward needs is written: answered; must be refused: RuntimeError")
    assert judgement.where == "question 0 (reverse)"


def test_an_engine_that_promises_the_words_must_keep_them(each: dict[str, list[Program]]) -> None:
    class Mumbling(Refgrad):
        def apply(self, step: Step, args: Sequence[Any]) -> Any:
            try:
                return super().apply(step, args)
            except Exception:
                raise RuntimeError("no") from None

    program = each["an index that is not there"][0]
    (judgement,) = judged(program, mumbling=Mumbling()).values()
    assert str(judgement.verdict) == "wrong-error"
    assert "raised RuntimeError: no; must be IndexError: out of range" in judgement.said

    Mumbling.torch_messages = False
    (judgement,) = judged(program, mumbling=Mumbling()).values()
    assert str(judgement.verdict) == "agrees", "any refusal will do"


def test_an_engine_without_the_words_is_not_asked(each: dict[str, list[Program]]) -> None:
    pytest.importorskip("jax", reason="an engine without a tape")
    from gradspec.backends.jax import Jax

    program = each["an input that requires grad is written"][0]

    assert str(judged(program, jax=Jax())["jax"].verdict) == "unsupported"
    with pytest.raises(GradspecError, match="cannot be printed"):
        script(program, "jax")


def test_what_is_wrong_is_not_made_pure(each: dict[str, list[Program]]) -> None:
    program = each["an input that requires grad is written"][0]

    assert functionalise(program) is program


def test_few_programs_are_wrong_and_only_when_asked_for() -> None:
    assert not any(program.wrong for program in drawn(100, 1))
    assert 1 <= sum(bool(program.wrong) for program in drawn(200, 1, wrong=True)) < 40
