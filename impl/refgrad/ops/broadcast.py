"""A tensor repeated along new dimensions, or those of size 1, without copying; and the shapes that tensors meet in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..description import Size
from ..op import method
from ..sizes import whole
from ..tensor import Tensor
from .fit import _expand


@method
def expand(x: Any, *sizes: Any) -> Any:
    """x repeated along dimensions of size 1 and new ones, without copying; -1 keeps a size."""
    shape, have = whole(sizes, "expand", "size"), tuple(x.shape)
    lead = len(shape) - len(have)
    if lead < 0:
        raise RuntimeError(
            f"expand({x.dtype if not isinstance(x, Tensor) else x.dtype.tensor_type}{{{list(have)}}}, "
            f"size={list(shape)}): "
            f"the number of sizes provided ({len(shape)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(have)})"
        )
    if min(shape, default=0) >= 0 and all(old in (1, n) for n, old in zip(shape[lead:], have, strict=True)):
        return _expand(x, shape)
    full = list(shape)
    for i, n in reversed([*enumerate(shape)]):
        old = have[i - lead] if i >= lead else None
        if n == -1:
            if old is None:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}"
                )
            full[i] = old
        elif old not in (None, 1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton "
                f"dimension {i}.  Target sizes: {list(shape)}.  Tensor sizes: {list(have)}"
            )
    return _expand(x, tuple(full))


def broadcast_to(x: Any, size: Sequence[int]) -> Any:
    """x repeated to `size`, without copying."""
    return expand(x, size)


@method
def expand_as(x: Any, other: Any) -> Any:
    """x repeated to other's shape, without copying."""
    return expand(x, other.shape)


Tensor.broadcast_to = broadcast_to  # type: ignore[attr-defined]


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes meet in; raises RuntimeError where they do not."""
    return Size(errors.broadcast(*((s,) if isinstance(s, int) else tuple(s) for s in shapes)))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors repeated to the shape that they meet in."""
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)
