"""A worker says of itself when it is not to be trusted any more."""

from __future__ import annotations

import pytest

from gradspec.outcome import Answers, Raised
from gradspec.programs.model import Input, Program
from gradspec.run import wire
from gradspec.run.worker import handle

CASE = wire.Replay(Program((Input((2,)),), (), (0,)), 10.0)


class Refusing:
    """An engine that answers everything with one error."""

    def __init__(self, name: str, message: str) -> None:
        self.error = Raised((name, "RuntimeError"), message)

    def answer(self, program, *, steps=False):
        return Answers(refused={0: self.error})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("RuntimeError", "CUDA error: an illegal memory access was encountered"),
        ("BackendCompilerFailed", "backend='aot_eager' raised:"),
        ("InternalTorchDynamoError", "RuntimeError: Nested forward mode AD is not supported at the moment"),
    ],
)
def test_after_an_error_that_may_leave_traces_a_worker_is_spent(name, message):
    assert handle(Refusing(name, message), CASE).spent


def test_after_an_ordinary_error_it_goes_on():
    assert not handle(Refusing("RuntimeError", "shapes do not fit"), CASE).spent
