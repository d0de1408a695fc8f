"""The sweep looks at every op alone in every corner, agrees with an engine that is right, and gets smaller."""

from __future__ import annotations

import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.catalogue import dtypes
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.programs.draw import WOVEN, planned
from gradspec.programs.model import MODES, Program
from gradspec.programs.search import Departure, batches, turns
from gradspec.programs.sweep import CORNERS, length, swept

NAMES = ("neg", "exp", "add", "where", "sum", "cumsum", "diagonal", "permute", "matmul", "linalg.solve", "conv2d")
OPS = planned(ops=NAMES).ops


def sweep(seed: int) -> list[Program]:
    return [swept(n, OPS, MODES, seed) for n in range(length(OPS))]


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    return sweep(0)


def test_every_op_is_alone(programs: list[Program]):
    assert all(len({step.op for step in program.steps}) == 1 for program in programs)
    assert all({p.steps[0].op for p in programs[n * len(OPS) :][: len(OPS)]} == set(NAMES) for n in range(len(CORNERS)))


def test_every_op_is_in_every_corner(programs: list[Program]):
    for op in OPS:
        leaves = {leaf for program in programs if program.steps[0].op == op.name for leaf in program.inputs}
        modes = {q.mode for program in programs if program.steps[0].op == op.name for q in program.questions}

        assert {leaf.dtype for leaf in leaves} - {"complex128"} == {"float64", "float32"}
        assert ("complex128" in {leaf.dtype for leaf in leaves}) == dtypes.takes(op, "complex128")
        assert {"generic", "ties", "signed-zeros"} <= {leaf.values for leaf in leaves}
        assert not dtypes.wild(op) or {"tiny", "large", "edges", "inf", "nan"} <= {leaf.values for leaf in leaves}
        assert modes == {"reverse", "forward", "reverse-reverse"}


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
    plan = planned(ops=NAMES, sweep=True)
    count = length(OPS) * WOVEN // (WOVEN - 1) + WOVEN
    made = [turn.program for batch, size in batches(count) for turn in turns(plan, batch, size, 0)]

    assert [p for n, p in enumerate(made) if plan.swept(n, 0) is not None] == sweep(0)
    assert sum(plan.swept(n, 0) is None for n in range(WOVEN)) == 1
    assert not any(planned(ops=NAMES).swept(n, 0) for n in range(count))


def test_what_departs_gets_smaller():
    def departs(program: Program) -> None:
        if any(leaf.layout == "strided" for leaf in program.inputs):
            raise Departure("strided")

    plan = planned(ops=NAMES, sweep=True)
    turn = next(t for batch, size in batches(60) for t in turns(plan, batch, size, 0)
                if plan.swept(t.number, 0) and any(leaf.layout == "strided" for leaf in t.program.inputs))  # fmt: skip
    smallest, _ = turn.smallest(departs, Departure("strided"))

    assert len(turn.program.steps) > len(smallest.steps) == len(smallest.outputs) == 1
