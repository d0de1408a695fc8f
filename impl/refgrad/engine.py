"""Backward: walk the graph from the newest node to the oldest, and hand every gradient on.

A Walk is one such walk. A gradient waits in `pending` until everything newer has added to it; then the node's rules
turn it into gradients of its inputs:

    y = x * x          z's node --> y's node --> x       x waits for three gradients,
    z = y + x                  --------------> x         two of y's node and one of z's

Nodes are numbered as they are made, so a node that is served in falling order has nothing more to wait for. Leaves are
older than every node, but are served at once when their last gradient arrives, as torch does; so their edges are
counted. What a node saved is let go as soon as it has run: memory falls while backward goes on.

Gradients are plain arrays, unless the caller wants to differentiate again: then they are Tensors, and the same rules
record themselves. What rules need not do is done here, once: broadcasting is undone, complex gradients of real
tensors lose their imaginary part, dtypes become those of the inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, repeat
from operator import attrgetter
from typing import Any

import numpy as np

from . import hook_order
from .accumulate import accumulate, leaf_dtype
from .graph import Node
from .modes import state
from .ops.fit import fitted
from .rare import ANY
from .roots import Key, Target
from .tensor import Tensor

ndarray = np.ndarray


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


def newest_first(nodes: list[Node]) -> None:
    """Sort by falling sequence number."""
    nodes.sort(key=attrgetter("_seq"), reverse=True)


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
        self.found: dict[Key, Any] = {}
        self.waiting: dict[Tensor, int] = {}
        self.pending: dict[Target, list[Any]] = {}
        self.wanted: set[Key] | None = None
        self.ends: set[Target] = set()
        self.useful: set[Target] | None = None
        self.order = self._reach([target for target, _ in roots])
        if wanted is not None:
            self.wanted = set(wanted)
            self.ends = {target for target, _ in wanted}
            self.useful = self._leading_to(self.ends)

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
            target = node._lone
            if target is None or isinstance(target, Tensor):
                meet(node._nexts if target is None else (target,))
            elif target not in seen:  # as `meet` would, for the edge that most nodes have
                seen.add(target)
                nodes.append(target)
        newest_first(nodes)
        return nodes

    def _leading_to(self, ends: set[Target]) -> set[Target]:
        """The targets from which something wanted can be reached."""
        useful = set(ends)
        for node in reversed(self.order):
            lone = node._lone
            if lone in useful if lone is not None else not useful.isdisjoint(node._nexts):
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
            if slots is None or not node._single or node._rare is not None or mode["anomaly"] or node in ends:
                self._visit(node, slots)
                continue
            # Nearly all nodes: nobody watches. What follows is `_visit` for these; and, for those with one edge,
            # `_hand_on` without a loop.
            arrived = slots[0]
            target = node._lone
            if target is None:
                grads = [arrived]
                self._hand_on(node, grads, node.apply(grads, keep, taped))
                continue
            g = node._pull(arrived, keep, taped)
            array = g._a if taped else g
            if (
                type(array) is ndarray
                and isinstance(target, Node)
                and target._single
                and array.shape == target._shape
                and array.dtype is target._dtype
            ):
                there = pending.get(target)
                if there is None:
                    pending[target] = [g, not taped and array.base is None and array is not arrived]
                else:
                    there[:] = self._added(*there, g)
            else:
                self._deliver_each(node, [arrived], ((node.recipe.lone, target, node._lone_nr, g),))

    def _visit(self, node: Node, slots: list[Any] | None) -> None:
        """Run one node on what arrived for its outputs, and its hooks; hand on what it gives."""
        if slots is None:
            grads = [None] * node._width
        else:
            grads = [slots[0]] if node._single else slots[::2]
        if node._rare is not None:
            grads = hook_order.before(node, grads, self.taped)
        if node in self.ends and not self._captures(node, grads):
            return
        if grads[0] is None and not node._materializes and all([g is None for g in grads]):
            self._hand_on(node, grads, repeat(None))
        else:
            self._hand_on(node, *hook_order.around(node, grads, self.keep, self.taped))

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
        return any(t in self.useful for t in node._edges()[0] if t is not None)

    def _hand_on(self, node: Node, grads: list[Any], results: Iterable[Any]) -> None:
        """Deliver each gradient to where its input came from."""
        nexts, nrs = node._edges()
        self._deliver_each(node, grads, zip(count(), nexts, nrs, results))

    def _deliver_each(self, node: Node, grads: list[Any], edges: Iterable[tuple[int, Target, int, Any]]) -> None:
        """Deliver gradients in the shape and dtype of the inputs that they are for.

        edges   per input: its position, where its gradient goes, which output that is, and the gradient
        """
        useful, taped = self.useful, self.taped
        for position, target, nr, g in edges:
            if target is None or (useful is not None and target not in useful):
                continue
            leaf = isinstance(target, Tensor)
            if g is None:
                if leaf:
                    self._deliver_to_leaf(target, None, False)
                continue
            if leaf:
                shape, dtype = target._a.shape, target._a.dtype if target._rare is None else leaf_dtype(target)
            else:
                shape, dtype = (target._shape, target._dtype) if target._single else target._meta(nr)
            array = g._a if taped else g
            if type(array) is not ndarray:
                g = array = np.asarray(g)
            if array.shape != shape or (array.dtype is not dtype and dtype is not ANY and array.dtype != dtype):
                g = fitted(g, shape, array.dtype if dtype is ANY else dtype, node._name(), position)
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
        if isinstance(target, Tensor):
            self._deliver_to_leaf(target, g, owned)
            return
        slots = self.pending.get(target)
        if slots is None:
            slots = self.pending[target] = [None, False] * (1 if target._single else target._width)
        at = 2 * nr
        have = slots[at]
        slots[at : at + 2] = (g, owned) if have is None else self._added(have, slots[at + 1], g)

    def _deliver_to_leaf(self, leaf: Tensor, g: Any, owned: bool) -> None:
        """Add `g` (None: nothing) to what waits for a leaf; the last edge to deliver lets it have its gradient."""
        slots = self.pending.pop(leaf, None)
        if slots is not None:
            g, owned = slots if g is None else self._added(*slots, g)
        self.waiting[leaf] = left = self.waiting[leaf] - 1
        if g is None:
            return
        if left:
            self.pending[leaf] = [g, owned]
        else:
            self._finish(leaf, g, owned)

    def _added(self, have: Any, ours: bool, g: Any) -> tuple[Any, bool]:
        """The sum of two gradients for one place, and whether its memory is ours, as that of `have` may be."""
        if self.taped:
            return have + g, False
        if ours:
            return np.add(have, g, out=have), True
        return np.asarray(have + g), True

    def _finish(self, leaf: Tensor, g: Any, owned: bool) -> None:
        """A leaf's gradient is complete: run its hooks, then add it to `.grad` or keep it for the caller."""
        key = (leaf, 0)
        if self.wanted is not None and key not in self.wanted:
            return
        if self.store and not leaf._rg:  # the flag counts when the gradient arrives
            return
        if leaf._rare is None:
            if self.store:
                accumulate(leaf, g, owned, self.taped)
            else:
                self.found[key] = g
            return
        shown = hook_order.at_leaf(leaf, g, self.taped)
        owned = owned and shown is g and leaf._rare.node_record is None  # a hook may keep what it was shown
        if self.store:
            hook_order.around_accumulating(leaf, shown, owned, self.taped)
        else:
            self.found[key] = shown

    def reaches(self, key: Key) -> bool:
        """Will this walk compute the gradient of `key`?"""
        target = key[0]
        if isinstance(target, Tensor):
            return target in self.waiting and (self.wanted is None or key in self.wanted)
        return any(node is target for node in self.order)


__all__ = ["Walk", "newest_first", "walk"]
