"""One recorded call of an op: what it saved, and how it runs its rules.

An OpNode saves what its Recipe names, in the forms of saved.py. `make_node` makes one from a call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from . import errors
from .graph import Node, number
from .modes import state
from .recipe import Recipe
from .saved import FREED, Packed, Saved, as_output, version_of, written
from .tensor import Tensor, storage, wrap

if TYPE_CHECKING:  # every op makes a class of nodes of its own
    from .op import Op


class OpNode(Node):
    """One recorded call of an op.

    recipe    which rules to run, on what
    _lone     where the gradient of the only input that wants one goes; None: there are several such inputs, or none
    _lone_nr  which output of that Node it was
    saved     the tensors its rules ask for: one as it is, several in a tuple; FREED once backward has run
    versions  the version each had when it was saved: a number, or a tuple of them; 0 if none had been written
    plain     settings, shapes and dtypes its rules ask for
    many      (shape, dtype) of every output, where there are several

    One edge and one saved tensor are what most nodes have. They stand in slots of the node and not in tuples, since
    the garbage collector goes through all that is alive again and again: with 100,000 nodes alive, a tuple more in
    each makes every op dearer by a fifth. A node with a lone edge has no `_nexts` and `_nrs`; `_edges` makes them.
    """

    __slots__ = ("_lone", "_lone_nr", "many", "plain", "recipe", "saved", "versions")

    op: Op
    recipe: Recipe
    _lone: Any
    _lone_nr: int
    saved: Any
    versions: Any
    plain: tuple[Any, ...]
    many: list[tuple[tuple[int, ...], np.dtype]]

    def _pull(self, g: Any, keep: bool, taped: bool) -> Any:
        """The gradient of the lone input from that of the one output: `apply` for a node that has `_lone`."""
        recipe = self.recipe
        _, rule, pick = recipe.rules[0]
        if not recipe.direct:
            values = self._values([g], keep, taped)
            return rule(*values) if pick is None else rule(*pick(values))
        if not recipe.count:
            return rule(g)
        value = item = self.saved
        if type(item) is Tensor and (item._rg or not recipe.own) and item._store is None:  # never written: no counter
            value = item if taped else item._a
        elif type(item) is not float:
            value = self._value(recipe.sources[0], item, self.versions, taped)
        if not keep:
            self.saved = FREED
        return rule(g, value)

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> Sequence[Any]:
        recipe = self.recipe
        results: list[Any] = [None] * (len(self._nexts) if recipe.lone is None else len(self.op.tensor_names))
        if recipe.lone is not None:
            results[recipe.lone] = self._pull(grads[0], keep, taped)
            return results
        values = self._values(grads if self._single else self._defined(grads, taped), keep, taped)
        for position, rule, pick in recipe.rules:
            results[position] = rule(*values) if pick is None else rule(*pick(values))
        return results

    def _defined(self, grads: list[Any], taped: bool) -> list[Any]:
        """Zeros for the outputs that nothing was computed from."""
        zeros = [np.zeros(shape, dtype) if g is None else g for g, (shape, dtype) in zip(grads, self.many, strict=True)]
        defined = [wrap(z) if taped and isinstance(z, np.ndarray) else z for z in zeros]
        return [defined] if self.op.variadic_out else defined

    def _values(self, grads: list[Any], keep: bool, taped: bool) -> list[Any]:
        """All that rules pick from: gradients, what was saved (Tensors if `taped`, else arrays), plain values."""
        sources = self.recipe.sources
        if len(sources) == 1:
            values = [*grads, self._value(sources[0], self.saved, self.versions, taped), *self.plain]
        elif sources:
            if self.saved is FREED:
                raise errors.backward_twice()
            values = [*grads]
            versions = self.versions or repeat(0)
            for source, item, version in zip(sources, self.saved, versions):  # noqa: B905 - strict costs a dict
                if type(item) is Tensor and item._rg and item._store is None:
                    values.append(item if taped else item._a)
                else:
                    values.append(self._value(source, item, version, taped))
            values += self.plain
        else:
            return [*grads, *self.plain]
        if not keep:
            self.saved = FREED
        return values

    def _value(self, source: int, item: Any, version: int, taped: bool) -> Any:
        """One saved thing, for the rules. Raises where it was let go, or written since."""
        if isinstance(item, Tensor):
            if item._store is not None and item._store.version != version:
                raise written(self, item, version)
            if not item._rg and isinstance(self._edges()[0][source], Node):
                raise errors.detached_inplace()
            return item if taped else item._a
        if type(item) is Saved:
            if item.store.version != version:
                raise written(self, item, version)
            return as_output(self, item) if taped else item.array
        if type(item) is Packed:
            tensor = item.unpack(item.what)
            return tensor if taped else tensor._a
        if item is FREED:
            raise errors.backward_twice()
        return item  # a Python number, or None

    @property
    def kept(self) -> tuple[Any, ...]:
        """What is saved now."""
        if not self.recipe.count or self.saved is FREED:
            return ()
        return (self.saved,) if self.recipe.count == 1 else self.saved  # type: ignore[no-any-return]

    def replace_kept(self, index: int, item: Any) -> None:
        """Let the saved thing at `index` be another."""
        if self.recipe.count == 1:
            self.saved = item
        else:
            self.saved = (*self.saved[:index], item, *self.saved[index + 1 :])

    def _meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        return (self._shape, self._dtype) if self._single else self.many[nr]

    def _release(self) -> None:
        if self.recipe.count:
            self.saved = FREED

    @property
    def _width(self) -> int:
        return 1 if self._single else len(self.many)

    def _edges(self) -> tuple[tuple[Any, ...], tuple[int, ...]]:
        if self._lone is None:
            return self._nexts, self._nrs
        before = self.recipe.lone
        after = len(self.op.tensor_names) - before - 1
        return (None,) * before + (self._lone,) + (None,) * after, (0,) * before + (self._lone_nr,) + (0,) * after

    def kept_as(self, name: str, raw: bool) -> Any:
        """What was saved under this name, or its SavedTensor if `raw`; None if only a rule not run here asks for it."""
        recipe = self.recipe
        if name in recipe.plain:
            return self.plain[recipe.plain.index(name)]
        at = recipe.tensors.index(name) if name in recipe.tensors else None
        if raw:
            return raw_saved_hook(self, at)
        return None if at is None else self._values([], True, True)[at]


class SavedAttribute:
    """`node._saved_x`, or with `raw` the SavedTensor `node._raw_saved_x`.

    One for each name, rather than a `__getattr__` for all: that would make every look-up in every node twice as dear.
    """

    __slots__ = ("name", "raw")

    def __init__(self, name: str, raw: bool) -> None:
        self.name, self.raw = name, raw

    def __get__(self, node: OpNode | None, owner: type[OpNode]) -> Any:
        return self if node is None else node.kept_as(self.name, self.raw)


def make_node(
    op: Op,
    recipe: Recipe,
    tensors: tuple[Any, ...],
    settings: tuple[Any, ...],
    results: tuple[Tensor, ...],
    writes: int = 0,
) -> OpNode:
    """The node of the call that made `results` of `tensors`, not yet attached to them.

    recipe   what `recipe_for` finds for `tensors`
    writes   1 for a call in place, whose result will have been written once more when backward looks
    """
    node: OpNode = new(op.Node if op.overload is None else op.node_of(tensors, settings))
    node._seq = number()
    out = results[0]._a
    node._shape = out.shape
    node._dtype = out.dtype
    node.recipe = recipe
    node._rare = None
    if recipe.lone is None:
        node._lone = None
        if recipe.both:
            x, y = tensors
            node._nexts = (x._fn or x, y._fn or y)
            node._nrs = (x._nr, y._nr)
        else:
            node._nexts = tuple([(t._fn or t) if isinstance(t, Tensor) and t._rg else None for t in tensors])
            node._nrs = tuple([t._nr if isinstance(t, Tensor) and t._rg else 0 for t in tensors])
        if not node._single:
            node.many = [(r._a.shape, r._a.dtype) for r in results]
    else:
        t = tensors[recipe.lone]
        node._lone = before = t._fn or t
        node._lone_nr = t._nr
        if before is not t and before._single and before._shape == node._shape:
            node._shape = before._shape  # one tuple for a chain: the fewer objects, the rarer the collections
    node.plain = tuple([find(tensors, settings) for find in recipe.finders]) if recipe.finders else ()
    mode = state.__dict__
    if recipe.inputs is not None and not mode["saved_hooks"]:
        node.saved = saved = recipe.inputs(tensors)
        node.versions = 0
        if recipe.count > 1:
            for item in saved:
                if isinstance(item, Tensor) and (item._rare is not None or item._store is not None):
                    node.versions = tuple([version_of(t) for t in saved])
                    break
        elif type(saved) is not float and isinstance(saved, Tensor):
            if saved._rare is not None or saved._store is not None:
                node.versions = version_of(saved)
    elif recipe.count:
        keep(node, tensors, results, writes)
    if mode["anomaly"]:
        trace_hook(node)
    return node


def recipe_for(op: Op, tensors: tuple[Any, ...]) -> Recipe:
    """The recipe for those of `tensors` that require grad."""
    needed = 0
    half = False
    for i, t in enumerate(tensors):
        if isinstance(t, Tensor) and t._rg:
            needed |= 1 << i
            half = half or t._a.dtype.kind == "V"
    if half:
        needed = ~needed
    return op.recipes.get(needed) or op.recipe(needed)


def keep(node: OpNode, tensors: tuple[Any, ...], results: tuple[Tensor, ...], writes: int) -> None:
    """Save what the node's recipe names."""
    items: list[Any] = []
    versions: list[int] = []
    for source in node.recipe.sources:
        if source < 0:
            result = results[~source]
            store = storage(result)
            items.append(Saved(result._a, store, ~source))
            versions.append(store.version + writes)
        else:
            item = tensors[source]
            items.append(item)
            versions.append(version_of(item))
    if state.saved_hooks:
        items = save_hook(node, items)
    node.saved, node.versions = (items[0], versions[0]) if len(items) == 1 else (tuple(items), tuple(versions))


new = object.__new__

# What modules further right install: hooks on saved tensors (hooks.py), and the traces of anomaly mode.
save_hook: Callable[[Node, Sequence[Any]], list[Any]]
raw_saved_hook: Callable[[OpNode, int | None], Any]
trace_hook: Callable[[Node], None]
