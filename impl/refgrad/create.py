"""Make tensors: from data, from a shape, from another tensor, from a NumPy array.

`torch.tensor` copies; `as_tensor`, `asarray` and `from_numpy` share memory where they can. Factories
take torch's options `dtype`, `device`, `requires_grad` (and ignore `layout`, `pin_memory`).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from . import dtypes, errors
from .description import Device
from .dtypes import DType
from .modes import state
from .notices import warn_once
from .sizes import refuse, size_of
from .tensor import Tensor, storage, wrap


def _made(array: np.ndarray, requires_grad: bool = False, device: Any = None) -> Tensor:
    if device is not None and not isinstance(device, Device):
        Device(device)
    t = wrap(array)
    if state.inference:
        t._record().inference = True
    if requires_grad:
        if array.dtype.kind not in "fcV":
            raise errors.not_floating_factory()
        t.requires_grad_()
    return t


def _numpy(dtype: Any) -> np.dtype:
    return (dtypes.get_default_dtype() if dtype is None else dtypes.of(dtype)).numpy


def infer(data: Any) -> np.dtype:
    """The dtype torch gives to nested lists of Python numbers: the highest kind among them decides."""
    if isinstance(data, Tensor):
        return data._a.dtype
    if isinstance(data, np.ndarray | np.generic):
        return dtypes.of(data.dtype).numpy
    if isinstance(data, str | bytes):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, Sequence) or (hasattr(data, "__len__") and hasattr(data, "__getitem__")):
        found = [infer(item) for item in data]
        return dtypes.promote([np.empty(0, d) for d in found], []) if found else _numpy(None)
    if isinstance(data, bool | int | float | complex):
        return dtypes.of_number(data)
    raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def _plain(data: Any) -> Any:
    """Nested lists of numbers and arrays, with the tensors in them opened."""
    if isinstance(data, Tensor):
        return data._a
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return [_plain(item) for item in data]
    return data


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A leaf that copies `data` (nested sequences, a NumPy array, a number, a tensor)."""
    _advise_clone(data, "torch.tensor(sourceTensor)")
    return _made(_array(data, dtype), requires_grad, device)


def _advise_clone(data: Any, call: str) -> None:
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            f"sourceTensor.detach().clone().requires_grad_(True), rather than {call}.",
            UserWarning,
            stacklevel=3,
        )


def _array(data: Any, dtype: Any) -> np.ndarray:
    kind = infer(data) if dtype is None else dtypes.of(dtype).numpy
    plain = _plain(data)
    try:
        return np.array(plain, dtype=kind, copy=True)
    except ValueError:
        _check_lengths(plain, _shape(plain), 0)
        raise


def _shape(data: Any) -> list[int]:
    """The sizes of nested lists, as the first item of each shows them."""
    sizes = []
    while isinstance(data, list):
        sizes.append(len(data))
        data = data[0] if data else None
    return [*sizes, *getattr(data, "shape", ())]


def _check_lengths(data: Any, sizes: list[int], dim: int) -> None:
    """Raise ValueError where a list is not as long as the first of its depth, TypeError for a list beside a number."""
    if dim == len(sizes):
        if isinstance(data, list):
            raise TypeError("'list' object cannot be interpreted as an integer")
        return
    if not hasattr(data, "__len__"):
        raise TypeError("not a sequence")
    if len(data) != sizes[dim]:
        raise ValueError(f"expected sequence of length {sizes[dim]} at dim {dim} (got {len(data)})")
    for item in data if isinstance(data, list) else ():
        _check_lengths(item, sizes, dim + 1)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing memory and history where no conversion is needed."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtypes.of(dtype) else data.to(dtype)  # type: ignore[attr-defined, no-any-return]
    if isinstance(data, np.ndarray):
        shared = from_numpy(data)
        return shared if dtype is None or shared.dtype is dtypes.of(dtype) else shared.to(dtype)  # type: ignore[attr-defined, no-any-return]
    return _made(_array(data, dtype), device=device)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """`obj` as a tensor: shared where it can be, copied where `copy` asks for it, refused where both is impossible.

    A tensor keeps its history unless `requires_grad` is False. Raises ValueError where copy=False would need a copy.
    """
    source = obj if isinstance(obj, Tensor) else as_tensor(obj, dtype, device)
    result = source if dtype is None else source.to(dtype)  # type: ignore[attr-defined]  # attached further right
    if copy is False and not (isinstance(obj, Tensor | np.ndarray) and result._a.dtype == obj.dtype):
        raise ValueError("can't alias data of another kind or dtype: asarray was asked not to copy")
    if copy and (result is obj or isinstance(obj, np.ndarray)):
        result = result.clone()  # type: ignore[attr-defined]
    if isinstance(obj, Tensor) and obj.requires_grad and requires_grad is None:
        warn_once("unspecified requires_grad now defaults to obj.requires_grad", 2)
    if requires_grad is False:
        return result.detach()  # type: ignore[attr-defined, no-any-return]
    return result.requires_grad_() if requires_grad else result


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor over the array's own memory: what is written to one is seen in the other.

    Raises TypeError for what is no array of numbers, ValueError for an array that is read backwards; warns of one
    that may not be written.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if array.dtype not in dtypes.OF_NUMPY:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint8, and bool."
        )
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    if not array.flags.writeable:
        warn_once(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor. This type of warning will be suppressed for "
            "the rest of this program.",
            2,
        )
    t = _made(array)
    storage(t).resizable = False
    return t


def _sized(call: str, size: tuple[Any, ...], options: dict[str, Any]) -> tuple[int, ...]:
    """The shape that a factory is asked for, by position or by name."""
    refuse(call, options)
    return size_of(size or (options["size"],) if "size" in options else size, call)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **options: Any) -> Tensor:
    """A tensor whose contents are whatever the memory held."""
    return _made(np.empty(_sized("empty", size, options), _numpy(dtype)), requires_grad, device)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **options: Any) -> Tensor:
    """Zeros of the given size."""
    return _made(np.zeros(_sized("zeros", size, options), _numpy(dtype)), requires_grad, device)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **options: Any) -> Tensor:
    """Ones of the given size."""
    return _made(np.ones(_sized("ones", size, options), _numpy(dtype)), requires_grad, device)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """`fill_value` everywhere; the dtype is inferred from it."""
    refuse("full", _)
    if isinstance(size, int) or not isinstance(size, Sequence):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = infer(value) if dtype is None else dtypes.of(dtype).numpy
    return _made(np.full(size_of((size,), "full"), value, kind), requires_grad, device)


def arange(*bounds: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """start, start + step, ... below end; ceil((end - start) / step) elements."""
    refuse("arange", {name: value for name, value in named.items() if name not in ("start", "end", "step")})
    for i, bound in enumerate(bounds):
        if not isinstance(bound, int | float | np.number | Tensor):
            place = ("end", "start")[len(bounds) > 1] if i == 0 else ("end", "step")[i - 1]
            raise TypeError(
                f"arange(): argument '{place}' (position {i + 1}) must be Number, not {type(bound).__name__}"
            )
    start, end, step = {1: lambda e: (0, e, 1), 2: lambda s, e: (s, e, 1), 3: lambda s, e, p: (s, e, p)}[
        len(bounds) or 1
    ](*(b.item() if isinstance(b, Tensor) else b for b in (bounds or (named["end"],))))
    start, step = named.get("start", start), named.get("step", step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(b, int) for b in (start, end, step))
    kind = dtypes.of(dtype).numpy if dtype is not None else dtypes.int64.numpy if whole else _numpy(None)
    count = math.ceil((end - start) / step)
    return _made((start + step * np.arange(count)).astype(kind), requires_grad, device)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """`steps` evenly spaced numbers from start to end, both included."""
    refuse("linspace", _)
    return _made(np.linspace(float(start), float(end), steps).astype(_numpy(dtype)), requires_grad, device)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """`base` to the powers of `linspace(start, end, steps)`."""
    return _made(np.logspace(float(start), float(end), steps, base=base).astype(_numpy(dtype)), requires_grad)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """Ones on the diagonal."""
    refuse("eye", _)
    for name, size in (("n", n), ("m", n if m is None else m)):
        if not hasattr(size, "__index__"):
            place = 1 if name == "n" else 2
            raise TypeError(f"eye(): argument '{name}' (position {place}) must be int, not {type(size).__name__}")
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return _made(np.eye(n, m, dtype=_numpy(dtype)), requires_grad, device)


def scalar_tensor(value: Any, *, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """A 0-dim tensor of the default dtype."""
    return _made(np.asarray(value, _numpy(dtype)), requires_grad)


def _like(x: Tensor, dtype: Any) -> np.dtype:
    return x._a.dtype if dtype is None else dtypes.of(dtype).numpy


def _order(x: Tensor) -> Literal["C", "K"]:
    """x's own order in memory; C order where one element stands for many, as in torch."""
    return "C" if 0 in x._a.strides else "K"


def empty_like(x: Tensor, *, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """An uninitialised tensor of x's shape, dtype and memory order."""
    return _made(np.empty_like(x._a, _like(x, dtype), _order(x), False), requires_grad)


def zeros_like(x: Tensor, *, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Zeros of x's shape and dtype."""
    return _made(np.zeros_like(x._a, _like(x, dtype), _order(x), False), requires_grad)


def ones_like(x: Tensor, *, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Ones of x's shape and dtype."""
    return _made(np.ones_like(x._a, _like(x, dtype), _order(x), False), requires_grad)


def full_like(x: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """`fill_value` in x's shape and dtype."""
    return _made(np.full_like(x._a, fill_value, _like(x, dtype), _order(x), False), requires_grad)


def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """A leaf that copies `data`, in this tensor's dtype."""
    _advise_clone(data, "tensor.new_tensor(sourceTensor)")
    return _made(np.array(_plain(data), _like(self, dtype)), requires_grad)


def new_zeros(self: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Zeros in this tensor's dtype."""
    return _made(np.zeros(size_of(size, "new_zeros"), _like(self, dtype)), requires_grad)


def new_ones(self: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Ones in this tensor's dtype."""
    return _made(np.ones(size_of(size, "new_ones"), _like(self, dtype)), requires_grad)


def new_empty(self: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """An uninitialised tensor in this tensor's dtype."""
    return _made(np.empty(size_of(size, "new_empty"), _like(self, dtype)), requires_grad)


def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """`fill_value` in this tensor's dtype."""
    return _made(np.full(size_of(tuple(size)), fill_value, _like(self, dtype)), requires_grad)


for _method in (new_tensor, new_zeros, new_ones, new_empty, new_full):
    setattr(Tensor, _method.__name__, _method)

__all__ = [
    "DType", "arange", "as_tensor", "asarray", "empty", "empty_like", "eye", "from_numpy", "full", "full_like",
    "linspace",
    "logspace", "ones", "ones_like", "scalar_tensor", "tensor", "zeros", "zeros_like",
]  # fmt: skip
