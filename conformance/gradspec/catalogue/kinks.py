"""Predicates that say when an argument sits so close to a kink that engines may differ.

A kink is a point without a derivative (relu at 0), a jump (floor at an integer) or a tie (the
maximum of two equal numbers). Close means: within the square root of the dtype's unit roundoff,
so that the rounding error of everything computed before cannot push the argument across.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Kinks = Callable[[Sequence[np.ndarray], Mapping[str, Any]], bool]


def radius(array: np.ndarray) -> float:
    """How close is close, for numbers of the array's dtype: 1.5e-8 for float64, 3.5e-4 for float32."""
    return float(np.finfo(array.dtype).eps ** 0.5) if array.dtype.kind in "fc" else 0.5


def close(a: np.ndarray, b: np.ndarray | float, room: float = 1.0) -> bool:
    """Is some element of `a` within the radius (times `room`) of its partner in `b`?"""
    a = np.asarray(a)
    scale = np.maximum(1.0, np.abs(a))
    return bool(np.any(np.abs(a - b) <= room * radius(a) * scale))


def never(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> bool:
    """The op is smooth wherever it is defined."""
    return False


def at(*points: float, room: float = 1.0) -> Kinks:
    """A kink where an element of the first argument is one of `points`."""
    return lambda arrays, settings: any(close(arrays[0], point, room) for point in points)


def settings_at(*names: str) -> Kinks:
    """A kink where an element of the first argument equals one of these settings."""
    return lambda arrays, settings: any(
        close(arrays[0], settings[name]) for name in names if settings[name] is not None
    )


def integers(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> bool:
    """A jump where an element of the first argument is an integer."""
    return close(arrays[0], np.round(arrays[0]))


def meet(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> bool:
    """A tie where the first two arguments are equal."""
    return close(arrays[0], arrays[1])


def ties(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> bool:
    """A tie between two elements of the first argument along `dim` (None: anywhere in it)."""
    array, dim = arrays[0], settings.get("dim")
    if array.ndim == 0 or array.size < 2:
        return False
    ordered = np.sort(array.reshape(-1) if dim is None else np.moveaxis(array, dim, -1), axis=-1)
    return close(ordered[..., 1:], ordered[..., :-1])


def either(*kinks: Kinks) -> Kinks:
    """Any of several reasons."""
    return lambda arrays, settings: any(kink(arrays, settings) for kink in kinks)
