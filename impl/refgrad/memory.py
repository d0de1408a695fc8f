"""Where a tensor's numbers lie: how many bytes, in what layout, on which device, and which memory it shares.

refgrad has dense tensors in the CPU's memory, so that most of torch's questions have one answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .notices import warn_once
from .tensor import Tensor


class Layout:
    """torch.layout: how elements are stored."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


strided = Layout("strided")
"""The only layout there is here: an address, a shape and strides."""


class UntypedStorage:
    """The memory that a tensor and its views share, in bytes."""

    __slots__ = ("_bytes",)

    def __init__(self, array: np.ndarray) -> None:
        while isinstance(array.base, np.ndarray):
            array = array.base
        self._bytes = array

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._bytes.__array_interface__["data"][0])

    def nbytes(self) -> int:
        """How many bytes."""
        return self._bytes.nbytes

    size = __len__ = nbytes


class TypedStorage(UntypedStorage):
    """The same, counted in elements."""

    __slots__ = ()

    def size(self) -> int:
        """How many elements."""
        return self._bytes.size

    __len__ = size


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory behind the tensor."""
    return UntypedStorage(self._a)


def typed_storage(self: Tensor) -> TypedStorage:
    """The memory behind the tensor, as torch's old programs ask for it."""
    warn_once(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
        "class. This should only matter to you if you are using storages directly.  To access UntypedStorage directly, "
        "use tensor.untyped_storage() instead of tensor.storage()",
        3,
    )
    return TypedStorage(self._a)


ABSENT = ("cuda", "ipu", "maia", "meta", "mkldnn", "mps", "mtia", "nested", "quantized", "sparse", "sparse_csr",
          "vulkan", "xla", "xpu")  # fmt: skip
"""What no tensor here is."""

for _kind in ABSENT:
    setattr(Tensor, f"is_{_kind}", property(lambda self: False, doc=f"False: no tensor here is {_kind}."))
for _name, _value in {
    "is_cpu": property(lambda self: True, doc="True: all are."),
    "itemsize": property(lambda self: self._a.itemsize, doc="Bytes per element."),
    "nbytes": property(lambda self: self._a.nbytes, doc="Bytes of all elements."),
    "layout": property(lambda self: strided, doc="How the elements are stored."),
    "get_device": lambda self: -1,
    "ndimension": Tensor.dim,
    "is_pinned": lambda self: False,
    "is_shared": lambda self: False,
    "is_signed": lambda self: self._a.dtype.kind not in "ub",
    "storage": typed_storage,
    "untyped_storage": untyped_storage,
}.items():
    setattr(Tensor, _name, _value)


def is_set_to(self: Tensor, tensor: Any) -> bool:
    """Do both show the same elements of the same memory in the same order?"""
    return bool(self.data_ptr() == tensor.data_ptr() and (self.shape, self.stride()) == (tensor.shape, tensor.stride()))


def is_same_size(self: Tensor, other: Any) -> bool:
    """Do both have the same shape?"""
    return self.shape == other.shape


setattr(Tensor, "is_set_to", is_set_to)  # noqa: B010 - as all methods, it is attached where it is written
setattr(Tensor, "is_same_size", is_same_size)  # noqa: B010

__all__ = ["is_same_size", "strided"]
