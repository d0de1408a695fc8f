"""What programs do to tensors besides computing is always allowed, varied, and seen when an engine does it wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from drawing import drawn
from msgspec.structs import replace
from mutating import mutating

from gradspec import catalogue
from gradspec.backends.refgrad import Refgrad
from gradspec.catalogue import memory
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.programs import Program, Step
from gradspec.programs.functionalise import is_pure
from gradspec.programs.memory import Memory, Unwritable


@pytest.fixture(scope="module")
def many() -> list[Program]:
    return mutating(300, 2)


def test_everything_is_drawn(many: list[Program]) -> None:
    steps = [step for program in many for step in program.steps]
    written = Counter(memory.by_copy(catalogue.get(step.op)) for step in steps if step.write)
    names = Counter(step.op for step in steps)

    assert min(written[False], written[True]) > 20
    assert sum(not step.grad for step in steps) > 20
    assert sum(not step.grad and step.write for step in steps) > 10
    for name in ("view", "detach", "assign", "fill", "hook.scale", "hook.clip", "retain_grad", "function.square"):
        assert names[name] > 3, name


def test_views_and_bases_are_written_while_others_look(many: list[Program]) -> None:
    through, under = 0, 0
    for program in many:
        tensors = Memory.of(program).tensors
        for step in program.steps:
            if step.write:
                target = tensors[step.args[0]]
                through += bool(target.path)
                under += not target.path and any(t.path and t.base is target for t in tensors)

    assert through > 10
    assert under > 10


def test_no_program_mutates_when_that_is_switched_off() -> None:
    for program in drawn(100, 3, mutation=False):
        assert is_pure(program)


def test_most_programs_are_pure() -> None:
    pure = sum(map(is_pure, drawn(200, 3)))

    assert 100 < pure < 195


def test_every_engine_takes_them_all(many: list[Program]) -> None:
    engine = Refgrad()
    for program in many:
        assert engine.answer(program).refused == {}, program


STEPS = {
    "an input": (Step("neg", (0,), {}, (2, 3), write=True),),
    "share one place": (Step("add", (0, 0), {}, (2, 3)), Step("expand", (1,), {"shape": (2, 2, 3)}, (2, 2, 3)),
                        Step("neg", (2,), {}, (2, 2, 3), write=True)),
    "one of several views": (Step("add", (0, 0), {}, (2, 3)), Step("unbind", (1,), {"dim": 0, "index": 0}, (3,)),
                             Step("neg", (1,), {}, (2, 3), write=True)),
    "keeps it for its derivative": (Step("exp", (0,), {}, (2, 3)), Step("neg", (1,), {}, (2, 3), write=True)),
    "needs what is overwritten": (Step("add", (0, 0), {}, (2, 3)), Step("maximum", (1, 1), {}, (2, 3), write=True)),
    "without history": (Step("detach", (0,), {}, (2, 3)), Step("hook.scale", (1,), {"factor": 2.0}, (2, 3))),
    "under no_grad": (Step("transpose", (0,), {"dim0": 0, "dim1": 1}, (3, 2), grad=False),),
    "the history of what it held before": (
        Step("add", (0, 0), {}, (2, 3)), Step("neg", (1,), {}, (2, 3)),
        Step("sinh", (1,), {}, (2, 3), write=True, grad=False), Step("hook.scale", (3,), {"factor": 2.0}, (2, 3)),
    ),
    "a view of it has a hook": (
        Step("add", (0, 0), {}, (2, 3)), Step("select", (1,), {"dim": 0, "index": 0}, (3,)),
        Step("hook.scale", (2,), {"factor": 2.0}, (3,)), Step("neg", (1,), {}, (2, 3), write=True),
    ),
}  # fmt: skip
"""By the reason: steps that engines refuse, or that no pure program says."""


@pytest.mark.parametrize("reason", STEPS)
def test_what_is_not_allowed_is_not_drawn(reason: str) -> None:
    from gradspec.programs import Input

    with pytest.raises(Unwritable, match=reason):
        Memory.of(Program((Input((2, 3)),), STEPS[reason], (1,)))


Fault = Callable[[Callable[..., Any], Any, Step, Sequence[Any]], Any]
"""(the right way to do a step, torch, the step, its arguments) -> what the wrong engine does."""


def a_write_that_the_base_does_not_see(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return right(step, [args[0].clone(), *args[1:]]) if step.write else right(step, args)


def a_write_that_has_no_gradient(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return right(replace(step, grad=False) if step.write else step, args)


def a_detach_that_keeps_the_history(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return args[0] if step.op == "detach" else right(step, args)


def a_detach_that_copies(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return right(step, args).clone() if step.op == "detach" else right(step, args)


def a_hook_that_is_run_twice(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    if step.op.startswith("hook"):
        right(step, args)
    return right(step, args)


def a_hook_that_is_never_run(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return args[0] if step.op.startswith("hook") else right(step, args)


def a_no_grad_that_leaks(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return right(replace(step, grad=True), args)


def a_no_grad_that_never_ends(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    made = right(step, args)
    if not step.grad:
        torch.set_grad_enabled(False)
    return made


def a_gradient_that_is_not_retained(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return args[0] if step.op == "retain_grad" else right(step, args)


def a_function_without_its_backward(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return args[0].clone() if step.op in ("function.scale", "function.clip") else right(step, args)


def a_view_that_is_a_copy(right: Callable[..., Any], torch: Any, step: Step, args: Sequence[Any]) -> Any:
    return right(step, args).clone() if step.op in memory.VIEWS else right(step, args)


FAULTS: tuple[Fault, ...] = (
    a_write_that_the_base_does_not_see, a_write_that_has_no_gradient, a_detach_that_keeps_the_history,
    a_detach_that_copies, a_hook_that_is_run_twice, a_hook_that_is_never_run, a_no_grad_that_leaks,
    a_no_grad_that_never_ends, a_gradient_that_is_not_retained, a_function_without_its_backward,
    a_view_that_is_a_copy,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_seen(fault: Fault, many: list[Program]) -> None:
    class Wrong(Refgrad):
        def apply(self, step: Step, args: Sequence[Any]) -> Any:
            return fault(super().apply, self.torch, step, args)

        def answer(self, program: Program, *, steps: bool = False) -> Any:
            try:
                return super().answer(program, steps=steps)
            finally:
                self.torch.set_grad_enabled(True)

    wrong, right = Wrong(), Refgrad()
    for program in many:
        shadow = cast(program)
        if judge_program(program, wrong.answer(program), shadow).verdict.departs:
            assert not judge_program(program, right.answer(program), shadow).verdict.departs
            return
    pytest.fail(f"nobody saw {fault.__name__}")
