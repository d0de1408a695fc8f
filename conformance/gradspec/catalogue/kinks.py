"""Predicates that say which elements sit so close to a kink that engines may differ there.

A kink is a point without a derivative (relu at 0), a jump (floor at an integer) or a tie (the
maximum of two equal numbers). Close means: within the square root of the dtype's unit roundoff,
so that the rounding error of everything computed before cannot push the argument across.

A predicate answers with a Mask over the elements of the arguments (broadcast together), or with a
plain bool for all of them. `mask` makes arrays of either, one per argument. At the kinks of the ops
in SETTLED the documentation says which derivative there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .model import Op


class Mask(np.ndarray):
    """Booleans, element by element; as a condition it asks whether any is true."""

    def __bool__(self) -> bool:
        return bool(np.asarray(self).any())

    @classmethod
    def of(cls, truths: np.ndarray) -> Mask:
        """The array as a Mask."""
        return np.asarray(truths, dtype=bool).view(cls)


Kinks = Callable[[Sequence[np.ndarray], Mapping[str, Any]], bool | Mask]

ELEMENTWISE = frozenset({"arithmetic", "elementwise", "activation", "special"})
"""The families in which each element of the result comes from one of each argument."""

CHANNELWISE = frozenset({"prelu"})
"""Those among them whose second argument stands along dimension 1, where broadcasting does not look."""

PICKING = frozenset({
    "cummax", "cummin", "sort", "topk", "kthvalue", "amax", "amin", "max.dim", "min.dim", "l1_loss", "max_pool1d",
    "masked_fill",
})  # fmt: skip
"""Other ops whose predicate tells element from element: they pass each derivative on to some."""

SETTLED = frozenset({
    "abs", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "hardtanh", "hardsigmoid", "hardswish", "softshrink",
    "hardshrink", "threshold", "softsign", "clamp", "maximum", "minimum", "amax", "amin", "floor",
    "ceil", "trunc", "round", "sign", "where", "masked_fill", "l1_loss", "smooth_l1_loss", "huber_loss", "cummax",
    "cummin",
})  # fmt: skip
"""The ops whose derivative at a kink has a page of its own in specs/kinks, and so is promised."""


def radius(array: np.ndarray) -> float:
    """How close is close, for numbers of the array's dtype: 1.5e-8 for float64, 3.5e-4 for float32."""
    return float(np.finfo(array.dtype).eps ** 0.5) if array.dtype.kind in "fc" else 0.5


def near(a: np.ndarray, b: np.ndarray | float, room: float = 1.0) -> Mask:
    """Where is `a` within the radius (times `room`) of its partner in `b`? An infinity is near an equal one."""
    a = np.asarray(a)
    with np.errstate(invalid="ignore", over="ignore"):
        scale = np.where(np.isfinite(a), np.maximum(1.0, np.abs(a)), 1.0)
        return Mask.of((np.abs(a - b) <= room * radius(a) * scale) | (a == b))


def close(a: np.ndarray, b: np.ndarray | float, room: float = 1.0) -> bool:
    """Is some element of `a` near its partner in `b`?"""
    return bool(near(a, b, room))


def never(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> bool:
    """The op is smooth wherever it is defined."""
    return False


def at(*points: float, room: float = 1.0) -> Kinks:
    """A kink where an element of the first argument is one of `points`."""
    return lambda arrays, settings: either_of([near(arrays[0], point, room) for point in points])


def settings_at(*names: str) -> Kinks:
    """A kink where an element of the first argument equals one of these settings."""
    return lambda arrays, settings: either_of(
        [near(arrays[0], settings[name]) for name in names if settings[name] is not None]
    )


def integers(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> Mask:
    """A jump where an element of the first argument is an integer."""
    return near(arrays[0], np.round(arrays[0]))


def meet(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> Mask:
    """A tie where the first two arguments are equal."""
    return near(arrays[0], arrays[1])


def ties(arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> bool | Mask:
    """A tie between two elements of the first argument along `dim` (None: anywhere in it)."""
    array, dim = arrays[0], settings.get("dim")
    if array.ndim == 0 or array.size < 2:
        return False
    rows = array.reshape(1, -1) if dim is None else np.moveaxis(array, dim, -1)
    tied = tied_in(rows)
    return Mask.of(tied.reshape(array.shape) if dim is None else np.moveaxis(tied, -1, dim))


def tied_in(rows: np.ndarray) -> np.ndarray:
    """Which elements have an equal one in their row, the last dimension?"""
    order = np.argsort(rows, axis=-1)
    ordered = np.take_along_axis(rows, order, -1)
    with_next = near(ordered[..., 1:], ordered[..., :-1])
    tied = np.zeros(rows.shape, bool)
    tied[..., 1:] |= with_next
    tied[..., :-1] |= with_next
    found = np.zeros(rows.shape, bool)
    np.put_along_axis(found, order, tied, -1)
    return found


def either(*kinks: Kinks) -> Kinks:
    """Any of several reasons."""
    return lambda arrays, settings: either_of([kink(arrays, settings) for kink in kinks])


def either_of(found: Sequence[bool | Mask]) -> bool | Mask:
    """Where one of them is true; of masks that fit together, element by element."""
    masks = [one for one in found if isinstance(one, Mask)]
    if len(masks) < len(found) or len({one.shape for one in masks}) != 1:
        return any(map(bool, found))
    return Mask.of(np.logical_or.reduce(masks))


def elementwise(op: Op) -> bool:
    """Does each element of the result come from one of each argument?"""
    return op.family in ELEMENTWISE and op.name not in CHANNELWISE


def mask(op: Op, arrays: Sequence[np.ndarray], settings: Mapping[str, Any]) -> list[np.ndarray]:
    """For each argument, where its elements are at a kink; all of them, where the op does not tell them apart."""
    with np.errstate(all="ignore"):  # infinities and nan are near nothing, and no reason to warn
        found = op.kinks(arrays, settings)
    apart = elementwise(op) or op.name in PICKING
    if apart and isinstance(found, Mask) and together(*(array.shape for array in arrays)) == found.shape:
        return [upon(np.asarray(found), array.shape) for array in arrays]
    return [np.full(array.shape, bool(found)) for array in arrays]


def together(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that these broadcast to, if they do."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def upon(found: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A mask over broadcast arguments, for one of them: true where any of its copies is."""
    if found.shape == shape:
        return found
    extra = found.ndim - len(shape)
    stretched = tuple(d for d, n in enumerate(shape, extra) if n == 1 and found.shape[d] != 1)
    return np.logical_or.reduce(found, axis=(*range(extra), *stretched), keepdims=True).reshape(shape)
