"""Flip what a page promises, one thing at a time: a promise that the flipped one could replace promises nothing.

A Flip is one promise with one thing in it turned into something else: a sign, the last digit that counts, a truth,
a dtype, a shape, the class of an error, its text, or whether there is one at all. The judge must catch each of
them on what was observed; one that it lets pass has survived.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..outcome import Observation, SpecOutcome
from ..specs import literal
from ..specs.literal import DType
from ..specs.model import Check, Spec, Step
from . import specs as judge
from .matching import FORMATS, ULPS, Format, coarsest

STEP = 4 * ULPS
"""Units in the last place by which a digit is flipped: what was observed may be ULPS away already, the
unit may double on the way, and then what is left must still be more than ULPS."""

ELSEWHERE = ("ZeroDivisionError", "LookupError")
"""Classes of errors, of which no single error is both."""


@dataclass(frozen=True)
class Flip:
    """A promise with one thing turned: what was turned, and the step that now promises otherwise."""

    what: str
    step: Step


def kept(spec: Spec, check: Check, step: Step, seen: Observation, torch_messages: bool) -> bool:
    """Would the judge let `step`, alone on its page, pass with what was seen there?"""
    alone = replace(spec, checks=(replace(check, steps=(step,)),))
    stopped = None if step.promise in ("raises", "observe") else seen.raised
    outcome = SpecOutcome((seen,), stopped, step.line if stopped else 0)
    return not judge.judge(alone, outcome, torch_messages).verdict.departs


def flips(step: Step, seen: Observation, torch_messages: bool) -> Iterator[Flip]:
    """Every flip of what `step` promises. Where any error will do (not `torch_messages`), its words are not flipped."""
    match step.promise:
        case "value":
            yield Flip("an error", replace(step, promise="raises", kind=ELSEWHERE[0], expected=""))
            promised = literal.read(step.expected)
            for what, value in _values(promised, seen):
                yield Flip(what, replace(step, expected=literal.show(value)))
        case "raises":
            yield Flip("no error", replace(step, promise="runs", kind="", expected=""))
            if torch_messages and seen.raised is not None:
                yield from _words(step, seen.raised.types)
        case "warns":
            yield Flip("an error", replace(step, promise="raises"))
            if torch_messages:
                yield from _words(step, tuple(name for warning in seen.warned for name in warning.types))


def _words(step: Step, types: tuple[str, ...]) -> Iterator[Flip]:
    """Another class than any of `types`, and a text that goes on."""
    yield Flip("class", replace(step, kind=next(name for name in ELSEWHERE if name not in types)))
    yield Flip("text", replace(step, expected=f"{step.expected} and nobody says this"))


def _values(promised: Any, seen: Observation) -> Iterator[tuple[str, Any]]:
    """Every other value, for a promise that `seen` keeps."""
    yield "shape", [promised]
    yield from _altered(promised, coarsest(seen.dtype))
    if seen.shape is not None and seen.dtype not in FORMATS and seen.dtype != "bool" and 0 not in seen.shape:
        yield "dtype", _as_floats(promised)


def _altered(value: Any, format: Format) -> Iterator[tuple[str, Any]]:
    """`value` with one thing in it turned, in every way."""
    match value:
        case bool():
            yield "truth", not value
        case int() | float():
            yield from _numbers(value, format)
        case complex():
            yield from _complex_numbers(value, format)
        case str():
            yield "text", f"{value}?"
        case bytes():
            yield "text", value + b"?"
        case None:
            yield "something", 0
        case DType(name=name):
            yield "dtype", DType("float32" if name != "float32" else "float64")
        case list() | tuple():
            yield from _sequences(value, format)
        case set():
            yield "one more", value | {"?"}
            yield from (("one less", value - {item}) for item in value)
        case dict():
            yield "one more", value | {"?": 0}
            for key, item in value.items():
                yield "one less", {k: v for k, v in value.items() if k != key}
                yield from ((what, value | {key: other}) for what, other in _altered(item, format))


def _numbers(x: float, format: Format) -> Iterator[tuple[str, Any]]:
    if math.isnan(x):
        yield "nan", 0.0
    elif math.isinf(x):
        yield "sign", -x
        yield "infinity", 1.0
    elif x == 0:
        yield "zero", type(x)(1)
    else:
        yield "sign", -x
        far = STEP * format.ulp(x)
        yield "digit", x + (max(1, math.ceil(far)) if isinstance(x, int) else far)


def _complex_numbers(z: complex, format: Format) -> Iterator[tuple[str, Any]]:
    """Each part on the scale of the larger one, as the judge has it."""
    if not cmath.isfinite(z):
        yield "nan", 0j
        return
    far = STEP * format.ulp(max(abs(z.real), abs(z.imag))) if z else 1.0
    yield "digit", complex(z.real + far, z.imag)
    yield "digit", complex(z.real, z.imag + far)
    if z.real:
        yield "sign", complex(-z.real, z.imag)
    if z.imag:
        yield "sign", complex(z.real, -z.imag)


def _sequences(items: list[Any] | tuple[Any, ...], format: Format) -> Iterator[tuple[str, Any]]:
    """One item more, one less, and each of them turned."""
    kind = type(items)
    yield "shape", kind([*items, items[-1] if items else 0])
    if items:
        yield "shape", items[:-1]
    for n, item in enumerate(items):
        yield from ((what, kind([*items[:n], other, *items[n + 1 :]])) for what, other in _altered(item, format))


def _as_floats(value: Any) -> Any:
    """Nested lists of integers, written as floats: a promise of another dtype."""
    return [_as_floats(item) for item in value] if isinstance(value, list | tuple) else float(value)
