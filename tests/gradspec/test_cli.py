"""One line for every mistake, an exit code for every end, and `--help` at once."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from gradspec import cli
from gradspec.errors import GradspecError
from gradspec.judge.matching import Match
from gradspec.specs import where

GOOD = "doubles.faulty:Good"
BAD = "doubles.faulty:Lies"

PAGE = """# The answer is {answer}

```python
{line}  # => {answer}
```

Sources: mathematics

```toml
needs = ["ops"]
level = "{level}"
```
"""


@pytest.fixture(autouse=True)
def suite(tmp_path, monkeypatch) -> pathlib.Path:
    """Three pages of two chapters, in the place of the suite's own; and an empty folder to work in."""
    pages = tmp_path / "specs"
    for id, line, answer, level in [
        ("counting/answer", "torch.answer()", "42", "must"),
        ("counting/more", "torch.answer() + 1", "43", "should"),
        ("plain/sum", "1 + 1", "2", "must"),
    ]:
        path = pages / f"{id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(line=line, answer=answer, level=level))
    real = where.pages
    monkeypatch.setattr(where, "pages", lambda folder=None: real(folder or pages))
    monkeypatch.setattr("gradspec.report.write.pages", lambda: pages)
    monkeypatch.chdir(tmp_path)
    return pages


def run(*arguments: str) -> int:
    return cli.call(["run", "--programs", "0", "--in-process", *arguments])


def fails_with(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """The one line that the command leaves on standard error with this exit code."""
    assert cli.call(list(arguments)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = filter(None, captured.err.splitlines())  # click leaves the line of the ^C first
    assert line.startswith("gradspec: ")
    return line


def test_nothing_departs(capsys):
    assert run("-b", GOOD) == 0

    out = capsys.readouterr().out
    assert "doubles.faulty:Good  (double 1)" in out
    assert "report: report/index.html" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert pathlib.Path("report/index.html").exists()


def test_something_departs(capsys):
    assert run("-b", GOOD, "-b", BAD) == 1

    out = capsys.readouterr().out
    assert "wrong-value doubles.faulty:Lies  counting/answer" in out
    assert "promised 42, got 41" in out


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--chapter", "counting"], 2),
        (["--level", "must"], 2),
        (["--chapter", "counting", "--level", "must"], 1),
        (["--spec", "plain/sum"], 1),
        (["--spec", "plain/sum", "--spec", "answer"], 2),
    ],
)
def test_specs_are_selected(capsys, filters, count):
    assert run("-b", GOOD, *filters) == 0

    assert f"{count} specs, 0 programs, seed 0" in capsys.readouterr().out


def test_shards_are_merged_to_the_whole(capsys):
    for part in (1, 2):
        assert run("-b", GOOD, "--shard", f"{part}/2", "--report", f"part{part}") == 0
    assert cli.call(["merge", "part1", "part2", "-o", "whole"]) == 0
    capsys.readouterr()

    assert cli.call(["specs", "list", "--run", "whole"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert "no shard '3/2'" in fails_with(capsys, 2, "run", "--shard", "3/2")


def test_an_unknown_backend(capsys):
    assert "Did you mean 'torch'?" in fails_with(capsys, 2, "run", "-b", "tirch")


def test_an_unknown_spec(capsys):
    assert "unknown spec 'plain/sun'. Did you mean 'plain/sum'?" in fails_with(capsys, 2, "run", "--spec", "plain/sun")


def test_an_unknown_chapter(capsys):
    line = fails_with(capsys, 2, "run", "--chapter", "plane")
    assert "unknown chapter 'plane'. Did you mean 'plain'?" in line


def test_a_chapter_without_the_level(capsys):
    assert "no spec has" in fails_with(capsys, 2, "run", "--chapter", "plain", "--level", "should")


def test_a_missing_device(capsys):
    assert "sees no device" in fails_with(capsys, 3, "run", "-b", "doubles.faulty:NoDevice")


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run", "--limit", "x"], ["run", "--seed", "-1"], ["compare"]])
def test_a_command_line_that_cannot_be_parsed(capsys, arguments):
    assert "--help` says what there is." in fails_with(capsys, 2, *arguments)


def test_engines_in_this_process_are_not_shared_out(capsys):
    assert "leave out --workers" in fails_with(capsys, 2, "run", "--in-process", "--workers", "2")


def test_workers_find_what_one_finds(capsys):
    ends = [cli.call(["run", "--programs", "0", "-b", BAD, "--workers", n, "--report", n]) for n in ("1", "2")]
    first, second = capsys.readouterr().out.split("report: 1")

    assert ends == [1, 1]
    table = first.rpartition("specs ")[2]
    assert BAD in table
    assert table == second.partition("report: 2")[0].rpartition("specs ")[2]


def test_a_report_folder_that_cannot_be_made(capsys):
    pathlib.Path("file").write_text("")

    assert run("-b", GOOD, "--report", "file/report") == 5
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "none", "none"],
        ["report", "none", "-o", "x"],
        ["merge", "none", "-o", "x"],
        ["run", "--resume", "none"],
    ],
)
def test_a_run_file_that_is_not_there(capsys, command):
    assert "no such run file" in fails_with(capsys, 4, *command)


def test_a_bug_of_our_own(capsys, monkeypatch):
    monkeypatch.setattr(where, "load", lambda *_: 1 / 0)

    assert run("-b", GOOD) == 6
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "a bug of gradspec's own: ZeroDivisionError" in err.splitlines()[-1]


def test_an_error_of_several_lines_is_said_in_one(capsys, monkeypatch):
    def broken(*_):
        raise GradspecError("one\ntwo")

    monkeypatch.setattr(where, "load", broken)

    assert fails_with(capsys, 2, "run") == "gradspec: one two"


def test_what_an_engine_says_is_no_markup(capsys, suite):
    (suite / "plain" / "sum.md").write_text(PAGE.format(line='"[red]" + "[/blue]"', answer="'x'", level="must"))

    assert run("-b", GOOD, "--spec", "plain/sum") == 1
    assert "[red][/blue]" in capsys.readouterr().out


def test_specs_are_listed(capsys):
    assert cli.call(["specs", "list", "--chapter", "counting"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "counting/answer  [must]  The answer is 42",
        "counting/more  [should]  The answer is 43",
    ]


def test_specs_are_listed_by_verdict(capsys):
    run("-b", GOOD, "-b", BAD)
    capsys.readouterr()

    assert cli.call(["specs", "list", "--verdict", "wrong-value", "--run", "report"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "counting/answer  [must]  doubles.faulty:Lies wrong-value",
        "counting/more  [should]  doubles.faulty:Lies wrong-value",
    ]
    assert "unknown verdict 'wrongvalue'" in fails_with(
        capsys, 2, "specs", "list", "--verdict", "wrongvalue", "--run", "report"
    )
    assert cli.call(["specs", "list", "--verdict", "wrong-value", "--level", "should"]) == 0
    assert capsys.readouterr().out == "counting/more  [should]  doubles.faulty:Lies wrong-value\n"
    assert "unknown backend 'torch'" in fails_with(capsys, 2, "specs", "list", "--backend", "torch", "--run", "report")


def test_verdicts_without_a_run(capsys):
    assert "report: no such run file" in fails_with(capsys, 4, "specs", "list", "--verdict", "crash")
    assert "report: no such run file" in fails_with(capsys, 4, "specs", "coverage")


def test_flips_are_caught(capsys):
    assert cli.call(["specs", "mutate", "-b", GOOD, "-b", BAD]) == 0

    good, bad = capsys.readouterr().out.splitlines()
    assert good == f"{GOOD}: 12 of 12 flips caught on 3 pages"
    assert bad == f"{BAD}: 4 of 4 flips caught on 1 page; 2 pages differing already"


def test_where_nothing_could_be_flipped_nothing_was_shown(capsys):
    assert cli.call(["specs", "mutate", "-b", BAD, "counting"]) == 1


def test_a_flip_that_survives_is_named(capsys, suite, monkeypatch):
    monkeypatch.setattr("gradspec.judge.specs.compare", lambda *arguments: Match(0.0))
    assert cli.call(["specs", "mutate", "-b", GOOD, "plain/sum"]) == 1

    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"{GOOD} sum.md:4: the flipped shape survives: # => [2]"
    assert last == f"{GOOD}: 1 of 4 flips caught on 1 page"


def test_coverage_is_measured(capsys):
    run("-b", GOOD, "-b", BAD, "--chapter", "counting")
    capsys.readouterr()

    assert cli.call(["specs", "coverage", "--backend", BAD]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == BAD
    assert lines[-2].split() == ["all", "3", "2", "·", "·", "2", "·", "1"]
    assert "unknown backend 'torch'" in fails_with(capsys, 2, "specs", "coverage", "--backend", "torch")


def test_what_holds_is_shown_from_pages_that_run_now_or_from_a_run(capsys, suite):
    assert "no inventory.json" in fails_with(capsys, 2, "specs", "inventory", "-b", GOOD)
    behaviour = {"id": "a", "area": "n", "statement": "s", "source": "s", "functional": "no"}
    (suite / "inventory.json").write_text(json.dumps({"areas": {"n": "Numbers"}, "behaviours": [behaviour]}))
    page = suite / "counting" / "answer.md"
    page.write_text(page.read_text().replace("needs = ", 'inventory = ["a"]\nneeds = '))

    assert cli.call(["specs", "inventory", "-b", GOOD, "-b", BAD]) == 1
    assert "Numbers                                1      1 100 %      0   0 %" in capsys.readouterr().out
    run("-b", GOOD)
    capsys.readouterr()
    assert cli.call(["specs", "inventory", "--run", "report"]) == 0
    assert f"{GOOD}: 1 of 1 documented behaviours hold" in capsys.readouterr().out


def test_a_page_that_nobody_checked_fails_the_lint(capsys):
    run("-b", GOOD, "--chapter", "counting")
    assert cli.call(["specs", "lint"]) == 0
    capsys.readouterr()

    assert cli.call(["specs", "lint", "--run", "report"]) == 1
    line, count = capsys.readouterr().out.splitlines()
    assert line.startswith("plain/sum.md:1: no backend of this run checked the page.")
    assert count == "1 complaint"


def test_the_table_of_contents_is_shown_and_written(capsys, suite):
    assert cli.call(["specs", "index"]) == 0
    assert "- [The answer is 42](counting/answer.md)\n" in capsys.readouterr().out
    assert not (suite / "README.md").exists()

    assert cli.call(["specs", "index", "--write"]) == 0
    assert capsys.readouterr().out == f"{suite / 'README.md'}\n"
    assert "- [The answer is 2](plain/sum.md)\n" in (suite / "README.md").read_text()


def test_a_spec_is_shown(capsys, suite):
    assert cli.call(["specs", "show", "plain/sum"]) == 0
    assert capsys.readouterr().out == (suite / "plain" / "sum.md").read_text()


def test_a_witness_is_run_again(capsys):
    run("-b", BAD, "--spec", "counting/answer")
    capsys.readouterr()
    (file,) = pathlib.Path("report/witnesses").iterdir()

    assert cli.call(["repro", str(file)]) == 1
    out = capsys.readouterr().out
    assert "doubles.faulty:Lies: wrong-value: answer.md:4 torch.answer(): promised 42, got 41" in out

    file.write_text(file.read_text().replace(BAD, GOOD))
    assert cli.call(["repro", str(file)]) == 0


def test_a_witness_that_is_none(capsys):
    pathlib.Path("file").write_text("{")

    assert "not a witness of gradspec" in fails_with(capsys, 2, "repro", "file")
    assert "cannot be read" in fails_with(capsys, 2, "repro", "none")


def test_runs_are_compared_merged_and_reported_again(capsys):
    run("-b", GOOD, "--report", "good")
    run("-b", BAD, "--report", "bad")
    good, bad = pathlib.Path("good/run.jsonl"), pathlib.Path("bad/run.jsonl")
    pathlib.Path("worse.jsonl").write_text(bad.read_text().replace(BAD, GOOD))
    capsys.readouterr()

    assert cli.call(["compare", "good", "worse.jsonl"]) == 1
    assert "broke 2" in capsys.readouterr().out
    assert cli.call(["compare", "worse.jsonl", "good"]) == 0
    assert cli.call(["merge", str(good), str(bad), "-o", "both"]) == 0
    assert cli.call(["report", "both", "-o", "again"]) == 0
    assert pathlib.Path("again/index.html").exists()


def test_help_answers_at_once():
    began = time.perf_counter()
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gradspec", "--help"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stderr

    assert time.perf_counter() - began < 3  # a slow machine, with room; what is loaded decides:
    assert not {"numpy", "rich", "torch", "jax", "hypothesis"} & {
        line.split("|")[-1].strip() for line in loaded.splitlines()
    }


def test_ctrl_c_ends_in_order_and_resume_goes_on(suite, interruptible):
    (suite / "plain" / "sum.md").write_text(PAGE.format(line="torch.wait()", answer="None", level="must"))
    program = (
        "import sys, pathlib; from gradspec import cli; from gradspec.specs import where; real = where.pages;"
        " where.pages = lambda folder=None: real(folder or pathlib.Path('specs')); sys.exit(cli.call())"
    )
    command = [sys.executable, "-c", program, "run", "-b", GOOD, "--no-progress", "--programs", "0"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        journal = pathlib.Path("report/run.jsonl")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not (journal.exists() and '"spec:plain/sum"' in journal.read_text()):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted; resume with: gradspec run --resume report/run.jsonl"
    (suite / "plain" / "sum.md").write_text(PAGE.format(line="1 + 1", answer="2", level="must"))
    assert run("--resume", "report/run.jsonl") == 0


def test_an_interrupt_before_anything_runs(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, "load", interrupted)

    assert fails_with(capsys, 130, "run") == "gradspec: interrupted"


def test_a_harness_error_among_verdicts_fails_the_run_loudly(capsys, monkeypatch):
    monkeypatch.setattr("gradspec.judge.known.Known.stale", lambda self: ["jax.toml:7: delete this entry"])

    assert run("-b", GOOD) == 6
    assert "jax.toml:7: delete this entry" in capsys.readouterr().out


def test_the_witnesses_of_the_run_before_are_gone():
    run("-b", BAD)
    assert len(list(pathlib.Path("report/witnesses").iterdir())) == 2

    run("-b", GOOD)
    assert not list(pathlib.Path("report/witnesses").iterdir())
