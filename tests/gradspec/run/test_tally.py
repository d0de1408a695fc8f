"""The table counts by engine and seed, keeps the first score of the reported faults, and lists who survives."""

from __future__ import annotations

from gradspec.faults.drawn import made
from gradspec.faults.model import load
from gradspec.judge.verdict import Verdict
from gradspec.run import tally
from gradspec.run.score import Death, Fate

ALL = load()
SINE, GATES = ALL["sine-falls"], ALL["gates-are-swapped"]

FATES = [
    Fate(SINE, "refgrad", 3, 7, Death("kinks/page", Verdict.WRONG_GRADIENT, 1.25), 0),
    Fate(SINE, "refgrad", 3, 7, Death("kinks/page", Verdict.WRONG_GRADIENT, 1.25), 1),
    Fate(GATES, "refgrad", 1, 2, None, 0),
    Fate(GATES, "refgrad", 1, 4, Death("program 1", Verdict.WRONG_GRADIENT, 2.0), 1),
    Fate(GATES, "torch:cpu", 0, 0, None, 0),
]

FIRST = tally.First.of({
    "what": "How it was.",
    "killed": {"refgrad": [1, 2]},
    "survived": [{"fault": "gates-are-swapped", "in": ["refgrad"], "why": "nobody asks", "mended": "a page"}],
})  # fmt: skip


def test_a_fault_without_a_place_to_stand_does_not_count():
    assert tally.score(FATES) == (3, 4)


def test_scores_are_counted_by_engine_and_seed():
    written = tally.table(FATES, FIRST)

    assert "| written | refgrad | 0 | 2 | 1 | 50.0 % |" in written
    assert "| written | refgrad | 1 | 2 | 2 | 100.0 % |" in written
    assert "| of them after reports | refgrad | 0 | 1 | 0 | 0.0 % |" in written


def test_the_first_score_stands_beside_with_what_was_mended():
    written = tally.table(FATES, FIRST)

    assert "How it was." in written
    assert "| refgrad | 2 | 1 | 50.0 % |" in written
    assert "| gates-are-swapped | refgrad | nobody asks | a page |" in written
    assert "## Faults written before any run" not in tally.table(FATES[:2], FIRST)


def test_drawn_faults_are_counted_and_listed_apart():
    drawn = made("sign", "nn.functional.glu")
    written = tally.table([*FATES, Fate(drawn, "refgrad", 1, 2, None, 0)], FIRST)

    assert "| drawn at random | refgrad | 0 | 1 | 0 | 0.0 % |" in written
    assert "| written | refgrad | 0 | 2 | 1 | 50.0 % |" in written
    assert f"| {drawn.name} | nn.functional.glu has a gradient with the wrong sign. |" in written


def test_survivors_are_listed_with_the_seeds_they_survive():
    written = tally.table(FATES, FIRST)

    assert f"| gates-are-swapped | {GATES.said} | {GATES.kind} | refgrad (seed 0) | 2 |" in written
    assert "None." in tally.table(FATES[:2], FIRST)


def test_every_fault_stands_once_a_row_with_what_found_it():
    written = tally.table(FATES, FIRST)

    assert "| sine-falls | wrong rule | wrong-gradient in kinks/page, 1.2 s |  |" in written
    assert "| gates-are-swapped | gradient to the wrong place | **survives** | has no such name |" in written


def test_the_first_run_is_written_down_and_names_faults_there_are():
    first = tally.First.read()

    for id, (killed, able) in first.counts.items():
        assert able - killed == sum(id in one.where for one in first.survivals)
    assert all(ALL[one.name].origin == "reported" for one in first.survivals)
