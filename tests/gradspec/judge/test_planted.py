"""Faults that live in one corner of the inputs are found by programs as a run draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.judge.programs import judge_all
from gradspec.judge.verdict import Verdict
from gradspec.programs.draw import planned
from gradspec.programs.model import Step
from gradspec.programs.search import turns

Fault = Callable[[Any, Step, Sequence[Any], Any], Any]
"""(the namespace, the step, its arguments, its right result) -> what the faulty engine makes of it."""


class Planted(Refgrad):
    """The reference, but for one fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault

    def apply(self, step: Step, args: Sequence[Any]) -> Any:
        """One step's value, as the fault has it."""
        return self.fault(self.torch, step, args, super().apply(step, args))


def sloped(made: Any, factor: float) -> Any:
    """The same value with a derivative that is `factor` times the right one."""
    return made.detach() + factor * (made - made.detach()) if made.requires_grad else made


def ties_to_the_first(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return torch.where(args[0] >= args[1], *args) if step.op == "maximum" else made


def slope_one_at_zero(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return torch.where(args[0] >= 0, args[0], 0.0 - args[0]) if step.op == "abs" else made


def sign_of_zero_lost(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return 0.0 - args[0] if step.op == "neg" else made


def nan_swallowed(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return torch.fmax(*args) if step.op == "maximum" else made


def infinity_is_large(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return torch.nan_to_num(made, nan=float("nan")) if step.op == "exp" else made


def conjugate_missing(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    if step.op != "sin" or not made.is_complex() or not made.requires_grad:
        return made
    return made.detach() + (made - made.detach()).conj()


def wrong_on_expanded(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    repeated = any(0 in x.stride() for x in args if x.dim())
    return sloped(made, 1.5) if step.op == "mul" and repeated else made


def wrong_where_channels_come_last(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    last = any(x.dim() > 2 and x.shape[1] > 1 and x.stride()[1] == 1 and x.stride()[-1] != 1 for x in args)
    return sloped(made, 1.5) if step.op == "sum" and last else made


def wrong_in_the_tail(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    if step.op != "atan" or made.dtype != torch.float32:
        return made
    return torch.where(args[0].abs() > 1000, made * 1.001, made)


def wrong_for_a_size_of_one(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return sloped(made, 1.5) if step.op == "add" and any(1 in x.shape for x in args) else made


def wrong_where_half(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return sloped(made, 1.5) if step.op == "tanh" and made.dtype == torch.float16 else made


def never_promotes(torch: Any, step: Step, args: Sequence[Any], made: Any) -> Any:
    return made.to(args[0].dtype) if step.op == "add" else made


@pytest.mark.parametrize(
    ("fault", "ops", "verdict"),
    [
        (ties_to_the_first, ["maximum", "tanh"], "wrong-gradient"),
        (slope_one_at_zero, ["abs", "mul"], "wrong-gradient"),
        (sign_of_zero_lost, ["neg", "mul"], "wrong-value"),
        (nan_swallowed, ["maximum", "add"], "wrong-value"),
        (infinity_is_large, ["exp", "add"], "wrong-value"),
        (conjugate_missing, ["sin", "add"], "wrong-gradient"),
        (wrong_on_expanded, ["mul", "exp"], "wrong-gradient"),
        (wrong_where_channels_come_last, ["sum", "exp"], "wrong-gradient"),
        (wrong_in_the_tail, ["atan", "add"], "wrong-value"),
        (wrong_for_a_size_of_one, ["add", "exp"], "wrong-gradient"),
        (wrong_where_half, ["tanh", "add"], "wrong-gradient"),
        (never_promotes, ["add", "exp"], "wrong-dtype"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_fault_in_a_corner_is_found(fault: Fault, ops: list[str], verdict: str) -> None:
    engine, plan = Planted(fault), planned(ops=ops, steps=3)
    for turn in turns(plan, 200, 2):
        judged = judge_all(turn.program, {"planted": engine.answer(turn.program)}, {})
        if judged["planted"].verdict == Verdict(verdict):
            return
    pytest.fail(f"200 programs over {ops} did not find it")


def test_without_a_fault_nothing_is_found() -> None:
    engine, plan = Planted(lambda torch, step, args, made: made), planned(steps=3)
    for turn in turns(plan, 60, 2):
        judged = judge_all(turn.program, {"planted": engine.answer(turn.program)}, {})

        assert not judged["planted"].verdict.departs, judged
