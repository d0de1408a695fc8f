"""Lay a tensor out in memory as a program's Input says, in torch's words, so that it works on any device.

A layout changes strides and offset, never values: what an engine computes from it must not change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import UnknownName

Layout = Callable[[Any, Any], Any]
"""(the torch-named namespace, a contiguous tensor) -> the same values, laid out otherwise."""


def transposed(torch: Any, x: Any) -> Any:
    """The last two dimensions are stored in the other order."""
    return x.transpose(-1, -2).contiguous().transpose(-1, -2) if x.dim() > 1 else x


def strided(torch: Any, x: Any) -> Any:
    """Every second element of a longer memory."""
    return torch.stack([x, x], -1)[..., 0]


def offset(torch: Any, x: Any) -> Any:
    """The memory begins one element before the tensor does."""
    flat = x.reshape(-1)
    return torch.cat([flat[:1], flat])[1:].reshape(x.shape) if x.dim() else torch.stack([x, x])[1]


def expanded(torch: Any, x: Any) -> Any:
    """Stride 0 along the first dimension, where its slices are all equal (elsewhere there is no such layout)."""
    if not x.dim() or x.shape[0] < 2:
        return x
    first = x[:1]
    alike = (x == first) | ((x != x) & (first != first))  # nan is like nan here
    return first.expand(x.shape) if bool(alike.all()) else x


def channels_last(torch: Any, x: Any) -> Any:
    """The second dimension is stored last, as images often are; there must be one after it."""
    return x.movedim(1, -1).contiguous().movedim(-1, 1) if x.dim() > 2 else x


LAYOUTS: dict[str, Layout] = {
    "contiguous": lambda _, x: x,
    "transposed": transposed,
    "strided": strided,
    "offset": offset,
    "expanded": expanded,
    "channels-last": channels_last,
}


def lay_out(torch: Any, x: Any, layout: str) -> Any:
    """`x` in the layout of that name; raises UnknownName."""
    if layout not in LAYOUTS:
        raise UnknownName.of("layout", layout, LAYOUTS)
    return LAYOUTS[layout](torch, x)
