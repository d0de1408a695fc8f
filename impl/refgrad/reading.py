"""Read a tensor's array from Python: its shape and type, where it lies in memory, its values as Python numbers.

Nothing here knows of gradients, but that a value which leaves the graph is worth a warning.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, errors
from .description import CPU, Device, Size
from .notices import warn_once


class Readable:
    """What a Tensor is for whoever does not care how it was computed."""

    __slots__ = ()

    _a: np.ndarray
    requires_grad: Any

    @property
    def shape(self) -> Size:
        """The length of every dimension."""
        return Size(self._a.shape)

    @property
    def dtype(self) -> dtypes.DType:
        """The type of every element."""
        return dtypes.OF_NUMPY[self._a.dtype]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._a.ndim

    @property
    def device(self) -> Device:
        """Always the CPU."""
        return CPU

    def dim(self) -> int:
        """The number of dimensions."""
        return self._a.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._a.size

    nelement = numel

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours along each dimension lie in memory."""
        strides = tuple(s // self._a.itemsize for s in self._a.strides)
        return strides if dim is None else strides[dim]

    def element_size(self) -> int:
        """Bytes per element."""
        return self._a.itemsize

    def is_floating_point(self) -> bool:
        """Is the dtype floating?"""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Is the dtype complex?"""
        return self._a.dtype.kind == "c"

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._a.__array_interface__["data"][0])

    def storage_offset(self) -> int:
        """How many elements into its memory the first one lies."""
        owner = self._a
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        start = owner.__array_interface__["data"][0]
        return int(self.data_ptr() - start) // self._a.itemsize if self._a.size else 0

    def is_contiguous(self) -> bool:
        """Does it lie in memory in C order?"""
        return bool(self._a.flags.c_contiguous)

    # As Python values

    def item(self) -> Any:
        """The only element, as a Python number."""
        if self._a.size != 1:
            raise errors.not_one_element(self._a.size)
        return self._a.item() if self._a.dtype.kind != "V" else float(self._a)

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self._a.tolist()

    def __bool__(self) -> bool:
        if self._a.size != 1:
            raise errors.ambiguous_truth(self._a.size)
        return bool(self._a.item())

    def __float__(self) -> float:
        return float(self._leaving_the_graph())

    def __int__(self) -> int:
        return int(self._leaving_the_graph())

    def __complex__(self) -> complex:
        return complex(self._leaving_the_graph())

    def _leaving_the_graph(self) -> Any:
        if self.requires_grad:
            warn_once(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider "
                "using tensor.detach() first.",
                3,
            )
        if self._a.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self.item()

    def __index__(self) -> int:
        if self._a.dtype.kind not in "iub" or self._a.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._a.item())

    def __len__(self) -> int:
        if not self._a.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._a)


__all__ = ["Readable"]
