"""Find the JAX function behind a call in torch's words, by the catalogue: torch.sum(x, 0) is jnp.sum(x, axis=0).

A Signature is one catalogue op read as a function: its path below `torch`, and its parameters in
order. What the catalogue does not say in a form that can be read so is not guessed.
"""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
from jax import lax

from .. import catalogue
from ..catalogue.call import SLOT, function
from ..catalogue.model import Op
from ..errors import Unsupported

DEFAULTS: Mapping[str, Any] = {
    "keepdim": False, "descending": False, "correction": 1, "reduction": "mean", "approximate": "none", "value": 1,
    "alpha": 1, "beta": 1, "min": None, "max": None, "delta": 1.0, "negative_slope": 0.01, "diagonal": 0, "offset": 0,
    "n": 1, "ord": 2, "stride": 1, "padding": 0, "eps": 1e-5, "k": 1,
}  # fmt: skip
"""What torch takes where a call leaves a setting out."""

DIM_IS_ALL = frozenset({"sum", "mean", "amax", "amin", "std", "var", "prod", "linalg.vector_norm"})
"""The ops that reduce everything when no dimension is named."""

DIM_IS_LAST = frozenset({"sort"})
"""The ops that work along the last dimension when none is named."""


@dataclass(frozen=True)
class Parameter:
    """One place of a call: a tensor (its number), a setting (its name), or a constant that the template fixes."""

    name: str
    slot: int | None = None
    fixed: Any = None
    is_fixed: bool = False


@dataclass(frozen=True)
class Signature:
    """A catalogue op as a function of torch's: path "nn.functional.relu", parameters in order."""

    op: Op
    path: str
    parameters: tuple[Parameter, ...]
    pair: bool = False
    """Does torch give indices too? Then the result has `values` and nothing else."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it on arrays; Unsupported where the call says something that the catalogue's form does not have."""
        if len(args) > len(self.parameters):
            raise Unsupported(f"the jax facade's torch.{self.path} takes {len(self.parameters)} arguments at most")
        given = {p.name: value for p, value in zip(self.parameters, args, strict=False)} | kwargs
        tensors: dict[int, Any] = {}
        settings: dict[str, Any] = {}
        for p in self.parameters:
            value = given.pop(p.name) if p.name in given else self.default(p)
            if p.is_fixed and value != p.fixed:
                raise Unsupported(f"the jax facade's torch.{self.path} has {p.name}={p.fixed!r} only")
            if p.slot is not None:
                tensors[p.slot] = value
            elif not p.is_fixed:
                settings[p.name] = value
        if given:
            raise Unsupported(f"the jax facade's torch.{self.path} has no {', '.join(sorted(given))}")
        arrays = [tensors[n] for n in sorted(tensors)]
        if self.op.family == "linalg" and self.op.shape([jnp.shape(x) for x in arrays], settings) is None:
            raise Unsupported(f"jax has another function than torch.{self.path} for these shapes")
        made = function(self.op.jax, "jnp", "jax", "lax")(jnp, jax, lax, *arrays, **settings)
        return Values(made) if self.pair else made

    def default(self, parameter: Parameter) -> Any:
        """What a parameter is when the call does not give it."""
        if parameter.is_fixed:
            return parameter.fixed
        if parameter.name == "dim" and self.op.name in DIM_IS_ALL:
            return None
        if parameter.name == "dim" and self.op.name in DIM_IS_LAST:
            return -1
        if parameter.slot is None and parameter.name in DEFAULTS:
            return DEFAULTS[parameter.name]
        raise Unsupported(f"the jax facade's torch.{self.path} needs {parameter.name}")


class Values:
    """What torch.sort and the like give, without the indices."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __getitem__(self, place: int) -> Any:
        return self.values if place == 0 else self.lacks("indices")

    def __iter__(self) -> NoReturn:
        self.lacks("indices")

    __len__ = __iter__

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self.lacks(name)

    def lacks(self, name: str) -> NoReturn:
        """Refuse what is not here."""
        raise Unsupported(f"the jax facade gives values, no {name}")


jax.tree_util.register_pytree_node(Values, lambda pair: ((pair.values,), None), lambda _, children: Values(*children))


@functools.cache
def signatures() -> Mapping[str, Callable[..., Any]]:
    """Every function of torch's that the catalogue gives in JAX's words, by path; a plain op before its variants."""
    found: dict[str, list[Signature]] = {}
    for op in catalogue.ops().values():
        signature = read(op) if op.jax else None
        if signature is not None:
            found.setdefault(signature.path, []).append(signature)
    return {path: overloaded(several) for path, several in found.items()}


def overloaded(several: Sequence[Signature]) -> Callable[..., Any]:
    """The first of `several` that can be called so; what the first of all says, where none can."""
    first, *others = several

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return first(*args, **kwargs)
        except Unsupported:
            for other in others:
                with contextlib.suppress(Unsupported):
                    return other(*args, **kwargs)
            raise

    return call


def read(op: Op) -> Signature | None:
    """The op's template as a signature; None if it is more than one plain call."""
    tree = ast.parse(SLOT.sub(lambda m: f"_{m[1]}", op.torch), mode="eval").body
    pair = isinstance(tree, ast.Attribute) and tree.attr == "values"
    tree = tree.value if isinstance(tree, ast.Attribute) else tree
    path = _dotted(tree.func) if isinstance(tree, ast.Call) else ""
    if not isinstance(tree, ast.Call) or not path.startswith("torch."):
        return None
    parameters = [_parameter(op, f"argument {n}", node) for n, node in enumerate(tree.args)]
    parameters += [_parameter(op, keyword.arg or "", keyword.value) for keyword in tree.keywords]
    slots = [p.slot for p in parameters if p is not None and p.slot is not None]
    if None in parameters or sorted(slots) != list(range(op.arity)):
        return None
    return Signature(op, path.removeprefix("torch."), tuple(p for p in parameters if p is not None), pair)


def _parameter(op: Op, name: str, node: ast.expr) -> Parameter | None:
    match node:
        case ast.Call(func=ast.Attribute(attr="tensor") | ast.Name(id="float"), args=[ast.Name() as inner]):
            return _parameter(op, name, inner)  # a caller gives the tensor, or the float, itself
        case ast.Name(id=slot) if slot[1:].isdigit():
            return Parameter(op.slots[int(slot[1:])].name, int(slot[1:]))
        case ast.Name(id=setting):
            return Parameter(setting[1:])
        case _:
            try:
                return Parameter(name, fixed=ast.literal_eval(node), is_fixed=True)
            except ValueError:
                return None


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Attribute(value=inner, attr=name):
            return f"{_dotted(inner)}.{name}"
        case ast.Name(id=name):
            return name
        case _:
            return ""
