"""A toy engine that speaks some of torch's words over NumPy arrays: enough to run a page without any engine.

A Tensor here is an array with a dtype's name; `Toy` is its backend. `page` writes a page around a check.
"""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradspec.errors import DeviceMissing, EngineMissing, Unsupported
from gradspec.outcome import Answers
from gradspec.programs.model import Program


class Tensor:
    """An array; `grad` is whatever a test puts there."""

    grad: Any = None

    def __init__(self, data: Any, dtype: str = "") -> None:
        self.array = np.asarray(data)
        if self.array.dtype == np.float64 and not dtype:
            self.array = self.array.astype(np.float32)
        self.dtype = SimpleNamespace(name=dtype or self.array.dtype.name)

    @property
    def shape(self) -> tuple[int, ...]:
        """As a tuple."""
        return self.array.shape

    def __mul__(self, other: Any) -> Tensor:
        return Tensor(self.array * getattr(other, "array", other))

    def sum(self) -> Tensor:
        """The sum of all elements."""
        return Tensor(self.array.sum())

    def __repr__(self) -> str:
        return f"tensor({self.array.tolist()})"


def complain() -> int:
    """Warn, and return 7."""
    warnings.warn("this is deprecated, use that", UserWarning, stacklevel=2)
    return 7


def lacking() -> None:
    """Say, as an adapter does, that the engine lacks something."""
    raise Unsupported("toy has no lacking")


NAMESPACE = SimpleNamespace(
    Tensor=Tensor,
    tensor=Tensor,
    float32=SimpleNamespace(name="float32"),
    complain=complain,
    lacking=lacking,
    node=SimpleNamespace(),
    nn=SimpleNamespace(functional=SimpleNamespace(relu=lambda x: Tensor(np.maximum(x.array, 0)))),
)


class Toy:
    """The backend of the toy engine: it has `ops` and `tape`, and nothing else."""

    name, device, torch_messages = "toy", "", True
    capabilities = frozenset({"ops", "tape"})
    torch = NAMESPACE

    def __init__(self, device: str = "") -> None:
        if device:
            raise DeviceMissing(f"toy has no device {device!r}. It has none at all.")

    def versions(self) -> dict[str, str]:
        """Toys have versions."""
        return {"toy": "1.0"}

    def has_op(self, name: str) -> bool:
        """It has no op of the catalogue."""
        return False

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """It lacks whatever a program asks."""
        return Answers(missing=("everything",))

    def namespace(self, needs: frozenset[str]) -> Any:
        """The one namespace."""
        return self.torch

    def numpy(self, value: Any) -> np.ndarray | None:
        """The array within."""
        return value.array if isinstance(value, Tensor) else None

    def dtype_name(self, value: Any) -> str:
        """The name that the tensor, or the dtype, bears."""
        return str(getattr(getattr(value, "dtype", value), "name", ""))


class Absent:
    """The backend of an engine that is not installed."""

    def __init__(self, device: str = "") -> None:
        raise EngineMissing("absent is not installed here.")


def page(check: str, *, claim: str = "Two and two make four", more: str = "") -> str:
    """A page with one check, otherwise in order."""
    return f"# {claim}\n\nBecause.\n\n```python\n{check}\n```\n\nSources: arithmetic\n{more}"
