"""One test for each spec and backend: `pytest --pyargs gradspec.suite -k backward/accumulates`."""

from __future__ import annotations

import pytest

from ..judge.specs import judge
from ..judge.verdict import Verdict
from ..plugin import Engine
from ..run.clean import restored
from ..specs.model import Spec
from ..specs.perform import perform


def test_spec(spec: Spec, engine: Engine) -> None:
    """The engine keeps what the page promises, or departs from it as its known divergences say."""
    with restored(engine.backend.torch):
        outcome = perform(spec, engine.backend)
    judgement = judge(spec, outcome, engine.backend.torch_messages, engine.known)
    if judgement.verdict is Verdict.UNSUPPORTED:
        pytest.skip(judgement.said)
    if judgement.verdict.departs or judgement.verdict is Verdict.HARNESS_ERROR:
        pytest.fail(f"{judgement.verdict}: {judgement.said}\n  {spec.claim}", pytrace=False)
