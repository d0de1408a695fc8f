"""Random programs, one test for each backend: `pytest --pyargs gradspec.suite -k programs --programs 500`.

Hypothesis draws the programs and shrinks the one that departs; the judge's word on the smallest is the failure.
"""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase

from ..backends import abilities
from ..backends.abilities import drawable
from ..judge.programs import judge_program
from ..judge.shadow import cast
from ..judge.verdict import CHECKED, Judgement, Verdict
from ..plugin import Engine
from ..programs.model import Program, encode
from ..programs.strategy import programs
from ..run.clean import restored


def test_programs(engine: Engine, pytestconfig: pytest.Config) -> None:
    """No random program makes the engine depart, but as its known divergences say."""
    seen: list[Verdict] = []
    ops, modes = drawable([(engine.id, abilities.ops(engine.backend), abilities.questions(engine.backend))])
    if not ops:
        pytest.skip(f"{engine.id} has none of the catalogue's ops")

    @hypothesis.seed(pytestconfig.option.gradspec_seed)
    @hypothesis.settings(
        max_examples=pytestconfig.option.gradspec_programs,
        deadline=None,  # the first call of an op may compile it
        database=None,  # the seed alone decides what is drawn
        phases=(Phase.generate, Phase.shrink),  # Phase.explain traces every line of the engine: the judge explains
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(programs(ops=ops, modes=modes))
    def ask(program: Program) -> None:
        judgement = judged(program, engine)
        seen.append(judgement.verdict)
        if judgement.verdict.departs or judgement.verdict is Verdict.HARNESS_ERROR:
            pytest.fail(f"{judgement.verdict}: {judgement.said}\n  {encode(program).decode()}", pytrace=False)

    ask()
    if not CHECKED.intersection(seen):
        pytest.skip(f"{engine.id} could run none of {len(seen)} programs")
    if stale := engine.known.stale():
        pytest.fail("\n".join(stale), pytrace=False)


def judged(program: Program, engine: Engine) -> Judgement:
    """The judge's word on what `engine` answers to `program`, run from a clean state."""
    with restored(engine.backend.torch):
        answers = engine.backend.answer(program, steps=True)
    return judge_program(program, answers, cast(program), engine.known)
