"""torch's keyword `out`: the result is written into a tensor that exists already, outside of any graph.

`torch.mul(a, b, out=c)` is a product and a copy. The functions that take it are those of the table; a declared op
meets the keyword where it reads its arguments (calls.py), any other function is wrapped by `accepts_out`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import calls, errors
from .modes import state
from .notices import warn_once
from .op import op
from .tensor import Tensor
from .write import write

NAMES = (
    "abs", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "all", "amax", "amin",
    "aminmax", "angle", "any", "arange", "argmax", "argmin", "argsort", "asin", "asinh", "atan", "atan2", "atanh",
    "baddbmm", "bernoulli", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "bmm", "cat", "ceil",
    "cholesky", "cholesky_inverse", "cholesky_solve", "clamp", "clamp_max", "clamp_min", "clip", "column_stack",
    "complex", "concat", "concatenate", "copysign", "cos", "cosh", "cross", "cummax", "cummin", "cumprod", "cumsum",
    "deg2rad", "diag", "digamma", "div", "divide", "dot", "dstack", "empty", "eq", "erf", "erfc", "erfinv", "exp",
    "exp2", "expm1", "eye", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "full", "gather",
    "ge", "ger", "gt", "heaviside", "hstack", "hypot", "i0", "igamma", "igammac", "index_select", "inner", "inverse",
    "kron", "kthvalue", "ldexp", "le", "lerp", "lgamma", "linspace", "log", "log10", "log1p", "log2", "logaddexp",
    "logaddexp2", "logcumsumexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logspace",
    "logsumexp", "lt", "masked_select", "matmul", "matrix_power", "max", "maximum", "mean", "median", "min", "minimum",
    "mm", "mode", "mul", "multinomial", "multiply", "mv", "nan_to_num", "nanmean", "nanmedian", "nanquantile",
    "nansum", "ne", "neg", "negative", "nextafter", "nonzero", "norm", "normal", "ones", "outer", "polar", "polygamma",
    "pow", "prod", "quantile", "rad2deg", "rand", "randint", "randn", "randperm", "reciprocal", "remainder", "renorm",
    "round", "row_stack", "rsqrt", "scatter", "scatter_add", "searchsorted", "sgn", "sigmoid", "sign", "signbit",
    "sin", "sinc", "sinh", "softmax", "sort", "sqrt", "square", "stack", "std", "sub", "subtract", "sum", "take",
    "take_along_dim", "tan", "tanh", "tensordot", "topk", "tril", "triu", "true_divide", "trunc", "var", "vdot",
    "vstack", "where", "xlogy", "zeros",
)  # fmt: skip
"""The functions that have `out` in torch and are refgrad's."""


@op(method=False)
def _taken(x, y):
    """y, in the place of x."""
    return y


def into(function: Callable[..., Any], out: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Call `function` and write what it returns into `out`: a tensor, or a tuple of as many as it returns."""
    name = function.__name__
    if name not in NAMES:
        raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
    outs = (out,) if isinstance(out, Tensor) else tuple(out)
    given = [t for t in (*args, *outs) if isinstance(t, Tensor)]
    if state.grad and any(t.requires_grad for t in given):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if state.forward and any(t._rare and t._rare.tangents for t in given):
        raise errors.out_carries_no_tangent(name)
    result = function(*args, **named)
    results = (result,) if isinstance(result, Tensor) else tuple(result)
    for t, r in zip(outs, results, strict=True):
        _resize(t, r._a.shape)
        write(_taken.op, (t, r), ())
    if isinstance(result, Tensor):
        return out
    return type(result)._make(outs) if hasattr(result, "_make") else outs


def accepts_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which is no declared op, with the keyword `out`."""

    @functools.wraps(function)
    def call(*args: Any, out: Any = None, **named: Any) -> Any:
        return function(*args, **named) if out is None else into(function, out, args, named)

    return call


def _resize(out: Tensor, shape: tuple[int, ...]) -> None:
    """Give an output the shape of what it is to receive."""
    if out._a.shape == shape:
        return
    if out._a.size:
        warn_once(
            f"An output with one or more elements was resized since it had shape {list(out._a.shape)}, which does not "
            f"match the required output shape {list(shape)}. This behavior is deprecated, and in a future PyTorch "
            "release outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
            "tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
            4,
        )
    out._a = np.empty(shape, out._a.dtype)


calls.out_hook = into

__all__ = ["NAMES", "accepts_out"]
