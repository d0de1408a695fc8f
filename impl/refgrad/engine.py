"""Backward: walk the graph from the newest node to the oldest, and hand every gradient on.

A Walk is one such walk. A gradient waits in `pending` until everything newer has added to it; then
the node's rules turn it into gradients of its inputs. Gradients are plain arrays, unless the caller
wants to differentiate again: then they are Tensors, and the same rules record themselves.

What rules need not do is done here, once: broadcasting is undone, complex gradients of real tensors
lose their imaginary part, dtypes become those of the inputs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from . import errors
from .graph import AccumulateGrad, Node
from .modes import state
from .ops.fit import fitted
from .tensor import ANY, Tensor, storage, wrap

ndarray = np.ndarray

Target = Any
"""Where a gradient goes: a Node or a leaf Tensor."""
Key = tuple[Target, int]
"""A Target and the number of its output (0 for a leaf)."""


def newest_first(nodes: list[Node]) -> None:
    """Sort by falling sequence number."""
    nodes.sort(key=attrgetter("seq"), reverse=True)


class Walk:
    """One walk through the graph.

    taped     are gradients recorded, for differentiating again?
    keep      is what was saved kept for another walk?
    wanted    the keys whose gradients are asked for; None: every leaf gets its own
    store     put the wanted gradients into `.grad`, rather than into `found`?
    order     the nodes, newest first
    waiting   leaf -> how many edges to it have not delivered yet
    ends      the targets of the wanted keys
    useful    the targets from which an end can be reached; None: all
    pending   target -> what arrived for each of its outputs: [gradient, do we own its memory?, ...]
    """

    def __init__(
        self, roots: Sequence[Key], wanted: Sequence[Key] | None, taped: bool, keep: bool, store: bool
    ) -> None:
        self.taped = taped
        self.keep = keep
        self.store = store
        self.wanted = None if wanted is None else set(wanted)
        self.found: dict[Key, Any] = {}
        self.waiting: dict[Tensor, int] = {}
        self.pending: dict[Target, list[Any]] = {}
        self.order = self._reach([target for target, _ in roots])
        self.ends = {target for target, _ in self.wanted or ()}
        self.useful = None if self.wanted is None else self._leading_to(self.ends)

    def _reach(self, roots: list[Target]) -> list[Node]:
        """The nodes reachable from `roots`; counts the edges into each leaf on the way."""
        waiting = self.waiting
        seen: set[Node] = set()
        nodes: list[Node] = []

        def meet(targets: Sequence[Target]) -> None:
            for target in targets:
                if isinstance(target, Tensor):
                    waiting[target] = waiting.get(target, 0) + 1
                elif target is not None and target not in seen:
                    seen.add(target)
                    nodes.append(target)

        meet(roots)
        for node in nodes:  # which grows meanwhile
            target = node.lone
            if target is None or isinstance(target, Tensor):
                meet(node.nexts)
            elif target not in seen:  # as `meet` would, for the edge that most nodes have
                seen.add(target)
                nodes.append(target)
        newest_first(nodes)
        return nodes

    def _leading_to(self, ends: set[Target]) -> set[Target]:
        """The targets from which something wanted can be reached."""
        useful = set(ends)
        for node in reversed(self.order):
            lone = node.lone
            if lone in useful if lone is not None else not useful.isdisjoint(node.nexts):
                useful.add(node)
        self.order = [node for node in self.order if node in useful]
        return useful

    def run(self, roots: Sequence[Key], seeds: Sequence[Any]) -> None:
        """Deliver the seeds, then visit every node once."""
        for (target, nr), seed in zip(roots, seeds, strict=True):
            self._deliver(target, nr, seed, False)
        pending, ends, keep, taped = self.pending, self.ends, self.keep, self.taped
        mode = state.__dict__
        for node in self.order:
            slots = pending.pop(node, None)
            if slots is None or not node.single or node.rare is not None or mode["anomaly"] or node in ends:
                self._visit(node, slots)
                continue
            # Nearly all nodes: nobody watches. What follows is `_visit` for these; and, for those with one edge,
            # `_hand_on` without a loop.
            arrived = slots[0]
            target = node.lone
            if target is None:
                grads = [arrived]
                self._hand_on(node, grads, node.apply(grads, keep, taped))
                continue
            g = node.pull(arrived, keep, taped)
            array = g._a if taped else g
            if (
                type(array) is ndarray
                and isinstance(target, Node)
                and target.single
                and array.shape == target.shape
                and array.dtype is target.dtype
                and target not in pending
            ):
                pending[target] = [g, not taped and array.base is None and array is not arrived]
            else:
                self._hand_on_one(node, [arrived], node.recipe.lone, target, node.lone_nr, g)

    def _visit(self, node: Node, slots: list[Any] | None) -> None:
        """Run one node on what arrived for its outputs, and its hooks; hand on what it gives."""
        if slots is None:
            grads = [None] * node.width
        else:
            grads = [slots[0]] if node.single else slots[::2]
        if node.rare is not None:
            grads = self._hooks_before(node, grads)
        if node in self.ends and not self._captures(node, grads):
            return
        if grads[0] is None and not node.materializes and all([g is None for g in grads]):
            self._hand_on(node, grads, [None] * len(node.nexts))
        else:
            self._hand_on(node, grads, self._apply(node, grads))

    def _apply(self, node: Node, grads: list[Any]) -> Sequence[Any]:
        """Run the node between its own two kinds of hooks."""
        rare = node.rare
        if rare is not None and rare.prehooks:
            for hook in list(rare.prehooks.values()):
                grads = self._replaced(hook, grads, hook(self._as_tensors(grads)))
        run = watched_hook if state.anomaly else type(node).apply
        results: Sequence[Any] = run(node, grads, self.keep, self.taped)
        if rare is not None and rare.posthooks:
            for hook in list(rare.posthooks.values()):
                shown = results[node.inputs]
                replaced = self._replaced(hook, shown, hook(self._as_tensors(shown), self._as_tensors(grads)))
                results = [*results]
                results[node.inputs] = replaced
        return results

    def _replaced(self, hook: Any, gradients: Sequence[Any], returned: Any) -> list[Any]:
        """The gradients that a node's hook returned, or those that it was shown."""
        if returned is None:
            return list(gradients)
        if not isinstance(returned, tuple):
            raise errors.hook_type("tuple", returned)
        if len(returned) != len(gradients):
            raise errors.hook_count(_name(hook), len(returned), len(gradients))
        gradients = [self._from_tensor(g) for g in returned]
        return [g.view() if isinstance(g, np.ndarray) else g for g in gradients]  # not ours: the hook may keep it

    def _as_tensors(self, gradients: Sequence[Any]) -> tuple[Any, ...]:
        return tuple([self._as_tensor(g) for g in gradients])

    def _hand_on(self, node: Node, grads: list[Any], results: Sequence[Any]) -> None:
        """Deliver each gradient to where its input came from."""
        useful = self.useful
        nrs = node.nrs
        for position, target in enumerate(node.nexts):
            if target is not None and (useful is None or target in useful):
                self._hand_on_one(node, grads, position, target, nrs[position], results[position])

    def _hand_on_one(self, node: Node, grads: list[Any], position: int, target: Target, nr: int, g: Any) -> None:
        """Deliver a gradient in the shape and dtype of the input that it is for."""
        taped = self.taped
        if g is None:
            if isinstance(target, Tensor):
                self._arrived(target)
            return
        if isinstance(target, Tensor):
            shape, dtype = target._a.shape, leaf_dtype(target)
        else:
            shape, dtype = (target.shape, target.dtype) if target.single else target.meta(nr)
        array = g._a if taped else g
        if type(array) is not ndarray:
            g = array = np.asarray(g)
        if array.shape != shape or (array.dtype is not dtype and dtype is not ANY and array.dtype != dtype):
            g = fitted(g, shape, array.dtype if dtype is ANY else dtype, node.name(), position)
            owned = False
        else:
            # A rule makes fresh memory, or hands out g itself or a view of it; never what was saved.
            owned = not taped and array.base is None
            for x in grads:
                if x is array:
                    owned = False
        self._deliver(target, nr, g, owned)

    def _deliver(self, target: Target, nr: int, g: Any, owned: bool) -> None:
        """Add `g` to what waits for output `nr` of `target`."""
        slots = self.pending.get(target)
        if slots is None:
            slots = self.pending[target] = [None, False] * (1 if isinstance(target, Tensor) else target.width)
        place = slice(2 * nr, 2 * nr + 2)
        have, ours = slots[place]
        if have is None:
            slots[place] = g, owned
        elif self.taped:
            slots[place] = have + g, False
        elif ours:
            np.add(have, g, out=have)
        else:
            slots[place] = np.asarray(have + g), True
        if isinstance(target, Tensor):
            self._arrived(target)

    def _arrived(self, leaf: Tensor) -> None:
        """One edge less to wait for; the last one lets the leaf have its gradient."""
        self.waiting[leaf] -= 1
        if self.waiting[leaf] == 0:
            slots = self.pending.pop(leaf, None)
            if slots is not None:
                self._finish(leaf, *slots)

    def _finish(self, leaf: Tensor, g: Any, owned: bool) -> None:
        """A leaf's gradient is complete: run its hooks, then add it to `.grad` or keep it for the caller."""
        key = (leaf, 0)
        if self.wanted is not None and key not in self.wanted:
            return
        if self.store and not leaf._rg:  # the flag counts when the gradient arrives
            return
        rare = leaf._rare
        if rare is None:
            if self.store:
                accumulate(leaf, g, owned, self.taped)
            else:
                self.found[key] = g
            return
        record = rare.node_record
        if record is not None and 0 in record.tensor_hooks:
            g, owned = self._tensor_hooks(record.tensor_hooks[0], g), False
        if not self.store:
            self.found[key] = g
            return
        node = AccumulateGrad.of(leaf) if record is not None and (record.prehooks or record.posthooks) else None
        if node is not None and record is not None:
            for hook in list(record.prehooks.values()):
                (g,), owned = self._replaced(hook, [g], hook(self._as_tensors([g]))), False
        accumulate(leaf, g, owned, self.taped)
        if rare.post_accumulate:
            for hook in list(rare.post_accumulate.values()):
                returned = hook(leaf)
                if returned is not None:
                    raise errors.hook_type("Variable", returned)
        if node is not None and record is not None:
            for hook in list(record.posthooks.values()):
                hook((), self._as_tensors([g]))

    def reaches(self, key: Key) -> bool:
        """Will this walk compute the gradient of `key`?"""
        target = key[0]
        if isinstance(target, Tensor):
            return target in self.waiting and (self.wanted is None or key in self.wanted)
        return any(node is target for node in self.order)

    def _captures(self, node: Node, grads: list[Any]) -> bool:
        """Keep what the caller wants of this node; is the node to run? (`backward` runs that of an input, too.)"""
        assert self.wanted is not None and self.useful is not None
        for nr, g in enumerate(grads):
            key = (node, nr)
            if key in self.wanted:
                if self.store:
                    return True
                if g is not None:
                    self.found[key] = g
        return any(t in self.useful for t in node.nexts if t is not None)

    def _hooks_before(self, node: Node, grads: list[Any]) -> list[Any]:
        """The hooks on the tensors that this node made; last of all, `.grad` of those that keep it."""
        rare = node.rare
        assert rare is not None
        for nr, hooks in rare.tensor_hooks.items():
            if grads[nr] is not None or node.materializes:
                grads[nr] = self._tensor_hooks(hooks, grads[nr])
        for nr, ref in rare.retains.items():
            keeper = ref()
            if keeper is not None and grads[nr] is not None:
                keep_grad(keeper, grads[nr], self.taped)
        return grads

    def _tensor_hooks(self, hooks: Any, g: Any) -> Any:
        for hook in list(hooks.values()):
            before = self._as_tensor(g)
            replaced = hook(before)
            if replaced is not None:
                if not isinstance(replaced, Tensor):
                    raise errors.hook_type("Variable", replaced)
                if before is not None and replaced._a.dtype != before._a.dtype:
                    raise errors.hook_changed_type(_name(hook), before.dtype.tensor_type, replaced.dtype.tensor_type)
                if before is not None and replaced._a.shape != before._a.shape:
                    raise errors.hook_changed_size(_name(hook))
                g = self._from_tensor(replaced)
        return g

    def _as_tensor(self, g: Any) -> Any:
        return g if g is None or isinstance(g, Tensor) else wrap(g)

    def _from_tensor(self, g: Any) -> Any:
        return g if g is None or self.taped or not isinstance(g, Tensor) else g._a


def _name(hook: Any) -> str:
    return getattr(hook, "__name__", None) or repr(hook)


def leaf_dtype(leaf: Tensor) -> Any:
    """The NumPy dtype of the leaf's gradients; ANY where they keep their own."""
    chosen = None if leaf._rare is None else leaf._rare.grad_dtype
    return leaf._a.dtype if chosen is None else chosen


def _laid_out_like(leaf: np.ndarray, g: np.ndarray, owned: bool) -> np.ndarray:
    """`g` in memory of its own, with the leaf's strides where the leaf leaves no gaps, row by row else."""
    if owned and (g.strides == leaf.strides or not state.grad_layout):
        return g
    steps = sorted((s, n) for s, n in zip(leaf.strides, leaf.shape, strict=True) if n != 1)
    expected = leaf.itemsize
    for step, n in steps:
        if step != expected:
            return g if owned and g.flags.c_contiguous else g.copy(order="C")
        expected *= n
    laid = np.empty_like(leaf, g.dtype, order="K")
    laid[...] = g
    return laid


accumulating = threading.RLock()
"""Held while a leaf's `.grad` is replaced or added to: several threads may do backward into one leaf."""


def accumulate(leaf: Tensor, g: Any, owned: bool, taped: bool) -> None:
    """Add `g` to `leaf.grad`: in place when nobody records, into a new tensor when somebody does."""
    with accumulating:
        have = leaf._grad
        if taped:
            leaf._grad = g.clone() if have is None else have + g
        elif have is None:
            leaf._grad = wrap(_laid_out_like(leaf._a, g, owned))
        else:
            np.add(have._a, g, out=have._a)
            if have._store is not None:
                have._store.version += 1
            else:
                storage(have).version += 1


def keep_grad(tensor: Tensor, g: Any, taped: bool) -> None:
    """What `retain_grad` asked for: a non-leaf's gradient adds up in `.grad` as a leaf's does."""
    have = tensor._grad
    if taped:
        tensor._grad = g if have is None else have + g
    else:
        tensor._grad = wrap(g.copy() if have is None else have._a + g)


def walk(roots: Sequence[Key], seeds: Sequence[Any], wanted: Sequence[Key] | None, taped: bool, keep: bool,
         store: bool) -> dict[Key, Any]:  # fmt: skip
    """Run one backward under the modes it wants; returns the wanted gradients when they are not stored."""
    this = Walk(roots, wanted, taped, keep, store)
    before = state.grad, state.walk
    state.grad, state.walk = taped, this
    try:
        if taped:
            this.run(roots, seeds)
        else:
            with np.errstate(all="ignore"):  # once, since rules at work on arrays call NumPy as it is
                this.run(roots, [s._a if isinstance(s, Tensor) else s for s in seeds])
    finally:
        state.grad, state.walk = before
    return this.found


watched_hook: Any = None  # anomaly.py: run a node, and say where it came from when it fails


def key_of(t: Tensor) -> Key:
    """Where t's gradient is found."""
    fn = t.grad_fn
    return (t, 0) if fn is None else (fn, t._nr)


def _leads_somewhere(t: Tensor) -> bool:
    """Can backward start there? A view that was made under no_grad requires grad with its base, but has no history."""
    return t.grad_fn is not None or t._rg


def seeds_for(outputs: Sequence[Tensor], given: Sequence[Tensor | None]) -> list[Tensor]:
    """The cotangents: those given, or 1 where an output is a real scalar. Raises as torch does."""
    seeds = []
    for i, (out, g) in enumerate(zip(outputs, given, strict=True)):
        if g is None:
            if not _leads_somewhere(out):
                raise errors.no_graph(i)
            if out._a.size != 1:
                raise errors.not_scalar()
            if out._a.dtype.kind == "c":
                raise errors.not_real_scalar(out.dtype)
            g = wrap(np.ones_like(out._a))
        elif not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif g._a.shape != out._a.shape:
            raise errors.mismatched_seed(i, g.shape, i, out.shape)
        elif (g._a.dtype.kind == "c") != (out._a.dtype.kind == "c"):
            raise RuntimeError(
                "For complex Tensors, both grad_output and output are required to have the same dtype."
                f" Mismatch in dtype: grad_output[{i}] has a dtype of {g.dtype} and output[{i}] has a dtype of"
                f" {out.dtype}."
            )
        seeds.append(g)
    for i, out in enumerate(outputs):
        if not _leads_somewhere(out):
            raise errors.no_graph(i)
    return seeds
