"""`torch.Tensor(...)`, and the classes by which tensors were named before they had a dtype.

`Tensor(2, 3)` is memory of that size, `Tensor([2, 3])` holds these two numbers. FloatTensor and its kin say
the dtype: they make tensors, convert them (`x.type(torch.DoubleTensor)`) and recognise them
(`isinstance(x, torch.DoubleTensor)`), but no tensor is an instance of them. The classes of `cuda` are
there by name alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import dtypes
from .convert import to
from .create import _array, _made
from .description import Size
from .dtypes import DType
from .sizes import size_of
from .tensor import Tensor, wrap

ALTERNATIVES = (
    " * (*, torch.device device = None)\n      didn't match because some of the keywords were incorrect: {wrong}\n"
    " * (torch.Storage storage)\n * (Tensor other)\n * (tuple of ints size, *, torch.device device = None)\n"
    " * (object data, *, torch.device device = None)\n"
)


def constructed(dtype: DType, /, *args: Any, device: Any = None, **named: Any) -> Tensor:
    """A tensor from sizes, from nested sequences, or over another tensor's memory; TypeError for anything else."""
    args = (*args, *named.pop("size", ()), *(named.pop(name) for name in ("data", "other") if name in named))
    if named:
        kinds = [type(a).__name__ for a in args]
        kinds += [f"{k}={'torch.dtype' if isinstance(v, DType) else type(v).__name__}" for k, v in named.items()]
        raise TypeError(
            f"new() received an invalid combination of arguments - got ({', '.join(kinds)}), but expected one of:\n"
            + ALTERNATIVES.format(wrong=", ".join(named))
        )
    if len(args) == 1 and not _is_size(args[0]):
        return _from_data(args[0], dtype)
    for position, n in enumerate(args, 1):
        if not _is_size(n):
            raise TypeError(
                f"new(): argument 'size' failed to unpack the object at pos {position} with error \"type must be tuple "
                f'of ints,but got {type(n).__name__}"'
            )
    return _made(np.empty(size_of(args) if args else (0,), dtype.numpy), device=device)


def _is_size(x: Any) -> bool:
    return isinstance(x, int | np.integer | Size) and not isinstance(x, bool)


def _from_data(data: Any, dtype: DType) -> Tensor:
    if isinstance(data, Tensor):
        return wrap(data._a)
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if not isinstance(data, Sequence | np.ndarray):
        raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
    return _made(_array(data, dtype))


def _new(cls: type[Tensor], *args: Any, **named: Any) -> Tensor:
    made = constructed(dtypes.get_default_dtype(), *args, **named)
    made.__class__ = cls
    return made


def new(self: Tensor, *args: Any, **named: Any) -> Tensor:
    """What `torch.Tensor(...)` makes, in this tensor's dtype."""
    return constructed(self.dtype, *args, **named)


def type_(self: Tensor, dtype: Any = None) -> Any:
    """The name of the class, such as "torch.FloatTensor"; with a class, its name or a dtype, a conversion."""
    if dtype is None:
        return self.dtype.tensor_type
    if dtype is Tensor:
        return to(self, dtypes.get_default_dtype())
    if isinstance(dtype, MissingType):
        raise _missing(dtype)
    if isinstance(dtype, TensorType):
        return to(self, dtype.dtype)
    if isinstance(dtype, DType):
        return to(self, dtype)
    if not isinstance(dtype, str | type):
        raise TypeError("dtype must be a type, str, or dtype object")
    name = dtype if isinstance(dtype, str) else dtype.__name__
    if name not in dtypes.OF_TYPE:
        raise ValueError(f"invalid type: '{name}'")
    return to(self, dtypes.OF_TYPE[name])


Tensor.__new__ = staticmethod(_new)  # type: ignore[method-assign, assignment]  # methods are attached where they are written
Tensor.new = new  # type: ignore[attr-defined]
Tensor.type = type_  # type: ignore[attr-defined]


class TensorType(type):
    """The class of FloatTensor and its kin, which are classes without instances."""

    dtype: DType

    def __call__(cls, *args: Any, **named: Any) -> Tensor:
        if len(args) == 1 and isinstance(args[0], Tensor) and args[0].dtype is not cls.dtype:
            raise TypeError(f"expected a tensor of {cls.dtype} (got one of {args[0].dtype})")
        return constructed(cls.dtype, *args, **named)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype


class MissingType(TensorType):
    """A class of tensors on a device that refgrad does not have."""

    def __call__(cls, *args: Any, **named: Any) -> Tensor:
        raise _missing(cls)

    def __instancecheck__(cls, instance: Any) -> bool:
        return False


def _missing(kind: TensorType) -> RuntimeError:
    return RuntimeError(f"refgrad computes on the CPU; there is no {kind.__module__}.{kind.__name__} here")


def _classes(kind: type[TensorType], module: str) -> dict[str, TensorType]:
    names = {d.tensor_type.removeprefix("torch."): d for d in dtypes.ALL}
    return {name: kind(name, (), {"dtype": d, "__module__": module}) for name, d in names.items()}


CLASSES = _classes(TensorType, "torch")
"""FloatTensor, LongTensor, ... by name."""

cuda = SimpleNamespace(is_available=lambda: False, device_count=lambda: 0, **_classes(MissingType, "torch.cuda"))
"""torch.cuda, as torch itself has it on a machine without such a device."""

__all__ = ["cuda"]
__all__ += list(CLASSES)
globals().update(CLASSES)
