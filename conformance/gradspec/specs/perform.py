"""Run the checks of a spec on one backend, and write down what each line showed.

A step runs as one statement in the scope of its check. What it showed, raised or warned becomes an
Observation; nothing is judged here. Checks that the backend lacks a capability for are not run.
"""

from __future__ import annotations

import ast
import contextlib
import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backends.protocol import Backend
from ..errors import Unsupported
from ..outcome import Observation, Raised, SpecOutcome
from . import literal
from .model import Check, Spec, Step
from .read import shown_expression
from .scope import scope

_SHOWN = "shown by the step"
"""The name, which no check can spell, under which a step leaves the value it shows."""

DTYPES = frozenset({
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
    "float64", "complex32", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz",
    "float8_e5m2fnuz",
})  # fmt: skip
"""torch's names of dtypes: an object that an adapter gives such a name is shown as `torch.float32`."""


def perform(spec: Spec, backend: Backend) -> SpecOutcome:
    """What `backend` shows on `spec`: an Observation for each line that promises, observes or warns.

    Where it can run none of the page's checks, `missing` says what it lacks. It never raises for what
    the engine does; KeyboardInterrupt and the like pass through.
    """
    able = [check for check in spec.checks if check.needs <= backend.capabilities]
    if not able:
        lacking = min((check.needs - backend.capabilities for check in spec.checks), key=lambda m: (len(m), sorted(m)))
        return SpecOutcome(missing=tuple(sorted(lacking)))
    outcomes: list[SpecOutcome] = []
    refused: list[str] = []
    for check in able:
        try:
            outcomes.append(_perform(check, spec.id, backend))
        except Unsupported as error:
            refused.append(str(error))
    if not outcomes:
        return SpecOutcome(missing=tuple(refused))
    stopped = next((outcome for outcome in outcomes if outcome.stopped), SpecOutcome())
    observations = tuple(observation for outcome in outcomes for observation in outcome.observations)
    return SpecOutcome(observations, stopped.stopped, stopped.stopped_at)


def _perform(check: Check, id: str, backend: Backend) -> SpecOutcome:
    """Run the steps of one check, up to the first that raises what its line did not promise."""
    names = scope(backend.namespace(check.needs))
    seen: list[Observation] = []
    try:
        for step in check.steps:
            observation = _observe(step, id, names, backend)
            if step.promise != "runs" or observation.warned:
                seen.append(observation)
            if observation.raised is not None and step.promise not in ("raises", "observe"):
                return SpecOutcome(tuple(seen), observation.raised, step.line)
        return SpecOutcome(tuple(seen))
    finally:
        names.clear()  # functions of the check hold its scope, and its scope holds them: without this a cycle


def _observe(step: Step, id: str, names: dict[str, Any], backend: Backend) -> Observation:
    """Run one step: what it showed, or raised, and the warnings it gave on the way."""
    raised, shown, printed = None, Shown(), io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            exec(compiled(step, id), names)
            shown = show(names.pop(_SHOWN, None), backend)
        except Unsupported:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its answer
            raised = Raised.of(error)
    names.pop(_SHOWN, None)
    if raised is not None or step.promise == "runs":
        shown = Shown()
    elif step.source.startswith("print("):
        shown = Shown(repr(printed.getvalue().removesuffix("\n")))
    warned = tuple(Raised.of(w.message) for w in caught if isinstance(w.message, Warning))
    return Observation(step.line, shown.text, shown.dtype, shown.shape, raised, warned)


def compiled(step: Step, id: str) -> Any:
    """The step's code, with the page's line numbers; what it shows is left under a name of its own."""
    tree = ast.parse("\n" * (step.line - 1) + step.source, filename=f"{id}.md")
    if step.promise in ("value", "observe"):
        _leave_shown(tree.body)
    return compile(ast.fix_missing_locations(tree), f"{id}.md", "exec")


def _leave_shown(block: list[ast.stmt]) -> None:
    """Rewrite the end of `block` so that the value it shows is also assigned to _SHOWN."""
    target = ast.Name(_SHOWN, ast.Store())
    match block[-1]:
        case ast.With(body=inner):
            _leave_shown(inner)
        case ast.Assign(targets=targets):
            targets.insert(0, target)
        case last if (value := shown_expression(last)) is not None:
            block[-1] = ast.copy_location(ast.Assign([target], value), last)


@dataclass(frozen=True)
class Shown:
    """A value in words: its literal, and dtype and shape where it is a tensor."""

    text: str = ""
    dtype: str = ""
    shape: tuple[int, ...] | None = None


def show(value: Any, backend: Backend) -> Shown:
    """`value` in words. Of a container, `dtype` names those of the tensors within, once each: "float32,int64"."""
    array = _array(value, backend)
    if array is not None:
        return Shown(literal.show(array.tolist()), _dtype(value, backend), tuple(array.shape))
    dtypes: dict[str, None] = {}
    return Shown(_words(value, backend, dtypes), ",".join(dtypes))


def _array(value: Any, backend: Backend) -> np.ndarray | None:
    """The elements of a tensor (the engine's or NumPy's) as numbers that NumPy has; None for anything else."""
    array = np.asarray(value) if isinstance(value, np.ndarray | np.generic) else backend.numpy(value)
    if array is None:
        return None
    return array if array.dtype.kind in "biufc" else array.astype(np.float32)


def _dtype(value: Any, backend: Backend) -> str:
    return value.dtype.name if isinstance(value, np.ndarray | np.generic) else backend.dtype_name(value)


def _words(value: Any, backend: Backend, dtypes: dict[str, None]) -> str:
    """`value` as a literal; the dtypes of the tensors in it go into `dtypes`. `<Node>` where no literal can say it."""
    array = _array(value, backend)
    if array is not None:
        dtypes[_dtype(value, backend)] = None
        return literal.show(array.tolist())
    match value:
        case None | bool() | int() | float() | complex() | str() | bytes():
            return literal.show(value)
        case tuple() | list() | set() | frozenset():
            words = [_words(item, backend, dtypes) for item in value]
            return literal.bracket(value, words)
        case dict():
            return (
                "{"
                + ", ".join(f"{_words(k, backend, dtypes)}: {_words(v, backend, dtypes)}" for k, v in value.items())
                + "}"
            )
        case _ if (name := backend.dtype_name(value)) in DTYPES:
            return f"torch.{name}"
        case _:
            return f"<{value.__name__ if isinstance(value, type) else type(value).__name__}>"
