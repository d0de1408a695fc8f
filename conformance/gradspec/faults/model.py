"""Plant one fault in an engine through its torch-named namespace, and take it back.

A Fault is a function that answers in the place of others: `slope` faults give right values with
another derivative, `answer` faults give whatever they give. The same fault is planted in refgrad and in
torch, from outside, by names both have; `planted` does it for the length of a `with` block. The harmless
twin of a fault stands in the same places and does nothing wrong: what it upsets is no merit of a suite.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from unittest.mock import patch

Origin = Literal["written", "reported", "drawn"]

Wrong = Callable[..., Any]
"""(the namespace, the right function, the call's arguments) -> what comes instead, or (a slope) differentiates so."""

OPERATORS = {
    "add": ("__add__", "__radd__"), "sub": ("__sub__",), "mul": ("__mul__", "__rmul__"), "div": ("__truediv__",),
    "pow": ("__pow__",), "matmul": ("__matmul__",), "neg": ("__neg__",), "abs": ("__abs__",),
}  # fmt: skip
"""How Python spells some functions."""


@dataclass(frozen=True)
class Fault:
    """One way to be wrong: its name and sentence, what kind of slip it is, the names it stands behind.

    `after` is the report of a real engine's bug that it retells. By its `origin` it was written while the suite grew,
    or after reports and before any run, or drawn at random.
    """

    name: str
    said: str
    kind: str
    targets: tuple[str, ...]
    wrong: Wrong
    is_slope: bool
    after: str = ""
    origin: Origin = "written"


REPORTED = f"{__package__}.reported"
"""The package of the faults after reports of real bugs."""

FAULTS: dict[str, Fault] = {}
"""Every fault that is written down, by its name, in the order of the families."""


def slope(kind: str, *targets: str, after: str = "") -> Callable[[Wrong], Wrong]:
    """A fault whose values are right: the function below gives a tensor with the derivative that comes instead."""
    return lambda wrong: _written(wrong, kind, targets, is_slope=True, after=after)


def answer(kind: str, *targets: str, after: str = "") -> Callable[[Wrong], Wrong]:
    """A fault in the result itself, or in what happens on the way to it."""
    return lambda wrong: _written(wrong, kind, targets, is_slope=False, after=after)


def _written(wrong: Wrong, kind: str, targets: tuple[str, ...], *, is_slope: bool, after: str) -> Wrong:
    name, said = wrong.__name__.replace("_", "-"), " ".join((wrong.__doc__ or "").split())
    if name in FAULTS:
        raise ValueError(f"two faults are called {name}")
    origin: Origin = "reported" if wrong.__module__.startswith(REPORTED) else "written"
    FAULTS[name] = Fault(name, said, kind, targets, wrong, is_slope, after, origin)
    return wrong


def load() -> dict[str, Fault]:
    """Every fault of every family, those after reports last."""
    for package in (__package__, REPORTED):
        families = pkgutil.iter_modules(importlib.import_module(package).__path__)
        for name in sorted(found.name for found in families):
            importlib.import_module(f"{package}.{name}")
    return FAULTS


Place = tuple[int, str]
"""An owner, by its identity, and a name in it."""


@contextlib.contextmanager
def overheard(torch: Any, faults: Iterable[Fault]) -> Iterator[set[Place]]:
    """Listen at every place where one of `faults` could stand; the set that is given fills with what is called."""
    heard: set[Place] = set()
    places = {(id(owner), name): owner for fault in faults for owner, name in places_of(torch, fault)}
    with contextlib.ExitStack() as stack:
        for (key, name), owner in places.items():
            stack.enter_context(patch.object(owner, name, _listener(getattr(owner, name), (key, name), heard)))
        yield heard


def _listener(right: Any, place: Place, heard: set[Place]) -> Any:
    @functools.wraps(right)
    def instead(*args: Any, **kwargs: Any) -> Any:
        heard.add(place)
        return right(*args, **kwargs)

    return instead


def places_of(torch: Any, fault: Fault) -> list[tuple[Any, str]]:
    """Every place behind which a fault stands in this namespace."""
    return [place for target in fault.targets for place in spellings(torch, target)]


@contextlib.contextmanager
def planted(torch: Any, fault: Fault, *, harmless: bool = False) -> Iterator[None]:
    """Plant `fault`, or its harmless twin, behind every one of its names that `torch` has."""
    busy = [False]
    with contextlib.ExitStack() as stack:
        for owner, name in places_of(torch, fault):
            right = getattr(owner, name)
            stack.enter_context(patch.object(owner, name, _stand_in(torch, fault, right, busy, harmless)))
        yield


def spellings(torch: Any, target: str) -> list[tuple[Any, str]]:
    """Where a name is found: "sin" is a function, a method, or both; "Tensor.backward" is what it says."""
    if "." in target:
        path, _, name = target.rpartition(".")
        owner = functools.reduce(lambda at, part: getattr(at, part, None), path.split("."), torch)
        return [(owner, name)] if hasattr(owner, name) else []
    owners = (torch, torch.Tensor, torch.nn.functional)
    methods = [(torch.Tensor, name) for name in OPERATORS.get(target, ()) if hasattr(torch.Tensor, name)]
    return [(owner, target) for owner in owners if hasattr(owner, target)] + methods


def _stand_in(torch: Any, fault: Fault, right: Any, busy: list[bool], harmless: bool) -> Any:
    """What is called in the place of `right`. What it calls itself is right: a fault is not committed twice."""

    @functools.wraps(right)
    def instead(*args: Any, **kwargs: Any) -> Any:
        if busy[0] or (harmless and not fault.is_slope):
            return right(*args, **kwargs)
        busy[0] = True
        try:
            if not fault.is_slope:
                return fault.wrong(torch, right, *args, **kwargs)
            value = right(*args, **kwargs)
            return seen(torch, value, value if harmless else fault.wrong(torch, right, *args, **kwargs))
        finally:
            busy[0] = False

    return instead


def seen(torch: Any, value: Any, like: Any) -> Any:
    """A tensor with the bits of `value` and the derivatives of `like`, of every order and in every mode.

    Of a result with several parts, part by part.
    """
    if isinstance(value, tuple) and isinstance(like, tuple):
        parts = [seen(torch, part, other) for part, other in zip(value, like, strict=True)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if like is None or not isinstance(value, torch.Tensor) or not (value.is_floating_point() or value.is_complex()):
        return value
    gap = like.detach() - like  # 0, or nan where `like` is infinite
    gap = torch.where(gap.detach() == gap.detach(), gap, torch.zeros_like(gap))
    return value.detach() - gap


def line(x: Any, slope: Any) -> Any:
    """A tensor whose derivative by `x` is `slope`, as if that were a constant."""
    return x * slope.detach()


def moving(torch: Any, *args: Any) -> bool:
    """Does one of the arguments carry a tangent?"""
    unpack = torch.autograd.forward_ad.unpack_dual
    tensors = [x for x in args if isinstance(x, torch.Tensor) and x.is_floating_point()]
    return any(unpack(x).tangent is not None for x in tensors)
