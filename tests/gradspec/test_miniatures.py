"""The suite catches every miniature by what it names, and refgrad, which all of them are made of, by nothing."""

from __future__ import annotations

import inspect

import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import Shadow, cast
from gradspec.judge.specs import judge
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.programs.draw import planned
from gradspec.programs.search import turns
from gradspec.run import wire
from gradspec.run.clean import restored
from gradspec.run.supervisor import Worker
from gradspec.specs import where
from gradspec.specs.perform import perform
from miniatures import ALL, PROGRAMS, Miniature

COUNT, SEED = 300, 0

BY_PAGE = [miniature for miniature in ALL if miniature.caught_by != PROGRAMS]
BY_PROGRAMS = [miniature for miniature in ALL if miniature.caught_by == PROGRAMS]
PAGES = sorted({miniature.caught_by for miniature in BY_PAGE})


@pytest.fixture(scope="module")
def shadows() -> list[Shadow]:
    """What a run of 300 programs draws of the ops at fault, and the word on each of what still is the reference."""
    plan = planned(ops={op for miniature in BY_PROGRAMS for op in miniature.ops})
    return [cast(turn.program) for turn in turns(plan, COUNT, SEED)]


def read(page: str, engine: Refgrad) -> Judgement:
    """The verdict on what `engine` shows on a page."""
    (spec,) = where.load([page])
    with restored(engine.torch):
        outcome = perform(spec, engine)
    return judge(spec, outcome, engine.torch_messages)


@pytest.mark.parametrize("miniature", BY_PAGE, ids=lambda miniature: miniature.__name__)
def test_page_catches(miniature: type[Miniature]):
    with miniature() as engine:
        judgement = read(miniature.caught_by, engine)

    assert judgement.verdict.departs, judgement


@pytest.mark.parametrize("page", PAGES)
def test_refgrad_keeps_the_page(page: str):
    assert read(page, Refgrad()).verdict is Verdict.AGREES


@pytest.mark.parametrize("miniature", BY_PROGRAMS, ids=lambda miniature: miniature.__name__)
def test_programs_catch(miniature: type[Miniature], shadows: list[Shadow]):
    for shadow in shadows:
        with miniature() as engine:
            answers = engine.answer(shadow.program)
        judgement = judge_program(shadow.program, answers, shadow)  # it may ask refgrad again: the fault is gone by now
        if judgement.verdict.departs:
            return
    pytest.fail(f"{miniature.__name__} answers {COUNT} programs as refgrad does")


def test_refgrad_passes_the_programs(shadows: list[Shadow]):
    refgrad = Refgrad()
    judged = [judge_program(shadow.program, refgrad.answer(shadow.program), shadow) for shadow in shadows]

    assert [judgement for judgement in judged if judgement.verdict.departs] == []
    assert sum(judgement.verdict is Verdict.AGREES for judgement in judged) > 0.95 * COUNT


def test_faults_are_undone(shadows: list[Shadow]):
    for miniature in ALL:
        with miniature():
            pass

    assert [cast(shadow.program).own for shadow in shadows[:50]] == [shadow.own for shadow in shadows[:50]]


@pytest.mark.parametrize("miniature", ALL, ids=lambda miniature: miniature.__name__)
def test_miniature_differs_from_refgrad_by_its_fault_alone(miniature: type[Miniature]):
    inherited = {name for name in dir(Miniature) if not name.startswith("__")} | {"__init__", "__enter__", "__exit__"}
    sentence = inspect.cleandoc(miniature.__doc__ or "").replace("\n", " ")

    assert vars(miniature).keys() & inherited <= {"ops"}
    assert sentence.endswith(".")
    assert ". " not in sentence


def test_there_are_many():
    assert len(ALL) >= 100
    assert len({miniature.__name__ for miniature in ALL}) == len(ALL)


def test_worker_commits_the_fault():
    """A name on the command line is enough: the constructor commits the fault, in the worker's process alone."""
    (spec,) = where.load(["backward/accumulates"])
    worker = Worker("miniatures.tape:OverwritesGrad").started()
    try:
        worker.send(wire.Perform(spec, 20.0))
        outcome = worker.collect().outcome
    finally:
        worker.close()

    assert judge(spec, outcome).verdict is Verdict.WRONG_GRADIENT
    assert read("backward/accumulates", Refgrad()).verdict is Verdict.AGREES
