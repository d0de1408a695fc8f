"""Say whether the value that a line showed is the one its page promises.

A Format is how a dtype keeps numbers: bits after the leading one, and the least exponent. A Miss is
one departure: which aspect ("value", "shape", "dtype") and in what words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..specs.literal import DType

ULPS = 8
"""Units in the last place that a page's literal leaves to an engine: one or two operations, rounded otherwise."""


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: bits of the fraction, and the exponent of its least normal number."""

    bits: int
    least: int

    def ulp(self, x: float) -> float:
        """The distance between the numbers of this format around `x`."""
        exponent = math.frexp(x)[1] - 1
        return math.ldexp(1.0, max(exponent, self.least) - self.bits)


DOUBLE = Format(52, -1022)
FORMATS = {
    "float64": DOUBLE, "complex128": DOUBLE,
    "float32": Format(23, -126), "complex64": Format(23, -126),
    "float16": Format(10, -14), "complex32": Format(10, -14),
    "bfloat16": Format(7, -126),
    "float8_e4m3fn": Format(3, -6), "float8_e5m2": Format(2, -14),
}  # fmt: skip


@dataclass(frozen=True)
class Miss:
    """One departure from a promise."""

    aspect: str


@dataclass(frozen=True)
class Match:
    """How far what was shown is from what was promised: 0 exactly it, 1 at the limit."""

    margin: float


def compare(promised: Any, shown: Any, dtype: str = "", shape: tuple[int, ...] | None = None) -> Match | Miss:
    """Hold the literal `shown` (of a tensor, where `shape` is given) against the literal `promised`.

    A float may be ULPS units in the last place away, in the coarsest of the dtypes named in `dtype`;
    zeros, infinities, nan and everything that is no float must be the very same. Where the promise
    is written with integers, floats of that value keep it too.
    """
    if shape is not None and _shape(promised) != shape:
        return Miss("shape")
    floats = any(name in FORMATS for name in dtype.split(","))
    if isinstance(promised, DType) or isinstance(shown, DType):
        return Match(0.0) if promised == shown else Miss("dtype")
    if shape is not None and _is_fraction(promised) and not floats:
        return Miss("dtype")
    margin = _margin(promised, shown, coarsest(dtype))
    return Match(margin) if margin <= 1 else Miss("value")


def coarsest(dtype: str) -> Format:
    """The format with the fewest digits among the dtypes named in `dtype`; double where none is a float."""
    formats = (FORMATS[name] for name in dtype.split(",") if name in FORMATS)
    return min(formats, key=lambda f: f.bits, default=DOUBLE)


def _shape(value: Any) -> tuple[int, ...]:
    """The shape of nested lists of numbers, taken along the first items."""
    shape: list[int] = []
    while isinstance(value, list | tuple):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def _is_fraction(value: Any) -> bool:
    """Is some number of these nested lists written as a float?"""
    return any(map(_is_fraction, value)) if isinstance(value, list | tuple) else isinstance(value, float | complex)


def _margin(promised: Any, shown: Any, format: Format) -> float:
    """The largest distance over the distance allowed, anywhere within; inf where something else departs."""
    match promised, shown:
        case (list() | tuple(), list() | tuple()):
            if len(promised) != len(shown):
                return math.inf
            return max((_margin(p, s, format) for p, s in zip(promised, shown, strict=True)), default=0.0)
        case (dict(), dict()):
            if promised.keys() != shown.keys():
                return math.inf
            return max((_margin(promised[key], shown[key], format) for key in promised), default=0.0)
        case (bool(), _) | (_, bool()):
            return 0.0 if promised is shown else math.inf
        case (int() | float() | complex(), complex()):
            return _complex_margin(complex(promised), shown, format)
        case (int(), int()) | (int() | float(), float()):
            return _real_margin(promised, shown, format.ulp(promised) if math.isfinite(promised) else 0.0)
        case _:
            return 0.0 if promised == shown and type(promised) is type(shown) else math.inf


def _real_margin(promised: float, shown: float, ulp: float) -> float:
    if promised == 0 or not math.isfinite(promised) or not math.isfinite(shown) or isinstance(shown, int):
        return 0.0 if _same(promised, shown) else math.inf
    return abs(shown - promised) / (ULPS * ulp)


def _complex_margin(promised: complex, shown: complex, format: Format) -> float:
    """Part by part, in units of the larger part: a complex product rounds both parts on that scale."""
    size = max(abs(promised.real), abs(promised.imag))
    ulp = format.ulp(size) if math.isfinite(size) else 0.0
    return max(_real_margin(p, s, ulp) for p, s in ((promised.real, shown.real), (promised.imag, shown.imag)))


def _same(promised: float, shown: float) -> bool:
    """The same special number: nan is nan, and the sign of a zero counts where the promise wrote a minus."""
    if math.isnan(promised):
        return math.isnan(shown)
    negative_zero = promised == 0 and math.copysign(1.0, promised) < 0
    return promised == shown and (not negative_zero or math.copysign(1.0, shown) < 0)
