"""What is drawn fits 80 columns, and takes nobody's words for markup."""

from __future__ import annotations

import io
import pathlib

import pytest
from rich.console import Console

from gradspec.judge.verdict import Judgement, Verdict
from gradspec.report.build import build
from gradspec.run import progress
from gradspec.run.journal import Run
from gradspec.run.records import SCHEMA, BackendInfo, Footer, Header, Result, Selection

EVIL = "[bold red]\x1b[31m[/nothing]"


def console() -> Console:
    return Console(file=io.StringIO(), width=80, highlight=False)


def text(console: Console) -> str:
    return console.file.getvalue()


def header(*backends: str) -> Header:
    infos = tuple(BackendInfo(id, (), {"engine": EVIL}) for id in backends)
    return Header(SCHEMA, "0", "2000-01-01T00:00:00", Selection(backends, ("a/b",), 10, 7), infos)


def results(backend: str, *verdicts: Verdict) -> list[Result]:
    return [
        Result(f"spec:a/{n}", backend, Judgement(verdict, "b.md:3", EVIL if verdict.departs else ""))
        for n, verdict in enumerate(verdicts)
    ]


def test_the_table_counts_every_verdict_that_fell():
    backends = ["torch:cpu", "some.very.long_module.of.somebody:Engine"]
    found = [r for id in backends for r in results(id, *Verdict)]
    run = Run(header(*backends), (), tuple(found), Footer("", 2.0, True, {}, 10, 9))
    drawn = console()
    progress.summary(drawn, build(run), pathlib.Path("report"), programs_seconds=4.0)

    lines = text(drawn).splitlines()
    assert all(len(line) <= 80 for line in lines[: lines.index("10 programs drawn, 9 of them ran, 2.5 a second")])
    assert "report: report/index.html" in lines


@pytest.mark.parametrize("watch", [progress.Lines, progress.Bars])
def test_words_of_engines_are_no_markup(watch):
    drawn = console()
    shown = watch(drawn)
    shown.opened(header("torch:cpu"), 3)
    shown.decided(results("torch:cpu", Verdict.CRASH))
    shown.witnessed(results("torch:cpu", Verdict.CRASH))
    shown.note(EVIL)
    shown.closed()

    assert text(drawn).count("[bold red]") == 3
    assert "\x1b[31m" not in text(drawn)


def test_plain_lines_come_now_and_then(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    drawn = console()
    lines = progress.Lines(drawn)
    lines.opened(header("torch:cpu"), 3)
    lines.decided(results("torch:cpu", Verdict.CRASH))

    assert "1 of 3 cases, 1 departing" in text(drawn)
