"""A witness is explained: by the certified truth, and by what the judge's limits are made of."""

from __future__ import annotations

import msgspec
import pytest

from gradspec import cli
from gradspec.errors import BrokenProgram, EngineMissing, GradspecError
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.programs.model import Input, Program, Question, Step, encode
from gradspec.run import explain
from gradspec.run.records import BackendInfo
from gradspec.run.witness import Witness

FAULTY = '''
"""An engine that is wrong in its gradients, by a millionth."""
from gradspec.backends.refgrad import Refgrad
from gradspec.outcome import Array
from msgspec.structs import replace


class Off(Refgrad):
    name = "off"

    def answer(self, program, *, steps=False):
        good = super().answer(program, steps=steps)
        wrong = lambda array: Array.of(array.numpy() * (1 + 1e-6))
        return replace(good, questions=tuple(tuple(map(wrong, arrays)) for arrays in good.questions))
'''


@pytest.fixture
def faulty(tmp_path, monkeypatch) -> str:
    (tmp_path / "off_engine.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "off_engine:Off"


def witness(backend: str, program: Program | None = None) -> Witness:
    program = program or Program(
        (Input((2,)),), (Step("exp", (0,), {}, (2,)),), (1,), (Question("reverse"), Question("forward"))
    )
    seats = (BackendInfo(backend), BackendInfo("refgrad"))
    return Witness(
        f"program:{program.id}", backend, Judgement(Verdict.WRONG_GRADIENT), seats, msgspec.Raw(encode(program))
    )


def test_the_oracle_names_the_engine_that_is_wrong(faulty):
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    told = explain.oracle(witness(faulty), in_process=True)
    text = "\n".join(told.lines)

    assert told.departs
    assert [line.partition(":")[0] for line in told.lines if not line.startswith(" ")] == [
        "output 0 (exp)", "gradient of x0", "tangent of output 0",
    ]  # fmt: skip
    assert text.count(": wrong at element") == 2
    assert all("off" in line for line in told.lines if "wrong" in line)
    assert "certified to" in text


def test_the_oracle_finds_nothing_wrong_with_who_is_right():
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    told = explain.oracle(witness("refgrad"), in_process=True)

    assert not told.departs
    assert not any("wrong" in line for line in told.lines)


def test_a_kink_is_told_with_both_sides():
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    zero = Program(
        (Input((1,), exact=("0x0p0",)),), (Step("relu", (0,), {}, (1,)),), (1,), (Question("forward", seed=2),)
    )
    told = explain.oracle(witness("refgrad", zero), in_process=True)

    assert any("a kink at element 0" in line for line in told.lines)
    assert not told.departs


def test_the_table_adds_up(faulty):
    told = explain.tolerances(witness(faulty), in_process=True)
    head, value, gradient, *_ = (line.split() for line in told.lines)
    scale, noise, budget, allowed, observed = map(float, gradient[-5:])

    assert head[:5] == ["tensor", "scale", "noise", "budget", "allowed"]
    assert float(value[-1]) == 0.0
    assert allowed == pytest.approx(explain.NOISE * noise + budget, rel=0.01)
    assert observed == pytest.approx(1e-6 * scale, rel=0.01)
    assert told.departs


@pytest.mark.parametrize("tell", [explain.oracle, explain.tolerances])
def test_a_page_has_no_program_to_ask_about(tell):
    page = Witness("spec:backward/accumulates", "refgrad", Judgement(Verdict.WRONG_VALUE), ())

    with pytest.raises(BrokenProgram, match="the witness has no program. Only random programs"):
        tell(page)


def test_without_flint_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(explain, "installed", lambda: False)

    with pytest.raises(EngineMissing, match=r"pip install 'gradspec\[oracle\]'"):
        explain.oracle(witness("refgrad"))


def test_what_cannot_be_certified_is_an_error_of_one_line():
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    negative = Program((Input((1,), exact=("-0x1p0",)),), (Step("log", (0,), {}, (1,)),), (1,))

    with pytest.raises(GradspecError, match="not certified: a number is not finite"):
        explain.oracle(witness("refgrad", negative), in_process=True)


@pytest.mark.parametrize("command", ["oracle", "explain"])
def test_the_commands_print_and_exit(capsys, tmp_path, command):
    if command == "oracle":
        pytest.importorskip("flint", reason="the oracle computes with python-flint")
    file = tmp_path / "witness.json"
    file.write_bytes(msgspec.json.encode(witness("refgrad")))

    assert cli.call([command, str(file)]) == 0
    assert "gradient of x0" in capsys.readouterr().out
    assert cli.call([command, str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
