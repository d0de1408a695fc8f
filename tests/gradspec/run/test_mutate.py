"""Which promises of a page are flipped: those that were reached and kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.toy import page
from gradspec.judge.matching import Match
from gradspec.judge.verdict import Verdict
from gradspec.outcome import Observation, SpecOutcome
from gradspec.run import wire
from gradspec.run.mutate import Mutated, Score, Survivor, flipped, mutate
from gradspec.run.seats import seated
from gradspec.specs.read import parse

SPEC = parse(page("x = 2  # => 2\nx + 1  # => 3\nx + 2  # => ?"), "sums/four")
TWO, THREE = Observation(6, "2"), Observation(7, "3")


def test_what_is_kept_is_flipped() -> None:
    page = flipped(SPEC, SpecOutcome((TWO, THREE)), True)
    assert (page.made, page.survivors, page.idle) == (8, (), "")  # each: an error, a shape, a sign, a digit


def test_what_departs_is_not_flipped() -> None:
    assert flipped(SPEC, SpecOutcome((TWO, Observation(7, "4"))), True).made == 4
    assert flipped(SPEC, SpecOutcome((Observation(6, "1"), Observation(7, "4"))), True).idle == "differing already"


def test_what_was_not_reached_is_not_flipped() -> None:
    assert flipped(SPEC, SpecOutcome((TWO,)), True).made == 4
    assert flipped(SPEC, SpecOutcome(), True).idle == "not reached"
    assert flipped(SPEC, SpecOutcome(missing=("tape",)), True).idle == "unsupported"


def test_a_page_that_only_observes_says_so() -> None:
    spec = parse(page("2 + 2  # => ?"), "sums/four")
    assert flipped(spec, SpecOutcome((Observation(6, "4"),)), True).idle == "promising nothing"


def test_a_flip_that_the_judge_lets_pass_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradspec.judge.specs.compare", lambda *arguments: Match(0.0))
    page = flipped(SPEC, SpecOutcome((TWO,)), True)
    assert page.made == 4
    assert page.survivors[1] == Survivor("four.md:6", "sign", "# => -2")
    assert str(page.survivors[1]) == "four.md:6: the flipped sign survives: # => -2"


def test_pages_are_performed_in_a_seat() -> None:
    with seated(["doubles.faulty:Good"], in_process=True) as seats:
        (seat,) = seats.values()
        (first, second) = mutate(seat, [SPEC, parse(page("torch.answer()  # => 42"), "sums/answer")], 1.0)
    assert (first.made, second.made) == (8, 4)
    assert not first.survivors + second.survivors


def test_a_score_adds_up() -> None:
    lost = Survivor("a.md:1", "sign", "# => -1")
    pages = [
        Mutated("a", 5, (lost,)),
        Mutated("b", 1),
        Mutated("c", idle="unsupported"),
        Mutated("d", idle="unsupported"),
    ]
    assert Score.of(pages) == Score(2, 6, 1, {"unsupported": 2})
    assert str(Score.of(pages)) == "5 of 6 flips caught on 2 pages; 2 pages unsupported"


class Stopwatch:
    """A seat that notes how much time each page is given, and answers none."""

    torch_messages = True

    def __init__(self) -> None:
        self.limits: list[float] = []

    def send(self, request: wire.Perform) -> None:
        self.limits.append(request.limit)

    def collect(self) -> wire.Reply:
        return wire.Reply(verdict=Verdict.HANG)


def test_a_page_may_ask_for_time_of_its_own() -> None:
    seat = Stopwatch()
    hung = list(mutate(seat, [SPEC, replace(SPEC, seconds=30.0)], 10.0))  # type: ignore[arg-type]
    assert seat.limits == [10.0, 30.0]
    assert {page.idle for page in hung} == {"ended in hang"}
