"""Every drawn program is decided on every engine; what departs is shrunk on its own engine to a witness."""

from __future__ import annotations

import gc
import pathlib

import pytest
from msgspec.structs import replace

from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Answers
from gradspec.programs.model import Input, Program, Step, decode
from gradspec.run import driver, journal, witness
from gradspec.run.bench import Silent
from gradspec.run.fuzz import Found
from gradspec.run.judging import Judges
from gradspec.run.records import Result, Selection

LIES, GOOD, FATAL = "doubles.faulty:Lies", "doubles.faulty:Good", "doubles.faulty:Segfaults"


@pytest.fixture(autouse=True)
def judge(monkeypatch):
    """A judge of programs who knows the doubles' right answer: the number of inputs."""

    def judged(self: Judges, program: Program, answers: dict[str, Answers]) -> dict[str, Judgement]:
        right = {id: float(answer.values[0].numpy()) == len(program.inputs) for id, answer in answers.items()}
        wrong = Judgement(Verdict.WRONG_VALUE, "sin", "one too many", signature="sin")
        return {id: Judgement(Verdict.AGREES) if right[id] else wrong for id in answers}

    monkeypatch.setattr(Judges, "program", judged)


def run(folder: pathlib.Path, *engines: str, programs: int = 60, **options) -> journal.Run:
    return driver.run(Selection(engines, programs=programs, seed=3), [], folder, **options)


def departing(run: journal.Run) -> list[Program]:
    return [decode(bytes(result.program)) for result in run.results if result.judgement.verdict.departs]


def ops(program: Program) -> set[str]:
    return {step.op for step in program.steps}


def test_every_drawn_program_has_a_verdict_on_every_backend(tmp_path):
    done = run(tmp_path, GOOD, LIES, in_process=True)
    cases = {result.case for result in done.results}

    assert {(r.case, r.backend) for r in done.results} == {(case, id) for case in cases for id in (GOOD, LIES)}
    assert done.footer.programs_drawn == done.footer.programs_run == 60
    assert done.complete


def test_nothing_is_kept_of_a_program_that_is_decided(tmp_path):
    alive = []

    class Counts(Silent):
        decisions = 0

        def decided(self, results):
            self.decisions += 1
            if self.decisions % 100 == 0:
                alive.append(sum(type(thing) in (Result, Program) for thing in gc.get_objects()) - len(results))

    run(tmp_path, GOOD, programs=200, in_process=True, watch=Counts())

    assert len(alive) == 2
    assert alive[1] <= alive[0] + 2


def test_the_same_seed_draws_the_same_programs(tmp_path):
    first, second = (run(tmp_path, GOOD, in_process=True) for _ in range(2))

    assert [r.case for r in first.results] == [r.case for r in second.results]


def test_what_departs_and_only_that_has_a_sine_in_it(tmp_path):
    done = run(tmp_path, LIES, in_process=True)
    begun = {begin.case: decode(bytes(begin.program)) for begin in done.begun if begin.program}

    assert departing(done)
    assert all(("sin" in ops(begun[r.case])) == r.judgement.verdict.departs for r in done.results)


def test_the_witness_is_the_smallest_program_that_departs(tmp_path):
    done = run(tmp_path, GOOD, LIES, in_process=True)
    (found,) = witness.witnesses(done)
    program = decode(bytes(found.program))

    assert ops(program) == {"sin"}
    assert len(program.inputs) == 1
    assert found.backend == LIES
    assert found.numbers.items() >= {GOOD: "output 0 = 1.", LIES: "output 0 = 2."}.items()  # the oracle may add its own


def test_one_witness_explains_all_departures_like_it(tmp_path):
    told = []

    class Listens(Silent):
        def witnessed(self, results):
            told.append(results)

    done = run(tmp_path, LIES, in_process=True, watch=Listens())

    assert len(witness.witnesses(done)) == 1
    assert 1 <= len(told) < len(departing(done)) / 2


def test_a_program_that_kills_its_worker_is_named_and_shrunk(tmp_path, monkeypatch):
    monkeypatch.setattr("gradspec.run.fuzz.SHRINKING", 0.5)
    done = run(tmp_path, FATAL, GOOD, programs=40)
    (found,) = witness.witnesses(done)

    assert found.judgement.verdict == Verdict.CRASH
    assert "SIGSEGV in string_at" in found.judgement.said
    assert "sin" in ops(decode(bytes(found.program)))
    assert done.complete


def test_resuming_runs_no_program_twice(tmp_path):
    whole = run(tmp_path, GOOD, in_process=True)
    path = tmp_path / journal.FILE
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:40]))
    done = driver.resume(path, [], in_process=True)

    assert [r.case for r in done.results] == [r.case for r in whole.results]
    assert len(done.begun) <= len(whole.begun) + 1  # the case that the cut fell into
    assert done.footer.programs_drawn == 60


def test_resuming_shrinks_no_departure_twice(tmp_path):
    whole = run(tmp_path, LIES, in_process=True)
    path = tmp_path / journal.FILE
    path.write_bytes(path.read_bytes().rpartition(b'{"kind":"footer"')[0])
    done = driver.resume(path, [], in_process=True)

    assert done.complete
    assert len(done.begun) == len(whole.begun)


def test_a_witness_file_is_read_back(tmp_path):
    done = run(tmp_path, LIES, in_process=True)
    (path,) = witness.save(done, tmp_path)

    (written,) = witness.witnesses(done)
    read = witness.read(path)

    assert decode(bytes(read.program)) == decode(bytes(written.program))
    assert replace(read, program=written.program) == written
    assert set(read.scripts) == {"torch", "refgrad", "jax"}
    assert path.name.startswith("doubles-faulty-lies-sin-")
    assert witness.save(done, tmp_path) == [path]


def test_a_witness_explains_what_has_its_signature_or_all_its_ops_and_is_no_smaller():
    def program(*names: str) -> Program:
        return Program((Input((2,)),), tuple(Step(name, (0,)) for name in names), (1,))

    def departed(signature: str, backend: str = LIES, verdict: Verdict = Verdict.WRONG_VALUE) -> Result:
        return Result("program:0", backend, Judgement(verdict, signature=signature))

    found = Found.of(departed("sine"), program("sin", "cos"))

    assert found.explains(departed("other"), program("sin", "cos", "tan"))
    assert found.explains(departed("sine"), program("tan", "tan", "tan"))
    assert not found.explains(departed("other"), program("sin", "tan", "tan"))
    assert not found.explains(departed("sine"), program("sin"))
    assert not found.explains(departed("sine", GOOD), program("sin", "cos", "tan"))
    assert not found.explains(departed("sine", verdict=Verdict.CRASH), program("sin", "cos", "tan"))
