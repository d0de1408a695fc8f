"""What a run has checked: numbers that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace

import made_up
import pytest

from gradspec.errors import UnknownName
from gradspec.judge.verdict import Verdict
from gradspec.report.coverage import Area, areas, coverage, fell, rows, unchecked
from gradspec.run.records import BackendInfo
from gradspec.specs.inventory import Behaviour, Inventory

ONE = replace(made_up.spec("leaf/one"), inventory=("a", "b"))
TWO = replace(made_up.spec("leaf/two"), inventory=("b",))
SEEN = made_up.spec("leaf/seen", level="observed")
BACK = replace(made_up.spec("backward/adds"), inventory=("c",))
PAGES = [SEEN, ONE, TWO, BACK]

LISTED = Inventory(
    {"leaf": "Leaves", "bwd": "Backward"},
    tuple(
        Behaviour(id, area, "It does.", "a docstring", kind)  # type: ignore[arg-type]
        for id, area, kind in [("a", "leaf", "core"), ("b", "leaf", "no"), ("c", "bwd", "core"), ("d", "bwd", "adapt")]
    ),
    {"d": "It takes a year."},
)

RUN = made_up.run(
    made_up.result("spec:leaf/one", "refgrad", Verdict.AGREES),
    made_up.result("spec:leaf/two", "refgrad", Verdict.WRONG_VALUE),
    made_up.result("spec:leaf/seen", "refgrad", Verdict.UNSPECIFIED),
    made_up.result("spec:leaf/one", "torch:cpu", Verdict.DOCUMENTED),
    made_up.result("spec:leaf/two", "torch:cpu", Verdict.UNSUPPORTED),
    made_up.result("spec:leaf/seen", "torch:cpu", Verdict.HARNESS_ERROR),
    made_up.result("spec:backward/adds", "jax:cpu", Verdict.UNSUPPORTED),
    made_up.result("program:0123", "refgrad", Verdict.AGREES),
)  # fmt: skip


def test_the_reasons_stand_below_the_table() -> None:
    excused = Inventory(LISTED.areas, LISTED.behaviours, LISTED.untestable, {"a": "It is about .grad."})
    assert list(coverage(PAGES, excused, RUN))[-6:] == [
        "", "untestable", "  d: It takes a year.", "", "tape only", "  a: It is about .grad.",
    ]  # fmt: skip


def test_each_chapter_and_level_is_counted_on_each_backend() -> None:
    counted = {
        (row.backend, row.chapter, row.level): (
            row.pages, row.tally.checked, row.tally.kept, row.tally.documented, row.tally.departs,
            row.tally.unsupported, row.open,
        )
        for row in rows(PAGES, RUN)
    }  # fmt: skip
    assert counted["refgrad", "leaf", "must"] == (2, 2, 1, 0, 1, 0, 0)
    assert counted["refgrad", "leaf", "observed"] == (1, 1, 1, 0, 0, 0, 0)
    assert counted["refgrad", "backward", "must"] == (1, 0, 0, 0, 0, 0, 1)  # not run
    assert counted["torch:cpu", "leaf", "must"] == (2, 1, 0, 1, 0, 1, 0)
    assert counted["torch:cpu", "leaf", "observed"] == (1, 0, 0, 0, 0, 0, 1)  # gradspec itself failed
    in_order = [("backward", "must"), ("leaf", "must"), ("leaf", "observed")]
    assert list(counted) == [(id, *group) for id in ("refgrad", "torch:cpu", "jax:cpu") for group in in_order]


def test_the_inventory_is_counted_by_area_and_by_kind() -> None:
    found = {area.name: area for area in areas(LISTED, PAGES, RUN)}
    assert found["leaf"] == Area("leaf", 2, 2, 0, {"refgrad": 2, "torch:cpu": 2, "jax:cpu": 0})
    assert found["bwd"] == Area("bwd", 2, 1, 1, {"refgrad": 0, "torch:cpu": 0, "jax:cpu": 0})
    assert found["(core)"] == Area("(core)", 2, 2, 0, {"refgrad": 1, "torch:cpu": 1, "jax:cpu": 0})
    assert found["all"].statements == 4


def test_a_page_that_no_backend_checked_is_named() -> None:
    (line,) = unchecked(PAGES, RUN)
    assert line.startswith("backward/adds.md:1: no backend of this run checked the page.")


def test_verdicts_are_filtered() -> None:
    assert fell(RUN, "refgrad", "agrees") == {"leaf/one": ["refgrad agrees"]}  # and no program
    assert fell(RUN)["leaf/one"] == ["refgrad agrees", "torch:cpu documented"]
    with pytest.raises(UnknownName, match="unknown verdict 'agree'. Did you mean 'agrees'?"):
        fell(RUN, verdict="agree")
    with pytest.raises(UnknownName, match="The run has: refgrad, torch:cpu, jax:cpu."):
        fell(RUN, "jax")


def test_the_tables_add_up_and_fit_80_columns() -> None:
    lines = list(coverage(PAGES, LISTED, RUN))
    assert max(map(len, lines)) <= 80
    assert lines[0] == "refgrad"
    assert " ".join(lines[1].split()) == "chapter level pages checked agrees documented departs unsupported open"
    assert lines[2].split() == ["backward", "must", "1", "·", "·", "·", "·", "·", "1"]
    assert lines[5].split() == ["all", "4", "3", "2", "·", "1", "·", "1"]
    assert lines[-4].split() == ["all", "4", "3", "1", "2", "2", "·"]


def test_one_backend_may_be_asked_for() -> None:
    lines = list(coverage(PAGES, None, RUN, "jax:cpu"))
    assert lines[0] == "jax:cpu"
    assert "refgrad" not in lines


def test_many_backends_stand_in_several_tables() -> None:
    names = [f"engine-{n}:of-a-long-name" for n in range(5)]
    results = [made_up.result("spec:leaf/one", name, Verdict.AGREES) for name in names]
    run = made_up.run(*results, backends=tuple(map(BackendInfo, names)))
    lines = list(coverage([ONE], LISTED, run))
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("inventory") for line in lines) > 1
    assert all(any(name in line for line in lines if line.startswith("inventory")) for name in names)
