"""Methods with a trailing underscore, of functions that are composed of several ops: the result is copied into place.

`x.renorm_(2, 0, 1)` leaves in x what `x.renorm(2, 0, 1)` gives, in the graph as in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dims
from .. import op as declaration
from ..op import method
from ..tensor import Tensor
from .diagonal import diagonal
from .norm import renorm
from .replace import put
from .scan import _cumprod, _cumsum
from .scatter import index_reduce, scatter_reduce


def _underscored(function: Callable[..., Any]) -> None:
    name = f"{function.__name__}_"

    def write(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self.copy_(function(self.clone(), *args, **kwargs))  # type: ignore[attr-defined, no-any-return]

    write.__name__ = write.__qualname__ = name
    write.__doc__ = f"In-place version of `{function.__name__}`."
    setattr(Tensor, name, write)


for _function in (scatter_reduce, index_reduce, put, renorm):
    _underscored(_function)


@method
def cumsum_(self: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """In-place version of `cumsum`."""
    return declaration.write_hook(_cumsum.op, (self,), (dims.one(dim, len(self.shape)), dtype))


@method
def cumprod_(self: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """In-place version of `cumprod`."""
    return declaration.write_hook(_cumprod.op, (self,), (dims.one(dim, len(self.shape)), dtype))


@method
def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """The main diagonal set to a number; with `wrap`, again below the square part of a tall matrix."""
    if len(self.shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(self.shape) > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    side = min(self.shape)
    if len(self.shape) > 2:
        self[(range(side),) * len(self.shape)] = fill_value  # type: ignore[index]
        return self
    rows, columns = self.shape
    for start in range(0, rows if wrap else 1, columns + 1):
        diagonal(self[start:]).fill_(fill_value)
    return self
