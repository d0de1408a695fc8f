"""torch.autograd.graph: look at the graph, and stand beside what it saves and what flows through it.

saved_tensors_hooks puts a pair (pack, unpack) between an op and the tensors that it keeps for backward.
register_multi_grad_hook waits for the gradients of several tensors. get_gradient_edge names a place in
the graph. A SavedTensor is one kept tensor, seen from outside.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import errors
from . import node as nodes
from .graph import GradientEdge, Node, RemovableHandle, edge_node
from .modes import no_grad, state
from .node import OpNode, make_node
from .op import LINEAR, op
from .roots import key_of
from .saved import FREED, Packed, Saved
from .tensor import Tensor, storage, wrap

Pack = Callable[[Tensor], Any]
Unpack = Callable[[Any], Tensor]


# Saved tensors


class saved_tensors_hooks:
    """Within the block, `pack(tensor)` is kept in the graph instead of the tensor, until `unpack` gives one back.

    Of nested pairs the innermost acts. What was packed is not checked for in-place changes: `unpack`
    answers for its value. Source: torch.autograd.graph.saved_tensors_hooks.
    """

    def __init__(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if state.saved_hooks_off is not None:
            raise RuntimeError(state.saved_hooks_off)
        state.saved_hooks.append((self.pack_hook, self.unpack_hook))

    def __exit__(self, *_: object) -> None:
        state.saved_hooks.pop()


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors in the CPU's memory: where refgrad's tensors always are."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: t.detach(), lambda t: t)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the block, using hooks on saved tensors raises RuntimeError(error_message)."""
    before, state.saved_hooks_off = state.saved_hooks_off, error_message
    try:
        if state.saved_hooks:
            raise RuntimeError(error_message)
        yield
    finally:
        state.saved_hooks_off = before


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[None]:
    """Within the block, what ops save may be written in place: backward, in the same block, sees what was saved.

    torch copies on the first write; here every saved tensor is copied when it is saved.
    """
    if state.mutation_allowed:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")

    def unpack(kept: Tensor) -> Tensor:
        if not state.mutation_allowed:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was "
                "originally recorded."
            )
        return kept

    state.mutation_allowed = True
    try:
        with saved_tensors_hooks(lambda t: t.detach().clone(), unpack):
            yield
    finally:
        state.mutation_allowed = False


@contextlib.contextmanager
def _unsafe_preserve_version_counter(tensors: Tensor | tuple[Tensor, ...]) -> Iterator[None]:
    """Within the block, writes into `tensors` are hidden from the graph."""
    stores = [storage(t) for t in ((tensors,) if isinstance(tensors, Tensor) else tensors)]
    before = [store.version for store in stores]
    try:
        yield
    finally:
        for store, version in zip(stores, before, strict=True):
            store.version = version


def save_packed(node: Node, saved: Sequence[Any]) -> list[Any]:
    """What `node` keeps, with the innermost pack hook run on every tensor."""
    pack, unpack = state.saved_hooks[-1]
    return [_packed(node, t, pack, unpack) if isinstance(t, Tensor | Saved) else t for t in saved]


def _packed(node: Node, item: Tensor | Saved, pack: Pack, unpack: Unpack) -> Packed:
    tensor = wrap(item.array) if isinstance(item, Saved) else item
    before = storage(tensor).version
    with no_grad():
        what = pack(tensor)
    if storage(tensor).version != before:
        raise errors.pack_writes()
    place = _Place(weakref.ref(node), item.nr) if isinstance(item, Saved) else _Place.of(item)
    return Packed(what, lambda kept: _unpacked(kept, unpack, place))


class _Place:
    """Where in the graph a saved tensor stands; what `unpack` returns is put back there."""

    def __init__(self, target: Any, nr: int) -> None:
        self.target = target
        self.nr = nr

    @classmethod
    def of(cls, t: Tensor) -> _Place:
        target, nr = key_of(t)
        return cls(target if t.requires_grad else None, nr)


def _unpacked(what: Any, unpack: Unpack, place: _Place) -> Tensor:
    tensor = unpack(what)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(tensor).__name__}"
        )
    target = place.target() if isinstance(place.target, weakref.ref) else place.target
    twin = wrap(tensor._a)
    if isinstance(target, Node):
        twin._rg, twin._fn, twin._nr = True, target, place.nr
    elif target is not None:
        twin = _continued(target, twin)
    return twin


def _continued(leaf: Tensor, value: Tensor) -> Tensor:
    """`value` as a tensor whose gradient goes to `leaf`."""
    identity = make_node(_stand_in_for.op, _stand_in_for.op.recipe(1), (leaf,), (), (value,))
    value._rg, value._fn, value._nr = True, identity, 0
    return value


@op(kind=LINEAR, method=False)
def _stand_in_for(x):
    """Itself: the step from a leaf to what a hook unpacked in its place."""
    return x


_stand_in_for.grads(x=lambda g: g)


class SavedTensor:
    """One tensor that a node saved: `node._raw_saved_x`. Its index among them is None where nothing was saved."""

    def __init__(self, node: OpNode, index: int | None) -> None:
        self._node = node
        self._index = index

    def register_hooks(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        """Pack this one tensor now, and unpack it whenever it is needed."""
        if self._index is None:
            raise errors.hooks_on_none()
        node = self._node
        if node.saved is FREED:
            raise errors.hooks_after_free()
        item = node.kept[self._index]
        if isinstance(item, Packed):
            raise errors.hooks_twice()
        if not isinstance(item, Tensor | Saved):
            raise errors.hooks_on_none()
        node.replace_kept(self._index, _packed(node, item, pack_hook, unpack_hook))


# The graph from outside


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where `tensor`'s gradient is computed. `grad` and `backward` take it in the tensor's place."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    target, nr = key_of(tensor)
    return GradientEdge(edge_node(target), nr)


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Tell the graph that `tensor` was written by other means than its ops."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        if not t.is_inference():
            storage(t).version += 1


class _MultiHandle(RemovableHandle):
    """Several hooks that are removed together."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn(gradients)` once all of `tensors` that this backward reaches have theirs; None for the others.

    With mode "any", call `fn(gradient)` for the first one. Raises ValueError for another mode.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    waiting = _All(tensors, fn) if mode == "all" else _Any(fn)
    return _MultiHandle([t.register_hook(lambda g, i=i: waiting.arrived(i, g)) for i, t in enumerate(tensors)])


class _All:
    """Gathers, for each walk, the gradients of `tensors`, and calls `fn` with the last."""

    def __init__(self, tensors: Sequence[Tensor], fn: Callable[..., None]) -> None:
        self.keys = [key_of(t) for t in tensors]
        self.fn = fn
        self.gathered: weakref.WeakKeyDictionary[Any, list[Tensor | None]] = weakref.WeakKeyDictionary()
        self.missing: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def arrived(self, index: int, g: Tensor) -> None:
        walk = state.walk
        gradients = self.gathered.setdefault(walk, [None] * len(self.keys))
        if walk not in self.missing:
            self.missing[walk] = sum(walk.reaches(key) for key in self.keys)
        gradients[index] = g
        self.missing[walk] -= 1
        if self.missing[walk] == 0:
            self.fn(gradients)


class _Any:
    """Calls `fn` with the first gradient of each walk."""

    def __init__(self, fn: Callable[..., None]) -> None:
        self.fn = fn
        self.served: weakref.WeakSet[Any] = weakref.WeakSet()

    def arrived(self, _: int, g: Tensor) -> None:
        if state.walk not in self.served:
            self.served.add(state.walk)
            self.fn(g)


# What only other machines or compilers have


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """Nothing: refgrad has no streams that could mismatch."""


def region_activation_memory_budget(budget: float) -> Any:
    """Refused: it tells torch.compile how much to keep, and refgrad does not compile."""
    name = "torch.autograd.graph.region_activation_memory_budget"
    if isinstance(budget, bool) or not isinstance(budget, int | float):
        raise TypeError(f"{name}: expects a float, got {type(budget).__name__}")
    if not 0.0 <= budget <= 1.0:
        raise ValueError(f"{name}: must be in [0, 1], got {budget}")
    raise RuntimeError(f"{name} can only be used inside a torch.compile region; it has no effect in eager mode.")


nodes.save_hook = save_packed
nodes.raw_saved_hook = SavedTensor

__all__ = [
    "GradientEdge", "Node", "RemovableHandle", "SavedTensor", "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks", "get_gradient_edge", "increment_version", "region_activation_memory_budget",
    "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks", "set_warn_on_accumulate_grad_stream_mismatch",
]  # fmt: skip
