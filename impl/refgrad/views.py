"""Views and in-place writes: what happens to the graph when memory changes.

A write through a view is a write to its base. Before and after, for `v = base[1:]` and `v.mul_(2)`:

    before   base (fn A) --> v (fn SliceBackward of A)
    after    base (fn CopySlices: A's gradient outside the window, MulBackward's inside)
             v    (fn AsStridedBackward of CopySlices, made when somebody next looks)

A Window says which elements of a base a view shows. CopySlices is the node of a base that was
written through a window. The version counter that base and views share tells every other view that
its grad_fn is out of date. Source: torch, "NOTE [ Autograd View Variables ]".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, errors
from . import op as declaration
from .dispatch import in_torchs_words
from .graph import Node, number
from .modes import enable_grad, state
from .node import OpNode, hold_tangents, make_node, recipe_for
from .op import LINEAR, MULTILINEAR, Op, op
from .promotion import COMPUTED, promoted
from .tensor import Tensor, View, refresh, storage, wrap


class Window:
    """Which elements of an array of shape `of` are seen, and in which shape.

    strided   (shape, strides, offset) in elements of a C-ordered base, or
    indices   the flat index of every element seen, for a base that lies otherwise in memory
    """

    __slots__ = ("indices", "of", "overlaps", "strided")

    def __init__(self, base: np.ndarray, view: np.ndarray) -> None:
        self.of = base.shape
        size = base.itemsize
        self.overlaps = _overlaps(view)
        start = _address(view) - _address(base)
        if base.flags.c_contiguous:
            self.strided = (view.shape, tuple(s // size for s in view.strides), start // size if view.size else 0)
            self.indices = None
            return
        self.strided = None
        # Number the base's elements where they lie, then read the numbers through the view.
        low, high = np.lib.array_utils.byte_bounds(base)
        memory = np.zeros((high - low) // size, np.int64)
        shift = (_address(base) - low) // size
        laid = np.lib.stride_tricks.as_strided(memory[shift:], base.shape, tuple(s // size * 8 for s in base.strides))
        laid[...] = np.arange(base.size).reshape(base.shape)
        self.indices = np.lib.stride_tricks.as_strided(
            memory[shift + start // size :], view.shape, tuple(s // size * 8 for s in view.strides)
        ).copy()

    def look(self, array: np.ndarray) -> np.ndarray:
        """The elements of `array` (of shape `of`) in the window; may share its memory."""
        if self.strided is None:
            return array.reshape(-1)[self.indices]
        return self._strided(np.ascontiguousarray(array))

    def paste(self, array: np.ndarray, what: Any) -> np.ndarray:
        """A copy of `array` with `what` in the window."""
        result = np.array(array, order="C", copy=True).reshape(self.of)
        if self.strided is None:
            result.reshape(-1)[self.indices] = what
        else:
            self._strided(result)[...] = what
        return result

    def gather(self, what: np.ndarray) -> np.ndarray:
        """Zeros of shape `of` to which `what` was added in the window; elements seen twice add up."""
        result = np.zeros(self.of, what.dtype)
        if self.strided is not None and not self.overlaps:
            self._strided(result)[...] += what
            return result
        indices = self.indices
        if indices is None:
            indices = self._strided(np.arange(result.size).reshape(self.of))
        np.add.at(result.reshape(-1), indices, what)
        return result

    def _strided(self, array: np.ndarray) -> np.ndarray:
        assert self.strided is not None
        shape, strides, offset = self.strided
        size = array.itemsize
        if array.size == 0 or 0 in shape:
            return np.zeros(shape, array.dtype)
        return np.ndarray(shape, array.dtype, array, offset * size, tuple(s * size for s in strides))


def _overlaps(view: np.ndarray) -> bool:
    """May two of its elements share memory? Not if each stride steps over all that the smaller ones reach."""
    reach = 0
    for stride, n in sorted((abs(s), n) for s, n in zip(view.strides, view.shape, strict=True) if n > 1):
        if stride <= reach or stride == 0:
            return True
        reach += stride * (n - 1)
    return False


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


@op(kind=LINEAR, node="AsStridedBackward0", method=False)
def _window(x, window=None):
    """The elements of x in a window."""
    return window.look(x)


@op(kind=LINEAR, method=False)
def _gathered(x, window=None):
    """Zeros to which x was added in a window: the transpose of looking."""
    return window.gather(x)


@op(kind=LINEAR, method=False)
def _pasted(x, y, window=None):
    """A copy of x with y in a window."""
    return window.paste(x, y)


_window.grads(x=lambda g, window: _gathered(g, window))
_gathered.grads(x=lambda g, window: _window(g, window))
_pasted.grads(x=lambda g, window: _pasted(g, 0.0, window), y=lambda g, window: _window(g, window))


@op(kind=LINEAR, view=True, node="AsStridedBackward0", method=False)
def _strided_view(x, size=(), stride=(), offset=None, window=None):
    """x's memory seen with another shape and other strides."""
    return _at(x, size, stride, offset)


_strided_view.grads(x=lambda g, window: _gathered(g, window))


def _at(x: np.ndarray, size: tuple[int, ...], stride: tuple[int, ...], offset: int | None) -> np.ndarray:
    owner = x
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    start = (_address(x) - _address(owner)) // x.itemsize if offset is None else offset
    flat = np.lib.stride_tricks.as_strided(owner, (owner.size,), (x.itemsize,)).view(x.dtype)
    return np.lib.stride_tricks.as_strided(flat[start:], tuple(size), tuple(s * x.itemsize for s in stride))


def as_strided(x: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view with the given size, strides and offset, in elements of x's memory."""
    window = Window(x._a, _at(x._a, tuple(size), tuple(stride), storage_offset))
    result: Tensor = _strided_view(x, tuple(size), tuple(stride), storage_offset, window)
    return result


Tensor.as_strided = as_strided  # type: ignore[attr-defined]  # methods are attached where they are written


@op(view=True)
def detach(x):
    """The same memory and version, but no graph. Source: torch.Tensor.detach."""
    return x.view()


class CopySlices(Node):
    """What a base came from, once it was written through a view: `inner` made the window's content.

    place    which of inner's inputs was the view; here this edge leads to what the base was before
    """

    __slots__ = ("inner", "place", "window")

    def __init__(self, base: Tensor, window: Window, inner: Node, place: int) -> None:
        self.inner = inner
        self.window = window
        self.place = place
        before = base._fn or base if base._rg else None
        self.nexts = (*inner.nexts[:place], before, *inner.nexts[place + 1 :])
        self.nrs = (*inner.nrs[:place], base._nr if base._rg else 0, *inner.nrs[place + 1 :])
        self.seq = number()
        self.shape, self.dtype = base._a.shape, base._a.dtype
        self.rare = None

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        (g,) = grads
        results = list(self.inner.apply([_window(g, self.window)], keep, taped))
        inside = results[self.place]
        if self.nexts[self.place] is not None:
            results[self.place] = _pasted(g, 0.0 if inside is None else inside, self.window)
        return tuple(results)

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    def release(self) -> None:
        self.inner.release()


def regenerate(t: Tensor, view: View) -> None:
    """Give a view whose memory was written since the grad_fn that fits, a window on its base, and tangents likewise."""
    base = view.base
    carrier = view.carrier
    outdated, view.carried = view.carried != storage(t).version, storage(t).version
    if outdated and carrier is not None and any(x._rare and x._rare.tangents for x in (carrier, t)):
        with enable_grad():
            window = Window(carrier._a, t._a)
            t._record().tangents = {n: _window(u, window) for n, u in (carrier._record().tangents or {}).items()}
    if t._fn is None and not base._rg:
        return
    if view.creation:
        if state.grad:
            raise errors.inplace_on_view(view.creation, t._nr, "" if t._fn is None else t._fn.label(), beside=True)
        return  # nobody asks for its history now; who does later is refused
    view.version = storage(t).version
    t._rg = base._rg
    if not base._rg:
        t._fn = None
        return
    node = make_node(_window.op, recipe_for(_window.op, (base,)), (base,), (Window(base._a, t._a),), (t,))
    _move_retained(t, node)
    t._fn, t._nr = node, 0


def _move_retained(t: Tensor, node: Node) -> None:
    """Let `.grad` follow the tensor to its new node; hooks stay with the value they saw.

    Source: torch notes/autograd, "Behavior of Tensor hooks when Tensor is modified in-place".
    """
    if t._rare is not None and t._rare.retains and t._fn is not None and t._fn.rare is not None:
        node.record().retains[0] = t._fn.rare.retains.pop(t._nr)


def check_inplace(x: Tensor, records: bool) -> None:
    """Refuse a write that the graph could not follow."""
    if x.is_inference() and not state.inference:
        raise errors.inplace_on_inference()
    if not (records and state.grad):
        return
    view = x._view
    if view is not None:
        if view.creation:
            raise errors.inplace_on_view(view.creation, x._nr, "" if x._fn is None else x._fn.label())
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
        if isinstance(other, np.ndarray) and not np.may_share_memory(x, other):  # looks at the ends alone: cheap
            continue
        if not isinstance(other, np.ndarray) or not _dense(x) or not _dense(other):
            continue
        if other.nbytes == 0 or x.nbytes == 0:
            continue
        ours, theirs = _address(x), _address(other)
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


def write(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Tensor:
    """Run `op` and put its result into its first argument, in the graph as in memory."""
    x = tensors[0]
    records = op.kind is not None and any([isinstance(t, Tensor) and t.requires_grad for t in tensors])
    check_inplace(x, records)
    for t in tensors:
        if isinstance(t, Tensor) and t._view is not None:
            refresh(t)
    if op.name != "filled":  # one number in every place comes to the same in any order
        check_overlap(x._a, [t._a for t in tensors[1:] if isinstance(t, Tensor)])
    carries = bool(state.forward) and any(isinstance(t, Tensor) and t._rare and t._rare.tangents for t in tensors)
    tangents = carry_hook(op, tensors, settings) if carries else {}
    arrays = [t._a if isinstance(t, Tensor) else t for t in tensors]
    if op.promote is not None:
        arrays = promoted(op, arrays)
    at_once = op.into is not None and _need_no_cast(x._a, *arrays, *settings)
    if not at_once:
        try:
            out = np.asarray(state.quiet(op.kernel, *arrays, *settings))
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
    if carries:
        _write_tangents(x, tangents)
        hold_tangents(node, 0, tangents)
    return x


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


def _write_tangents(x: Tensor, tangents: dict[int, Tensor]) -> None:
    """Give `x` new tangents, and the tensor that x shows part of those that follow."""
    x._record().tangents = tangents or None
    view = x._view
    if view is None or view.carrier is None:
        return
    view.carried = storage(x).version
    carrier = view.carrier
    before = dict(carrier._record().tangents or {})
    window = Window(carrier._a, x._a)
    for level in before.keys() | tangents.keys():
        whole = before[level] if level in before else wrap(np.zeros_like(carrier._a))
        before[level] = _pasted(whole, tangents.get(level, 0.0), window)
    carrier._record().tangents = before


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


def rebase(x: Tensor, node: Node, place: int = 0) -> None:
    """Hang `x`, or the base that `x` shows, behind the node that has just written it; x was its input `place`."""
    view = x._view
    if view is None:
        _move_retained(x, node)
        x._fn, x._nr, x._rg = node, 0, True
        return
    base = view.base
    whole = CopySlices(base, Window(base._a, x._a), node, place)
    _move_retained(base, whole)
    base._fn = whole
    base._nr, base._rg = 0, True
    view.version = -1
    refresh(x)


def detach_(x: Tensor) -> Tensor:
    """Make `x` a leaf, in place. Source: torch.Tensor.detach_."""
    if x._view is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the "
            "Optimizer.zero_grad() function "
            "in torch/optim/optimizer.py as the solution."
        )
    x._fn, x._nr, x._rg = None, 0, False
    return x


def get_data(x: Tensor) -> Tensor:
    """`x.data`: the same memory, no graph, and a version of its own."""
    return wrap(x._a)


def set_data(x: Tensor, other: Tensor) -> None:
    """`x.data = other`: show other memory from now on; the graph does not notice."""
    if not isinstance(other, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
    if dtypes.CATEGORY[other._a.dtype.kind] < dtypes.FLOATING and x._rg:
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    x._a = other._a


Tensor.detach_ = detach_  # type: ignore[attr-defined]  # methods are attached where they are written
Tensor.data = property(get_data, set_data)  # type: ignore[attr-defined]

carry_hook: Any = None  # forward_ad.py: carry tangents through a write
View.regenerate = staticmethod(regenerate)
declaration.write_hook = write

__all__ = ["MULTILINEAR", "CopySlices", "Window", "as_strided", "check_inplace", "detach", "detach_", "write"]
