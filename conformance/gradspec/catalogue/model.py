"""An Op is what the suite knows about one differentiable function, whoever implements it.

Names and parameters are torch's. A Slot is one tensor argument and the interval in which it is
smooth; a Kink says near which arguments no derivative is promised; `shape` tells what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .kinks import Kinks, never

Shape = tuple[int, ...]
Interval = tuple[float, float]

REALS: Interval = (-float("inf"), float("inf"))


@dataclass(frozen=True)
class Slot:
    """One tensor argument: the parameter's name and the interval where the op is defined and smooth."""

    name: str
    domain: Interval = REALS
    differentiable: bool = True
    dtypes: tuple[str, ...] = ("float64", "float32")


@dataclass(frozen=True, eq=False)
class Op:
    """One entry of the catalogue; it is itself, never equal to another.

    name       the suite's and torch's short name: "tanh", "linalg.solve", "relu".
    torch      how torch words call it, as a template over {0}, {1}, ... and {setting}:
               "torch.sum({0}, dim={dim}, keepdim={keepdim})". The refgrad, torch and facade
               namespaces are all called `torch` in it.
    slots      the tensor arguments, in order.
    shape      (shapes of the arguments, settings) -> shape of the result, or None if they do not fit.
    settings   (shapes of the arguments) -> the settings that may be drawn; each a dict.
    bounds     (intervals of the arguments, their shapes, settings) -> interval that holds the result,
               or None where it cannot say. It keeps long chains inside the domain and out of overflow.
    kinks      (argument arrays, settings) -> True where some element sits close enough to a point
               without a derivative that engines may legitimately differ.
    starts     shapes of the arguments to start from, where the usual small shapes do not fit (convolutions).
    jax        the same call in jax words (`jnp`, `jax`, `lax` in scope), or "" where jax lacks it.
    tangent    does forward mode exist? (in torch's documentation)
    orders     how many times it may be differentiated in reverse; 0: torch gives its value alone.
    halves     does it take float16 and bfloat16 in every engine?
    laws       equations that it keeps, as source: f is the op, x, y, z its arguments: "f(-x) == -f(x)". Those that
               many ops keep stand in laws.py.
    defines    source that torch's template needs first (a class, a function), with `torch` in scope; `jax_defines`
               is the same for jax's.
    act        done to its first argument, which is also its result: a hook is put on, a gradient retained.
    ulps       how many units in the last place a good engine may lose on the value of one call.
    """

    name: str
    torch: str
    slots: tuple[Slot, ...]
    shape: Callable[[Sequence[Shape], Mapping[str, Any]], Shape | None]
    settings: Callable[[Sequence[Shape]], Sequence[Mapping[str, Any]]] = lambda shapes: ({},)
    bounds: Callable[[Sequence[Interval], Sequence[Shape], Mapping[str, Any]], Interval | None] = (
        lambda intervals, shapes, settings: None
    )
    kinks: Kinks = never
    starts: tuple[tuple[Shape, ...], ...] = ()
    jax: str = ""
    family: str = ""
    tangent: bool = True
    orders: int = 99
    ulps: float = 4.0
    complex: bool = False
    halves: bool = True
    laws: tuple[str, ...] = ()
    notes: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    defines: str = ""
    jax_defines: str = ""
    act: bool = False

    @property
    def arity(self) -> int:
        """How many tensors it takes."""
        return len(self.slots)
