"""refgrad as a second engine, whose sums run in another order: what it comes to is as right as what refgrad comes to.

    benchmarks._reordered:Reordered

Floating-point addition is not associative, so every order of a sum has roundings of its own; a judge that takes them
for a mistake is wrong. Within `reordered()` the modules of refgrad see a NumPy that adds every second place, from the
last, then the others: sums, means, products of matrices, einsum, running sums, and what is added at an index.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from gradspec.backends.refgrad import Refgrad
from gradspec.outcome import Answers
from gradspec.programs.model import Program


class Reordered(Refgrad):
    """refgrad in another order of summation."""

    name = "refgrad-reordered"

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """As refgrad, with every sum in another order."""
        with reordered():
            return super().answer(program, steps=steps)


@contextlib.contextmanager
def reordered() -> Iterator[None]:
    """Within, refgrad adds in another order."""
    seen = [module for name, module in sys.modules.items() if name.partition(".")[0] == "refgrad"]
    changed = [module for module in seen if module.__dict__.get("np") is np]
    for module in changed:
        module.__dict__["np"] = OTHER
    try:
        yield
    finally:
        for module in changed:
            module.__dict__["np"] = np


@functools.cache
def order(n: int) -> np.ndarray:
    """The other order of n places: 4, 2, 0, 3, 1 of five. (Of two there is none: addition commutes.)"""
    return np.array([*range(1, n, 2), *range(0, n, 2)][::-1], np.intp)


def mixed(a: Any, axis: int | Sequence[int] | None = None) -> np.ndarray:
    """The array with the places along `axis` (None: all) in the other order."""
    a = np.asarray(a)
    axes = range(a.ndim) if axis is None else (axis,) if isinstance(axis, int | np.integer) else axis
    for at in axes:
        a = a.take(order(a.shape[at]), at)
    return a


class Add:
    """np.add, whose reductions run in the other order."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """One addition, in which there is nothing to reorder."""
        return np.add(*args, **settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(np.add, name)

    def reduce(self, a: Any, axis: Any = 0, *rest: Any, **settings: Any) -> Any:
        """A sum along dimensions."""
        return np.add.reduce(mixed(a, axis), axis, *rest, **settings)

    def reduceat(self, a: np.ndarray, places: np.ndarray, axis: int = 0) -> np.ndarray:
        """The sums of the stretches of a dimension that begin at `places`."""
        parts = np.split(a, places[1:], axis)
        return np.concatenate([self.reduce(part, axis, keepdims=True) for part in parts], axis)

    def at(self, out: np.ndarray, key: Any, x: Any) -> None:
        """`out[key] += x`, place by place, the last one first."""
        flat = np.arange(out.size).reshape(out.shape)[key]
        total = out.ravel()
        np.add.at(total, np.ravel(flat)[::-1], np.broadcast_to(x, np.shape(flat)).ravel()[::-1])
        out[...] = total.reshape(out.shape)


class Other(ModuleType):
    """NumPy with its summing functions in another order; all else is NumPy's own."""

    add = Add()

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def sum(self, a: Any, axis: Any = None, **settings: Any) -> Any:
        """A sum along dimensions."""
        return np.sum(mixed(a, axis), axis, **settings)

    def mean(self, a: Any, axis: Any = None, **settings: Any) -> Any:
        """A mean along dimensions."""
        return np.mean(mixed(a, axis), axis, **settings)

    def cumsum(self, a: Any, axis: int | None = None) -> np.ndarray:
        """Every prefix as a sum of blocks of 1, 2, 4 ... places: Hillis and Steele's order."""
        a = np.ravel(a) if axis is None else np.asarray(a)
        wide = a.astype(np.cumsum(a.ravel()[:1]).dtype)
        made = np.moveaxis(wide, 0 if axis is None else axis, 0)
        width = 1
        while width < len(made):
            made = np.concatenate([made[:width], made[width:] + made[:-width]])
            width *= 2
        return np.moveaxis(made, 0, 0 if axis is None else axis)

    def matmul(self, a: np.ndarray, b: np.ndarray) -> Any:
        """A product of matrices or vectors: the dimension that meets is reordered in both."""
        return np.matmul(mixed(a, -1), mixed(b, -2 if b.ndim > 1 else -1))

    def einsum(self, how: str, a: np.ndarray, b: np.ndarray, **settings: Any) -> Any:
        """A sum of products whose dimensions have letters: those that vanish are reordered."""
        terms, result = how.split("->")
        for letter in set(terms) - set(result) - {",", "."}:
            a, b = (
                mixed(x, term.index(letter)) if term.count(letter) == 1 else x
                for term, x in zip(terms.split(","), (a, b), strict=True)
            )
        return np.einsum(how, a, b, **settings)

    def bincount(self, places: np.ndarray, weights: np.ndarray | None = None, minlength: int = 0) -> np.ndarray:
        """The sums of the weights that share a place, the last one first."""
        return np.bincount(places[::-1], None if weights is None else weights[::-1], minlength)


OTHER = Other("numpy")
