"""Resampling along the last dimensions: every new element is a weighted sum of old ones.

All of `interpolate`, and adaptive average pooling too, are Maps (maps.py); their transposes are the derivatives, and
so the maps are all there is to know.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import LINEAR, Overload, op


def _named(tensors: Any, settings: Any) -> tuple[str, slice]:
    return f"{settings[2].format(len(settings[0]))}Backward0", slice(None)


_name_by_rank: Overload = _named


@op(kind=LINEAR, method=False, node=_name_by_rank)
def _resampled(x, maps=(), transposed=False, name="AdaptiveAvgPool{}D"):
    """x with a Map along each of its last dimensions (or its transpose)."""
    steps = [*zip(range(x.ndim - len(maps), x.ndim), maps, strict=True)]
    for axis, each in reversed(steps) if transposed else steps:
        x = each.applied(x, axis, transposed)
    return np.ascontiguousarray(x)


_resampled.grads(x=lambda g, maps, transposed, name: _resampled(g, maps, not transposed, name))
