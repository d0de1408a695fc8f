"""Most derivative rules of refgrad are run by a page or a program, and those that are cannot be one percent off.

A Watch stands between the engine and the rules: it notes in which cases each rule gave a gradient that is not zero,
and multiplies what one of them gives by 1.01.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from gradspec.backends.refgrad import Refgrad
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.judge.specs import judge
from gradspec.programs.draw import planned
from gradspec.programs.model import Program
from gradspec.programs.search import turns
from gradspec.run.clean import restored
from gradspec.specs import where
from gradspec.specs.model import Spec
from gradspec.specs.perform import perform
from refgrad.node import OpNode
from refgrad.recipe import DerivativeRule

COUNT, SEED = 620, 0
"""So many programs have every op alone at smooth points in double precision, and a third of them are drawn."""
TRIES = 40
"""How many of a rule's cases of each kind may notice."""

Case = Program | Spec


class Watch:
    """Which rules run in which cases (program or page), and the rule that is off."""

    def __init__(self) -> None:
        self.cases: defaultdict[DerivativeRule, dict[int, Case]] = defaultdict(dict)
        self.case: Case | None = None
        self.off: DerivativeRule | None = None

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Every rule runs under this watch, also those that recipes had made ready."""
        ready = DerivativeRule.at
        with contextlib.ExitStack() as stack:
            stack.enter_context(
                patch.object(DerivativeRule, "at", lambda rule, place: self.watched(rule, ready(rule, place)))
            )
            for node in OpNode.__subclasses__():
                stack.enter_context(patch.dict(node.op.recipes, clear=True))
            yield

    def watched(self, rule: DerivativeRule, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            result = function(*args)
            if self.case is not None and np.any(getattr(result, "_a", result)):
                self.cases[rule][id(self.case)] = self.case
            return result * 1.01 if rule is self.off else result

        return run


def departs(case: Case, off: Callable[[], contextlib.AbstractContextManager[None]]) -> bool:
    """Does refgrad depart on a page or a program while a rule is off? (The judge's own refgrad is right.)"""
    engine = Refgrad()
    if isinstance(case, Program):
        shadow = cast(case)
        with off():
            answers = engine.answer(case)
        return judge_program(case, answers, shadow).verdict.departs
    with off(), restored(engine.torch):
        outcome = perform(case, engine)
    return judge(case, outcome, engine.torch_messages).verdict.departs


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """A watch that has seen a run's first programs and all pages that refgrad keeps."""
    watch = Watch()
    engine = Refgrad()
    pages = [spec for spec in where.load() if not departs(spec, contextlib.nullcontext)]
    with watch.installed():
        plan = planned().sweeping()
        for turn in turns(plan, COUNT, SEED):
            watch.case = turn.program
            engine.answer(turn.program)
        for watch.case in pages:
            with restored(engine.torch):
                perform(watch.case, engine)
        watch.case = None
        yield watch


def names(rules: set[DerivativeRule]) -> list[str]:
    """'tanh.x' and the like."""
    ops = [node.op for node in OpNode.__subclasses__()]
    return sorted(f"{op.name}.{argument}" for op in ops for argument, rule in op.rules.items() if rule in rules)


def test_most_rules_are_run(watch: Watch):
    every = {rule for node in OpNode.__subclasses__() for rule in node.op.rules.values()}
    idle = every - watch.cases.keys()

    assert len(idle) < 0.3 * len(every), names(idle)


def test_slips_are_noticed(watch: Watch):
    @contextlib.contextmanager
    def off(rule: DerivativeRule) -> Iterator[None]:
        watch.off = rule
        try:
            yield
        finally:
            watch.off = None

    def noticed(rule: DerivativeRule) -> bool:
        cases = watch.cases[rule].values()
        pages, drawn = ([c for c in cases if isinstance(c, kind)][:TRIES] for kind in (Spec, Program))
        return any(departs(case, lambda: off(rule)) for case in [*pages, *drawn])

    unnoticed = {rule for rule in list(watch.cases) if not noticed(rule)}

    assert len(unnoticed) <= 0.02 * len(watch.cases), names(unnoticed)
