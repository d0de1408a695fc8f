"""Room around a tensor, filled with a constant or with what the tensor holds.

A pad is torch's flat list of sizes, last dimension first; negative sizes take away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..op import LINEAR, op
from .index_along import index_select


@op(kind=LINEAR, method=False, node="ConstantPadNdBackward0")
def _padded(x, amounts=(), value=0):
    """x with `value` around it; a negative amount takes away."""
    out = np.full([max(n + a + b, 0) for n, (a, b) in zip(x.shape, amounts, strict=True)], value, x.dtype)
    seen = [(max(-a, 0), max(n + min(b, 0), max(-a, 0))) for n, (a, b) in zip(x.shape, amounts, strict=True)]
    here = tuple(slice(start + a, end + a) for (start, end), (a, _) in zip(seen, amounts, strict=True))
    out[here] = x[tuple(slice(start, end) for start, end in seen)]
    return out


_padded.grads(x=lambda g, amounts: _padded(g, tuple((-a, -b) for a, b in amounts)))
_padded.jvp(lambda dx, amounts: _padded(dx, amounts))  # the constant has no tangent


def _padding(x: Any, pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """torch's flat list, last dimension first, as a pair for every dimension."""
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * len(x.shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {len(x.shape)}"
        )
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return ((0, 0),) * (len(x.shape) - len(pairs)) + tuple(reversed(pairs))


def _around(size: int, before: int, after: int, mode: str) -> np.ndarray:
    """Which element stands at each place of a padded dimension."""
    if mode == "reflect" and max(before, after) >= size:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at dimension of size {size}"
        )
    places = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    if mode == "circular":
        return places % size
    return np.where(places < 0, -places, np.where(places >= size, 2 * (size - 1) - places, places))


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: Any = None) -> Any:
    """x with room around it, filled with a constant, or with what it holds (reflect, replicate, circular)."""
    amounts = _padding(x, pad)
    if mode == "constant":
        if any(n + min(a, 0) + min(b, 0) < 0 for n, (a, b) in zip(x.shape, amounts, strict=True)):
            raise RuntimeError("narrow(): length must be non-negative.")
        return _padded(x, amounts, 0 if value is None else value)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    for d, (before, after) in enumerate(amounts):
        if before or after:
            x = index_select(x, d, _around(x.shape[d], before, after, mode))
    return x
