"""Methods with a trailing underscore that no declaration of an op makes: of answers, of compositions, of settings.

`x.renorm_(2, 0, 1)` leaves in x what `x.renorm(2, 0, 1)` gives, in the graph as in memory. An answer written into
numbers is 1 or 0, and its gradient is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dims
from .. import op as declaration
from ..op import COMMON, ELEMENTWISE, Overload, inplace_method, method, op
from ..tensor import Tensor
from . import compare
from .arithmetic import is_complex, zeros_times
from .complex import conj
from .diagonal import diagonal
from .norm import renorm
from .replace import put
from .rounding import _heaviside
from .scan import _cumprod, _cumsum
from .scatter import index_reduce, scatter_reduce
from .special import _polygamma, digamma, mvlgamma


def _underscored(function: Callable[..., Any]) -> None:
    name = f"{function.__name__}_"

    def write(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self.copy_(function(self.clone(), *args, **kwargs))  # type: ignore[attr-defined, no-any-return]

    write.__name__ = write.__qualname__ = name
    write.__doc__ = f"In-place version of `{function.__name__}`."
    setattr(Tensor, name, write)


for _function in (scatter_reduce, index_reduce, put, renorm, mvlgamma):
    _underscored(_function)


def _answered(function: Callable[..., Any]) -> None:
    """The comparison as an op on numbers, for writing."""
    answer = function.op  # type: ignore[attr-defined]  # what op() makes of a kernel

    def kernel(x, y):  # type: ignore[no-untyped-def]
        return answer.kernel(x, y)

    kernel.__name__ = answer.name
    node = f"{answer.name.title()}Backward"
    overload: Overload = lambda tensors, settings: (
        (f"{node}1", slice(None)) if isinstance(tensors[1], Tensor) else (f"{node}0", slice(0, 1))
    )
    declared = op(kind=ELEMENTWISE, promote=COMMON, method=False, node=overload)(kernel)
    declared.grads(x=lambda g: zeros_times(g), y=lambda g: zeros_times(g))
    setattr(Tensor, f"{answer.name}_", inplace_method(declared.op, f"{answer.name}_"))


for _function in (compare.eq, compare.ne, compare.lt, compare.le, compare.gt, compare.ge):
    _answered(_function)

LOGICAL = ("logical_not", "logical_and", "logical_or", "logical_xor")
BITWISE = ("bitwise_not", "bitwise_and", "bitwise_or", "bitwise_xor")
for _name in (*LOGICAL, *BITWISE):  # as in torch, the graph does not hear of them
    setattr(Tensor, f"{_name}_", inplace_method(getattr(compare, _name).op, f"{_name}_"))

LONGER = {"greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne"}
for _long, _short in LONGER.items():
    setattr(Tensor, _long, getattr(Tensor, _short))
    setattr(Tensor, f"{_long}_", getattr(Tensor, f"{_short}_"))


@method
def polygamma_(self: Tensor, n: int) -> Tensor:
    """In-place version of `polygamma`."""
    op, settings = (_polygamma.op, (n,)) if n else (digamma.op, ())
    return declaration.write_hook(op, (self,), settings)


@method
def heaviside_(self: Tensor, values: Any) -> Tensor:
    """In-place version of `heaviside`."""
    return declaration.write_hook(_heaviside.op, (self, values), ())


@method
def conj_physical_(self: Tensor) -> Tensor:
    """Every number conjugated, in place."""
    return self.copy_(conj(self.clone()))  # type: ignore[attr-defined, no-any-return]


@method
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """In-place version of `float_power`, for tensors that have double precision already."""
    wide = "ComplexDouble" if is_complex(self) or is_complex(exponent) else "Double"
    if self.dtype.word != wide:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.word} but the operation's result requires dtype "
            f"{wide}"
        )
    return self.pow_(exponent)  # type: ignore[attr-defined, no-any-return]


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
