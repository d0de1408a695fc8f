"""A worker survives nothing, and the driver survives everything that happens to a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator

import pytest

from doubles.faulty import BAD
from gradspec.errors import BrokenBackend, DeviceMissing, UnknownName
from gradspec.judge.verdict import Verdict
from gradspec.outcome import Answers
from gradspec.programs.model import Input, Program
from gradspec.run import wire
from gradspec.run.supervisor import InProcess, Worker

GOOD_CASE = Program((Input((2,)), Input((2,), seed=1)), (), (0,))
BAD_CASE = Program((Input((2,), seed=BAD),), (), (0,))


def ask(seat: Worker | InProcess, program: Program, limit: float = 10.0) -> wire.Reply:
    seat.send(wire.Replay(program, limit))
    return seat.collect()


def said(reply: wire.Reply) -> float:
    assert isinstance(reply.outcome, Answers), reply
    return float(reply.outcome.values[0].numpy())


@pytest.fixture
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    """A worker of the engine named in the parameter."""
    worker = Worker(f"doubles.faulty:{request.param}", memory=2**29)
    yield worker.started()
    worker.close()


def engine(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("worker", [name], indirect=True)


@engine("Good")
def test_a_worker_answers_and_names_itself(worker):
    assert said(ask(worker, GOOD_CASE)) == 2.0
    assert worker.info.id == "doubles.faulty:Good"
    assert worker.info.versions == {"double": "1"}


@pytest.mark.parametrize(
    ("worker", "verdict", "words"),
    [
        ("Segfaults", Verdict.CRASH, "SIGSEGV in string_at"),
        ("IsKilled", Verdict.CRASH, "SIGKILL"),
        ("Exits", Verdict.CRASH, "SystemExit(3)"),
        ("Devours", Verdict.OUT_OF_MEMORY, "MemoryError"),
        ("Raises", Verdict.HARNESS_ERROR, "KeyError: 'a bug of the adapter' (faulty.py:"),
    ],
    indirect=["worker"],
)
def test_a_misdeed_has_its_verdict_and_the_next_case_runs(worker, verdict, words):
    reply = ask(worker, BAD_CASE)

    assert reply.verdict == verdict
    assert words in reply.said
    assert said(ask(worker, GOOD_CASE)) == 2.0


@pytest.mark.parametrize("worker", ["Sleeps", "HoldsTheLock"], indirect=True)
def test_a_hang_ends_at_its_limit_and_says_where_it_hung(worker):
    ask(worker, GOOD_CASE)
    began = time.perf_counter()
    reply = ask(worker, BAD_CASE, limit=0.2)

    assert reply.verdict == Verdict.HANG
    assert "within 0.2 s in misbehave (doubles/faulty.py:" in reply.said
    assert time.perf_counter() - began < 1.0
    assert said(ask(worker, GOOD_CASE)) == 2.0


@engine("Sleeps")
def test_a_hang_that_stops_its_own_watchdog_is_killed(worker, monkeypatch):
    monkeypatch.setattr("gradspec.run.supervisor.GRACE", 0.1)
    ask(worker, GOOD_CASE)
    os.kill(worker._process.pid, signal.SIGSTOP)

    assert ask(worker, GOOD_CASE, limit=0.1).verdict == Verdict.HANG


@engine("Prints")
def test_what_an_engine_prints_does_not_reach_the_pipe(worker):
    assert said(ask(worker, BAD_CASE)) == 1.0


@engine("Good")
def test_the_first_case_of_a_worker_has_more_time(worker):
    worker.send(wire.Replay(GOOD_CASE, 1.0))
    assert worker._request.limit == 4.0
    worker.collect()
    worker.send(wire.Replay(GOOD_CASE, 1.0))
    assert worker._request.limit == 1.0
    worker.collect()


@engine("Good")
def test_a_worker_that_dies_between_two_cases_blames_neither(worker):
    ask(worker, GOOD_CASE)
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()

    assert said(ask(worker, GOOD_CASE)) == 2.0


@engine("Devours")
def test_a_worker_grown_past_half_its_memory_is_replaced(worker):
    worker.memory = 2**26
    worker.kill()
    worker._replace()
    ask(worker, GOOD_CASE)

    assert worker._process is None
    assert said(ask(worker, GOOD_CASE)) == 2.0


@pytest.mark.parametrize(
    ("backend", "error", "words"),
    [
        ("doubles.faulty:NoDevice", DeviceMissing, "double sees no device"),
        ("doubles.faulty:Unloadable", BrokenBackend, "SIGABRT"),
        ("doubles.faulty:Missing", BrokenBackend, "Missing"),
        ("tirch", UnknownName, "Did you mean 'torch'?"),
    ],
)
def test_an_engine_that_does_not_load_is_one_clear_error(backend, error, words):
    worker = Worker(backend)
    with pytest.raises(error, match=words.replace("?", r"\?")):
        worker.started()
    worker.close()


def test_a_replacement_that_never_starts_ends_in_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("LOADS_ONCE", str(tmp_path / "mark"))
    worker = Worker("doubles.faulty:LoadsOnce").started()
    assert ask(worker, BAD_CASE).verdict == Verdict.CRASH

    with pytest.raises(BrokenBackend, match="could not be started again in 3 tries: double loads only once"):
        ask(worker, GOOD_CASE)
    worker.close()


@pytest.mark.parametrize(
    ("engine", "case"), [("Good", "GOOD_CASE"), ("HoldsTheLock", "BAD_CASE")], ids=["idle", "stuck in native code"]
)
def test_no_worker_outlives_its_driver(engine, case):
    driver = textwrap.dedent(f"""
        import time
        from gradspec.run import supervisor, wire
        from gradspec.programs.model import Input, Program
        supervisor.FIRST = 1.0
        GOOD_CASE, BAD_CASE = (Program((Input((2,), seed=seed),), (), (0,)) for seed in (1, {BAD}))
        worker = supervisor.Worker("doubles.faulty:{engine}").started()
        worker.send(wire.Replay({case}, 0.5))
        print(worker._process.pid, flush=True)
        time.sleep(60)
    """)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", driver], stdout=subprocess.PIPE, env=environment) as process:
        pid = int(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + 5
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not _alive(pid)


def test_in_process_answers_the_same():
    seat = InProcess("doubles.faulty:Good")

    assert said(ask(seat, GOOD_CASE)) == 2.0


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
