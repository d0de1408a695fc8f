"""A program can be cut to what some values need, and its numbers written out."""

from __future__ import annotations

from drawing import drawn

from gradspec.programs import Input, Program, Step, values
from gradspec.programs.edit import cut, frozen, simpler

PROGRAM = Program(
    (Input((2,), seed=1), Input((3,), seed=2), Input((3,), seed=3)),
    (Step("exp", (0,), {}, (2,)), Step("mul", (1, 2), {}, (3,)), Step("add", (4, 2), {}, (3,))),
    (3, 5),
)


def test_a_cut_keeps_what_its_outputs_need() -> None:
    assert cut(PROGRAM, [5]) == Program(
        PROGRAM.inputs[1:], (Step("mul", (0, 1), {}, (3,)), Step("add", (2, 1), {}, (3,))), (3,)
    )
    assert cut(PROGRAM, [3]) == Program(PROGRAM.inputs[:1], (Step("exp", (0,), {}, (2,)),), (1,))


def test_an_inner_value_can_be_an_output() -> None:
    assert cut(PROGRAM, [4]).outputs == (2,)


def test_cutting_to_all_outputs_changes_nothing() -> None:
    for program in drawn(30, 4, mutation=False):
        assert cut(program, program.outputs) == program


def test_frozen_inputs_have_the_same_bits() -> None:
    for program in drawn(30, 4, mutation=False):
        for drawn_, written in zip(values.inputs(program), values.inputs(frozen(program)), strict=True):
            assert drawn_.dtype == written.dtype
            assert drawn_.tobytes() == written.tobytes()


def test_a_simpler_program_is_smaller_and_made_of_what_was_there() -> None:
    def size(program: Program) -> tuple[int, int, int]:
        return len(program.steps), len(program.outputs), len(program.questions)

    for program in drawn(20, 4, mutation=False):
        for less in simpler(program):
            assert size(less) != size(program)
            assert all(few <= many for few, many in zip(size(less), size(program), strict=True))
            assert {step.op for step in less.steps} <= {step.op for step in program.steps}
            for step in less.steps:
                assert all(n < len(less.inputs) + len(less.steps) for n in step.args)


def test_every_step_of_a_chain_can_be_had_alone() -> None:
    """exp(sin(x)): sin(x), and exp of an input of its own."""
    chain = Program((Input((2,)),), (Step("sin", (0,), {}, (2,)), Step("exp", (1,), {}, (2,))), (2,))
    alone = [[step.op for step in less.steps] for less in simpler(chain)]

    assert ["sin"] in alone
    assert ["exp"] in alone


def test_what_is_wrong_is_in_the_last_step_and_that_stays() -> None:
    mistake = Step("sum", (1,), {"dim": 3, "keepdim": False}, (2,))
    spoiled = Program(
        (Input((2,)),), (Step("sin", (0,), {}, (2,)), mistake), (2,), wrong="a dimension that is not there"
    )

    assert [[step.op for step in less.steps] for less in simpler(spoiled)] == [["sum"]]
