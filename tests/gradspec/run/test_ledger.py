"""A ledger knows what is decided, counts it once, and keeps next to nothing of it."""

from __future__ import annotations

import sys

from gradspec.judge.verdict import Judgement, Verdict
from gradspec.run.ledger import Ledger
from gradspec.run.records import Result


def result(case: str, backend: str, verdict: Verdict = Verdict.AGREES, **more: dict[str, str]) -> Result:
    return Result(case, backend, Judgement(verdict), **more)


def test_a_case_is_open_until_it_is_decided():
    ledger = Ledger(["a", "b"])
    assert ledger.open_for("program:1") == ["a", "b"]

    ledger.decide([result("program:1", "a"), result("program:1", "b")])
    assert ledger.open_for("program:1") == []
    assert ledger.open_for("program:2") == ["a", "b"]


def test_a_case_that_is_decided_again_counts_once():
    ledger = Ledger(["a"])
    for _ in range(2):
        ledger.decide([result("program:1", "a", Verdict.WRONG_VALUE)])

    assert ledger.counts() == {"a": {"wrong-value": 1}}


def test_a_case_ran_where_a_verdict_is_more_than_unsupported():
    ledger = Ledger(["a", "b"])
    ledger.decide([result("program:1", "a", Verdict.UNSUPPORTED), result("program:1", "b", Verdict.AGREES)])
    ledger.decide([result("program:2", "a", Verdict.UNSUPPORTED), result("program:2", "b", Verdict.UNSUPPORTED)])

    assert ledger.ran("program:1")
    assert not ledger.ran("program:2")
    assert not ledger.ran("program:3")


def test_a_run_that_was_cut_inside_a_case_goes_on_with_the_backends_that_it_lacks():
    ledger = Ledger(["a", "b"], [result("program:1", "a"), result("program:2", "a"), result("program:2", "b")])

    assert ledger.open_for("program:1") == ["b"]
    assert ledger.open_for("program:2") == []
    assert ledger.before("program:1") == {"a": result("program:1", "a")}

    ledger.decide([result("program:1", "b")])
    assert ledger.open_for("program:1") == []
    assert ledger.counts() == {"a": {"agrees": 2}, "b": {"agrees": 2}}


def test_of_a_run_that_is_resumed_departures_are_kept_and_agreements_are_not():
    shown = result("program:3", "a", Verdict.WRONG_VALUE, numbers={"a": "1"})
    departed = result("program:2", "a", Verdict.WRONG_VALUE)
    ledger = Ledger(["a"], [result("program:1", "a"), departed, shown])

    assert ledger.before("program:1") == {}
    assert ledger.before("program:2") == {"a": departed}
    assert ledger.witnesses() == [shown]


def test_ten_thousand_cases_are_known_apart_and_take_eight_bytes_each():
    ledger = Ledger(["a"])
    for n in range(10_000):
        ledger.decide([result(f"program:{n:016x}", "a")])

    assert all(ledger.open_for(f"program:{n:016x}") == ([] if n < 10_000 else ["a"]) for n in range(9_990, 10_010))
    assert sys.getsizeof(ledger._decided) < 10_000 * 10
    assert not ledger._before
