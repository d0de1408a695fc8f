"""Turn a tensor into another dtype, or into something that is no tensor: NumPy array, list, copy.

The NumPy bridge shares memory: `t.numpy()` and `from_numpy(a)` are two names of the same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, errors
from .description import Device
from .modes import state
from .ops.arithmetic import clone
from .ops.complex import conj
from .ops.fit import cast
from .tensor import Tensor, storage, wrap


def to(self: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, **_: Any) -> Tensor:
    """This tensor in another dtype; the tensor itself where nothing changes and no copy is asked for."""
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, Device | str):
            device = arg
        elif not isinstance(arg, bool):
            dtype = arg
    if device is not None:
        Device(device) if isinstance(device, str) else device
    if dtype is None or dtypes.of(dtype).numpy == self._a.dtype:
        return clone(self) if copy else self  # type: ignore[no-any-return]
    return cast(self, dtypes.of(dtype).numpy)  # type: ignore[no-any-return]


def numpy(self: Tensor, *, force: bool = False) -> np.ndarray:
    """The array itself: memory is shared. Refused where a graph would not see what is written."""
    if self.requires_grad and state.grad and not force:
        raise errors.numpy_of_grad()
    if self._a.dtype.kind == "V":
        raise TypeError(f"Got unsupported ScalarType {self.dtype.word}")
    storage(self).resizable = False
    return self._a


def array_protocol(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    """What np.asarray(t) calls, and np.array(t) with `copy`; raises ValueError where copy=False cannot be had."""
    array = numpy(self)
    if dtype is None or array.dtype == dtype:
        return array.copy() if copy else array
    if copy is False:
        raise ValueError("Unable to avoid copy while creating an array as requested.")
    return array.astype(dtype)


def deepcopy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """A leaf is copied with its gradient; anything else is refused, as its graph could not be."""
    if not self.is_leaf:
        raise errors.no_deepcopy()
    twin = object.__new__(type(self))
    fresh = wrap(self._a.copy())
    for slot in ("_a", "_rg", "_fn", "_nr", "_grad", "_store", "_view", "_rare"):
        setattr(twin, slot, getattr(fresh, slot))
    twin._rg = self._rg
    twin._grad = None if self._grad is None else deepcopy(self._grad, memo)
    twin.__dict__.update(self.__dict__)
    memo[id(self)] = twin
    return twin


def _caster(dtype: dtypes.DType) -> Any:
    def method(self: Tensor) -> Tensor:
        return to(self, dtype)

    method.__doc__ = f"This tensor as {dtype!r}."
    return method


NAMES = {
    "bool": dtypes.bool_, "byte": dtypes.uint8, "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32,
    "long": dtypes.int64, "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64,
    "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}  # fmt: skip
"""The methods that convert, and what to."""

for _name, _dtype in NAMES.items():
    setattr(Tensor, _name, _caster(_dtype))
for _name, _method in {
    "to": to, "numpy": numpy, "__array__": array_protocol, "__deepcopy__": deepcopy,
    "cpu": lambda self: self, "type_as": lambda self, other: to(self, other.dtype), "resolve_conj": lambda self: self,
    "resolve_neg": lambda self: self, "is_conj": lambda self: False, "conj_physical": conj,
}.items():  # fmt: skip
    setattr(Tensor, _name, _method)
