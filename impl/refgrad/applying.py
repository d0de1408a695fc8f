"""A Python function for every element: apply_, map_ and map2_, which no derivative can see into.

They are the oldest methods of a tensor, and write into it where it is; as in torch, their writes are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes, errors
from .tensor import Tensor


def _replace(name: str, function: Callable[..., Any], x: Tensor, others: dict[str, Any]) -> Tensor:
    """Put function(x[i], other[i], ...) into x[i] for every i; the others are broadcast to x's shape."""
    for position, (argument, t) in enumerate(others.items(), 1):
        if not isinstance(t, Tensor):
            raise errors.not_a_tensor(name, argument, position, t)
    for t in (x, *others.values()):
        if t.requires_grad:
            raise errors.python_function_recorded(name)
    for argument, t in others.items():
        if t._a.dtype != x._a.dtype:
            kinds = [dtypes.OF_NUMPY[a._a.dtype].tensor_type for a in (x, t)]
            raise TypeError(f"{name}: expected {kinds[0]} for '{argument}' (got {kinds[1]})")
    columns = [x._a, *(t.expand(x.shape)._a for t in others.values())]  # type: ignore[attr-defined]  # the ops are methods
    values = [function(*row) for row in zip(*[c.reshape(-1).tolist() for c in columns], strict=True)]
    x._a[...] = np.array(values).reshape(x._a.shape)
    return x


def apply_(x: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace every element by callable(element). Raises RuntimeError if `x` requires grad."""
    return _replace("apply_", callable, x, {})


def map_(x: Tensor, other: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace every element a by callable(a, b), with b from `other`. Raises RuntimeError if either requires grad."""
    return _replace("map_", callable, x, {"other": other})


def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """Replace every element a by callable(a, b, c). Raises RuntimeError if a tensor requires grad."""
    return _replace("map2_", callable, self, {"x": x, "y": y})


for _method in (apply_, map_, map2_):
    setattr(Tensor, _method.__name__, _method)
