"""A run visits every op, and in time every cell; which programs do so follows from the seed alone."""

from __future__ import annotations

from collections import Counter

from gradspec import catalogue
from gradspec.cli import DEFAULT_PROGRAMS
from gradspec.programs import Input, Program, Question, Step
from gradspec.programs.cells import AXES, WEIGHTS, Cell, cells, featured, visited
from gradspec.programs.draw import planned
from gradspec.programs.search import batches, turns

OPS = tuple(catalogue.ops())


def test_each_round_shows_every_op_once() -> None:
    half = (len(OPS) + 1) // 2
    for start in (0, half, 5 * half):
        shown = [featured(n, 3, OPS) for n in range(start, start + half)]

        assert {one.op for one in shown} | {one.then for one in shown} == set(OPS)


def test_an_op_that_came_second_comes_first_in_the_next_round() -> None:
    half = len(OPS) // 2
    before = {featured(n, 3, OPS).then for n in range(half)}
    after = {featured(n, 3, OPS).op for n in range(half, 2 * half)}

    assert len(before & after) > 0.9 * half


def test_another_seed_shows_them_in_another_order() -> None:
    assert [featured(n, 3, OPS).op for n in range(9)] != [featured(n, 4, OPS).op for n in range(9)]


def test_each_axis_is_divided_as_its_weights_say() -> None:
    shown = [featured(n, 1, ["add"]) for n in range(2000)]
    for axis in ("dtype", "layout", "values"):
        counted, weights = Counter(getattr(one, axis) for one in shown), WEIGHTS[axis]
        for place, weight in weights.items():
            expected = 2000 * weight / sum(weights.values())

            assert abs(counted[place] - expected) < 0.1 * expected + 5, (axis, place)


def test_in_the_long_run_one_op_meets_everything() -> None:
    shown = [featured(n, 1, OPS) for n in range(300 * len(OPS)) if featured(n, 1, OPS).op == "mul"]

    for axis in ("dtype", "layout", "values"):
        assert {getattr(one, axis) for one in shown} == set(WEIGHTS[axis]), axis


def test_an_op_is_shown_nothing_that_it_does_not_take() -> None:
    shown = [featured(n, 1, ["linalg.solve"]) for n in range(500)]

    assert {one.dtype for one in shown} == {"float64", "float32"}
    assert {one.values for one in shown} == {"generic", "integers", "ties", "zeros", "signed-zeros"}


def test_the_cells_of_a_program_are_those_of_its_inputs() -> None:
    program = Program(
        (Input((3,), "float32", "strided", "ties"), Input((3,), "float32"), Input((3,), "float64", values="nan")),
        (Step("add", (0, 1), {}, (3,), "float32"), Step("mul", (3, 2), {}, (3,), "float64")),
        (4,),
        (Question("reverse"),),
    )

    assert set(visited(program)) == {
        Cell("add", "mode", "reverse"), Cell("mul", "mode", "reverse"),
        Cell("add", "dtype", "float32"), Cell("mul", "dtype", "mixed"),
        Cell("add", "layout", "strided"), Cell("add", "layout", "contiguous"), Cell("mul", "layout", "contiguous"),
        Cell("add", "values", "ties"), Cell("add", "values", "generic"), Cell("mul", "values", "nan"),
    }  # fmt: skip


def test_a_default_run_visits_every_op_and_every_place_of_every_axis() -> None:
    plan, found = planned(), Counter[Cell]()
    for batch, size in batches(DEFAULT_PROGRAMS):
        for turn in turns(plan, batch, size, 7):
            found.update(visited(turn.program))
    all_cells = cells(OPS)

    assert set(OPS) - {cell.op for cell in found} == set()
    for axis in AXES:
        there = {cell.place for cell in all_cells if cell.axis == axis}
        assert {cell.place for cell in found if cell.axis == axis} == there, axis
    assert {cell for cell in found if cell.op in OPS} <= set(all_cells), "a cell was visited that does not exist"


def test_a_program_of_a_run_can_be_drawn_again() -> None:
    def drawn(seed: int) -> list[str]:
        return [turn.program.id for turn in turns(planned(), 1, 20, seed)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_a_turn_shows_only_the_value_classes_of_its_plan() -> None:
    plan = planned(classes=("generic",))
    shown = {leaf.values for turn in turns(plan, 0, 60, 3) for leaf in turn.program.inputs}
    assert shown == {"generic"}
