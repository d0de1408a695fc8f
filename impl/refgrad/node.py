"""One recorded call of an op: what it saved, and how it runs its rules.

An OpNode saves what its Recipe names: inputs as Tensors, outputs as Saved (memory and version),
anything that a hook packed as Packed. Saving the output's Tensor itself would be a cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, errors
from .graph import Node, number
from .modes import state
from .recipe import Recipe
from .storage import Storage
from .tensor import Tensor, storage, wrap

if TYPE_CHECKING:  # every op makes a class of nodes of its own
    from .op import Op


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


class OpNode(Node):
    """One recorded call of an op.

    saved   the tensors its rules ask for, each followed by its version; None once freed
    plain   settings, shapes and dtypes its rules ask for
    recipe  which rules to run on them
    many    (shape, dtype) of every output, where there are several
    """

    __slots__ = ("many", "plain", "recipe", "saved")

    op: Op
    recipe: Recipe
    saved: tuple[Any, ...] | None
    plain: tuple[Any, ...]
    many: list[tuple[tuple[int, ...], np.dtype]] | None

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> Sequence[Any]:
        saved = self.saved
        if saved is None:
            raise errors.backward_twice()
        values = grads if self.many is None else self._defined(grads, taped)
        if saved:
            values = values + self._unpack(saved, taped)
            if not keep:
                self.saved = None
        if self.plain:
            values = [*values, *self.plain]
        results: list[Any] = [None] * len(self.nexts)
        for position, rule, pick in self.recipe.rules:
            results[position] = rule(*values) if pick is None else rule(*pick(values))
        return results

    def _defined(self, grads: list[Any], taped: bool) -> list[Any]:
        """Zeros for the outputs that nothing was computed from."""
        assert self.many is not None
        zeros = [np.zeros(shape, dtype) if g is None else g for g, (shape, dtype) in zip(grads, self.many, strict=True)]
        defined = [wrap(z) if taped and isinstance(z, np.ndarray) else z for z in zeros]
        return [defined] if self.op.variadic_out else defined

    def _unpack(self, saved: Sequence[Any], taped: bool) -> list[Any]:
        """What was saved, for the rules: Tensors if `taped`, else arrays. Raises where it was written since."""
        sources = self.recipe.sources
        if len(sources) == 1:
            item = saved[0]
            if type(item) is Tensor and item._rg and item._store is None:  # never written: no counter yet
                return [item if taped else item._a]
            return [self._value(sources[0], item, saved[1], taped)]
        return [self._value(source, saved[2 * i], saved[2 * i + 1], taped) for i, source in enumerate(sources)]

    def _value(self, source: int, item: Any, version: int, taped: bool) -> Any:
        if isinstance(item, Tensor):
            if item._store is not None and item._store.version != version:
                raise written(self, item, version)
            if not item._rg and isinstance(self.nexts[source], Node):
                raise errors.detached_inplace()
            return item if taped else item._a
        if type(item) is Saved:
            if item.store.version != version:
                raise written(self, item, version)
            return as_output(self, item) if taped else item.array
        if type(item) is Packed:
            tensor = item.unpack(item.what)
            return tensor if taped else tensor._a
        return item  # a Python number, or None

    def meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        return (self.shape, self.dtype) if self.many is None else self.many[nr]

    def release(self) -> None:
        if self.saved:
            self.saved = None

    @property
    def width(self) -> int:
        return 1 if self.many is None else len(self.many)

    def __getattr__(self, name: str) -> Any:
        """`_saved_x` is what was saved under that name, `_raw_saved_x` its SavedTensor.

        torch's own names for them, `_saved_self`, `_saved_other` and `_saved_result`, work as well.
        """
        raw = name.startswith("_raw_saved_")
        if not raw and not name.startswith("_saved_"):
            raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")
        wanted = name.removeprefix("_raw").removeprefix("_saved_")
        op, recipe = self.op, self.recipe
        aliases = dict(zip(("self", "other"), op.tensor_names, strict=False)) | {
            "result": "out",
            "exponent": op.tensor_names[-1],
        }
        operands = {*op.tensor_names, *op.out_names}
        for label in (wanted, aliases.get(wanted)):
            if label in operands and label not in recipe.tensors and any(label in r.wants for r in op.rules.values()):
                return raw_saved_hook(self, None) if raw else None
            if label in recipe.tensors:
                if raw:
                    return raw_saved_hook(self, recipe.tensors.index(label))
                if self.saved is None:
                    raise errors.backward_twice()
                return self._unpack(self.saved, True)[recipe.tensors.index(label)]
            if label in recipe.plain:
                return self.plain[recipe.plain.index(label)]
        raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")


def hold_tangents(node: Node | None, nr: int, tangents: dict[int, Tensor]) -> None:
    """Let backward find the tangents of output `nr` where `node` saved it."""
    for item in getattr(node, "saved", None) or ():
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
    producer = f"output {nr} of {fn.label()}" if fn is not None else ""
    kind = dtypes.OF_NUMPY[array.dtype].tensor_type
    return errors.modified_inplace(kind, array.shape, producer, store.version, expected)


def make_node(
    op: Op,
    tensors: tuple[Any, ...],
    settings: tuple[Any, ...],
    results: tuple[Tensor, ...],
    nexts: tuple[Any, ...],
    nrs: tuple[int, ...],
    bits: int | None = None,
) -> OpNode:
    """The node of one call, not yet attached to its results. `bits` is needed(nexts), where that is known."""
    node = op.Node() if op.overload is None else op.node_of(tensors, settings)()
    node.nexts = nexts
    node.nrs = nrs
    node.seq = number()
    node.rare = None
    out = results[0]._a
    node.shape, node.dtype = out.shape, out.dtype
    node.many = None if op.outputs == 1 else [(r._a.shape, r._a.dtype) for r in results]
    if bits is None:
        bits = needed(nexts)
    node.recipe = recipe = op.recipes.get(bits) or op.recipe(bits)
    mode = state.__dict__
    saved: tuple[Any, ...] = ()
    for source in recipe.sources:
        if source < 0:
            result = results[~source]
            store = storage(result)
            saved += (Saved(result._a, store, ~source), store.version)
            continue
        item = tensors[source]
        if isinstance(item, Tensor):
            if item._rare is not None and item._rare.inference:
                raise errors.saved_inference()
            saved += (item, 0 if item._store is None else item._store.version)
        else:
            saved += (item, 0)
    if saved and mode["saved_hooks"]:
        saved = tuple(save_hook(node, saved))
    node.saved = saved
    node.plain = tuple([plain(op, name, tensors, settings) for name in recipe.plain]) if recipe.plain else ()
    if mode["anomaly"]:
        trace_hook(node)
    return node


def needed(nexts: tuple[Any, ...]) -> int:
    """Bit i is set where the gradient of input i is wanted."""
    bits = 0
    for i, target in enumerate(nexts):
        if target is not None:
            bits |= 1 << i
    return bits


def plain(op: Op, name: str, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Any:
    """A setting, or the shape or dtype of an argument; a number has the shape ()."""
    if name in op.settings:
        return settings[op.setting_names.index(name)]
    if name == "shapes":
        return [t._a.shape for t in tensors]
    argument, _, what = name.rpartition("_")
    t = tensors[op.tensor_index[argument]]
    array = t._a if isinstance(t, Tensor) else np.asarray(t)
    return array.shape if what == "shape" else array.dtype


# What modules further right install: hooks on saved tensors (hooks.py), and the traces of anomaly mode.
save_hook: Callable[[OpNode, Sequence[Any]], list[Any]]
raw_saved_hook: Callable[[OpNode, int | None], Any]
trace_hook: Callable[[Node], None]
