"""A Parameter: a tensor that a Module finds among its attributes, and that optimisers change."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..printing import show
from ..tensor import Tensor, wrap


class Parameter(Tensor):
    """A leaf over the memory of `data`, which requires grad unless told otherwise."""

    __slots__ = ()

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Any:
        """Recorded or not: a Parameter requires grad even when it is made under `no_grad`."""
        leaf = wrap(np.empty(0, np.float32) if data is None else data._a)
        leaf.__class__ = cls
        if requires_grad and leaf._a.dtype.kind not in "fcV":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return leaf.requires_grad_() if requires_grad else leaf

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """Its data anew, without the gradient."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(wrap(self._a.copy()), self._rg)
        return memo[id(self)]  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return "Parameter containing:\n" + show(self)
