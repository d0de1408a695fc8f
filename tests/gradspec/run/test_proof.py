"""The script of a witness prints what came and what is true, and its exit code says whether the bug is there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from gradspec.judge.verdict import Judgement, Verdict
from gradspec.programs.model import Input, Program, Question, Step
from gradspec.run.proof import proof, script

EXP = Program(
    (Input((2,), seed=4), Input((), requires_grad=False)),
    (Step("exp", (0,), {}, (2,)), Step("mul", (2, 1), {}, (2,))),
    (2, 3),
    (Question("reverse"), Question("forward", 1), Question("reverse-reverse", 2)),
)
PLACES = ["step 0 (exp)", "output 1 (mul)", "gradient of x0", "tangent of output 1", "second gradient of x0"]


def ended(source: str, folder) -> subprocess.CompletedProcess[str]:
    (folder / "witness.py").write_text(source)
    return subprocess.run([sys.executable, "witness.py"], cwd=folder, capture_output=True, text=True, check=False)


def wrong(where: str, verdict: Verdict = Verdict.WRONG_GRADIENT) -> Judgement:
    return Judgement(verdict, where)


@pytest.fixture
def pythonpath(monkeypatch):
    """The script finds refgrad where this process does."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.mark.parametrize("where", PLACES)
def test_an_engine_that_is_right_ends_with_0(where, tmp_path, pythonpath):
    found = proof(EXP, wrong(where))
    done = ended(script(found, "refgrad"), tmp_path)

    assert done.returncode == 0, done.stderr
    got, true = done.stdout.splitlines()
    assert got.startswith("got  float64 (2,) [")
    assert true.startswith("true float64 (2,) [")


@pytest.mark.parametrize("where", PLACES)
def test_an_engine_that_is_wrong_ends_with_1(where, tmp_path, pythonpath):
    found = proof(EXP, wrong(where))
    other = replace(found, true=tuple(x * (1 + 1e-12) for x in found.true))

    assert ended(script(other, "refgrad"), tmp_path).returncode == 1


@pytest.mark.parametrize("change", [{"dtype": "float32"}, {"shape": (1, 2)}])
def test_dtype_and_shape_are_part_of_the_truth(change, tmp_path, pythonpath):
    found = proof(EXP, wrong("gradient of x0", Verdict.WRONG_DTYPE))

    assert ended(script(replace(found, **change), "refgrad"), tmp_path).returncode == 1


def test_an_error_that_must_come_is_waited_for(tmp_path, pythonpath):
    found = replace(proof(EXP, wrong("the program")), raises="RuntimeError: no")
    answered = ended(script(found, "refgrad"), tmp_path)
    refusing = replace(found, program=Program(EXP.inputs, (Step("sum", (0,), {"dim": 7, "keepdim": False}),), (2,)))
    raised = ended(script(refusing, "refgrad"), tmp_path)

    assert (answered.returncode, answered.stdout.splitlines()[-2:]) == (1, ["got  an answer", "true RuntimeError: no"])
    assert raised.returncode == 0
    assert "Dimension out of range" in raised.stdout


def test_only_the_question_at_fault_is_asked():
    source = script(proof(EXP, wrong("tangent of output 0")), "torch")

    assert "# forward" in source
    assert "# reverse" not in source


def test_at_a_kink_nothing_is_held_true():
    pytest.importorskip("flint", reason="only the oracle sees both sides of a kink")
    zero = Program(
        (Input((2,), exact=("0x0p0", "0x1p0")),), (Step("relu", (0,), {}, (2,)),), (1,), (Question("reverse"),)
    )

    assert proof(zero, wrong("gradient of x0")).true[0] is None


def test_the_truth_is_the_oracles_where_it_can_say():
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    found = proof(EXP, wrong("gradient of x0"))

    assert found.source.startswith("certified to ")
    assert found.truth.digits > 30


def test_a_crash_is_shown_by_the_plain_script():
    assert proof(EXP, wrong("", Verdict.CRASH)) is None
