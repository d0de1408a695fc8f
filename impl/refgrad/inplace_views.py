"""Methods that change in place how a tensor's memory is read: t_, squeeze_, as_strided_, resize_, set_ and kin.

No number moves. A turned tensor stands behind a new node of the graph, as after any in-place write; what is
resized or set must not require grad, since no rule could say what that does to a gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .ops.permute import swapaxes, swapdims, t, transpose
from .ops.shape import squeeze, unsqueeze
from .ops.strides import as_strided
from .sizes import size_of
from .tensor import Tensor, refresh, storage, wrap
from .write import check_inplace

NODES = {
    "TBackward0": "TBackward1", "TransposeBackward0": "TransposeBackward1", "UnsqueezeBackward0": "UnsqueezeBackward1",
    "SqueezeBackward0": "SqueezeBackward3", "SqueezeBackward1": "SqueezeBackward4",
    "SqueezeBackward2": "SqueezeBackward5", "AsStridedBackward0": "AsStridedBackward1",
}  # fmt: skip
"""The node of a view, and what torch calls it after a call in place."""


def _in_place(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_inplace(self, records=self.requires_grad)
        before = wrap(self._a)
        before._rg, before._fn, before._nr = self._rg, self._fn, self._nr
        after = function(before, *args, **kwargs)
        self._a = after._a
        storage(self).version += 1
        if self._view is not None:
            refresh(self)  # its base is as it was; what it shows of it is not
        elif after._fn is not None:
            after._fn.__class__ = after._fn.op.named(NODES[after._fn._name()])
            self._fn, self._nr = after._fn, after._nr
        return self

    return method


for _name, _function in {
    "t": t, "transpose": transpose, "swapaxes": swapaxes, "swapdims": swapdims, "squeeze": squeeze,
    "unsqueeze": unsqueeze, "as_strided": as_strided,
}.items():  # fmt: skip
    _method = _in_place(_function)
    _method.__name__ = _method.__qualname__ = f"{_name}_"
    _method.__doc__ = f"In-place version of `{_name}`."
    setattr(Tensor, _method.__name__, _method)


def resize_(self: Tensor, *size: Any) -> Tensor:
    """Give it another size: the first elements of its memory, or of larger memory that begins with them."""
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    wanted = size_of(size, "resize_")
    count = int(np.prod(wanted, dtype=np.int64))
    flat = _memory(self._a)
    if count > flat.size:
        if not storage(self).resizable:
            raise RuntimeError("Trying to resize storage that is not resizable")
        larger = np.zeros(count, flat.dtype)
        larger[: flat.size] = flat
        flat = larger
    self._a = flat[:count].reshape(wanted)
    storage(self).version += 1
    return self


def _memory(x: np.ndarray) -> np.ndarray:
    """What lies in memory from x's first element on."""
    owner = x
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if not owner.flags.contiguous:
        return x.reshape(-1)
    start = x.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return owner.reshape(-1, order="A").view(x.dtype)[start // x.itemsize :]


def set_(self: Tensor, source: Tensor | None = None) -> Tensor:
    """Show another tensor's memory from now on (none: no element)."""
    source = wrap(np.empty(0, self._a.dtype)) if source is None else source
    check_inplace(self, records=self.requires_grad)
    if source._a.dtype != self._a.dtype:
        have, want = source.dtype.word.lower(), self.dtype.word.lower()
        raise RuntimeError(f"Could not set tensor of type {have} to a tensor of type {want}")
    self._a = source._a
    storage(self).version += 1
    return self


def resize_as_(self: Tensor, the_template: Tensor) -> Tensor:
    """`resize_` to another tensor's size."""
    return resize_(self, *the_template.shape)


Tensor.resize_as_ = resize_as_  # type: ignore[attr-defined]
Tensor.resize_ = resize_  # type: ignore[attr-defined]  # methods are attached where they are written
Tensor.set_ = set_  # type: ignore[attr-defined]
