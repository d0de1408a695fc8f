"""Python's operators for tensors, one table, loaded when all ops exist."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .calls import binary
from .op import inplace_method
from .ops import arithmetic as a
from .ops import compare as c
from .ops import linalg
from .tensor import Tensor, wrap

NUMBER = (int, float, complex, np.generic, np.ndarray)


def _lift(number: Any, beside: Tensor) -> Tensor:
    """A Python number as a 0-dim tensor that does not widen `beside`."""
    if isinstance(number, np.ndarray):
        return wrap(number)
    return wrap(np.asarray(number, dtypes.promote([beside._a], [number])))


def _forward(function: Any) -> Any:
    def otherwise(self: Tensor, other: Any) -> Any:
        kind = type(other)
        if kind is float or kind is int or isinstance(other, Tensor):
            return function(self, other)
        if isinstance(other, np.ndarray):
            return function(self, wrap(other))
        if isinstance(other, NUMBER):
            return function(self, other.item() if isinstance(other, np.generic) else other)
        return NotImplemented

    return binary(function.op, otherwise) if hasattr(function, "op") else otherwise


def _reflected(function: Any) -> Any:
    def operator(self: Tensor, other: Any) -> Any:
        return function(_lift(other, self), self) if isinstance(other, NUMBER) else NotImplemented

    return operator


def _inplace(function: Any) -> Any:
    return inplace_method(function.op, function.op.name + "_")


def _radd(self: Tensor, other: Any) -> Any:
    return a.add(self, other) if isinstance(other, NUMBER) else NotImplemented


def _rpow(self: Tensor, other: Any) -> Any:
    return a.pow(other, self) if isinstance(other, NUMBER) else NotImplemented


def _contains(self: Tensor, element: Any) -> bool:
    if not isinstance(element, NUMBER[:-1] + (Tensor,)):
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
    return bool((self._a == (element._a if isinstance(element, Tensor) else element)).any())


def _reversed(self: Tensor) -> Any:
    return self.flip(0) if self.ndim else self  # type: ignore[attr-defined]  # ops are methods


def _invert(self: Tensor) -> Any:
    if self._a.dtype.kind in "fcV":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return c.bitwise_not(self)


BINARY = {
    "add": a._add, "sub": a._sub, "mul": a.mul, "truediv": a._div, "floordiv": a.floor_divide, "mod": a.remainder,
    "pow": a.pow, "eq": c.eq, "ne": c.ne, "lt": c.lt, "le": c.le, "gt": c.gt, "ge": c.ge,
    "and": c.bitwise_and, "or": c.bitwise_or, "xor": c.bitwise_xor, "matmul": linalg.matmul,
}  # fmt: skip
REFLECTED = {"floordiv": a.floor_divide, "mod": a.remainder}
TURNED = {
    "add": a._add, "sub": a._rsub, "mul": a.mul, "truediv": a.rdiv, "and": c.bitwise_and, "or": c.bitwise_or,
    "xor": c.bitwise_xor,
}  # fmt: skip
"""What stands for the operator with its arguments turned around."""
UNARY = {"neg": a.neg, "pos": a.positive, "abs": Tensor.abs, "invert": _invert}  # type: ignore[attr-defined]
INPLACE = {"add": a._add, "sub": a._sub, "mul": a.mul, "truediv": a._div, "pow": a._pow, "mod": a.remainder,
           "floordiv": a.floor_divide, "and": c.bitwise_and, "or": c.bitwise_or, "xor": c.bitwise_xor}  # fmt: skip

for _name, _function in BINARY.items():
    setattr(Tensor, f"__{_name}__", _forward(_function))
for _name, _function in REFLECTED.items():
    setattr(Tensor, f"__r{_name}__", _reflected(_function))
Tensor.__rpow__ = _rpow  # type: ignore[attr-defined]  # methods are attached where they are written
for _name, _function in TURNED.items():
    setattr(Tensor, f"__r{_name}__", _forward(_function))
for _name, _function in UNARY.items():
    setattr(Tensor, f"__{_name}__", _function)
for _name, _function in INPLACE.items():
    setattr(Tensor, f"__i{_name}__", _inplace(_function))
Tensor.__contains__ = _contains  # type: ignore[attr-defined]
Tensor.__reversed__ = _reversed  # type: ignore[attr-defined]
