"""What holds of what is documented: a behaviour is as good as the worst of its pages, and a reason stands beside it."""

from __future__ import annotations

from dataclasses import replace

import made_up
import pytest

from gradspec.errors import UnknownName
from gradspec.judge.verdict import Verdict
from gradspec.report.standing import inventory, standings
from gradspec.run.journal import Run
from gradspec.specs.inventory import Behaviour, Inventory

ONE = replace(made_up.spec("leaf/one"), inventory=("a", "b"))
TWO = replace(made_up.spec("leaf/two"), inventory=("b",))

LISTED = Inventory(
    {"leaf": "Leaves"},
    tuple(
        Behaviour(id, "leaf", "It does.", "a docstring", kind)  # type: ignore[arg-type]
        for id, kind in [("a", "core"), ("b", "adapt"), ("c", "no")]
    ),
    untestable={"c": "It takes a year."},
    tape_only={"b": "It is stored on a tape."},
)


def judged(one: Verdict, two: Verdict, backend: str = "refgrad") -> Run:
    return made_up.run(
        made_up.result("spec:leaf/one", backend, one, said=f"one: {one}"),
        made_up.result("spec:leaf/two", backend, two, said=f"two: {two}"),
        made_up.result("program:0123", backend, Verdict.WRONG_VALUE),
    )


@pytest.mark.parametrize(
    ("one", "two", "word", "why"),
    [
        (Verdict.AGREES, Verdict.AGREES, "holds", ""),
        (Verdict.AGREES, Verdict.UNSPECIFIED, "holds", ""),
        (Verdict.AGREES, Verdict.UNSUPPORTED, "holds", ""),
        (Verdict.AGREES, Verdict.DOCUMENTED, "documented", "two: documented"),
        (Verdict.DOCUMENTED, Verdict.HARNESS_ERROR, "open", "two: harness-error"),
        (Verdict.HARNESS_ERROR, Verdict.WRONG_DTYPE, "departs", "two: wrong-dtype"),
        (Verdict.UNSUPPORTED, Verdict.UNSUPPORTED, "out of scope", "one: unsupported; two: unsupported"),
    ],
)
def test_a_behaviour_is_as_good_as_the_worst_of_its_pages(one: Verdict, two: Verdict, word: str, why: str) -> None:
    _, both, _ = standings(LISTED, [ONE, TWO], judged(one, two), "refgrad")
    assert (both.behaviour.id, both.word, both.why) == ("b", word, why)


def test_a_page_that_was_not_run_leaves_its_behaviours_open() -> None:
    run = made_up.run(made_up.result("spec:leaf/one", "refgrad", Verdict.AGREES))
    assert [s.word for s in standings(LISTED, [ONE, TWO], run, "refgrad")] == ["holds", "open", "out of scope"]


def test_an_engine_without_a_tape_is_excused_by_the_list() -> None:
    unable = judged(Verdict.UNSUPPORTED, Verdict.UNSUPPORTED, "jax:cpu")
    assert [s.why for s in standings(LISTED, [ONE, TWO], unable, "jax:cpu")] == [
        "one: unsupported", "It is stored on a tape.", "It takes a year.",
    ]  # fmt: skip


def test_the_share_that_holds_stands_beside_every_area() -> None:
    lines = list(inventory(LISTED, [ONE, TWO], judged(Verdict.AGREES, Verdict.WRONG_VALUE)))
    assert [line.split() for line in lines[:6]] == [
        ["what", "holds", "stated", "refgrad"],
        ["Leaves", "3", "1", "33", "%"],
        ["(core)", "1", "1", "100", "%"],
        ["(adapt)", "1", "0", "0", "%"],
        ["(no)", "1", "0", "0", "%"],
        ["all", "3", "1", "33", "%"],
    ]
    assert all(len(line) <= 80 for line in lines)


def test_what_does_not_hold_is_named_with_its_reason() -> None:
    lines = list(inventory(LISTED, [ONE, TWO], judged(Verdict.AGREES, Verdict.WRONG_VALUE)))
    assert lines[7:] == [
        "refgrad: 1 of 3 documented behaviours hold",
        "  departing from what is documented (1)",
        "  - two: wrong-value",
        "      b",
        "  out of scope (1)",
        "  - It takes a year.",
        "      c",
        "",
    ]


def test_only_the_engines_that_are_named_are_shown() -> None:
    run = judged(Verdict.AGREES, Verdict.AGREES)
    assert any("refgrad: 2 of 3" in line for line in inventory(LISTED, [ONE, TWO], run, ["refgrad"]))
    with pytest.raises(UnknownName, match="The run has: refgrad"):
        list(inventory(LISTED, [ONE, TWO], run, ["torch:cpu"]))
