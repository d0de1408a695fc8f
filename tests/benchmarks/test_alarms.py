"""Another order of adding is as right as the first; a departing program is traced to the op that departs alone."""

from __future__ import annotations

import sys

import msgspec
import numpy as np
import pytest
from benchmarks._reordered import OTHER, Reordered, order, reordered

from benchmarks import _causes, alarms
from gradspec.backends.refgrad import Refgrad
from gradspec.judge import known
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.programs.model import Input, Program, Question, Step, encode
from gradspec.run.records import Result
from gradspec.run.seats import seated

A = np.arange(60.0).reshape(3, 5, 4)
B = np.arange(24.0).reshape(3, 4, 2)
"""Whole numbers, whose sums have no roundings: in any order they are the same."""

ROWS = Program((Input((3, 7)),), (Step("softmax", (0,), {"dim": -1}, (3, 7)),), (1,))


@pytest.mark.parametrize(
    "of",
    [
        lambda np_: np_.sum(A),
        lambda np_: np_.sum(A, axis=(0, 2), keepdims=True),
        lambda np_: np_.mean(A, axis=1),
        lambda np_: np_.add.reduce(A, 1),
        lambda np_: np_.add.reduceat(A, np.array([0, 2]), axis=1),
        lambda np_: np_.add(A, A),
        lambda np_: np_.matmul(A, B),
        lambda np_: np_.matmul(A[0, 0], B[0]),
        lambda np_: np_.matmul(A, B[0, :, 0]),
        lambda np_: np_.einsum("abc,acd->bd", A, B),
        lambda np_: np_.cumsum(A, axis=1),
        lambda np_: np_.cumsum((2, 3, 5)),
        lambda np_: np_.cumsum(A > 20, axis=0),
        lambda np_: np_.bincount(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 4),
    ],
)
def test_a_sum_of_whole_numbers_is_the_same_in_the_other_order(of):
    there, here = of(OTHER), of(np)

    assert np.array_equal(there, here)
    assert there.dtype == here.dtype


def test_what_is_added_at_an_index_is_the_same_in_the_other_order():
    key = (slice(None), np.array([0, 0, 3, 0]))
    one, other = np.zeros((5, 6))[:, ::-1], np.zeros((5, 6))[:, ::-1]
    np.add.at(one, key, A[0])
    OTHER.add.at(other, key, A[0])

    assert np.array_equal(one, other)


def test_the_other_order_has_every_place_once_and_not_in_order():
    assert all(sorted(order(n)) == list(range(n)) for n in range(9))
    assert all(list(order(n)) not in (list(range(n)), list(range(n))[::-1]) for n in range(3, 9))


def test_the_reordered_engine_rounds_otherwise_and_hardly():
    (one,), (other,) = (engine.answer(ROWS).values for engine in (Refgrad(), Reordered()))
    far = np.abs(one.numpy() - other.numpy()) / np.abs(one.numpy()).max()

    assert 0 < far.max() < 1e-14


def test_numpy_is_itself_again_when_the_reordered_engine_has_answered():
    with reordered():
        assert sys.modules["refgrad.ops.reduce"].np is OTHER
    assert sys.modules["refgrad.ops.reduce"].np is np


def test_a_departure_is_traced_to_the_op_that_departs_alone(monkeypatch):
    pytest.importorskip("torch", reason="its hardsigmoid departs")
    monkeypatch.setattr(known, "load", lambda *_: known.Known())
    steps = (Step("sin", (0,), {}, (3,)), Step("hardsigmoid", (1,), {}, (3,)), Step("neg", (2,), {}, (3,)))
    program = Program((Input((3,)),), steps, (3,), (Question("reverse"),))
    departed = Result("program:x", "torch:cpu", Judgement(Verdict.WRONG_GRADIENT, "gradient of x0"))
    with seated(["torch:cpu"], in_process=True) as seats:
        found = _causes.cause(program, departed, seats["torch:cpu"])

    assert (found.op, found.verdict) == ("hardsigmoid", Verdict.WRONG_GRADIENT)
    assert [step.op for step in found.alone.steps] == ["hardsigmoid"]
    assert found.ulps > 1e7
    assert found.reference < 8


def test_a_tally_counts_what_was_drawn_and_keeps_what_departs():
    tally = alarms.Tally(["refgrad", "torch:cpu"])
    fine = Result("program:1", "refgrad", Judgement(Verdict.AGREES, margin=0.25))
    excused = Result("program:1", "torch:cpu", Judgement(Verdict.DOCUMENTED, known="digamma anywhere", margin=9.0))
    wrong = Result("program:2", "torch:cpu", Judgement(Verdict.WRONG_VALUE))
    tally.decided([fine, excused])
    tally.decided([wrong])
    tally.witnessed([wrong])

    assert tally.counts == {"refgrad": {"agrees": 1}, "torch:cpu": {"documented": 1, "wrong-value": 1}}
    assert tally.known["torch:cpu"] == {"digamma anywhere": 1}
    assert tally.margins == {"refgrad": 0.25, "torch:cpu": 0.0}
    assert tally.departed == [wrong, wrong]


def test_a_chunk_that_was_run_is_not_run_again(tmp_path, monkeypatch):
    chunk = alarms.Chunk(7, 5, {"refgrad": {"agrees": 5}}, {"refgrad": 0.5}, {"refgrad": {}}, ())
    (tmp_path / "7-5.json").write_bytes(msgspec.json.encode(chunk))
    monkeypatch.setattr(alarms, "checked", lambda *_: pytest.fail("it was run again"))

    assert list(alarms.run(tmp_path, 5, 7)) == [chunk]


def test_the_page_counts_and_shows_the_cause_of_each_departure():
    pytest.importorskip("torch", reason="the page names its version")
    steps = (Step("hardsigmoid", (0,), {}, (3,)),)
    program = Program((Input((3,)),), steps, (1,), (Question("reverse"),))
    cause = _causes.Cause(
        "torch:cpu", "hardsigmoid", Verdict.WRONG_GRADIENT, "gradient of x0", 1.3e8, 0.5, program, "far"
    )
    departed = Result("program:1", "torch:cpu", Judgement(Verdict.WRONG_GRADIENT), program=msgspec.Raw(encode(program)))
    counts = {"refgrad": {"agrees": 2}, "torch:cpu": {"agrees": 1, "wrong-gradient": 1}}
    margins = {"refgrad": 0.0, "torch:cpu": 0.75}
    chunk = alarms.Chunk(0, 2, counts, margins, {"refgrad": {}, "torch:cpu": {}}, (departed,))

    text = "\n".join(alarms.page([chunk], [cause]))

    assert "| torch:cpu 2" in text
    assert "| 1 | 1 | 0.7500 |" in text
    assert "## Departures of refgrad: 0\n\nNone." in text
    assert "| `hardsigmoid` | wrong-gradient | 1 | 1.3e+08 | 0.5 | [1](#1) |" in text
    assert "torch.nn.functional.hardsigmoid(x0)" in text
