"""Print tensors as torch prints them.

Options say how many digits, elements and columns may be used. A Format fits the numbers of one tensor:
how wide the widest is, and whether they are shown as `1.`, as `1.5000` or as `1.5000e+00`. One Format
serves the whole tensor, so that its columns align. Source: torch.set_printoptions.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import dtypes
from .modes import state
from .tensor import Tensor


@dataclasses.dataclass
class Options:
    """What `set_printoptions` sets, for the process, as in torch."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = Options()
PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change what is given, after the profile; `sci_mode` is set by every call, None letting the numbers decide."""
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen = PROFILES.get(profile or "", {}) | {name: value for name, value in given.items() if value is not None}
    for name, value in chosen.items():
        setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, by name."""
    return dataclasses.asdict(OPTIONS)


@contextlib.contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """`set_printoptions` for the length of a `with` block."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


class Format:
    """How every element of one tensor of integers, bools or real numbers is written.

    spec    for Python's `format`: "" for integers and bools, ".0f", ".4f" or ".4e" for real numbers
    width   of the widest finite element that is not 0
    """

    __slots__ = ("spec", "width")

    def __init__(self, shown: np.ndarray) -> None:
        if shown.dtype.kind in "biu":
            self.spec = ""
            self.width = max([1, *(len(str(value)) for value in shown.reshape(-1).tolist())])
            return
        numbers = shown.reshape(-1)[np.isfinite(shown.reshape(-1))].astype(np.float64)
        numbers = numbers[numbers != 0]
        self.spec = _spec(numbers)
        self.width = max([1, *(len(self._bare(value)) for value in numbers.tolist())])

    def _bare(self, value: Any) -> str:
        text = format(value, self.spec)
        return text + "." if self.spec == ".0f" and np.isfinite(value) else text

    def __call__(self, value: Any) -> str:
        return self._bare(value).rjust(self.width)


def _spec(numbers: np.ndarray) -> str:
    """Whole numbers need no decimals; what spans too many magnitudes for a column needs an exponent."""
    if not numbers.size:
        return ".0f"
    sizes = np.abs(numbers)
    low, high = sizes.min(), sizes.max()
    scientific = high / low > 1000.0 or high > 1e8 or low < 1e-4 if OPTIONS.sci_mode is None else OPTIONS.sci_mode
    if scientific:
        return f".{OPTIONS.precision}e"
    return ".0f" if np.all(numbers == np.ceil(numbers)) else f".{OPTIONS.precision}f"


class ComplexFormat:
    """A Format for the real parts, one for the imaginary parts."""

    __slots__ = ("imag", "real", "width")

    def __init__(self, shown: np.ndarray) -> None:
        self.real, self.imag = Format(shown.real), Format(shown.imag)
        self.width = self.real.width + self.imag.width + 1

    def __call__(self, value: complex) -> str:
        imag = self.imag(value.imag).lstrip()
        return self.real(value.real) + ("" if imag[0] in "+-" else "+") + imag + "j"


def _edges(array: np.ndarray) -> np.ndarray:
    """What is shown of a tensor too large to be shown whole: the first and last few along every dimension."""
    keep = OPTIONS.edgeitems
    for axis, n in enumerate(array.shape):
        if n > 2 * keep:
            array = np.take(array, [*range(keep), *range(n - keep, n)], axis)
    return array


def _text(array: np.ndarray, indent: int, brief: bool, write: Format | ComplexFormat) -> str:
    """Nested brackets; rows below each other, and an empty line more for each further dimension."""
    if not array.ndim:
        return write(array.item())
    keep, n = OPTIONS.edgeitems, len(array)
    cut = brief and n > 2 * keep
    if array.ndim == 1:
        if brief and not keep:
            return "[...]"
        words = [write(value) for value in (_edges(array) if cut else array).tolist()]
        if cut:
            words.insert(keep, " ...")
        a_line = max(1, (OPTIONS.linewidth - indent) // (write.width + 2))
        lines = [", ".join(words[i : i + a_line]) for i in range(0, len(words), a_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [*range(keep), *range(n - keep, n)] if cut else range(n)
    parts = [_text(array[i], indent + 1, brief, write) for i in rows]
    if cut:
        parts.insert(keep, "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def contents(array: np.ndarray, indent: int = 0) -> str:
    """The numbers in their brackets, `indent` columns to the right of the margin."""
    if not array.size:
        return "[]"
    if array.dtype.kind not in "biufc":  # bfloat16: Python formats no such thing
        array = array.astype(np.float32)
    brief = array.size > OPTIONS.threshold
    shown = _edges(array) if brief else array
    return _text(array, indent, brief, ComplexFormat(shown) if array.dtype.kind == "c" else Format(shown))


def _notes(t: Tensor) -> Iterator[str]:
    """What stands behind the numbers: whatever they do not say themselves."""
    array, default = t._a, dtypes.get_default_dtype()
    if not array.size:
        if array.ndim != 1:
            yield f"size={array.shape}"
        if t.dtype is not default:
            yield f"dtype={t.dtype}"
    else:
        if not OPTIONS.edgeitems:
            yield f"size={array.shape}"
        complex_default = dtypes.complex128 if default is dtypes.float64 else dtypes.complex64
        if t.dtype not in (default, complex_default, dtypes.int64, dtypes.bool_):
            yield f"dtype={t.dtype}"
    if t.grad_fn is not None:
        yield f"grad_fn=<{type(t.grad_fn).__name__}>"
    elif t.requires_grad:
        yield "requires_grad=True"
    tangents = t._rare.tangents if t._rare is not None else None
    level = getattr(state, "dual", 0)
    if tangents and level in tangents:
        yield f"tangent={tangents[level]}"


def show(t: Tensor, prefix: str = "tensor(") -> str:
    """`t` as torch prints it: `tensor([1., 2.], grad_fn=<MulBackward0>)`."""
    text = prefix + contents(t._a, len(prefix))
    used = len(text) - text.rfind("\n") + 1
    for note in _notes(t):
        if used + len(note) + 2 > OPTIONS.linewidth:
            text += ",\n" + " " * len(prefix) + note
            used = len(prefix) + len(note)
        else:
            text += ", " + note
            used += len(note) + 2
    return text + ")"


def _repr(self: Tensor) -> str:
    return show(self)


def _format(self: Tensor, spec: str) -> str:
    """A 0-dim tensor is formatted as its number."""
    if self._a.ndim == 0 and type(self) is Tensor:
        return format(self.item(), spec)
    return object.__format__(self, spec)


Tensor.__repr__ = _repr  # type: ignore[method-assign]  # methods are attached where they are written
Tensor.__format__ = _format  # type: ignore[method-assign, assignment]

__all__ = ["get_printoptions", "printoptions", "set_printoptions", "show"]
