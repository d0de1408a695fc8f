"""What a dtype can hold, what a tensor is, and which dtype two things have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, errors
from .dtypes import DType
from .tensor import Tensor


class finfo:
    """torch.finfo: the limits of a floating dtype (of the default one, unless it is said)."""

    def __init__(self, dtype: DType | None = None) -> None:
        chosen = dtypes.get_default_dtype() if dtype is None else dtype
        if not (chosen.is_floating_point or chosen.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        real = chosen.to_real()
        limits: Any = _limits(real.numpy)
        self.dtype = real.name
        self.bits = real.itemsize * 8
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = 10.0**-limits.precision

    def __repr__(self) -> str:
        numbers = ", ".join(
            f"{n}={getattr(self, n):.6g}" for n in ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        )
        return f"finfo({numbers}, dtype={self.dtype})"


def _limits(dtype: np.dtype) -> Any:
    if dtype.type.__module__ == "numpy":
        return np.finfo(dtype)
    import ml_dtypes  # the dtype is its own, so it is installed

    return ml_dtypes.finfo(dtype)


class iinfo:
    """torch.iinfo: the limits of an integer dtype."""

    def __init__(self, dtype: DType) -> None:
        if dtype.category != dtypes.INTEGER:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        limits = np.iinfo(dtype.numpy)
        self.dtype = dtype.name
        self.bits, self.max, self.min = limits.bits, int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def promote_types(type1: DType, type2: DType) -> DType:
    """The smallest dtype that holds both, a floating one before any integer one."""
    return dtypes.OF_NUMPY[dtypes.promote([np.empty(1, type1.numpy), np.empty(1, type2.numpy)], [])]


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype that arithmetic on two tensors or numbers gives."""
    given = (tensor1, tensor2)
    arrays = [t._a for t in given if isinstance(t, Tensor)]
    return dtypes.OF_NUMPY[dtypes.promote(arrays, [n for n in given if not isinstance(n, Tensor)])]


def is_floating_point(input: Tensor) -> bool:
    """Is its dtype floating?"""
    return input.is_floating_point()


def is_nonzero(input: Tensor) -> bool:
    """Is its one element something else than 0?"""
    if input._a.size != 1:
        raise errors.ambiguous_truth(input._a.size)
    return bool(input)


def can_cast(from_: DType, to: DType) -> bool:
    """May an in-place result of the first dtype be written into the second? (bool < integer < floating < complex)."""
    return from_.category <= to.category


Tensor.is_nonzero = is_nonzero  # type: ignore[attr-defined]  # methods are attached where they are written

__all__ = ["can_cast", "finfo", "iinfo", "is_floating_point", "is_nonzero", "promote_types", "result_type"]
