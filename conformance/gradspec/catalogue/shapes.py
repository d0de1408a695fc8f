"""Shape rules: from the shapes of the arguments to the shape of the result, or None where they do not fit.

Each `shape` rule of an Op is one of these functions or a small composition of them; `Settings`
makers list what may be drawn for given shapes (`dims`: every dimension, with and without keepdim).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .model import Shape

Rule = Callable[[Sequence[Shape], Mapping[str, Any]], Shape | None]
Settings = Callable[[Sequence[Shape]], Sequence[Mapping[str, Any]]]


def same(shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Shape | None:
    """The shape of the first argument."""
    return shapes[0]


def together(*shapes: Shape) -> Shape | None:
    """Broadcast: aligned at the right, each pair of sizes equal or one of them 1."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    result = []
    for sizes in zip(*padded, strict=True):
        wide = {size for size in sizes if size != 1}
        if len(wide) > 1:
            return None
        result.append(wide.pop() if wide else 1)
    return tuple(result)


def broadcast(shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Shape | None:
    """The arguments broadcast against each other."""
    return together(*shapes)


def equal(shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Shape | None:
    """The arguments have one shape, and so has the result."""
    return shapes[0] if all(shape == shapes[0] for shape in shapes) else None


def scalar(shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Shape | None:
    """The arguments have one shape; the result is a single number."""
    return () if all(shape == shapes[0] for shape in shapes) else None


def reduced(shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Shape | None:
    """Without the dimensions in `dim` (an int, a tuple, None for all), or with size 1 there under `keepdim`."""
    shape, dims = shapes[0], dims_of(shapes[0], settings.get("dim"))
    if settings.get("keepdim"):
        return tuple(1 if i in dims else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in dims)


def dims_of(shape: Shape, dim: Any) -> set[int]:
    """The dimensions that `dim` names, counted from the left."""
    if dim is None:
        return set(range(len(shape)))
    return {d % len(shape) for d in (dim if isinstance(dim, tuple) else (dim,))}


def count(shape: Shape, dim: Any) -> int:
    """How many elements are reduced into one."""
    return math.prod(shape[d] for d in dims_of(shape, dim))


def none(shapes: Sequence[Shape]) -> Sequence[Mapping[str, Any]]:
    """No settings."""
    return ({},)


def choices(**values: Sequence[Any]) -> Settings:
    """The same settings whatever the shapes: one dict per value, the other names at their first value."""
    first = {name: options[0] for name, options in values.items()}
    table = [first] + [first | {name: option} for name, options in values.items() for option in options[1:]]
    return lambda shapes: table


def each_dim(**fixed: Any) -> Settings:
    """One dimension at a time, the last written as -1."""
    return lambda shapes: [{"dim": d, **fixed} for d in _dims(shapes[0])]


def dims(shapes: Sequence[Shape]) -> Sequence[Mapping[str, Any]]:
    """Every single dimension, without and with keepdim."""
    return [{"dim": d, "keepdim": k} for d in _dims(shapes[0]) for k in (False, True)]


def many_dims(shapes: Sequence[Shape]) -> Sequence[Mapping[str, Any]]:
    """All dimensions, every single one, and the outer two; without and with keepdim."""
    rank = len(shapes[0])
    options: list[Any] = [tuple(range(rank)), *_dims(shapes[0])]
    if rank > 2:
        options.append((0, -1))
    return [{"dim": d, "keepdim": k} for d in options for k in (False, True)]


def _dims(shape: Shape) -> list[int]:
    return [-1, *range(len(shape) - 1)] if shape else []
