"""A search checks what the seed says, shrinks each departure once, and goes on."""

from __future__ import annotations

import pytest

from gradspec.programs import Program
from gradspec.programs.draw import planned
from gradspec.programs.search import search
from gradspec.programs.shrink import Departure


def departs_at(*ops: str):  # noqa: ANN201 - a check
    def check(program: Program) -> None:
        for step in program.steps:
            if step.op in ops:
                raise Departure(step.op, f"{step.op} is wrong")

    return check


def test_a_departure_is_shrunk_to_the_op_alone() -> None:
    found: list[tuple[Program, Departure]] = []

    few = planned(ops=["cumprod", "linalg.solve", "add", "exp", "matmul", "cat", "sum"])
    search(departs_at("cumprod", "linalg.solve"), 100, 3, lambda *pair: found.append(pair), plan=few)

    for program, departure in found:
        assert [step.op for step in program.steps] == [departure.signature]
        assert len(program.questions) == 1
        assert str(departure) == f"{departure.signature} is wrong"
    assert {departure.signature for _, departure in found} == {"cumprod", "linalg.solve"}


def test_a_signature_is_shrunk_once_and_counted_every_time() -> None:
    found: list[Departure] = []

    tally = search(departs_at("add"), 300, 1, lambda _, departure: found.append(departure))

    assert len(found) == 1
    assert tally["add"] > 1


def test_a_shrunk_program_still_departs_in_the_same_way() -> None:
    """Where `exp` fails in one way alone and in another with `add`, the second is not shrunk into the first."""

    def check(program: Program) -> None:
        ops = {step.op for step in program.steps}
        if "tanh" in ops:
            raise Departure("both" if "sigmoid" in ops else "tanh")

    found: dict[str, Program] = {}
    search(check, 200, 1, lambda program, departure: found.update({departure.signature: program}))

    assert {step.op for step in found["both"].steps} >= {"tanh", "sigmoid"}
    assert "sigmoid" not in {step.op for step in found["tanh"].steps}


def test_what_is_drawn_follows_from_the_seed_not_from_the_findings() -> None:
    plain: list[Program] = []
    search(plain.append, 120, 9, lambda *_: None)

    busy: list[Program] = []

    def check(program: Program) -> None:
        busy.append(program)
        departs_at("add")(program)

    search(check, 120, 9, lambda *_: None)

    assert len(plain) == 120
    assert {program.id for program in plain} <= {program.id for program in busy}


def test_an_error_of_the_check_itself_comes_through() -> None:
    def broken(program: Program) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        search(broken, 1, 1, lambda *_: None)


def test_a_departure_that_does_not_happen_again_is_handed_over_as_it_was() -> None:
    calls = 0

    def once(program: Program) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise Departure("flaky")

    found: list[Program] = []
    search(once, 10, 1, lambda program, _: found.append(program))

    assert len(found) == 1
