"""Tensors with the attributes that Variables had before 2018: volatile, creator, register_grad, `loss.data[0]`.

An old Tensor is a Tensor of another class; `old(f)` is a function f whose results are of that class. A
volatile one stands outside of every graph, and makes volatile whatever is computed from it.
Source: PyTorch 0.3 notes, Autograd mechanics.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

from .. import autograd, tensor_types
from ..modes import no_grad
from ..tensor import Tensor as Modern

Function = Callable[..., Any]


def _tensors(values: Any) -> Iterator[Modern]:
    """The tensors among arguments or results, however they are nested in lists and tuples."""
    for value in values:
        if isinstance(value, Modern):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def aged(result: Any, volatile: bool = False) -> Any:
    """`result`, its tensors made old ones in place."""
    for t in _tensors((result,)):
        if type(t) is Modern:
            t.__class__ = Tensor
        if volatile:
            t.__dict__["volatile"] = True
    return result


def old(function: Function) -> Function:
    """`function` for old tensors: it returns old ones, volatile ones if it was given any."""

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if not any(t.__dict__.get("volatile", False) for t in _tensors((*args, *named.values()))):
            return aged(function(*args, **named))
        with no_grad():
            return aged(function(*args, **named), volatile=True)

    return call


class Tensor(Modern):
    """A tensor of the old interface; its methods and those of Tensor return tensors of this class."""

    __slots__ = ()

    volatile = False  # an attribute of the few that are

    @property
    def creator(self) -> Any:
        """What made it; the first name of `grad_fn`."""
        return self.grad_fn

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool | None = None,
        retain_variables: bool | None = None,
    ) -> None:
        """Add gradients to the leaves. `retain_variables` is the first name of `retain_graph`."""
        retain = retain_variables if retain_graph is None else retain_graph
        autograd.backward(self, gradient, retain, bool(create_graph))

    def register_hook(self, hook: Function) -> Any:
        """`hook(grad)` runs when the gradient is known and may return another."""
        return super().register_hook(lambda grad: hook(aged(grad)))

    register_grad = register_hook

    def __getitem__(self, index: Any) -> Any:
        """Element 0 of a number is the number: a sum was a vector of one element."""
        if not self._a.ndim and type(index) is int and index in (0, -1):
            return self if self.requires_grad or self.volatile else self.item()
        return aged(Modern.__getitem__(self, index), self.volatile)  # type: ignore[index]


def _old_property(modern: property) -> property:
    def get(self: Tensor) -> Any:
        return aged(modern.__get__(self))

    return property(get, modern.fset, modern.fdel, modern.__doc__)


UNCHANGED = {"__hash__", "__repr__", "__format__", "__len__", "__bool__", "__float__", "__int__", "__index__"}
"""What says nothing about other tensors."""

for _name, _member in vars(Modern).items():
    if _name in vars(Tensor) or _name in UNCHANGED or (_name.startswith("_") and not _name.startswith("__")):
        continue
    if isinstance(_member, types.FunctionType):
        setattr(Tensor, _name, old(_member))
    elif isinstance(_member, property):
        setattr(Tensor, _name, _old_property(_member))


class _Either(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Modern)


class Variable(metaclass=_Either):
    """`Variable(data, requires_grad, volatile)`: a leaf over the memory of `data`. Every tensor is one."""

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        """Raises RuntimeError where both flags are set: they contradict each other."""
        if requires_grad and volatile:
            raise RuntimeError("Variable can't be volatile and require_grad at the same time!")
        return aged(autograd.Variable(data, requires_grad), volatile)


class OldType(tensor_types.TensorType):
    """The class of FloatTensor and its kin, which make old tensors."""

    def __call__(cls, *args: Any, **named: Any) -> Any:  # noqa: N805 - a metaclass's call, as Python documents it
        return aged(super().__call__(*args, **named))


CLASSES = {
    name: OldType(name, (), {"dtype": modern.dtype, "__module__": "torch"})
    for name, modern in tensor_types.CLASSES.items()
}
"""FloatTensor, LongTensor, ... by name."""
