"""The table of corners says what was visited, what was not, and leaves out what does not exist."""

from __future__ import annotations

from gradspec.programs import Input, Program, Question, Step
from gradspec.report.corners import ABSENT, NONE, corners
from gradspec.report.words import visited

PROGRAM = Program(
    (Input((2, 3), "float32", "strided", "ties"),),
    (Step("exp", (0,), {}, (2, 3), "float32"),),
    (1,),
    (Question("reverse"),),
)


def place(axis: str, name: str, *programs: Program):  # noqa: ANN201 - a Place
    return next(
        p for p in corners(programs, ["exp", "linalg.solve"], ["reverse"]).places if (p.axis, p.name) == (axis, name)
    )


def test_a_visited_cell_counts_for_its_op() -> None:
    found = place("layout", "strided", PROGRAM)

    assert (found.met, found.cells, found.empty) == (1, 2, ("linalg.solve",))


def test_an_empty_cell_names_its_ops() -> None:
    assert place("values", "zeros", PROGRAM).empty == ("exp", "linalg.solve")


def test_a_cell_that_does_not_exist_is_not_missed() -> None:
    assert place("values", "nan", PROGRAM).empty == ("exp",)
    assert place("dtype", "float16", PROGRAM).cells == 1


def test_a_sign_grows_with_the_programs() -> None:
    def sign(count: int, op: str = "exp") -> str:
        (row,) = (row for row in corners([PROGRAM] * count, ["exp", "linalg.solve"], ["reverse"]).ops if row.op == op)
        return row.met["mode"]

    assert sign(1) < sign(2) < sign(200)
    assert sign(1, "linalg.solve") == NONE
    assert ABSENT in corners([PROGRAM], ["exp", "linalg.solve"], ["reverse"]).ops[1].met["dtype"]


def test_a_run_without_programs_has_no_table() -> None:
    assert corners([], ["exp"], ["reverse"]).cells == 0
    assert visited(corners([], ["exp"], ["reverse"])) == ""


def test_the_sentence_names_an_op_that_no_program_has() -> None:
    said = visited(corners([PROGRAM], ["exp", "linalg.solve"], ["reverse"]))

    assert "mode 50 %" in said
    assert said.endswith("; no program has linalg.solve")
