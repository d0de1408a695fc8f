"""One test for each spec and backend: `pytest --pyargs gradspec.suite -k backward/accumulates`."""

from __future__ import annotations

import pytest

from ..backends.protocol import Backend
from ..judge.specs import judge
from ..judge.verdict import Verdict
from ..run.clean import restored
from ..specs.model import Spec
from ..specs.perform import perform


def test_spec(spec: Spec, backend: Backend) -> None:
    """The page keeps what it promises on this backend, or departs as the known divergences say."""
    with restored(backend.torch):
        outcome = perform(spec, backend)
    judgement = judge(spec, outcome, backend.torch_messages)
    if judgement.verdict is Verdict.UNSUPPORTED:
        pytest.skip(judgement.said)
    if judgement.verdict.departs or judgement.verdict is Verdict.HARNESS_ERROR:
        pytest.fail(f"{judgement.verdict}: {judgement.said}\n  {spec.claim}", pytrace=False)
