"""The smoke test passes a good adapter, and names what is broken in each broken one."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="a good adapter is needed to break")

from gradspec.backends.smoke import smoke, trials  # noqa: E402
from gradspec.backends.torch import Torch  # noqa: E402
from gradspec.outcome import Answers  # noqa: E402


class LosesPrecision(Torch):
    caught_by = "tensors go in and out unchanged"

    def numpy(self, value):
        array = super().numpy(value)
        return array.astype(np.float16) if array is not None and array.dtype.kind == "f" else array


class TakesAnythingForATensor(Torch):
    caught_by = "what is no tensor is told apart"

    def numpy(self, value):
        return super().numpy(value) if isinstance(value, torch.Tensor) else np.zeros(1)


class HasEveryOp(Torch):
    caught_by = "ops are found by name"

    def has_op(self, name):
        return True


class AddsForTimes(Torch):
    caught_by = "a product is right"

    def run(self, program, leaves):
        return [*leaves, leaves[0] + leaves[1]]


class ForgetsTheCotangent(Torch):
    caught_by = "its gradient is right"

    def like(self, array, tensor):
        return super().like(np.ones_like(array), tensor)


class NeverMisses(Torch):
    caught_by = "what it lacks is reported as missing"

    def missing(self, program):
        return ()


class Raises(Torch):
    caught_by = "an engine's error becomes `refused`"

    def answer(self, program, *, steps=False):
        answers = super().answer(program, steps=steps)
        if answers.refused:
            raise RuntimeError("not caught")
        return answers


class SaysNothing(Torch):
    caught_by = "its gradient is right"

    def answer(self, program, *, steps=False):
        answers = super().answer(program, steps=steps)
        return Answers(answers.values, (), answers.refused, answers.steps, answers.missing)


class ClaimsTheOldInterface(Torch):
    caught_by = "legacy is there, as claimed"
    capabilities = Torch.capabilities | {"legacy"}


class HidesItsHooks(Torch):
    caught_by = "hooks is refused, as it is not claimed"
    capabilities = Torch.capabilities - {"hooks"}


class TellsNoVersion(Torch):
    caught_by = "name, device, capabilities and versions are told"

    def versions(self):
        return {}


def test_a_good_adapter_passes():
    assert smoke(Torch()) == []
    assert len(trials("torch")) > 20


BROKEN = (LosesPrecision, TakesAnythingForATensor, HasEveryOp, AddsForTimes, ForgetsTheCotangent, NeverMisses, Raises,
          SaysNothing, ClaimsTheOldInterface, HidesItsHooks, TellsNoVersion)  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_adapter_is_caught_by_its_trial(broken):
    assert broken.caught_by in [trial.what for trial in smoke(broken())]


def test_a_complaint_is_one_line_that_says_what_to_do():
    (complaint,) = smoke(HidesItsHooks())

    assert str(complaint) == (
        "FAILED  hooks is refused, as it is not claimed: it worked. Claim it in `capabilities`, so that it is tested."
    )
