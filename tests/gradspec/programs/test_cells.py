"""A run visits every op, and in time every cell; which programs do so follows from the seed alone."""

from __future__ import annotations

from collections import Counter

from gradspec import catalogue
from gradspec.cli import DEFAULT_PROGRAMS
from gradspec.programs import Input, Program, Question, Step, values
from gradspec.programs.cells import WEIGHTS, Cell, cells, featured, visited
from gradspec.programs.draw import planned
from gradspec.programs.model import MODES
from gradspec.programs.search import turns

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


def test_a_default_run_visits_every_cell_and_none_that_does_not_exist() -> None:
    plan = planned().sweeping()
    found = {cell for turn in turns(plan, DEFAULT_PROGRAMS, 7) for cell in visited(turn.program)}
    there = set(cells(OPS))

    assert there - found == set()
    assert {cell for cell in found - there if cell.op in OPS} == set()
    assert {(cell.axis, cell.place) for cell in there} == {
        *(("mode", mode) for mode in MODES),
        *((axis, place) for axis in ("dtype", "layout", "values") for place in WEIGHTS[axis]),
    }


def test_a_question_about_some_inputs_visits_what_depends_on_them() -> None:
    program = Program(
        (Input((3,)), Input((3,))),
        (Step("exp", (0,), {}, (3,)), Step("sin", (1,), {}, (3,)), Step("neg", (3,), {}, (3,))),
        (2, 4),
        (Question("subset", 0), Question("jacobian", 0)),
    )
    chosen = values.subset(program, program.questions[0])
    place, number = values.pair(program, program.questions[1])
    asked = {mode: {cell.op for cell in visited(program) if cell.place == mode} for mode in ("subset", "jacobian")}

    assert len(chosen) == 1
    assert asked["subset"] == ({"exp"} if chosen == (0,) else {"sin", "neg"})
    assert asked["jacobian"] == ({"exp"} if (place, number) == (0, 0) else {"sin", "neg"})


def test_a_layout_that_shows_nowhere_is_no_cell() -> None:
    """One number has no order; the batches of this op have one image each."""
    program = Program((Input((), layout="strided"),), (Step("exp", (0,)),), (1,))

    assert Cell("exp", "layout", "contiguous") in set(visited(program))
    assert Cell("exp", "layout", "strided") not in set(visited(program))
    assert Cell("interpolate.bicubic", "layout", "expanded") not in cells(["interpolate.bicubic"])


def test_a_program_of_a_run_can_be_drawn_again() -> None:
    def drawn(seed: int) -> list[str]:
        return [turn.program.id for turn in turns(planned(), 20, seed, 100)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_a_turn_shows_only_the_value_classes_of_its_plan() -> None:
    plan = planned(classes=("generic",))
    shown = {leaf.values for turn in turns(plan, 60, 3) for leaf in turn.program.inputs}
    assert shown == {"generic"}
