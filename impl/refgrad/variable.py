"""torch.autograd.Variable, as it is since tensors and Variables are one: it wraps, and gives back a tensor.

The attributes that only Variables had are here too: `volatile` warns, and `reinforce` is refused.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from . import errors
from .tensor import Tensor, wrap


class _Either(type):
    """Every tensor is a Variable."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_Either):
    """`Variable(t)` is a leaf over t's memory."""

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool | None = None) -> Tensor:  # type: ignore[misc]
        """Raises ValueError for a volatile Variable that requires grad, which never made sense."""
        if volatile:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                UserWarning,
                stacklevel=2,
            )
            if requires_grad:
                raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if data is not None and not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        leaf = wrap(np.empty(0, np.float32) if data is None else data._a)
        return leaf.requires_grad_() if requires_grad else leaf


def _volatile(self: Tensor) -> bool:
    """Always False: `torch.no_grad()` took its place."""
    warnings.warn("volatile was removed (Variable.volatile is always False)", UserWarning, stacklevel=2)
    return False


Tensor.volatile = property(_volatile)  # type: ignore[attr-defined]  # methods are attached where they are written


def _reinforce(self: Tensor, reward: Any) -> None:
    """Raises RuntimeError: `torch.distributions` took its place."""
    raise errors.reinforce_removed()


Tensor.reinforce = _reinforce  # type: ignore[attr-defined]  # likewise
