"""Every record is one append; a run cut anywhere is still a run."""

from __future__ import annotations

import errno
import os
import pathlib

import pytest

from gradspec.errors import CannotWrite, UnreadableRun
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.run import journal
from gradspec.run.records import SCHEMA, BackendInfo, Begin, Footer, Header, Result, Selection

HEADER = Header(SCHEMA, "0", "2000-01-01T00:00:00", Selection(("refgrad",), seed=7), (BackendInfo("refgrad"),))
BEGIN = Begin("spec:a/b", "refgrad")
RESULT = Result("spec:a/b", "refgrad", Judgement(Verdict.AGREES))
FOOTER = Footer("2000-01-01T00:00:01", 1.0, True, {"refgrad": {"agrees": 1}})


def written(folder: pathlib.Path, *records) -> pathlib.Path:
    log = journal.create(folder, HEADER)
    log.write(*records)
    log.close()
    return folder / journal.FILE


def test_what_is_written_is_read_back(tmp_path):
    run = journal.read(written(tmp_path, BEGIN, RESULT, FOOTER))

    assert (run.header, run.begun, run.results, run.footer) == (HEADER, (BEGIN,), (RESULT,), FOOTER)
    assert run.complete


def test_a_folder_means_the_journal_in_it(tmp_path):
    written(tmp_path)

    assert journal.read(tmp_path).header == HEADER


@pytest.mark.parametrize("cut", range(1, 40, 7))
def test_a_run_cut_in_its_last_line_is_partial(tmp_path, cut):
    path = written(tmp_path, BEGIN, RESULT, FOOTER)
    os.truncate(path, path.stat().st_size - cut)
    run = journal.read(path)

    assert run.results == (RESULT,)
    assert run.footer is None
    assert not run.complete


def test_reopening_takes_the_cut_line_away_and_goes_on(tmp_path):
    path = written(tmp_path, BEGIN, FOOTER)
    os.truncate(path, path.stat().st_size - 3)
    log = journal.reopen(path)
    log.write(RESULT, FOOTER)
    log.close()

    assert journal.read(path) == journal.Run(HEADER, (BEGIN,), (RESULT,), FOOTER)


def test_a_footer_that_something_follows_is_no_end(tmp_path):
    run = journal.read(written(tmp_path, FOOTER, BEGIN))

    assert run.footer is None


def test_the_last_word_on_a_case_counts(tmp_path):
    later = Result(RESULT.case, RESULT.backend, Judgement(Verdict.CRASH))

    assert journal.read(written(tmp_path, RESULT, later)).results == (later,)


def test_a_new_run_keeps_the_run_before(tmp_path):
    written(tmp_path, RESULT)
    written(tmp_path)

    assert journal.read(tmp_path).results == ()
    assert journal.read(tmp_path / journal.PREVIOUS).results == (RESULT,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b'{"kind":"head', "cut before its first line ended"),
        (b"<html>\n</html>\n", "its first line is no header"),
        (b'{"kind":"begin","schema":1}\n', "its first line is no header"),
        (b"\xff\xfe\n", "its first line is no header"),
        (b'{"kind":"header","schema":999}\n', "written in schema 999, this gradspec reads up to"),
        (b'{"kind":"header","schema":1}\n', ":1: damaged line: Object missing required field `gradspec`"),
    ],
)
def test_a_foreign_file_is_one_clear_line(tmp_path, content, words):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(UnreadableRun) as error:
        journal.read(path)

    assert words in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_a_damaged_line_in_the_middle_is_named(tmp_path):
    path = written(tmp_path, BEGIN, RESULT)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:9] + b"\n" + lines[2])

    with pytest.raises(UnreadableRun, match=r":2: damaged line"):
        journal.read(path)


def test_a_missing_file_says_what_writes_one(tmp_path):
    with pytest.raises(UnreadableRun, match=r"no such run file. `gradspec run` writes one"):
        journal.read(tmp_path / "none.jsonl")


def test_a_full_disk_loses_nothing_already_written(tmp_path, monkeypatch):
    log = journal.create(tmp_path, HEADER)
    log.write(RESULT)
    real = os.write

    def fills_up(file, data):
        if len(data) < 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data[: len(data) - 10])

    monkeypatch.setattr(os, "write", fills_up)
    with pytest.raises(CannotWrite, match="No space left on device"):
        log.write(FOOTER)
    log.close()

    assert journal.read(tmp_path).results == (RESULT,)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotWrite, match="cannot write: .*give another --report folder"):
        journal.create(tmp_path / "file" / "report", HEADER)
