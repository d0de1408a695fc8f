from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from doubles.toy import Toy, page
from gradspec.judge.known import Divergence, Known
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.plugin import Engine
from gradspec.specs.read import parse
from gradspec.suite import test_programs as programs
from gradspec.suite import test_specs as specs

OPTIONS: Any = SimpleNamespace(option=SimpleNamespace(gradspec_seed=0, gradspec_programs=5))
WRONG = parse(page("2 + 2  # => 5"), "sums/four")
RIGHT = parse(page("2 + 2  # => 4"), "sums/four")
ENTRY = Divergence("sums/four", "toy.toml:3", "counts", "a toy", "none")


def engine(*entries: Divergence) -> Engine:
    return Engine("toy", Toy(), Known(entries))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Judgement]:
    """What the judge will say of each program in turn, again and again; and no reference is run."""
    words: list[Judgement] = []
    spoken = iter(range(10**6))
    monkeypatch.setattr(programs, "cast", lambda program: None)
    monkeypatch.setattr(programs.abilities, "ops", lambda backend: ("mul",))  # so that there are programs to judge
    monkeypatch.setattr(programs, "judge_program", lambda *_: words[next(spoken) % len(words)])
    return words


def test_a_page_that_departs_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="wrong-value: four.md:6 2 \\+ 2: promised 5, got 4"):
        specs.test_spec(WRONG, engine())


def test_a_page_that_departs_as_is_known_passes() -> None:
    specs.test_spec(WRONG, engine(ENTRY))


def test_a_known_divergence_that_no_longer_happens_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="harness-error: toy.toml:3: sums/four no longer departs"):
        specs.test_spec(RIGHT, engine(ENTRY))


def test_programs_that_agree_pass(judged: list[Judgement]) -> None:
    judged.append(Judgement(Verdict.AGREES))
    programs.test_programs(engine(), OPTIONS)


def test_a_program_that_departs_fails_with_the_program(judged: list[Judgement]) -> None:
    judged.append(Judgement(Verdict.WRONG_GRADIENT, said="grad of x1: 3, not 2"))
    with pytest.raises(pytest.fail.Exception, match=r'wrong-gradient: grad of x1: 3, not 2\n  \{"inputs"'):
        programs.test_programs(engine(), OPTIONS)


@pytest.mark.parametrize("verdict", [Verdict.DOCUMENTED, Verdict.UNSPECIFIED, Verdict.ILL_CONDITIONED])
def test_a_program_that_proves_nothing_against_the_engine_passes(judged: list[Judgement], verdict: Verdict) -> None:
    judged.append(Judgement(verdict))
    programs.test_programs(engine(), OPTIONS)


def test_an_engine_that_can_run_no_program_is_skipped_not_passed(judged: list[Judgement]) -> None:
    judged.append(Judgement(Verdict.UNSUPPORTED))
    with pytest.raises(pytest.skip.Exception, match="toy could run none of 5 programs"):
        programs.test_programs(engine(), OPTIONS)


def test_an_engine_without_any_op_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="toy has none of the catalogue's ops"):
        programs.test_programs(engine(), OPTIONS)


def test_as_many_programs_run_as_are_asked_for(judged: list[Judgement], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        programs, "judge_program", lambda program, *_: asked.append(program.id) or Judgement(Verdict.AGREES)
    )
    programs.test_programs(engine(), OPTIONS)
    first = list(asked)
    assert len(first) == 5

    programs.test_programs(engine(), OPTIONS)
    assert asked == first * 2  # the same seed draws the same programs


def test_an_entry_that_never_happens_is_told(judged: list[Judgement]) -> None:
    judged.append(Judgement(Verdict.AGREES))
    stale = Divergence("abs at a kink", "toy.toml:9", "is 1", "a toy", "none", op="abs", point="kink")
    toy = engine(stale)
    toy.known.met["abs at a kink"] = 1000
    with pytest.raises(pytest.fail.Exception, match="toy.toml:9: abs at a kink was met 1000 times and never happened"):
        programs.test_programs(toy, OPTIONS)
