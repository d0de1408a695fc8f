"""`programs()` is a Hypothesis strategy like any other: its settings, seeds, database and shrinking work on it."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis.database import InMemoryExampleDatabase

from gradspec.errors import GradspecError, UnknownName
from gradspec.programs import Program, programs
from gradspec.programs.draw import planned

QUICK = settings(
    max_examples=40, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
FEW = ["add", "tanh", "cumsum", "matmul", "sum"]


def seen(number: int) -> list[str]:
    """The ids of the programs that Hypothesis draws with a seed."""
    found: list[str] = []

    @seed(number)
    @QUICK
    @given(programs(ops=FEW))
    def look(program: Program) -> None:
        found.append(program.id)

    look()
    return found


def test_the_seed_of_hypothesis_decides_what_is_drawn() -> None:
    assert seen(1) == seen(1)
    assert seen(1) != seen(2)
    assert len(set(seen(1))) > 20


def test_a_failure_shrinks_to_the_smallest_program_that_fails() -> None:
    program = find(
        programs(ops=FEW), lambda p: any(step.op == "cumsum" for step in p.steps),
        settings=settings(QUICK, max_examples=500),
    )  # fmt: skip

    assert [step.op for step in program.steps] == ["cumsum"]
    assert [(leaf.dtype, leaf.layout, leaf.values) for leaf in program.inputs] == [("float64", "contiguous", "generic")]
    assert len(program.questions) == 1


def test_a_failure_is_kept_in_the_database_and_tried_first() -> None:
    kept, drawn = InMemoryExampleDatabase(), list[int]()

    @settings(QUICK, database=kept, phases=[Phase.reuse, Phase.generate, Phase.shrink], print_blob=False)
    @given(programs(ops=FEW))
    def never_adds(program: Program) -> None:
        drawn.append(len(program.steps))
        assert "matmul" not in {step.op for step in program.steps}

    with pytest.raises(AssertionError):
        never_adds()
    first, drawn[:] = len(drawn), []
    with pytest.raises(AssertionError):
        never_adds()

    assert drawn[0] == 1  # the shrunk one
    assert len(drawn) < first


def test_it_takes_the_options_of_a_plan() -> None:
    assert inspect.signature(programs) == inspect.signature(planned)
    assert programs.__name__ == "programs"
    with pytest.raises(TypeError, match="unexpected keyword argument 'op'"):
        programs(op=["add"])
    with pytest.raises(UnknownName, match="Did you mean 'relu'"):
        programs(ops=["rellu"])
    with pytest.raises(GradspecError, match="nothing to draw from"):
        programs(modes=[])


def test_a_failure_is_shown_as_the_program_that_it_is() -> None:
    @QUICK
    @given(programs(ops=["add"]))
    def fails(program: Program) -> None:
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        fails()

    assert any("program=Program(" in note.replace("\n", "").replace(" ", "") for note in caught.value.__notes__)
