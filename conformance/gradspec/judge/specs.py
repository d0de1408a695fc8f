"""Judge what a backend showed on a spec: hold each observation against what its line promises.

A Known is what the judge asks of the known divergences: the entry for a spec, if there is one. An
Entry names itself and the place where it is written, so that one which no longer happens can be
deleted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Protocol

from ..backends.protocol import CAPABILITIES
from ..errors import BrokenSpec
from ..outcome import Observation, Raised, SpecOutcome
from ..specs import literal
from ..specs.model import Check, Spec, Step
from .matching import Match, compare
from .verdict import Judgement, Verdict


class Entry(Protocol):
    """A known divergence: its id, and the file and line it stands on ("jax.toml:12")."""

    @property
    def id(self) -> str:
        """What it is counted under."""

    @property
    def where(self) -> str:
        """Its file and line."""


class Known(Protocol):
    """The known divergences of one backend."""

    def spec(self, id: str) -> Entry | None:
        """The entry for the spec `id`, if this backend (in this version) has one."""


class NothingKnown:
    """A backend without known divergences."""

    def spec(self, id: str) -> None:
        """There is no entry."""


_ASPECTS = {"value": Verdict.WRONG_VALUE, "shape": Verdict.WRONG_SHAPE, "dtype": Verdict.WRONG_DTYPE}
_DERIVATIVE = re.compile(r"\.grad\b|\b(?:grad|vjp|jvp|jacrev|jacfwd|jacobian|hessian|vhp|hvp|backward|tangent)\b")
_SHAPE = re.compile(r"\.(?:shape|size\(.*\)|ndim|dim\(\))$")


def judge(spec: Spec, outcome: SpecOutcome, torch_messages: bool = True, known: Known | None = None) -> Judgement:
    """One verdict for the page: its first departure, or that it agrees.

    Without `torch_messages` any error satisfies `raises`, and any warning `warns`. A departure that
    `known` has an entry for is `documented`; an entry whose departure does not come is a harness error.
    """
    entry = (known or NothingKnown()).spec(spec.id)
    found = _found(spec, outcome, torch_messages)
    if entry is None:
        return found
    if found.verdict.departs:
        return Judgement(Verdict.DOCUMENTED, found.where, found.said, known=entry.id, signature=found.signature)
    happened = "is unsupported" if found.verdict is Verdict.UNSUPPORTED else "agrees"
    said = f"{entry.where}: {spec.id} no longer departs: it {happened}. Delete this entry."
    return Judgement(Verdict.HARNESS_ERROR, entry.where, said, known=entry.id)


def _found(spec: Spec, outcome: SpecOutcome, torch_messages: bool) -> Judgement:
    """The verdict before known divergences are asked about."""
    if outcome.missing:
        return Judgement(Verdict.UNSUPPORTED, said=_lacking(outcome.missing))
    seen = {observation.line: observation for observation in outcome.observations}
    margin = 0.0
    for check in spec.checks:
        for step in check.steps:
            if step.line == outcome.stopped_at and outcome.stopped is not None:
                return _departure(spec, step, Verdict.WRONG_ERROR, f"raised {outcome.stopped}", _promised(step))
            if step.line not in seen:
                continue
            judged = _line(spec, check, step, seen[step.line], torch_messages)
            if isinstance(judged, Judgement):
                return judged
            margin = max(margin, judged)
    if not seen:
        said = f"{spec.id} showed nothing: the worker and the page disagree about what it promises. Report this."
        return Judgement(Verdict.HARNESS_ERROR, said=said)
    return Judgement(Verdict.AGREES, margin=margin)


def _lacking(missing: tuple[str, ...]) -> str:
    """The missing capabilities, as in "lacks hooks, tape"; or what the adapter itself said, each thing once."""
    by_name = all(name in CAPABILITIES for name in missing)
    return f"lacks {', '.join(missing)}" if by_name else "; ".join(dict.fromkeys(missing))


def _line(spec: Spec, check: Check, step: Step, seen: Observation, torch_messages: bool) -> Judgement | float:
    """A departure of one line, or the margin with which it keeps its promise."""
    match step.promise:
        case "raises":
            if seen.raised is None:
                return _departure(spec, step, Verdict.WRONG_ERROR, "nothing was raised", _promised(step))
            if torch_messages and not says(seen.raised, step):
                return _departure(spec, step, Verdict.WRONG_ERROR, f"got {_quoted(seen.raised)}", _promised(step))
        case "warns":
            if not any(says(warning, step) or not torch_messages for warning in seen.warned):
                got = f"got {_quoted(seen.warned[0])}" if seen.warned else "no warning came"
                return _departure(spec, step, Verdict.WRONG_ERROR, got, _promised(step))
        case "value":
            return _value(spec, check, step, seen)
    return 0.0


def _value(spec: Spec, check: Check, step: Step, seen: Observation) -> Judgement | float:
    promised = literal.read(step.expected)
    try:
        found = compare(promised, literal.read(seen.shown), seen.dtype, seen.shape)
    except BrokenSpec:  # something that no literal can say, such as <AddBackward0>
        return _departure(spec, step, Verdict.WRONG_VALUE, f"got {seen.shown}", _promised(step))
    if isinstance(found, Match):
        return found.margin
    verdict = _ASPECTS[found.aspect]
    if verdict is Verdict.WRONG_VALUE and _SHAPE.search(step.source):
        verdict = Verdict.WRONG_SHAPE
    elif verdict is Verdict.WRONG_VALUE and reads_a_derivative(check, step):
        verdict = Verdict.WRONG_GRADIENT
    got = f"got {_short(seen.shown)}"
    if found.aspect == "dtype" and seen.dtype:
        got += f" of dtype {seen.dtype}"
    return _departure(spec, step, verdict, got, _promised(step))


def _departure(spec: Spec, step: Step, verdict: Verdict, got: str, promised: str) -> Judgement:
    """`accumulates.md:14 x.grad: promised [2., 4.], got [1.0, 2.0]`."""
    where = place(spec, step.line)
    return Judgement(
        verdict, where, f"{where} {_first_line(step)}: {promised}, {got}", signature=f"spec:{spec.id}:{step.line}"
    )


def place(spec: Spec, line: int) -> str:
    """A line of a page, by the page's file name: "accumulates.md:14"."""
    return f"{spec.id.rpartition('/')[2]}.md:{line}"


def says(raised: Raised, step: Step) -> bool:
    """Is `raised` of the promised class, and does its message hold the promised text?"""
    pieces = [re.escape(" ".join(piece.split())) for piece in step.expected.split("...")]
    message = " ".join(raised.message.split())
    return step.kind.rpartition(".")[2] in raised.types and re.search(".*".join(pieces), message) is not None


def reads_a_derivative(check: Check, step: Step) -> bool:
    """Does the step read `.grad`, or a name to which an earlier step gave a derivative?"""
    derivatives: set[str] = set()
    for earlier in check.steps[: check.steps.index(step)]:
        if _DERIVATIVE.search(earlier.source):
            derivatives |= _names(earlier.source, ast.Store)
    return bool(_DERIVATIVE.search(step.source)) or bool(derivatives & _names(step.source, ast.Load))


def _names(source: str, context: type[ast.expr_context]) -> set[str]:
    return {
        node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


def unspecified(spec: Spec, outcomes: Mapping[str, SpecOutcome]) -> Judgement | None:
    """Hold the backends against each other on the lines that nobody promises: the first on which two differ.

    `outcomes` is by backend id. Two differ where one raises and another does not, or where their
    values are further apart than a promise would allow.
    """
    for check in spec.checks:
        for step in check.steps:
            if step.promise != "observe":
                continue
            seen = {id: o for id, outcome in outcomes.items() for o in outcome.observations if o.line == step.line}
            if any(not _alike(one, other) for one in seen.values() for other in seen.values()):
                words = "; ".join(f"{id} {_answer(observation)}" for id, observation in seen.items())
                where = place(spec, step.line)
                said = f"{where} {_first_line(step)}: {words}"
                return Judgement(Verdict.UNSPECIFIED, where, said, signature=f"spec:{spec.id}:{step.line}")
    return None


def _alike(one: Observation, other: Observation) -> bool:
    if one.raised is not None or other.raised is not None:
        return (one.raised is None) == (other.raised is None)
    try:
        found = compare(literal.read(one.shown), literal.read(other.shown), f"{one.dtype},{other.dtype}", other.shape)
    except BrokenSpec:
        return one.shown == other.shown
    return isinstance(found, Match)


def _answer(observation: Observation) -> str:
    return f"raises {observation.raised}" if observation.raised else f"shows {_short(observation.shown)}"


def _promised(step: Step) -> str:
    match step.promise:
        case "value":
            return f"promised {_short(step.expected)}"
        case "raises" | "warns":
            return f"promised {step.kind}{': ' if step.expected else ''}{step.expected}"
        case _:
            return "promised to run"


def _quoted(raised: Raised) -> str:
    return _short(f"{raised.types[0]}: {' '.join(raised.message.split())}")


def _first_line(step: Step) -> str:
    first, *more = step.source.splitlines()
    return f"{first} ..." if more else first


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."
