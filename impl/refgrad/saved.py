"""What a node keeps for backward: in a form that makes no cycle, and cannot change unnoticed.

    y = exp(x) needs y itself, y = sin(x) needs x:

    an input     the Tensor         y --> node --> x --> node of x       edges lead to older things only
    an output    Saved              y --> node --> memory of y           node --> y would be a cycle, which keeps the
                                                                         graph alive when nobody holds y any more
    a number     itself
    packed       Packed             what a pack hook made of the tensor; its unpack hook answers for the value

Of a tensor, the version is noted beside it. A write raises the version of the memory (storage.py), for all tensors
that show it; so `written` can tell, when backward comes, that what was saved is no longer there. When backward has
used it, FREED takes its place, node by node: memory falls while backward goes on, and a second backward is refused.
Source: torch notes/autograd, "Saved tensors", "In-place correctness checks".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes, errors
from .graph import Node
from .modes import state
from .storage import Storage
from .tensor import Tensor, storage, wrap


class Saved:
    """An output kept for backward: its memory and the version it had, but not the tensor (a cycle).

    tangents   what the output carried forward, level by level
    """

    __slots__ = ("array", "nr", "store", "tangents")

    def __init__(self, array: np.ndarray, store: Storage, nr: int) -> None:
        self.array = array
        self.store = store
        self.nr = nr
        self.tangents: dict[int, Tensor] | None = None


class Packed:
    """A tensor that a pack hook replaced by something of its own."""

    __slots__ = ("unpack", "what")

    def __init__(self, what: Any, unpack: Callable[[Any], Tensor]) -> None:
        self.what = what
        self.unpack = unpack


FREED: Any = object()
"""What a node has saved, once backward has let go of it."""


def hold_tangents(node: Node | None, nr: int, tangents: dict[int, Tensor]) -> None:
    """Let backward find the tangents of output `nr` where `node` saved it."""
    for item in getattr(node, "kept", ()):
        if isinstance(item, Saved) and item.nr == nr:
            item.tangents = dict(tangents)
            for number in tangents:
                state.carried.setdefault(number, []).append(item)


def as_output(node: Node, item: Saved) -> Tensor:
    """An output that `node` saved, as a tensor with its place in the graph."""
    tensor = wrap(item.array)
    tensor._store = item.store
    if item.array.dtype.kind not in "fcV":  # an index that was found has no gradient
        return tensor
    tensor._rg = True
    tensor._fn, tensor._nr = node, item.nr
    if item.tangents:
        tensor._record().tangents = item.tangents
    return tensor


def written(node: Node, item: Saved | Tensor, expected: int) -> RuntimeError:
    """The error for a tensor that was written after `node` had saved it."""
    saved_output = isinstance(item, Saved)
    fn, nr = (node, item.nr) if saved_output else (item.grad_fn, item._nr)
    array, store = (item.array, item.store) if saved_output else (item._a, storage(item))
    producer = f"output {nr} of {fn._label()}" if fn is not None else ""
    dtype = dtypes.OF_NUMPY[array.dtype]
    kind = f"CPU{dtype.word}Type" if dtype.is_complex or dtype.name == "bfloat16" else dtype.tensor_type
    return errors.modified_inplace(kind, array.shape, producer, store.version, expected)


def version_of(t: Any) -> int:
    """The version of what is to be saved, 0 for a number; refuses a tensor that was made in inference mode."""
    if not isinstance(t, Tensor):
        return 0
    if t._rare is not None and t._rare.inference:
        raise errors.saved_inference()
    return 0 if t._store is None else t._store.version


__all__ = ["FREED", "Packed", "Saved", "as_output", "hold_tangents", "version_of", "written"]
