"""What departs gets as small as it goes, and nothing smaller is left untried."""

from __future__ import annotations

import pytest

from gradspec.programs import Program
from gradspec.programs.cells import Feature
from gradspec.programs.draw import FRAME, STEP, Draft, decoded, planned
from gradspec.programs.search import turns
from gradspec.programs.shrink import Departure, descend, fewer, lower, plainer, smallest

PLAN = planned(ops=["add", "exp", "maximum", "matmul", "sum", "cumsum"], mutation=False)


def test_descending_ends_where_nothing_smaller_holds() -> None:
    assert descend(100, lambda n: [n // 2, n - 1] if n else [], lambda n: n * n > 50) == 8


def test_steps_are_dropped_by_halves_first_and_one_is_kept() -> None:
    steps = [bytes([n]) for n in range(4)]

    assert fewer(steps)[:2] == [steps[2:], steps[:2]]
    assert {len(left) for left in fewer(steps)} == {2, 3}
    assert fewer(steps[:1]) == []


def test_bytes_fall_to_zero_first() -> None:
    assert plainer(b"\0\5") == [b"\0\0", b"\0\0", b"\0\2", b"\0\4"]
    assert plainer(bytes(3)) == []


def test_a_draft_of_nothing_has_nothing_below_it() -> None:
    assert lower(Draft(0, bytes(FRAME), [bytes(STEP)]), PLAN) == []


def test_what_a_program_shows_can_be_lost() -> None:
    draft = Draft(1, bytes(FRAME), [bytes(STEP)] * 2, Feature("exp"))
    program, _ = smallest(departs_if(lambda program: True), decoded(draft, PLAN), Departure("x"), draft, PLAN)

    assert [step.op for step in program.steps] == ["add"]


@pytest.mark.parametrize("number", range(6))
def test_shape_layout_and_values_get_as_plain_as_the_departure_lets_them(number: int) -> None:
    check = departs_if(lambda program: any(step.op == "cumsum" for step in program.steps))
    turn = next(turn for turn in turns(PLAN, 2000, number) if check_of(check, turn.program))
    program, _ = turn.smallest(check, Departure("x"))

    assert [step.op for step in program.steps] == ["cumsum"]
    assert len(program.questions) == 1
    assert {(leaf.layout, leaf.values, leaf.dtype) for leaf in program.inputs} == {("contiguous", "generic", "float64")}


def test_what_the_departure_needs_stays() -> None:
    check = departs_if(lambda p: any(leaf.values == "nan" and leaf.layout == "strided" for leaf in p.inputs))
    turn = next(turn for turn in turns(PLAN, 4000, 0) if check_of(check, turn.program))
    program, _ = turn.smallest(check, Departure("x"))

    assert [(leaf.values, leaf.layout) for leaf in program.inputs if leaf.layout != "contiguous"] == [
        ("nan", "strided")
    ]
    assert len(program.steps) == 1


def test_what_departs_otherwise_counts_as_agreeing() -> None:
    def check(program: Program) -> None:
        raise Departure("two" if len(program.steps) > 1 else "one")

    turn = next(turn for turn in turns(PLAN, 100, 0) if len(turn.program.steps) > 3)
    program, departure = turn.smallest(check, Departure("two"))

    assert (len(program.steps), departure.signature) == (2, "two")


def departs_if(holds):  # noqa: ANN001, ANN201 - a check
    def check(program: Program) -> None:
        if holds(program):
            raise Departure("x")

    return check


def check_of(check, program: Program) -> bool:  # noqa: ANN001
    try:
        check(program)
    except Departure:
        return True
    return False
