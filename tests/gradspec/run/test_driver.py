"""Whatever engines do, the run goes on, names the case, and ends with a footer."""

from __future__ import annotations

import os
import pathlib
import signal
import threading

import pytest

from gradspec.errors import CannotWrite, ContradictingRuns, DeviceMissing, EngineMissing, GradspecError
from gradspec.judge.verdict import Verdict
from gradspec.run import driver, journal
from gradspec.run.bench import Silent
from gradspec.run.records import Begin, Selection
from gradspec.specs.model import Spec
from gradspec.specs.read import parse


def page(id: str, *lines: str) -> Spec:
    """A spec with one check of these lines, which any double can be asked."""
    check = "\n".join(lines)
    text = (
        f'# The answer is known\n\n```python\n{check}\n```\n\nSources: mathematics\n\n```toml\nneeds = ["ops"]\n```\n'
    )
    return parse(text, id)


FINE = page("a/fine", "torch.answer()  # => 42")
BAD = page("b/bad", "torch.trouble()  # => None")
LAST = page("c/last", "torch.answer()  # => 42")
OPEN = page("d/open", "torch.answer()  # => ?", "1 + 1  # => 2")


def run(folder: pathlib.Path, specs: list[Spec], *engines: str, limit: float = 10.0, **options) -> journal.Run:
    names = tuple(f"doubles.faulty:{engine}" for engine in engines)
    return driver.run(Selection(names, limit=limit), specs, folder, **options)


def verdicts(run: journal.Run) -> dict[tuple[str, str], Verdict]:
    return {(r.case, r.backend.rpartition(":")[2]): r.judgement.verdict for r in run.results}


@pytest.mark.parametrize(
    ("engine", "verdict", "limit"),
    [
        ("Segfaults", "crash", 10.0),
        ("IsKilled", "crash", 10.0),
        ("Devours", "out-of-memory", 10.0),
        ("HoldsTheLock", "hang", 0.4),
    ],
)
def test_the_case_is_named_and_the_run_goes_on(tmp_path, monkeypatch, engine, verdict, limit):
    monkeypatch.setattr("gradspec.run.seats.MEMORY", 2**28)
    monkeypatch.setattr("gradspec.run.supervisor.FIRST", 1.0)
    done = run(tmp_path, [FINE, BAD, LAST], engine, "Good", limit=limit)

    assert verdicts(done) == {
        ("spec:a/fine", engine): "agrees",
        ("spec:a/fine", "Good"): "agrees",
        ("spec:b/bad", engine): verdict,
        ("spec:b/bad", "Good"): "agrees",
        ("spec:c/last", engine): "agrees",
        ("spec:c/last", "Good"): "agrees",
    }
    assert done.complete
    assert done.footer.counts[f"doubles.faulty:{engine}"] == {"agrees": 2, verdict: 1}


def test_every_case_is_begun_before_it_is_decided(tmp_path):
    run(tmp_path, [FINE, BAD], "Segfaults")
    lines = (tmp_path / journal.FILE).read_bytes().splitlines()

    assert [line.split(b'"')[3] for line in lines] == [b"header", b"begin", b"result", b"begin", b"result", b"footer"]


def test_a_departure_is_believed_when_it_happens_again(tmp_path):
    done = run(tmp_path, [FINE], "Lies", "LiesOnce")
    steady, once = (result.judgement for result in done.results)

    assert steady.verdict == Verdict.WRONG_VALUE
    assert once.verdict == Verdict.AGREES
    assert "the first of two runs was wrong-value: fine.md:4" in once.said


def test_a_crash_that_does_not_come_again_is_not_held_against_the_engine(tmp_path, monkeypatch):
    monkeypatch.setenv("DIES_ONCE", str(tmp_path / "mark"))
    (result,) = run(tmp_path, [BAD], "DiesOnce").results

    assert result.judgement.verdict == Verdict.AGREES
    assert "the first of two runs was crash: the process died of SIGABRT" in result.judgement.said


def test_who_differs_from_the_first_where_nothing_is_promised_is_unspecified(tmp_path):
    done = run(tmp_path, [OPEN], "Good", "Lies")

    assert [r.judgement.verdict for r in done.results] == [Verdict.AGREES, Verdict.UNSPECIFIED]


def test_an_error_in_a_judge_is_a_harness_error_and_the_run_goes_on(tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("gradspec.judge.specs.judge", broken)
    done = run(tmp_path, [FINE, LAST], "Good", in_process=True)

    assert {r.judgement.verdict for r in done.results} == {Verdict.HARNESS_ERROR}
    assert "the judge failed: ZeroDivisionError: oh (broken, line " in done.results[0].judgement.said
    assert done.complete


def test_a_known_divergence_that_never_happens_is_a_harness_error(tmp_path, monkeypatch):
    monkeypatch.setattr("gradspec.judge.known.Known.stale", lambda self: ["jax.toml:7: delete this entry"])
    (_, stale) = run(tmp_path, [FINE], "Good", in_process=True).results

    assert stale.case == "known:jax.toml:7: delete this entry"
    assert stale.judgement.verdict == Verdict.HARNESS_ERROR


def test_in_process_comes_to_the_same(tmp_path):
    apart = run(tmp_path, [FINE, OPEN], "Good", "Lies")
    together = run(tmp_path, [FINE, OPEN], "Good", "Lies", in_process=True)

    assert verdicts(together) == verdicts(apart)


def test_an_optional_engine_that_is_missing_is_left_out_and_another_is_an_error(tmp_path):
    done = run(tmp_path, [FINE], "Good", "NotInstalled", optional=["doubles.faulty:NotInstalled"])
    assert [info.id for info in done.header.backends] == ["doubles.faulty:Good"]

    with pytest.raises(EngineMissing):
        run(tmp_path / "other", [FINE], "Good", "NotInstalled")


def test_a_missing_device_is_said_before_anything_runs(tmp_path):
    with pytest.raises(DeviceMissing, match="sees no device"):
        run(tmp_path / "report", [FINE], "Good", "NoDevice")

    assert not (tmp_path / "report").exists()


def test_no_backend_at_all_is_an_error(tmp_path):
    with pytest.raises(GradspecError, match="no backend to run on"):
        run(tmp_path, [FINE], "NotInstalled", optional=["doubles.faulty:NotInstalled"])


def test_one_engine_named_twice_runs_once(tmp_path):
    done = run(tmp_path, [FINE], "Good", "Good")

    assert len(done.results) == 1


def test_an_interrupt_ends_the_run_in_order_and_resume_goes_on(tmp_path, interruptible):
    waiting = page("b/waits", "torch.wait()  # => None")

    class Interrupts(Silent):
        def decided(self, results):
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    cut = run(tmp_path, [FINE, waiting], "Good", watch=Interrupts())
    assert list(verdicts(cut)) == [("spec:a/fine", "Good")]
    assert cut.footer is not None
    assert not cut.complete

    done = driver.resume(tmp_path / journal.FILE, [FINE, LAST])
    assert list(verdicts(done)) == [("spec:a/fine", "Good"), ("spec:c/last", "Good")]
    assert done.complete
    begun = [begin.case for begin in done.begun if isinstance(begin, Begin)]
    assert begun == ["spec:a/fine", "spec:b/waits", "spec:c/last"]


def test_a_run_cut_in_the_middle_of_a_line_is_resumed(tmp_path):
    run(tmp_path, [FINE, LAST], "Good", "Lies")
    path = tmp_path / journal.FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b'"kind":"result"') + 30])
    done = driver.resume(path, [FINE, LAST])

    assert len(done.results) == 4
    assert done.complete


def test_resume_refuses_another_version_of_an_engine(tmp_path):
    run(tmp_path, [FINE], "Good")
    path = tmp_path / journal.FILE
    path.write_bytes(path.read_bytes().replace(b'"double":"1"', b'"double":"0"'))

    with pytest.raises(ContradictingRuns, match="was begun with double 0, here is double 1. Start a new run."):
        driver.resume(path, [FINE])


def test_a_disk_that_fills_up_leaves_what_was_written(tmp_path, monkeypatch):
    real = os.write

    def full(file, data):
        if b'"spec:c/last"' in bytes(data):
            raise OSError(28, os.strerror(28))
        return real(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        run(tmp_path, [FINE, LAST], "Good", in_process=True)

    assert list(verdicts(journal.read(tmp_path))) == [("spec:a/fine", "Good")]
