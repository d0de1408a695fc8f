"""One declaration per op: a NumPy function, the derivative of each argument by name, and its kind.

::

    @op(kind=ELEMENTWISE)
    def tanh(x):
        "Hyperbolic tangent, element by element."
        return np.tanh(x)

    tanh.grads(x=lambda g, out: g * conj(1 - out * out))

The kernel's parameters without a default are tensors (or Python numbers); those with a default are
settings. A rule asks by name for exactly what it needs:

    g, g0, g1, ...      the gradient of the output, of output 0, 1, ...
    out, out0, out1     an output
    x                   an argument or a setting
    x_shape, x_dtype    of an argument, without keeping the argument

What a rule names is what is saved, and nothing else is. Rules are written in refgrad's own ops, so
that running them on Tensors records the double backward; run on arrays, the same text is plain
NumPy, since an op called with arrays is its kernel.

An Op is the declaration. A Recipe says, for the inputs that need a gradient, what to save and which
rules to run. An OpNode is one recorded call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .arguments import bind
from .calls import caller, runner
from .node import OpNode, SavedAttribute
from .promotion import COMMON, COMMON_FLOAT, COMMON_NUMBERS, FLOAT
from .recipe import DerivativeRule, Recipe, Rule, no_derivative, positional
from .tensor import Tensor

ELEMENTWISE = "elementwise"
"""Each output element depends on its own input element: the tangent is the rule at conj(t), conjugated."""
LINEAR = "linear"
"""Linear in its one tensor (or in all its tensors together): the tangent is the op on the tangent."""
MULTILINEAR = "multilinear"
"""Linear in each tensor: the tangent is the sum over the tensors."""
ADDED_PRODUCT = "added product"
"""beta times the first tensor, plus what is linear in each of the others; beta is the first setting."""
GENERAL = "general"
"""Anything else. Rules are linear in g, so the tangent is the transpose of the rule (tangents.py)."""

Overload = Callable[[tuple[Any, ...], tuple[Any, ...]], tuple[str, slice]]
"""Tells from the tensors and settings of a call the name of its node, and which of the tensors are its inputs."""


class Op:
    """A declared op: kernel, kind, rules, and how its arguments promote. Frozen once its module is imported."""

    def __init__(
        self,
        kernel: Callable[..., Any],
        kind: str | None,
        promote: str | None,
        outputs: int,
        view: bool,
        node: str | Overload | None,
        ufunc: np.ufunc | None = None,
    ) -> None:
        self.kernel = kernel if ufunc is None else ufunc
        self.name = kernel.__name__.strip("_")
        self.kind = kind
        self.promote = promote
        self.outputs = outputs
        self.view = view
        self.multi_view = view and outputs != 1
        names, defaults = positional(kernel), kernel.__defaults__ or ()
        self.variadic = bool(kernel.__code__.co_flags & inspect.CO_VARARGS)
        self.settings = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True)) | (
            kernel.__kwdefaults__ or {}
        )
        self.tensor_names = [name for name in names if name not in self.settings]
        self.tensor_index = {name: i for i, name in enumerate(self.tensor_names)}
        self.setting_names = list(self.settings)
        self.defaults = tuple(self.settings.values())
        if self.variadic and self.settings:
            self.kernel = _by_position(kernel, self.setting_names)
        several = range(outputs) if outputs != 1 else ()
        self.out_names = {"out": 0} if outputs == 1 else {f"out{i}": i for i in several}
        self.grad_names = ["g"] if outputs == 1 or self.variadic_out else [f"g{i}" for i in several]
        self.known_names = [
            *self.grad_names, *self.out_names, *self.tensor_names, *self.settings,
            *(f"{n}_{what}" for n in self.tensor_names for what in ("shape", "dtype")),
            *(("shapes", "index") if self.variadic else ()),
        ]  # fmt: skip
        self.rules: dict[str, DerivativeRule] = {}
        self.into: Callable[..., Any] | None = None
        self.recipes: dict[int, Recipe] = {}
        """Bit i of the key: does argument i need a gradient?"""
        self.run = runner(self)
        """Runs the op on its tensors alone, its settings being the defaults."""
        self.tangent: DerivativeRule | None = None
        self.overload = node if callable(node) else None
        self.nodes: dict[tuple[str, Any, Any], type[OpNode]] = {}
        default = "".join(word.title() for word in self.name.split("_")) + "Backward0"
        self.Node = self._node_class(default if node is None or callable(node) else node, slice(None))

    def _node_class(self, name: str, inputs: slice) -> type[OpNode]:
        """The class of the nodes of this name."""
        slots = {
            "__slots__": (),
            "op": self,
            "_outputs": max(self.outputs, 1),
            "_single": self.outputs == 1,
            "_inputs": inputs,
            "__module__": __name__,
        }
        if "::" in name:  # torch's name says where the class is, the class's own name does not
            slots["_name"] = lambda node: name
        return type(name.rpartition("::")[2], (OpNode,), slots | self._saved_attributes())

    def _saved_attributes(self) -> dict[str, SavedAttribute]:
        """What introspection finds in a node of this op: `_saved_x` for all that rules ask for.

        Under the op's own names, and under torch's: `self`, `other` and `result`.
        """
        wanted = {name for rule in self.rules.values() for name in rule.wants} - {*self.grad_names}
        names = dict(zip(("self", "other"), self.tensor_names, strict=False)) | {"result": "out"}
        names |= {name: name for name in wanted}
        return {
            f"{prefix}_saved_{name}": SavedAttribute(label, bool(prefix))
            for name, label in names.items()
            for prefix in ("", "_raw")
            if label in wanted and (not prefix or label in self.tensor_index or label in self.out_names)
        }

    def node_of(self, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> type[OpNode]:
        """The class of the node of a call, made once for each overload."""
        if self.overload is None:
            return self.Node
        name, inputs = self.overload(tensors, settings)
        return self.nodes.get((name, inputs.start, inputs.stop)) or self.named(name, inputs)

    def named(self, name: str, inputs: slice = slice(None)) -> type[OpNode]:
        """The class of the nodes of this name with these inputs, made once."""
        key = (name, inputs.start, inputs.stop)
        if key not in self.nodes:
            self.nodes[key] = self._node_class(name, inputs)
        return self.nodes[key]

    @property
    def variadic_out(self) -> bool:
        """Does the number of outputs depend on the call (split, unbind)?"""
        return self.outputs == 0

    def declare(self, rules: dict[str, Rule]) -> None:
        """Add derivative rules, by argument name."""
        for argument, function in rules.items():
            if argument not in self.tensor_index and not (self.variadic and argument == "each"):
                raise TypeError(f"{self.name}: a rule for {argument!r}, which is no tensor argument of it")
            self.rules[argument] = DerivativeRule(self, argument, function)
        for node in (self.Node, *self.nodes.values()):
            for name, attribute in self._saved_attributes().items():
                setattr(node, name, attribute)

    def declare_tangent(self, function: Rule) -> None:
        """Write the forward-mode rule out: dx, dy, ... are the tangents of x, y, ..."""
        self.known_names.extend(f"d{name}" for name in self.tensor_names)
        self.tangent = DerivativeRule(self, "forward mode", function)

    def rule(self, position: int) -> DerivativeRule:
        """The rule of the tensor argument at `position`; where there is no derivative, one that says so when run."""
        name = "each" if self.variadic else self.tensor_names[position]
        return self.rules.get(name) or DerivativeRule(self, name, no_derivative(f"aten::{self.name}"))

    def differentiable(self, position: int) -> bool:
        """Is there a rule for the tensor argument at `position`?"""
        return ("each" if self.variadic else self.tensor_names[position]) in self.rules

    def recipe(self, needed: int) -> Recipe:
        """The Recipe for the inputs whose bits are set in `needed`, or in ~needed if they are bfloat16; made once."""
        found = self.recipes.get(needed)
        if found is None:
            found = self.recipes[needed] = Recipe(self, needed)
        return found

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _by_position(kernel: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """A variadic kernel that takes its settings last instead of by keyword, as all other kernels may."""
    count = len(names)

    def run(*args: Any) -> Any:
        return kernel(*args[:-count], **dict(zip(names, args[-count:], strict=True)))

    return run


def _into_first(ufunc: np.ufunc) -> Callable[..., Any]:
    """`ufunc` for writing: its result goes into its first argument."""
    return lambda x, *others: ufunc(x, *others, out=x)


def op(
    *,
    kind: str | None = None,
    promote: str | None = None,
    outputs: int = 1,
    view: bool = False,
    node: str | Overload | None = None,
    ufunc: np.ufunc | None = None,
    method: bool | str = True,
    inplace: bool = False,
    into: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Declare the decorated NumPy function an op.

    kind      ELEMENTWISE, LINEAR, MULTILINEAR, ADDED_PRODUCT, GENERAL; None has no derivative
    promote   how the arguments' dtypes meet: FLOAT, COMMON, COMMON_NUMBERS, COMMON_FLOAT, or None: they stay
    outputs   how many tensors the kernel returns; 0 says that it depends on the call
    view      does the result show the first argument's memory?
    node      torch's name of the node, where it is not "NameBackward0"; an Overload where it depends on the call
    ufunc     the function of NumPy's that the kernel is, which then has no body: a frame less for every call
    method    also a method of Tensor, under this name
    inplace   also a method with a trailing underscore that writes into the first argument
    into      the kernel once more, for writing: puts the result into its first argument, with no memory between
    """

    def declare(kernel: Callable[..., Any]) -> Callable[..., Any]:
        declared = Op(kernel, kind, promote, outputs, view, node, ufunc)
        declared.into = into if ufunc is None else _into_first(ufunc)
        call = caller(declared)
        call.__name__ = call.__qualname__ = declared.name
        call.__doc__ = kernel.__doc__
        call.__module__ = kernel.__module__
        call.op = declared  # type: ignore[attr-defined]  # functions take attributes; a class would not bind as a method
        call.grads = lambda **rules: declared.declare(rules)  # type: ignore[attr-defined]
        call.jvp = declared.declare_tangent  # type: ignore[attr-defined]
        if method:
            name = method if isinstance(method, str) else declared.name
            setattr(Tensor, name, call)
            if inplace:
                setattr(Tensor, name + "_", inplace_method(declared, name + "_"))
        return call

    return declare


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function composed of ops a method of Tensor as well."""
    setattr(Tensor, function.__name__, function)
    return function


def inplace_method(declared: Op, name: str) -> Callable[..., Tensor]:
    """The method that writes the op's result into its first argument."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        tensors, settings = bind(declared, (self, *args), kwargs)
        return write_hook(declared, tensors, settings)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name[:-1]}`."
    return method


write_hook: Callable[[Op, tuple[Any, ...], tuple[Any, ...]], Tensor]  # views.py knows how to write in place

__all__ = [
    "ADDED_PRODUCT", "COMMON", "COMMON_FLOAT", "COMMON_NUMBERS", "ELEMENTWISE", "FLOAT", "GENERAL", "LINEAR",
    "MULTILINEAR", "Op", "OpNode", "Overload",
    "method", "op",
]  # fmt: skip
