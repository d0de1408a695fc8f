"""What a miniature is: refgrad with one fault, for the length of a `with` block or for a whole process.

A Miniature names its fault and what catches it. A fault is a `unittest.mock.patch` of one thing: `rule`, `tangent`
and `kernel` make those of an op, `around` one that does what refgrad does and something more, or less.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar, Self
from unittest.mock import patch

from gradspec.backends.refgrad import Refgrad
from refgrad.recipe import DerivativeRule

PROGRAMS = "programs"
"""What catches a fault that random programs meet."""


class Miniature(Refgrad):
    """refgrad with one fault: its name says which, its docstring what goes wrong.

    The constructor commits the fault, so that a worker process runs the wrong engine from then on
    (`gradspec run --backend miniatures.tape:OverwritesGrad`); leaving a `with` block takes it back. Only one
    refgrad lives in a process: while a fault is committed, no other backend and no shadow may be asked.
    """

    fault: ClassVar[contextlib.AbstractContextManager[Any]]
    """Puts the one wrong thing in its place, and takes it back."""
    caught_by: ClassVar[str]
    """The id of the page that tells this engine from refgrad, or PROGRAMS."""
    ops: ClassVar[tuple[str, ...]] = ()
    """For PROGRAMS: the catalogue's names of the ops at fault. Programs are drawn from those of all miniatures."""

    def __init__(self, device: str = "") -> None:
        super().__init__(device)
        self.name = f"{type(self).__module__}:{type(self).__name__}"
        self.fault.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.fault.__exit__(None, None, None)


def around(owner: Any, name: str, written: Callable[..., Any]) -> contextlib.AbstractContextManager[Any]:
    """Another function or method under a name; it is given the right one first, then the arguments."""
    right = getattr(owner, name)
    return patch.object(owner, name, lambda *args, **kwargs: written(right, *args, **kwargs))


class rule:  # noqa: N801 - a patch, as those of unittest.mock
    """Other derivative rules for the arguments of an op that are named."""

    def __init__(self, function: Any, **rules: Callable[..., Any]) -> None:
        op = function.op
        wrong = {name: DerivativeRule(op, name, written) for name, written in rules.items()}
        right_ones = patch.dict(op.recipes, clear=True)  # recipes remember the rules they were made from
        self._patches = patch.object(op, "rules", op.rules | wrong), right_ones

    def __enter__(self) -> None:
        for each in self._patches:
            each.__enter__()

    def __exit__(self, *error: object) -> None:
        for each in self._patches:
            each.__exit__(None, None, None)


def tangent(function: Any, written: Callable[..., Any]) -> contextlib.AbstractContextManager[Any]:
    """Another forward-mode rule for an op: dx, dy, ... are the tangents of x, y, ..."""
    wants = tuple(inspect.signature(written).parameters)
    return patch.object(function.op, "tangent", SimpleNamespace(function=written, wants=wants))


def kernel(function: Any, written: Callable[..., Any]) -> contextlib.AbstractContextManager[Any]:
    """Another NumPy forward for an op."""
    return patch.object(function.op, "kernel", written)
