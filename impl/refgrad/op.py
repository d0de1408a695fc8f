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
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from . import dtypes, errors
from .graph import Node, number
from .modes import state
from .storage import Storage
from .tensor import Tensor, View, refresh, storage, wrap

Rule = Callable[..., Any]

ELEMENTWISE = "elementwise"
"""Each output element depends on its own input element: the tangent is the rule at conj(t), conjugated."""
LINEAR = "linear"
"""Linear in its one tensor (or in all its tensors together): the tangent is the op on the tangent."""
MULTILINEAR = "multilinear"
"""Linear in each tensor: the tangent is the sum over the tensors."""
GENERAL = "general"
"""Anything else. Rules are linear in g, so the tangent is the transpose of the rule (forward_ad.py)."""

FLOAT = "float"
"""Integer arguments become the default floating dtype, as torch's sin does."""
COMMON = "common"
"""All tensors and numbers become one dtype by torch's promotion."""
COMMON_FLOAT = "common float"
"""COMMON, and integers become the default floating dtype, as torch's true division does."""

NUMPY_SPELLING = {"axis": "dim", "keepdims": "keepdim"}
"""What torch accepts beside its own names."""


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


class Recipe:
    """What one set of inputs that need gradients asks for.

    tensors     names of the arguments and outputs to save
    sources     where each of them is found: argument number i, or output number ~i
    plain       names of settings, shapes and dtypes to keep
    rules       per input that needs one: its position, its rule, and what picks the rule's
                arguments out of (gradients..., saved tensors..., plain...)
    """

    __slots__ = ("plain", "rules", "sources", "tensors")

    def __init__(self, op: Op, needed: int) -> None:
        rules = [(i, op.rule(i)) for i in range(needed.bit_length()) if needed >> i & 1]
        wanted = dict.fromkeys(name for _, rule in rules for name in rule.wants)
        grads = op.grad_names
        self.tensors = [n for n in wanted if n in op.tensor_index or n in op.out_names]
        self.sources = [op.tensor_index[n] if n in op.tensor_index else ~op.out_names[n] for n in self.tensors]
        self.plain = [n for n in wanted if n not in grads and n not in self.tensors]
        place = {name: i for i, name in enumerate([*grads, *self.tensors, *self.plain])}
        self.rules = [(i, rule.at(i), _picker([place[n] for n in rule.wants])) for i, rule in rules]


def _picker(places: list[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    if len(places) == 1:
        (only,) = places
        return lambda values: (values[only],)
    return itemgetter(*places)


class _Rule:
    """A derivative rule and the names it asks for.

    placed   the rule of a variadic op that asks, last, for `index`: which of the tensors it is for
    """

    __slots__ = ("function", "placed", "wants")

    def __init__(self, op: Op, argument: str, function: Rule) -> None:
        self.function = function
        names = tuple(p.name for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_POSITIONAL)
        known = op.known_names
        self.placed = op.variadic and names[-1:] == ("index",)
        self.wants = names[:-1] if self.placed else names
        for name in self.wants:
            if name not in known:
                raise TypeError(f"{op.name}: the rule for {argument!r} asks for {name}; it may ask for {', '.join(known)}")

    def at(self, position: int) -> Rule:
        """The rule as a function of `wants` alone."""
        return partial(self.function, index=position) if self.placed else self.function


class Op:
    """A declared op: kernel, kind, rules, and how its arguments promote. Frozen once its module is imported."""

    def __init__(
        self,
        kernel: Callable[..., Any],
        kind: str | None,
        promote: str | None,
        outputs: int,
        view: bool,
        node: str | None,
    ) -> None:
        self.kernel = kernel
        self.name = kernel.__name__.strip("_")
        self.kind = kind
        self.promote = promote
        self.outputs = outputs
        self.view = view
        self.multi_view = view and outputs != 1
        parameters = inspect.signature(kernel).parameters.values()
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.tensor_names = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
        self.tensor_index = {name: i for i, name in enumerate(self.tensor_names)}
        self.settings = {p.name: p.default for p in parameters if p.default is not p.empty}
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
        self.rules: dict[str, _Rule] = {}
        self.tangent: _Rule | None = None
        self.recipes: dict[int, Recipe] = {}
        """Bit i of the key: does argument i need a gradient?"""
        self.Node = type(
            node or "".join(word.title() for word in self.name.split("_")) + "Backward0",
            (OpNode,),
            {"__slots__": (), "op": self, "outputs": max(outputs, 1), "__module__": __name__},
        )

    @property
    def variadic_out(self) -> bool:
        """Does the number of outputs depend on the call (split, unbind)?"""
        return self.outputs == 0

    def declare(self, rules: dict[str, Rule]) -> None:
        """Add derivative rules, by argument name."""
        for argument, function in rules.items():
            if argument not in self.tensor_index and not (self.variadic and argument == "each"):
                raise TypeError(f"{self.name}: a rule for {argument!r}, which is no tensor argument of it")
            self.rules[argument] = _Rule(self, argument, function)

    def declare_tangent(self, function: Rule) -> None:
        """Write the forward-mode rule out: dx, dy, ... are the tangents of x, y, ..."""
        self.known_names.extend(f"d{name}" for name in self.tensor_names)
        self.tangent = _Rule(self, "forward mode", function)

    def rule(self, position: int) -> _Rule:
        """The rule of the tensor argument at `position`; where the op has no derivative, one that says so when it is run."""
        name = "each" if self.variadic else self.tensor_names[position]
        return self.rules.get(name) or _Rule(self, name, self._refuse)

    def _refuse(self, *_: Any) -> Any:
        raise errors.no_derivative(f"aten::{self.name}")

    def differentiable(self, position: int) -> bool:
        """Is there a rule for the tensor argument at `position`?"""
        return ("each" if self.variadic else self.tensor_names[position]) in self.rules

    def recipe(self, needed: int) -> Recipe:
        """The Recipe for the inputs whose bits are set in `needed`, made once."""
        found = self.recipes.get(needed)
        if found is None:
            found = self.recipes[needed] = Recipe(self, needed)
        return found

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Split a call into its tensors and its settings; raises TypeError as Python would."""
        if self.variadic:
            return args, tuple(kwargs.get(name, default) for name, default in self.settings.items())
        count = len(self.tensor_names)
        if len(args) >= count:
            if not kwargs and len(args) == count:
                return args, self.defaults
            tensors, rest = args[:count], args[count:]
        else:
            tensors, rest = self._named_tensors(args, kwargs, count), ()
        if len(rest) > len(self.setting_names):
            raise TypeError(f"{self.name}() takes {count + len(self.setting_names)} positional arguments but {len(args)} were given")
        values = dict(self.settings)
        values.update(zip(self.setting_names, rest, strict=False))
        for name, value in kwargs.items():
            name = NUMPY_SPELLING.get(name, name)
            if name not in values:
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{name}'")
            values[name] = value
        return tensors, tuple(values.values())

    def _named_tensors(self, args: tuple[Any, ...], kwargs: dict[str, Any], count: int) -> tuple[Any, ...]:
        """Tensors given by keyword: by our name, or by torch's `input` and `other`."""
        tensors = list(args)
        for position in range(len(args), count):
            for name in (self.tensor_names[position], *(("input",), ("other", "exponent"))[min(position, 1)]):
                if name in kwargs:
                    tensors.append(kwargs.pop(name))
                    break
            else:
                raise TypeError(f"{self.name}() missing 1 required positional argument: '{self.tensor_names[position]}'")
        return tuple(tensors)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _by_position(kernel: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """A variadic kernel that takes its settings last instead of by keyword, as all other kernels may."""
    count = len(names)

    def run(*args: Any) -> Any:
        return kernel(*args[:-count], **dict(zip(names, args[-count:], strict=True)))

    return run


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

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        saved = self.saved
        if saved is None:
            raise errors.backward_twice()
        if len(grads) > 1:
            grads = self._defined(grads, taped)
        values: list[Any] = [grads] if self.op.variadic_out else [*grads]
        if saved:
            values += self._unpack(saved, taped)
            if not keep:
                self.saved = None
        values += self.plain
        result: list[Any] = [None] * len(self.nexts)
        for position, rule, pick in self.recipe.rules:
            result[position] = rule(*pick(values))
        return tuple(result)

    def _defined(self, grads: list[Any], taped: bool) -> list[Any]:
        """Zeros for the outputs that nothing was computed from."""
        assert self.many is not None
        zeros = [np.zeros(shape, dtype) if g is None else g for g, (shape, dtype) in zip(grads, self.many, strict=True)]
        return [wrap(z) if taped and isinstance(z, np.ndarray) else z for z in zeros]

    def _unpack(self, saved: tuple[Any, ...], taped: bool) -> list[Any]:
        values = []
        items = iter(saved)
        for source, item, version in zip(self.recipe.sources, items, items, strict=True):
            if isinstance(item, Tensor):
                if item._store is not None and item._store.version != version:
                    raise written(self, item, version)
                if not item._rg and isinstance(self.nexts[source], Node):
                    raise errors.detached_inplace()
                values.append(item if taped else item._a)
            elif type(item) is Saved:
                if item.store.version != version:
                    raise written(self, item, version)
                values.append(as_output(self, item) if taped else item.array)
            elif type(item) is Packed:
                tensor = item.unpack(item.what)
                values.append(tensor if taped else tensor._a)
            else:  # a Python number, or None
                values.append(item)
        return values

    def meta(self, nr: int) -> tuple[tuple[int, ...], np.dtype]:
        return (self.shape, self.dtype) if self.many is None else self.many[nr]

    def release(self) -> None:
        if self.saved:
            self.saved = None

    @property
    def width(self) -> int:
        return 1 if self.many is None else len(self.many)

    def __getattr__(self, name: str) -> Any:
        """`_saved_x`: what was saved under that name (`_raw_saved_x`: its SavedTensor); `_saved_self`, `_saved_other`, `_saved_result` as torch says."""
        raw = name.startswith("_raw_saved_")
        if not raw and not name.startswith("_saved_"):
            raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")
        wanted = name.removeprefix("_raw").removeprefix("_saved_")
        op, recipe = self.op, self.recipe
        aliases = dict(zip(("self", "other"), op.tensor_names, strict=False)) | {"result": "out", "exponent": op.tensor_names[-1]}
        operands = {*op.tensor_names, *op.out_names}
        for label in (wanted, aliases.get(wanted)):
            if label in operands and label not in recipe.tensors:
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
    tensor._rg = True
    tensor._fn, tensor._nr, tensor._store = node, item.nr, item.store
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


def dispatch(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Any:
    """Run `op`: promote, compute, wrap, and record if somebody may ask for a gradient.

    tensors     Tensors and Python numbers, in the kernel's order
    settings    the kernel's settings, in order
    """
    arrays = []
    records = False
    tangents = False
    for t in tensors:
        if isinstance(t, Tensor):
            if t._view is not None and op.kind is not None:
                refresh(t)
                records = records or t._view.base._rg
            if t._rg:
                records = True
            if t._rare is not None and t._rare.tangents:
                tangents = True
            arrays.append(t._a)
        else:
            arrays.append(t)
    mode = state
    if tangents and mode.forward:
        return forward_hook(op, tensors, settings)
    if op.promote is not None:
        arrays = promoted(op, arrays)
    try:
        out = mode.quiet(op.kernel, *arrays, *settings) if settings else mode.quiet(op.kernel, *arrays)
    except ValueError as error:
        raise in_torchs_words(error, arrays) from None
    if op.outputs == 1:
        result: Any = wrap(out if type(out) is np.ndarray else np.asarray(out))
        results: tuple[Tensor, ...] = (result,)
    else:
        result = results = tuple(wrap(np.asarray(o)) for o in out)
    if records and mode.grad and op.kind is not None and not mode.inference:
        record(op, tensors, settings, results)
    if op.view:
        link_view(op, tensors[0], results)
    elif mode.inference:
        for r in results:
            r._record().inference = True
    return result


def in_torchs_words(error: ValueError, arrays: list[Any]) -> Exception:
    """NumPy's refusal to broadcast becomes torch's; anything else stays what it is."""
    if "broadcast" in str(error):
        try:
            errors.broadcast(*(a.shape for a in arrays if isinstance(a, np.ndarray)))
        except RuntimeError as told:
            return told
    return error


def promoted(op: Op, arrays: list[Any]) -> list[Any]:
    """The arrays in the dtype that the op computes in; Python numbers stay weak where NumPy agrees."""
    first = arrays[0]
    if isinstance(first, np.ndarray) and first.dtype.kind in "fc":  # the common case, told quickly
        for a in arrays[1:]:
            if a.dtype is not first.dtype if isinstance(a, np.ndarray) else type(a) is not float and type(a) is not int:
                break
        else:
            return arrays
    dtype = None
    uniform = True
    for a in arrays:
        if isinstance(a, np.ndarray):
            if dtype is None:
                dtype = a.dtype
            elif a.dtype != dtype:
                uniform = False
    if dtype is None:
        dtype = dtypes.promote([], arrays)
        uniform = False
    if uniform and dtype.kind in "fcV":
        if dtype.kind == "c" or not any(isinstance(a, complex) for a in arrays):
            return arrays
    elif uniform and op.promote is COMMON and all(isinstance(a, np.ndarray | int) for a in arrays):
        if dtype.kind != "b" or all(isinstance(a, np.ndarray | bool) for a in arrays):
            return arrays
    found = [a for a in arrays if isinstance(a, np.ndarray)]
    common = dtypes.promote(found, [a for a in arrays if not isinstance(a, np.ndarray)])
    if common.kind in "iub" and op.promote is not COMMON:
        common = dtypes.get_default_dtype().numpy
    return [a.astype(common) if isinstance(a, np.ndarray) and a.dtype != common else a for a in arrays] if found else [
        np.asarray(a, common) for a in arrays
    ]


def record(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...], results: tuple[Tensor, ...]) -> None:
    """Put a node behind `results`, with what its rules ask for."""
    if all(r._a.dtype.kind not in FLOATING for r in results):
        return
    nexts: list[Any] = []
    nrs: list[int] = []
    for t in tensors:
        if isinstance(t, Tensor) and t._rg:
            nexts.append(t._fn or t)
            nrs.append(t._nr)
        else:
            nexts.append(None)
            nrs.append(0)
    node = make_node(op, tensors, settings, results, tuple(nexts), tuple(nrs))
    for nr, r in enumerate(results):
        if r._a.dtype.kind in FLOATING:
            r._rg = True
            r._fn = node
            r._nr = nr


FLOATING = frozenset("fcV")
"""The kinds of NumPy dtypes that have gradients; V is bfloat16."""


def make_node(
    op: Op,
    tensors: tuple[Any, ...],
    settings: tuple[Any, ...],
    results: tuple[Tensor, ...],
    nexts: tuple[Any, ...],
    nrs: tuple[int, ...],
) -> OpNode:
    """The node of one call, not yet attached to its results."""
    node = new(op.Node)
    node.nexts = nexts
    node.nrs = nrs
    node.seq = number()
    node.rare = None
    out = results[0]._a
    node.shape, node.dtype = out.shape, out.dtype
    node.many = None if op.outputs == 1 else [(r._a.shape, r._a.dtype) for r in results]
    node.recipe = recipe = op.recipe(needed(nexts))
    saved: list[Any] = []
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
    if saved and state.saved_hooks:
        saved = save_hook(node, saved)
    node.saved = tuple(saved)
    node.plain = tuple([plain(op, name, tensors, settings) for name in recipe.plain]) if recipe.plain else ()
    if state.anomaly:
        trace_hook(node)
    return node


new = object.__new__


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


def link_view(op: Op, source: Tensor, results: tuple[Tensor, ...]) -> None:
    """Let `results` share `source`'s version counter, and know whose memory they show."""
    store = storage(source)
    base = source if source._view is None else source._view.base
    carrier = source if source._view is None or source._view.carrier is None else source._view.carrier
    creation = source._view.creation if source._view is not None else ""
    if op.multi_view:
        creation = "multi"
    elif not creation and state.inference:
        creation = "inference"
    elif not creation and not state.grad:
        creation = "no_grad"
    for r in results:
        r._store = store
        if source._rare is not None and source._rare.inference:
            r._record().inference = True
        if op.kind is not None:
            r._view = View(base, store.version, creation, carrier)


# What modules further right install: forward mode (forward_ad.py), hooks on saved tensors (hooks.py),
# and the traces of anomaly mode.
forward_hook: Callable[..., Any]
save_hook: Callable[[OpNode, list[Any]], list[Any]]
raw_saved_hook: Callable[[OpNode, int | None], Any]
trace_hook: Callable[[Node], None]


def op(
    *,
    kind: str | None = None,
    promote: str | None = None,
    outputs: int = 1,
    view: bool = False,
    node: str | None = None,
    method: bool | str = True,
    inplace: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    """Declare the decorated NumPy function an op.

    kind      ELEMENTWISE, LINEAR, MULTILINEAR, GENERAL; None has no derivative
    promote   how the arguments' dtypes meet: FLOAT, COMMON, COMMON_FLOAT, or None: they stay
    outputs   how many tensors the kernel returns; 0 says that it depends on the call
    view      does the result show the first argument's memory?
    node      torch's name of the node, where it is not "NameBackward0"
    method    also a method of Tensor, under this name
    inplace   also a method with a trailing underscore that writes into the first argument
    """

    def declare(kernel: Callable[..., Any]) -> Callable[..., Any]:
        declared = Op(kernel, kind, promote, outputs, view, node)
        bind, count = declared.bind, len(declared.tensor_names)

        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs or len(args) != count:
                tensors, settings = bind(args, kwargs)
            else:
                tensors, settings = args, declared.defaults
            for t in tensors:
                if isinstance(t, Tensor):
                    return dispatch(declared, tensors, settings)
            if any(isinstance(t, np.ndarray | np.generic) for t in tensors):
                return declared.kernel(*tensors, *settings)  # a rule at work on arrays
            if not tensors:
                raise TypeError(f"{declared.name}() expected a non-empty list of Tensors")
            raise errors.not_a_tensor(declared.name, "input", 1, tensors[0])

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
        tensors, settings = declared.bind((self, *args), kwargs)
        return write_hook(declared, tensors, settings)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name[:-1]}`."
    return method


write_hook: Callable[[Op, tuple[Any, ...], tuple[Any, ...]], Tensor]  # views.py knows how to write in place

__all__ = [
    "COMMON", "COMMON_FLOAT", "ELEMENTWISE", "FLOAT", "GENERAL", "LINEAR", "MULTILINEAR", "Op", "OpNode", "method", "op",
]  # fmt: skip

