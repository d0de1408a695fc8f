"""Fates are found by pages first, then by the programs of each seed, and what was found is not sought again."""

from __future__ import annotations

import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.errors import UnreadableRun
from gradspec.faults.model import Fault, load
from gradspec.judge.verdict import Verdict
from gradspec.run import score, worker
from gradspec.run.fates import Hunt, Ledger, text, written
from gradspec.specs import where


def doubled(torch, right, *args, **kwargs):
    """autograd.grad gives twice what it should."""
    return tuple(g if g is None else g * 2 for g in right(*args, **kwargs))


ALL = load()
BY_PAGE, BY_NONE = ALL["backward-overwrites"], ALL["padding-learns"]
BY_PROGRAM = Fault("doubled", "", "", ("autograd.grad",), doubled, is_slope=False)
PAGES = where.load(["backward/accumulates", "kinks/abs-at-zero"])


def hunt(**more) -> Hunt:
    return Hunt([BY_PAGE, BY_PROGRAM, BY_NONE], [Refgrad()], PAGES, 3, **more)


def found(fates) -> dict:
    return {(fate.fault.name, fate.seed): fate.death and fate.death.verdict for fate in fates}


def test_pages_come_first_and_each_seed_has_its_programs():
    fates = list(hunt(seeds=(0, 1)).fates(Ledger.open(None)))

    assert found(fates) == {
        ("backward-overwrites", 0): Verdict.WRONG_GRADIENT,
        ("backward-overwrites", 1): Verdict.WRONG_GRADIENT,
        ("doubled", 0): Verdict.WRONG_GRADIENT,
        ("doubled", 1): Verdict.WRONG_GRADIENT,
        ("padding-learns", 0): None,
        ("padding-learns", 1): None,
    }
    assert fates[0].death.case == "backward/accumulates"
    by_program = [fate.death for fate in fates if fate.fault is BY_PROGRAM]
    assert all(death.case.startswith("program ") for death in by_program)
    assert all(death.seconds > fates[0].death.seconds for death in by_program)


@pytest.mark.filterwarnings("ignore:os.fork\\(\\) was called:RuntimeWarning")  # if another test has loaded JAX
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # or left a thread
def test_two_workers_find_what_one_finds():
    assert found(hunt(workers=2).fates(Ledger.open(None))) == found(hunt().fates(Ledger.open(None)))


def test_what_is_in_the_file_is_not_sought_again(tmp_path, monkeypatch):
    file = tmp_path / "fates.jsonl"
    first = list(hunt().fates(Ledger.open(file)))
    with file.open("ab") as cut:
        cut.write(b'{"cases": "cut')
    monkeypatch.setattr(score.Bed, "made", None)
    again = list(hunt().fates(Ledger.open(file)))

    assert found(again) == found(first)
    assert [fate.death for fate in again] == [fate.death for fate in first]


def test_another_fault_or_other_programs_are_sought(tmp_path, monkeypatch):
    file = tmp_path / "fates.jsonl"
    list(hunt().fates(Ledger.open(file)))
    before = len(Ledger.open(file).lines)
    list(hunt(seeds=(1,)).fates(Ledger.open(file)))

    assert len(Ledger.open(file).lines) == before + 2  # on the pages they are known
    assert text(BY_PAGE) != text(BY_NONE)


def test_a_foreign_file_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("not json\n")
    with pytest.raises(UnreadableRun, match="no file of fates"):
        Ledger.open(tmp_path / "notes.txt")


def test_a_case_is_known_by_what_is_written_in_it():
    """Not by its repr: sets are printed in another order by every process."""
    (first, *_), (program, *_) = score.pages(PAGES), score.programs(1, 0, [worker.describe(Refgrad())])

    assert written(first) == PAGES[0].id + PAGES[0].text
    assert written(program) == program.name
