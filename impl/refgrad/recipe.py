"""What a derivative rule asks for, and what a call must keep for it.

A DerivativeRule is the function that gives the gradient of one argument, with the names it asks
for; where torch has none, a Missing stands in its place. A Recipe joins the rules of the inputs that
need a gradient: what to save, and what to run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from . import errors
from .half import in_float32
from .tensor import Tensor

if TYPE_CHECKING:  # an op knows its rules; a rule only looks names up in its op
    from .op import Op

Rule = Callable[..., Any]


class Missing:
    """A rule that torch does not have either: to ask for it is an error, in each mode one of its own."""

    def __init__(self, backward: Callable[[], Exception], forward: Callable[[], Exception]) -> None:
        self.backward, self.forward = backward, forward

    def __call__(self, g: Any) -> NoReturn:
        raise self.backward()


def no_derivative(name: str) -> Missing:
    """In place of every rule of an op that is not differentiated at all, such as "aten::heaviside"."""
    return Missing(partial(errors.no_derivative, name), partial(errors.no_forward_mode, name))


def no_formula(argument: str, op: str) -> Missing:
    """In place of the rule of one argument that nobody has worked out: "igamma: input" of "igamma"."""
    return Missing(partial(errors.no_formula, argument), partial(errors.no_forward_formula, op))


def positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments that are not gathered in a tuple."""
    code = getattr(function, "__code__", None)
    if code is not None:  # a function: what inspect would find takes thirty times as long, for a thousand rules
        return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]  # type: ignore[no-any-return]
    return tuple(p.name for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_POSITIONAL)


class Recipe:
    """What one set of inputs that need gradients asks for.

    tensors     names of the arguments and outputs to save
    sources     where each of them is found: argument number i, or output number ~i
    plain       names of settings, shapes and dtypes to keep
    finders     what finds each of them, given the tensors and settings of a call
    inputs      picks what to save out of the tensors of a call; None where an output is saved, or nothing
    rules       per input that needs one: its position, its rule, and what picks the rule's arguments
                out of (gradients..., saved tensors..., plain...); None: those are the arguments
    lone        the position of the only input that needs one, in an op of one output; None: the node has several edges
    count       how many tensors to save
    direct      is the lone input's rule called with the gradient and what was saved, at most one thing?
    own         is the lone input among the saved tensors?
    both        does the op take two tensors that both need one?
    """

    __slots__ = ("both", "count", "direct", "finders", "inputs", "lone", "own", "plain", "rules", "sources", "tensors")

    def __init__(self, op: Op, needed: int) -> None:
        half, needed = needed < 0, ~needed if needed < 0 else needed
        rules = [(i, op.rule(i)) for i in range(needed.bit_length()) if needed >> i & 1]
        wanted = dict.fromkeys(name for _, rule in rules for name in rule.wants)
        grads = op.grad_names
        self.tensors = [n for n in wanted if n in op.tensor_index or n in op.out_names]
        self.sources = [op.tensor_index[n] if n in op.tensor_index else ~op.out_names[n] for n in self.tensors]
        self.plain = [n for n in wanted if n not in grads and n not in self.tensors]
        self.finders = [finder(op, name) for name in self.plain]
        self.inputs = itemgetter(*self.sources) if self.sources and min(self.sources) >= 0 else None
        place = {name: i for i, name in enumerate([*grads, *self.tensors, *self.plain])}
        self.rules = [
            (i, in_float32(rule.at(i)) if half else rule.at(i), _picker([place[n] for n in rule.wants], len(place)))
            for i, rule in rules
        ]
        self.count = len(self.tensors)
        self.lone = rules[0][0] if len(rules) == 1 and op.outputs == 1 and not op.variadic else None
        self.direct = self.lone is not None and self.count < 2 and not self.plain and self.rules[0][2] is None
        self.own = self.lone in self.sources
        self.both = len(rules) == len(op.tensor_names) == 2 and not op.variadic


def finder(op: Op, name: str) -> Callable[[tuple[Any, ...], tuple[Any, ...]], Any]:
    """What finds a setting, or the shape or dtype of an argument, in a call's tensors and settings."""
    if name in op.settings:
        at = op.setting_names.index(name)
        return lambda tensors, settings: settings[at]
    if name == "shapes":
        return lambda tensors, settings: [t._a.shape for t in tensors]
    argument, _, what = name.rpartition("_")
    at = op.tensor_index[argument]
    if what == "shape":
        return lambda tensors, settings: array_of(tensors[at]).shape
    return lambda tensors, settings: array_of(tensors[at]).dtype


def array_of(x: Any) -> np.ndarray:
    """The array of a tensor or of a number, which has the shape ()."""
    return x._a if isinstance(x, Tensor) else np.asarray(x)


def _picker(places: list[int], count: int) -> Callable[[list[Any]], tuple[Any, ...]] | None:
    if places == list(range(count)):
        return None
    if len(places) == 1:
        (only,) = places
        return lambda values: (values[only],)
    return itemgetter(*places)


class DerivativeRule:
    """A derivative rule and the names it asks for.

    placed   the rule of a variadic op that asks, last, for `index`: which of the tensors it is for
    """

    __slots__ = ("function", "placed", "wants")

    def __init__(self, op: Op, argument: str, function: Rule) -> None:
        self.function = function
        names = tuple(op.grad_names[:1]) if isinstance(function, Missing) else positional(function)
        known = op.known_names
        self.placed = op.variadic and names[-1:] == ("index",)
        self.wants = names[:-1] if self.placed else names
        for name in self.wants:
            if name not in known:
                raise TypeError(
                    f"{op.name}: the rule for {argument!r} asks for {name}; it may ask for {', '.join(known)}"
                )

    def at(self, position: int) -> Rule:
        """The rule as a function of `wants` alone."""
        return partial(self.function, index=position) if self.placed else self.function
