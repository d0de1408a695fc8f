"""Write an op's result into its first argument: `x.mul_(y)`, `x += y`, `mul(a, b, out=x)`.

A write is four things: it must be allowed, memory changes, the version goes up, and the graph follows. What a rule
asks for of the value that is written over is copied before; the node is made before the write as well, so that what
it saves has the versions of before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, errors
from . import op as declaration
from .dispatch import in_torchs_words
from .half import compute
from .modes import state
from .node import OpNode, make_node, recipe_for
from .op import Op
from .promotion import COMPUTED, promoted
from .tensor import Tensor, refresh, storage, wrap
from .views import rebase
from .window import address


def write(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Tensor:
    """Run `op` and put its result into its first argument, in the graph as in memory."""
    x = tensors[0]
    if op.into is not None and _written_at_once(op, tensors, settings):
        return x
    records = op.kind is not None and any([isinstance(t, Tensor) and t.requires_grad for t in tensors])
    check_inplace(x, records)
    for t in tensors:
        if isinstance(t, Tensor) and t._view is not None:
            refresh(t)
    _check_memory(op, [t._a if isinstance(t, Tensor) else t for t in tensors])
    carries = bool(state.forward) and any(isinstance(t, Tensor) and t._rare and t._rare.tangents for t in tensors)
    put_tangents = carry_hook(op, tensors, settings) if carries else None
    arrays = [t._a if isinstance(t, Tensor) else t for t in tensors]
    if op.promote is not None:
        arrays = promoted(op, arrays)
    at_once = op.into is not None and _need_no_cast(x._a, *arrays, *settings)
    if not at_once:
        try:
            out = np.asarray(compute(op, arrays, settings))
        except ValueError as error:
            raise in_torchs_words(error, arrays) from None
        _fits(x._a, out)
    node = None
    if records and state.grad and not state.inference and x._a.dtype.kind in "fcV":
        node = _node_of_write(op, tensors, settings)
    if at_once:
        state.quiet(op.into, *arrays, *settings)
    else:
        x._a[...] = out
    storage(x).version += 1
    if node is not None:
        rebase(x, node)
    if put_tangents is not None:
        put_tangents(node)
    return x


def _check_memory(op: Op, arrays: list[Any]) -> None:
    if op.name not in ("filled", "zeroed"):  # one number in every place comes to the same in any order
        check_overlap(arrays[0], arrays[1:])


def _written_at_once(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> bool:
    """Do the plain write, and say whether this was one: an optimiser's, under no_grad.

    Plain: nothing records it, no view or tangent follows it, nothing could refuse it, no operand needs a cast.
    """
    mode = state.__dict__
    if mode["inference"]:
        return False
    records = mode["grad"]
    arrays = []
    for t in tensors:
        if isinstance(t, Tensor):
            if t._view is not None or t._rare is not None or (records and t._rg):
                return False
            arrays.append(t._a)
        else:
            arrays.append(t)
    x = tensors[0]
    if not _need_no_cast(x._a, *arrays, *settings):
        return False
    _check_memory(op, arrays)
    mode["quiet"](op.into, *arrays, *settings)
    storage(x).version += 1
    return True


def _need_no_cast(x: np.ndarray, first: np.ndarray, *others: Any) -> bool:
    """Is everything in x's dtype and shape, or a number, so that a result has x's dtype and shape too?"""
    if first is not x or x.dtype not in COMPUTED:
        return False
    for other in others:
        if isinstance(other, np.ndarray):
            if other.dtype != x.dtype or other.shape != x.shape:
                return False
        elif type(other) is not float and type(other) is not int:
            return False
    return True


def _fits(x: np.ndarray, out: np.ndarray) -> None:
    if out.shape != x.shape and np.broadcast_shapes(out.shape, x.shape) != x.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(out.shape)}")
    have, want = dtypes.CATEGORY[out.dtype.kind], dtypes.CATEGORY[x.dtype.kind]
    if have > want:
        names = [dtypes.OF_NUMPY[d].word for d in (out.dtype, x.dtype)]
        raise RuntimeError(f"result type {names[0]} can't be cast to the desired output type {names[1]}")


def _node_of_write(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> OpNode:
    """The node of an in-place call, made before the write so that what it saves has the old versions."""
    x = tensors[0]
    recipe = recipe_for(op, tensors)
    if 0 in recipe.sources:
        old = wrap(x._a.copy())  # the rule wants the value that the write destroys
        old._rg, old._fn, old._nr = x._rg, x._fn, x._nr
        if x._rare is not None and x._rare.tangents:
            old._record().tangents = x._rare.tangents
        tensors = (old, *tensors[1:])
    return make_node(op, recipe, tensors, settings, (x,), writes=1)


def check_inplace(x: Tensor, records: bool) -> None:
    """Refuse a write that the graph could not follow."""
    if x.is_inference() and not state.inference:
        raise errors.inplace_on_inference()
    if not (records and state.grad):
        return
    view = x._view
    if view is not None:
        if view.creation:
            raise errors.inplace_on_view(view.creation, x._nr, "" if x._fn is None else x._fn._label())
        if x.requires_grad and view.base.is_leaf:
            raise errors.inplace_on_view_of_leaf()
    if x.requires_grad and x.is_leaf:
        raise errors.inplace_on_leaf()


def check_overlap(x: np.ndarray, others: list[Any]) -> None:
    """Refuse to write into memory that is written twice, or read, shifted, at the same time.

    Whether memory is read is looked at for arrays without gaps only.
    """
    if 0 in x.strides and x.size and any(s == 0 and n > 1 for s, n in zip(x.strides, x.shape, strict=True)):
        raise errors.overlaps_itself()
    for other in others:
        if not isinstance(other, np.ndarray) or other is x:
            continue
        if x.base is None and other.base is None:  # each has memory of its own
            continue
        if not np.may_share_memory(x, other) or not _dense(x) or not _dense(other):
            continue
        if other.nbytes == 0 or x.nbytes == 0:
            continue
        ours, theirs = address(x), address(other)
        meet = ours < theirs + other.nbytes and theirs < ours + x.nbytes
        if meet and (ours, x.strides, x.shape) != (theirs, other.strides, other.shape):
            raise errors.overlaps_input()


def _dense(array: np.ndarray) -> bool:
    """Do the elements fill one stretch of memory, each once?"""
    if array.flags.c_contiguous:
        return True
    expected = array.itemsize
    for stride, n in sorted((s, n) for s, n in zip(array.strides, array.shape, strict=True) if n != 1):
        if stride != expected:
            return False
        expected *= n
    return True


carry_hook: Any = None  # tangents.py: what a write makes of tangents; returns what puts them where they belong
declaration.write_hook = write

__all__ = ["check_inplace", "check_overlap", "write"]
