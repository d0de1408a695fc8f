"""The sizes and options that a call names: checked as torch checks them, so that no slip passes unseen."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

OPTIONS = frozenset({"generator", "layout", "memory_format", "names", "out", "pin_memory", "size"})
"""What factories take besides what they look at."""


def whole(sizes: tuple[Any, ...], call: str, argument: str) -> tuple[int, ...]:
    """The sizes in `f(2, 3)` as in `f((2, 3))`; raises TypeError for what is no whole number."""
    given = sizes
    if len(sizes) == 1 and isinstance(sizes[0], Sequence) and not isinstance(sizes[0], str):
        sizes = tuple(sizes[0])
    try:
        return tuple(map(operator.index, sizes))
    except TypeError:
        wrong = [i for i, n in enumerate(sizes) if not hasattr(n, "__index__")]
        at = wrong[0] if wrong else 0
        if at == 0 and sizes is given:
            raise TypeError(
                f"{call}(): argument '{argument}' (position 1) must be tuple of ints, not {type(given[0]).__name__}"
            ) from None
        raise TypeError(
            f"{call}(): argument '{argument}' failed to unpack the object at pos {at + 1} with error "
            f'"type must be tuple of ints,but got {type(sizes[at]).__name__}"'
        ) from None


def size_of(size: tuple[Any, ...], call: str = "empty") -> tuple[int, ...]:
    """The shape of a new tensor in `zeros(2, 3)` as in `zeros((2, 3))`; raises RuntimeError for a negative size."""
    shape = whole(size, call, "size")
    if any(n < 0 for n in shape):
        if call == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def refuse(call: str, options: dict[str, Any]) -> None:
    """Raise TypeError for an option that no factory takes."""
    for name in options:
        if name not in OPTIONS:
            raise TypeError(f"{call}() got an unexpected keyword argument '{name}'")


__all__ = ["refuse", "size_of", "whole"]
