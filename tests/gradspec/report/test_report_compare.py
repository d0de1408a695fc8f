"""What changed between two runs: each pair of verdicts falls into exactly one class."""

from __future__ import annotations

import pytest
from made_up import TORCH, result, run
from msgspec.structs import replace

from gradspec.report.compare import SHOWN, WIDTH, compare, markdown

HERE = "spec:backward/accumulates"


def changes(old: str | None, new: str | None, case: str = HERE):
    """The comparison of two runs that differ in one case (None: the case is not there)."""
    other = result("spec:a/b", "refgrad")
    runs = [run(other, *([result(case, "refgrad", verdict)] if verdict else [])) for verdict in (old, new)]
    return compare(*runs)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("agrees", "wrong-value", "broke"),
        ("documented", "crash", "broke"),
        ("wrong-value", "agrees", "fixed"),
        ("hang", "documented", "fixed"),
        ("wrong-value", "wrong-gradient", "changed"),
        ("agrees", "documented", "changed"),
        ("unsupported", "harness-error", "changed"),
        (None, "agrees", "appeared"),
        (None, "wrong-value", "appeared"),
        ("unsupported", "agrees", "appeared"),
        ("unsupported", "wrong-value", "appeared"),
        ("agrees", None, "vanished"),
        ("wrong-value", "unsupported", "vanished"),
        ("agrees", "harness-error", "vanished"),
    ],
)
def test_a_change_falls_into_one_class(old, new, name):
    comparison = changes(old, new)

    assert {n: len(found) for n, found in comparison.classes if found} == {name: 1}
    assert comparison.same == 1


def test_another_reason_for_the_same_verdict_is_a_change():
    old, new = (run(result(HERE, "refgrad", "wrong-value", said=said)) for said in ("4 came", "5 came"))

    assert [c.name for c in compare(old, new).changed] == ["backward/accumulates"]


def test_another_time_or_margin_is_no_change():
    old = run(result(HERE, "refgrad", margin=0.1, seconds=1.0))
    new = run(result(HERE, "refgrad", margin=0.2, seconds=2.0))

    assert compare(old, new).same == 1


def test_programs_that_another_seed_draws_are_only_counted():
    comparison = changes("agrees", None, "program:1")

    assert not comparison.vanished
    assert comparison.programs_vanished == 1
    assert changes(None, "crash", "program:1").appeared


def test_the_text_fits_a_terminal_and_names_what_was_updated():
    said = "promised [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0] and something else altogether came back \x1b[31m"
    old = run(result(HERE, "torch:cpu"))
    newer = replace(TORCH, versions={"torch": "2.14.0", "device": "cpu"})
    new = run(result(HERE, "torch:cpu", "wrong-value", said=said, where="accumulates.md:13"), backends=(newer,))
    text = str(compare(old, new))

    assert max(map(len, text.split("\n"))) <= WIDTH
    assert "torch:cpu: torch 2.13.0 -> 2.14.0" in text
    assert "broke (1)" in text
    assert "agrees -> wrong-value: promised" in text
    assert "\x1b" not in text


def test_what_broke_is_listed_whole_and_what_appeared_is_cut():
    many = [f"spec:a/{i}" for i in range(SHOWN + 5)]
    good = run(*(result(case, "refgrad") for case in many))
    bad = run(*(result(case, "refgrad", "wrong-value") for case in many))

    assert str(compare(good, bad)).count("agrees -> wrong-value") == SHOWN + 5
    appeared = str(compare(run(result(HERE, "refgrad")), bad))
    assert appeared.count("absent -> wrong-value") == SHOWN
    assert "and 5 more" in appeared


def test_the_markdown_keeps_its_tables():
    old, new = (run(result(HERE, "refgrad", verdict, said="a | b\n# c")) for verdict in ("agrees", "crash"))

    rows = [line for line in markdown(compare(old, new)).split("\n") if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}
