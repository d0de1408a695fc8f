"""Tensors from and for other libraries without a copy: DLPack, buffers, NumPy's functions.

What a DLPack capsule shows is the same memory; so a tensor whose gradients matter must be detached first.
Source: torch.Tensor.__dlpack__, torch.utils.dlpack, https://dmlc.github.io/dlpack/latest/.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .tensor import Tensor, storage, wrap


def dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
) -> Any:
    """A capsule for another library's `from_dlpack`; raises BufferError for a tensor that requires grad."""
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if self._a.dtype.kind == "V":
        raise BufferError(f"DLPack leaves NumPy in its own dtypes: no {self.dtype!r}")
    if stream not in (None, -1):
        raise AssertionError("stream should be None on cpu.")
    named = {"max_version": max_version, "dl_device": dl_device, "copy": copy}
    storage(self).resizable = False
    return self._a.__dlpack__(**{name: value for name, value in named.items() if value is not None})


def dlpack_device(self: Tensor) -> tuple[int, int]:
    """The kind and the number of the device: the CPU is (1, 0)."""
    return (1, 0)


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule for another library's `from_dlpack`."""
    return dlpack(tensor)


class _Capsule:
    """A bare capsule as an object that NumPy asks for one."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **_: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over the memory of another library's, or of a capsule."""
    return wrap(np.from_dlpack(ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Capsule(ext_tensor)))


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-dim tensor over the bytes of a buffer, `count` elements (-1: all) from byte `offset` on."""
    tensor = wrap(np.frombuffer(buffer, dtypes.of(dtype).numpy, count, offset))
    return tensor.requires_grad_() if requires_grad else tensor


def array_wrap(self: Tensor, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Tensor:
    """What NumPy's functions of tensors return."""
    return wrap(array.astype(np.uint8) if array.dtype == np.bool_ else np.asarray(array))


for _name, _method in {"__dlpack__": dlpack, "__dlpack_device__": dlpack_device, "__array_wrap__": array_wrap}.items():
    setattr(Tensor, _name, _method)

__all__ = ["from_dlpack", "frombuffer", "to_dlpack"]
