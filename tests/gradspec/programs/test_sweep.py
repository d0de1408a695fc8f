"""The sweep looks at every op alone in every corner, agrees with an engine that is right, and gets smaller."""

from __future__ import annotations

import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.catalogue import dtypes
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.programs.draw import WOVEN, planned
from gradspec.programs.model import MODES, Program
from gradspec.programs.search import turns
from gradspec.programs.shrink import Departure
from gradspec.programs.sweep import CORNERS, grouped, length, swept

NAMES = ("neg", "exp", "add", "where", "sum", "cumsum", "diagonal", "permute", "matmul", "linalg.solve", "conv2d")
OPS = planned(ops=NAMES).ops


def sweep(seed: int) -> list[Program]:
    return [swept(n, OPS, MODES, seed) for n in range(length(OPS))]


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    return sweep(0)


def test_every_op_is_alone_in_each_corner(programs: list[Program]):
    assert all(len({step.op for step in program.steps}) == 1 for program in programs[: len(CORNERS) * len(OPS)])
    assert all({p.steps[0].op for p in programs[n * len(OPS) :][: len(OPS)]} == set(NAMES) for n in range(len(CORNERS)))


def test_the_last_round_asks_every_question_of_a_few_ops_together(programs: list[Program]):
    last = programs[len(CORNERS) * len(OPS) :]

    assert sorted(step.op for program in last for step in program.steps) == sorted(NAMES)
    assert all({question.mode for question in program.questions} == set(MODES) - {"jacobian"} for program in last)


def test_ops_that_allow_other_questions_are_not_asked_together():
    ops = planned(ops=["neg", "linalg.cond", "ormqr", "hardsigmoid", "exp"]).ops
    groups = grouped(ops)

    assert {op for group in groups for op in group} == set(ops)
    assert all(len({(op.tangent, op.orders >= 2) for op in group}) == 1 for group in groups)
    assert len(groups) > 1


def test_every_op_is_in_every_corner(programs: list[Program]):
    for op in OPS:
        alone = [p for p in programs if {step.op for step in p.steps} == {op.name}]
        leaves = {leaf for program in alone for leaf in program.inputs}
        modes = {question.mode for program in alone for question in program.questions}

        beside = {dtype for dtype, ops in dtypes.BESIDE.items() if op.name in ops}
        assert {leaf.dtype for leaf in leaves} == {d for d in dtypes.DTYPES if dtypes.takes(op, d)} | beside
        assert {"generic", "integers", "ties", "zeros", "signed-zeros"} <= {leaf.values for leaf in leaves}
        assert not dtypes.wild(op) or {"tiny", "large", "edges", "inf", "nan"} <= {leaf.values for leaf in leaves}
        assert modes == {"reverse", "forward", "reverse-reverse", "subset", "jacobian"}


def test_an_op_that_promotes_meets_two_dtypes(programs: list[Program]):
    met = {step.op for p in programs for step in p.steps if len({p.meta(n)[1] for n in step.args}) > 1}

    assert met == {"add", "where"}
    assert met == dtypes.PROMOTING & set(NAMES)


@pytest.mark.parametrize("name", ["exp", "sum", "matmul"])
def test_memory_lies_in_every_order(programs: list[Program], name: str):
    stored = next(p for p in programs if p.steps[0].op == name and p.inputs[0].layout != "contiguous")
    seen = {(leaf.layout, len(leaf.shape)) for leaf in stored.inputs}

    assert {("transposed", 2), ("strided", 1), ("offset", 1)} <= seen
    assert {"expanded", "channels-last"} <= {layout for layout, _ in seen}
    assert any(0 in leaf.shape for leaf in stored.inputs)
    assert any(1 in leaf.shape for leaf in stored.inputs)


def test_refgrad_agrees(programs: list[Program]):
    engine = Refgrad()

    assert not [p.steps[0].op for p in programs if judge_program(p, engine.answer(p), cast(p)).verdict.departs]


def test_other_seeds_begin_elsewhere_and_take_other_ways(programs: list[Program]):
    again = sweep(1)

    assert again[0].steps[0].op != programs[0].steps[0].op or again[0].inputs[0].dtype != programs[0].inputs[0].dtype
    assert {step.settings.get("dim") for p in (*programs, *again) for step in p.steps if step.op == "sum"} > {None}
    assert {p.id for p in programs}.isdisjoint(p.id for p in again)


def test_the_sweep_is_woven_into_a_run():
    plan = planned(ops=NAMES).sweeping()
    count = length(OPS) * WOVEN // (WOVEN - 1) + WOVEN
    made = [turn.program for turn in turns(plan, count, 0)]

    assert [p for n, p in enumerate(made) if plan.swept(n, 0) is not None] == sweep(0)
    assert sum(plan.swept(n, 0) is None for n in range(WOVEN)) == 1
    assert not any(planned(ops=NAMES).swept(n, 0) for n in range(count))


def test_what_departs_gets_smaller():
    def departs(program: Program) -> None:
        if any(leaf.layout == "strided" for leaf in program.inputs):
            raise Departure("strided")

    plan = planned(ops=NAMES).sweeping()
    turn = next(t for t in turns(plan, 60, 0)
                if t.swept and any(leaf.layout == "strided" for leaf in t.program.inputs))  # fmt: skip
    smallest, _ = turn.smallest(departs, Departure("strided"))

    assert len(turn.program.steps) > len(smallest.steps) == len(smallest.outputs) == 1
