"""The survey gives one word a question: what an engine has, lacks, refuses and gets wrong."""

from __future__ import annotations

import numpy as np
import pytest

from gradspec import catalogue, cli
from gradspec.backends.refgrad import Refgrad
from gradspec.errors import DEPARTS, OK
from gradspec.outcome import Answers
from gradspec.programs import values
from gradspec.programs.model import Program, Question
from gradspec.programs.single import alone, smallest, smooth
from gradspec.run.seats import seated
from gradspec.run.survey import survey


class Odd(Refgrad):
    """refgrad, but without sin, and with tanh's derivative for that of exp and an error for a tangent."""

    name = "odd"

    def has_op(self, name: str) -> bool:
        return name != "sin"

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        if program.steps[0].op == "sin":
            return Answers(missing=("sin",))
        return super().answer(program, steps=steps)

    def ask(self, program: Program, question: Question, *rest: object) -> object:
        if question.mode == "forward":
            raise ValueError("no tangents today")
        answer = super().ask(program, question, *rest)
        return [2 * x for x in answer] if program.steps[0].op == "exp" and question.mode == "reverse" else answer


def words(op: str, backend: str) -> dict[str, str]:
    with seated([backend], in_process=True) as seats:
        (entry,) = survey(seats, [catalogue.get(op)], 10.0)
        (cells,) = entry.cells.values()
        return {column: "+".join(cell.word for cell in row) for column, row in cells.items()}


def test_the_reference_agrees_everywhere():
    assert words("exp", "refgrad") == {
        "value": "agrees",
        "reverse": "agrees",
        "forward": "agrees",
        "second": "agrees+agrees+agrees+agrees",
        "complex": "agrees",
    }


def test_what_is_wrong_is_said_mode_by_mode():
    found = words("exp", f"{__name__}:Odd")
    assert (found["value"], found["reverse"], found["forward"]) == ("agrees", "differs", "raises")


def test_what_is_missing_is_unsupported():
    assert set(words("sin", f"{__name__}:Odd").values()) == {"unsupported", "+".join(["unsupported"] * 4)}


def test_an_op_without_derivative_has_a_value_alone():
    assert words("bessel_j0", "refgrad") == {"value": "agrees"}


def test_parts_of_complex_numbers_are_not_asked_in_complex_numbers():
    assert "complex" not in words("polar", "refgrad")


@pytest.mark.parametrize("op", ["relu", "clamp", "sort", "floor"])
def test_programs_of_one_op_lie_away_from_its_kinks(op):
    application = smallest(catalogue.get(op))
    assert not application.op.kinks(values.inputs(smooth(application)), application.settings)


def test_a_program_of_one_op_lies_inside_the_domain():
    (x,) = values.inputs(alone(smallest(catalogue.get("log"))))
    assert np.all(x > 0)


def test_the_command_writes_the_page_and_says_whether_an_engine_differs(tmp_path, capsys):
    assert cli.call(["ops", "exp", "bessel_j0", "-b", "refgrad", "--write", str(tmp_path / "ops.md")]) == OK
    text = (tmp_path / "ops.md").read_text()
    assert "| exp | ✓ | ✓ | ✓ | ✓ | ✓ |" in text
    assert "| bessel_j0 | ✓ |  |  |  |  |" in text
    assert "| refgrad | 2 of 2 | 1 of 1 | 1 of 1 | 1 of 1 | 1 of 1 |" in text

    assert cli.call(["ops", "exp", "-b", f"{__name__}:Odd"]) == DEPARTS
    assert "- exp, reverse: differs: gradient of x0" in capsys.readouterr().out
