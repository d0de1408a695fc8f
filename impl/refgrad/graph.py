"""The graph that backward walks: nodes that turn gradients of outputs into gradients of inputs.

A Node is one recorded operation. Its edges lead to what its inputs came from: another Node (with
the number of that node's output), a leaf tensor, or None where no gradient is wanted. Nodes are
numbered as they are made, and a node's edges only lead to older things: so the graph has no
cycles, and going through it from the newest to the oldest is always a valid order for backward.
An AccumulateGrad is the node that introspection shows where an edge ends in a leaf; the engine
itself adds to `.grad` without making one.
"""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:  # tensors know nodes; nodes only hold tensors
    import numpy as np

    from .tensor import Tensor

number = itertools.count().__next__
"""The next sequence number. Larger is newer."""

LEAF_NUMBER = 2**64 - 1
"""What torch numbers leaves with: they are served as soon as their gradient is complete."""


class GradientEdge(NamedTuple):
    """torch.autograd.graph.GradientEdge: which output of which node a gradient flows to."""

    node: Any
    output_nr: int
    ownership_token: Any = None


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away, so does leaving a `with` block."""

    __module__ = "torch.utils.hooks"  # where torch has it, and repr says so

    def __init__(self, hooks: OrderedDict[int, Any]) -> None:
        self._hooks = weakref.ref(hooks)
        self.id = number()

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        if (hooks := self._hooks()) is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class _Hooks(OrderedDict[int, Callable[..., Any]]):
    """Hooks in the order in which they were registered (a class of its own, so that it can be weakly held)."""

    def add(self, hook: Callable[..., Any]) -> RemovableHandle:
        handle = RemovableHandle(self)
        self[handle.id] = hook
        return handle


class NodeRecord:
    """What few nodes have: hooks, metadata, the place of the forward call."""

    __slots__ = ("forward_trace", "metadata", "parent", "posthooks", "prehooks", "retains", "tensor_hooks")

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.prehooks = _Hooks()
        self.posthooks = _Hooks()
        self.tensor_hooks: dict[int, _Hooks] = {}
        """Per output: hooks that see, and may replace, that output's gradient."""
        self.retains: dict[int, weakref.ref[Tensor]] = {}
        """Per output: the tensor that asked to keep its gradient. Served after all hooks."""
        self.forward_trace = ""
        """Under anomaly detection: where in the program it was recorded, """
        self.parent: Node | None = None
        """and which node's backward recorded it."""


class Node:
    """One recorded operation.

    _nexts  per input, where its gradient goes: a Node, a leaf Tensor, or None
    _nrs    per input, which output of that Node it was
    _seq    sequence number
    _shape, _dtype   of output 0, which its gradient must have (`_meta` tells for any output)
    _rare   hooks and other things that few nodes have, or None

    All but what torch's nodes show begins with an underscore: the other names are for what users of a custom function
    put on ctx, which they find on its node.
    """

    __slots__ = ("__weakref__", "_dtype", "_nexts", "_nrs", "_rare", "_seq", "_shape")

    _outputs = 1
    """How many outputs it has."""
    _inputs = slice(None)
    """Which of its edges introspection shows: torch has none for a number that is no input of an overload."""
    _single = False
    """Is it sure to have one output, so that `_shape` and `_dtype` say all? (Another class may still have just one.)"""
    _lone: Any = None
    """Where the gradient of the only input that wants one goes, in a node that can `_pull`; None in any other."""
    _materializes = False
    """Is it run even when no gradient reached it (it makes zeros itself)?"""

    _nexts: tuple[Any, ...]
    _nrs: tuple[int, ...]
    _seq: int
    _shape: tuple[int, ...]
    _dtype: np.dtype
    _rare: NodeRecord | None

    def _edges(self) -> tuple[tuple[Any, ...], tuple[int, ...]]:
        """`_nexts` and `_nrs`, also of a node that keeps a lone edge in another form."""
        return self._nexts, self._nrs

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> Sequence[Any]:
        """Gradients of the inputs from those of the outputs (None: undefined).

        `taped` asks for Tensors that are themselves recorded, else arrays do; without `keep`,
        what was saved for backward is let go.
        """
        raise NotImplementedError

    def _pull(self, g: Any, keep: bool, taped: bool) -> Any:
        """`apply` for one gradient in, one out."""
        raise NotImplementedError

    def _meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        """Shape and dtype of output `nr`."""
        return self._shape, self._dtype

    def _release(self) -> None:
        """Let go of what was saved."""

    @property
    def _width(self) -> int:
        """How many outputs this call had."""
        return self._outputs

    # What introspection sees: torch.autograd.graph.Node.

    def name(self) -> str:
        """The name torch gives it, such as "MulBackward0"."""
        return self._name()

    def _name(self) -> str:
        return type(self).__name__

    def _label(self) -> str:
        """The name without "Backward0", as error texts have it."""
        return self._name().rstrip("0123456789").removesuffix("Backward")

    def _sequence_nr(self) -> int:
        return self._seq

    def _record(self) -> NodeRecord:
        """The rare things, made when first asked for."""
        if self._rare is None:
            self._rare = NodeRecord()
        return self._rare

    @property
    def requires_grad(self) -> bool:
        """True: it was recorded because a gradient is wanted."""
        return True

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for whoever wants to note something about this node."""
        return self._record().metadata

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """(node, output number) of every input; leaves appear as their AccumulateGrad."""
        edges = list(zip(*self._edges(), strict=True))[self._inputs]
        return tuple((edge_node(target), nr) for target, nr in edges)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(grad_outputs)` runs before this node and may replace them."""
        return self._record().prehooks.add(hook)

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(grad_inputs, grad_outputs)` runs after this node and may replace the first."""
        return self._record().posthooks.add(hook)

    def _tensor_hooks(self, nr: int) -> _Hooks:
        """The hooks on the gradient of output `nr`."""
        return self._record().tensor_hooks.setdefault(nr, _Hooks())

    def __call__(self, *grads: Any) -> Any:
        """The gradients of the inputs, recorded where grad mode asks for it. Nothing is freed."""
        results = tuple(self.apply(list(grads), True, True))[self._inputs]
        return results[0] if len(results) == 1 else results

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def __dir__(self) -> list[str]:
        """What torch's nodes show; the rest is the engine's."""
        shown = ("__", "_raw_saved_", "_saved_", "_sequence_nr")
        return [name for name in object.__dir__(self) if name.startswith(shown) or name in SHOWN]


SHOWN = frozenset(
    {"metadata", "name", "next_functions", "register_hook", "register_prehook", "requires_grad", "variable"}
)
"""The attributes of nodes that are for everybody."""


class AccumulateGrad(Node):
    """Adds a gradient to a leaf's `.grad`. There is at most one per leaf at a time."""

    __slots__ = ("variable",)

    def __init__(self, leaf: Tensor) -> None:
        self.variable = leaf
        self._nexts = self._nrs = ()
        self._seq = LEAF_NUMBER
        self._shape, self._dtype = leaf._a.shape, leaf._a.dtype
        self._rare = None

    def _name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    @classmethod
    def of(cls, leaf: Tensor) -> AccumulateGrad:
        """The leaf's node. The leaf holds it weakly: it would otherwise be a cycle."""
        rare = leaf._record()
        node = rare.accumulate and rare.accumulate()
        if node is None:
            node = cls(leaf)
            node._rare = rare.node_record
            rare.accumulate = weakref.ref(node)
        return node

    def _record(self) -> NodeRecord:
        """Kept by the leaf, so that hooks outlive this node."""
        self._rare = self.variable._record().leaf_record()
        return self._rare


def edge_node(target: Any) -> Node | None:
    """The Node that stands for an edge's target."""
    return target if target is None or isinstance(target, Node) else AccumulateGrad.of(target)
