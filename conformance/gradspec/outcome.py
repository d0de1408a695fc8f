"""What one backend did with one case, as plain data that crosses a process boundary.

An Array is a tensor's dtype, shape and bytes. Raised and Warned are an error and a warning in
words. An Observation is what one line of a spec's check showed. A SpecOutcome gathers the
observations of one page's check; Answers gathers what a program's questions were answered with.
"""

from __future__ import annotations

import msgspec
import numpy as np


class Array(msgspec.Struct, frozen=True):
    """A tensor's value: torch's dtype name ("float32"), shape, and C-ordered little-endian bytes.

    A dtype that NumPy lacks (bfloat16) travels as float32 bytes under its own name.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, array: np.ndarray, dtype: str = "") -> Array:
        """Pack `array`; `dtype` names the engine's dtype where NumPy has none."""
        array = np.asarray(array)
        return cls(dtype or array.dtype.name, array.shape, np.ascontiguousarray(array).tobytes())

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array (read-only)."""
        carrier = "float32" if self.dtype == "bfloat16" else self.dtype
        return np.frombuffer(self.data, dtype=carrier).reshape(self.shape)


class Raised(msgspec.Struct, frozen=True):
    """An exception or a warning: its class names from the most derived to the base, and its text."""

    types: tuple[str, ...]
    message: str

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        """What `error` says; the message is its first 20,000 characters (some hold a whole traceback)."""
        names = tuple(k.__name__ for k in type(error).__mro__ if k is not object)
        return cls(names, str(error)[:20_000])

    def __str__(self) -> str:
        first = self.message.strip().splitlines()[0] if self.message.strip() else ""
        return f"{self.types[0]}: {first}" if first else self.types[0]


class Observation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one line of a check showed on one backend.

    `shown` is a Python literal (`nan`, `inf` and `torch.float32` included) that reads back as the
    exact value: "[2.0, 4.0]"; `<AddBackward0>` stands for what no literal can say. `dtype` and `shape`
    are set where the value was a tensor; of a container, `dtype` names those of the tensors within
    ("float32,int64") and there is no shape.
    """

    line: int
    shown: str = ""
    dtype: str = ""
    shape: tuple[int, ...] | None = None
    raised: Raised | None = None
    warned: tuple[Raised, ...] = ()


class SpecOutcome(msgspec.Struct, frozen=True, omit_defaults=True, tag="spec"):
    """What one backend showed on one spec, for the checks that it has the capabilities for."""

    observations: tuple[Observation, ...] = ()
    stopped: Raised | None = None
    """An error at a line that promised none; what comes after that line was not run."""
    stopped_at: int = 0
    missing: tuple[str, ...] = ()
    """What is lacking, when no check of the page could be run: capabilities, or the adapter's own words."""


class Answers(msgspec.Struct, frozen=True, omit_defaults=True, tag="program"):
    """What one backend answered: the outputs' values, then one tuple of arrays per question.

    None stands for a tensor that the engine did not give (`.grad is None`). A question that
    raised has its error in `refused` under its index; the values' own index is -1.
    """

    values: tuple[Array | None, ...] = ()
    questions: tuple[tuple[Array | None, ...], ...] = ()
    refused: dict[int, Raised] = {}
    steps: tuple[Array | None, ...] = ()
    """Every step's value, when the caller asked for them (to localise a departure)."""
    missing: tuple[str, ...] = ()
    """Ops or capabilities the backend says it lacks: then nothing was run."""


Outcome = SpecOutcome | Answers
