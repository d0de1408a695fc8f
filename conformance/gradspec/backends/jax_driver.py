"""Differentiate a program on JAX op by op, each op compiled once, so that a new graph costs no compilation.

A Function is a description of a computation (an op with its settings, the pullback or the
pushforward of another Function, a sum, a conjugate); equal descriptions share one compiled kernel
per shape and dtype. A Call is one application of a Function to numbered values. A Tape is the
values and the calls. A pullback is a Function like any other, so the backward pass is put on the
same tape and can be differentiated again.

The derivative rules are JAX's: `jax.vjp` and `jax.jvp` of single ops. The chain rule between ops
is ours; `whole` leaves that to JAX as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..catalogue.call import function

Arrays = tuple[jax.Array, ...]


@dataclass(frozen=True)
class Apply:
    """One op in JAX's words, with its settings: x... -> (y,)."""

    template: str
    settings: tuple[tuple[str, Any], ...] = ()
    defines: str = ""

    def __call__(self, *args: jax.Array) -> Arrays:
        """Apply it."""
        call = function(self.template, "jnp", "jax", "lax", defines=self.defines)
        return (call(jnp, jax, lax, *args, **dict(self.settings)),)


@dataclass(frozen=True)
class Pullback:
    """(the arguments of `of`, then a cotangent per result) -> a cotangent for each argument in `wrt`."""

    of: Function
    arity: int
    wrt: tuple[int, ...]

    def __call__(self, *args: jax.Array) -> Arrays:
        """Apply it."""
        primals, cotangents = args[: self.arity], args[self.arity :]
        moving = _only(self.of, primals, self.wrt)
        return tuple(jax.vjp(moving, *(primals[n] for n in self.wrt))[1](cotangents))


@dataclass(frozen=True)
class Pushforward:
    """(the arguments of `of`, then a tangent per argument in `wrt`) -> a tangent per result."""

    of: Function
    arity: int
    wrt: tuple[int, ...]

    def __call__(self, *args: jax.Array) -> Arrays:
        """Apply it."""
        primals, tangents = args[: self.arity], args[self.arity :]
        moving = _only(self.of, primals, self.wrt)
        return tuple(jax.jvp(moving, tuple(primals[n] for n in self.wrt), tangents)[1])


@dataclass(frozen=True)
class Batched:
    """`of` on several sets of arguments at once: those in `axes` have a batch as their first dimension."""

    of: Function
    arity: int
    axes: tuple[int, ...]

    def __call__(self, *args: jax.Array) -> Arrays:
        """Apply it."""
        return tuple(jax.vmap(self.of, [0 if n in self.axes else None for n in range(self.arity)])(*args))


Function = Apply | Pullback | Pushforward | Batched

ADD = Apply("jnp.add({0}, {1})")
CONJ = Apply("jnp.conj({0})")
SQUARED = Apply("jnp.sum(jnp.real({0} * jnp.conj({0})))")


@functools.lru_cache(maxsize=4096)  # an executable holds about half a megabyte; a worker is recycled before that hurts
def compiled(what: Function) -> Callable[..., Arrays]:
    """`what`, compiled on first use for each shape and dtype, and kept."""
    kept: Callable[..., Arrays] = jax.jit(what)
    return kept


@functools.cache
def differentiable(dtype: Any) -> bool:
    """Can a number of this dtype carry a derivative?"""
    return bool(jnp.issubdtype(dtype, jnp.inexact))


@dataclass(frozen=True)
class Call:
    """`what` applied to the values numbered `args`, giving those numbered `results`."""

    what: Function
    args: tuple[int, ...]
    results: tuple[int, ...]


@dataclass
class Tape:
    """Values by number and the calls that made them, in order; a leaf is a value without a call."""

    values: list[jax.Array | np.ndarray] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def leaf(self, value: jax.Array | np.ndarray) -> int:
        """Put a value on the tape, NumPy's for the compiled functions to fetch; returns its number."""
        self.values.append(value)
        return len(self.values) - 1

    def call(self, what: Function, *args: int) -> tuple[int, ...]:
        """Apply `what` to values by number; returns the numbers of the results."""
        made = compiled(what)(*(self.values[n] for n in args))
        results = tuple(self.leaf(value) for value in made)
        self.calls.append(Call(what, args, results))
        return results

    def pull(
        self, heads: Sequence[tuple[int, int]], inputs: Sequence[int], batch: int | None = None
    ) -> list[int | None]:
        """The gradient of the sum of <cotangent, value> over `heads`, for each input.

        With a `batch`, so many cotangents are stacked along a first dimension, and so are the gradients.

        The backward pass goes on the tape too. `heads` are pairs of numbers (value, cotangent), the
        gradients are numbers as well. None: no value among the heads depends on that input. The
        convention is torch's, the conjugate of JAX's (torch notes/autograd, "Autograd for Complex
        Numbers"), so complex cotangents are conjugated on the way in and out.
        """
        forward = list(self.calls)
        moves = self.reached(inputs)
        due: dict[int, int] = {}
        for value, cotangent in heads:
            if value in moves:
                self.add(due, value, self.conj(cotangent))
        for call in reversed(forward):
            if not any(n in due for n in call.results):
                continue
            wrt = tuple(k for k, n in enumerate(call.args) if n in moves)
            if not wrt:
                continue
            seeds = [due[n] if n in due else self.zero(n, batch) for n in call.results]
            what: Function = Pullback(call.what, len(call.args), wrt)
            if batch is not None:
                arity = len(call.args) + len(seeds)
                what = Batched(what, arity, tuple(range(len(call.args), arity)))
            pieces = self.call(what, *call.args, *seeds)
            for k, piece in zip(wrt, pieces, strict=True):
                self.add(due, call.args[k], piece)
        return [self.conj(due[n]) if n in due else None for n in inputs]

    def push(self, tangents: Mapping[int, int]) -> dict[int, int]:
        """The tangent of every value that depends on one with a tangent; values and tangents by number.

        The tangents are computed on the tape too, and so may be differentiated again.
        """
        moving = dict(tangents)
        for call in list(self.calls):
            wrt = tuple(k for k, n in enumerate(call.args) if n in moving)
            if not wrt or not all(self.smooth(n) for n in call.results):
                continue
            along = [moving[call.args[k]] for k in wrt]
            made = self.call(Pushforward(call.what, len(call.args), wrt), *call.args, *along)
            moving.update(zip(call.results, made, strict=True))
        return moving

    def reached(self, inputs: Sequence[int]) -> set[int]:
        """The values that depend on `inputs` through differentiable ones."""
        reached = {n for n in inputs if self.smooth(n)}
        for call in self.calls:
            if any(n in reached for n in call.args):
                reached.update(n for n in call.results if self.smooth(n))
        return reached

    def smooth(self, number: int) -> bool:
        """Does the value have a dtype that can carry a derivative?"""
        return differentiable(self.values[number].dtype)

    def add(self, due: dict[int, int], value: int, cotangent: int) -> None:
        """Add to the cotangent that is due to `value`."""
        due[value] = self.call(ADD, due[value], cotangent)[0] if value in due else cotangent

    def zero(self, number: int, batch: int | None = None) -> int:
        """A cotangent of zeros for a value, or a batch of them."""
        value = self.values[number]
        shape = value.shape if batch is None else (batch, *value.shape)
        return self.leaf(np.zeros(shape, value.dtype))

    def conj(self, number: int) -> int:
        """The conjugate of a complex value; a real one as it is."""
        return self.call(CONJ, number)[0] if jnp.iscomplexobj(self.values[number]) else number


def _only(what: Function, primals: Sequence[jax.Array], wrt: tuple[int, ...]) -> Callable[..., Arrays]:
    """`what` as a function of the arguments in `wrt` alone, the others held at `primals`."""

    def moving(*moved: jax.Array) -> Arrays:
        full = list(primals)
        for place, value in zip(wrt, moved, strict=True):
            full[place] = value
        return what(*full)

    return moving
