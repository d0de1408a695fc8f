"""What each op does to memory: whose memory its result shares, how it is called in place, what its derivative keeps.

A view shares its argument's memory, and an element of it is an element of the argument: `VIEWS` says
which one, by NumPy's own views. An op called in place writes its result into its first argument.
What a derivative keeps must not be written before backward has used it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from .model import Op

VIEWS: Mapping[str, Callable[..., np.ndarray]] = {
    "detach": lambda x: x,
    "view": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1),
    "permute": lambda x, dims: np.transpose(x, dims),
    "movedim": lambda x: np.moveaxis(x, 0, -1),
    "squeeze": lambda x, dim: np.squeeze(x, dim),
    "unsqueeze": lambda x, dim: np.expand_dims(x, dim),
    "expand": lambda x, shape: np.broadcast_to(x, shape),
    "narrow": lambda x, dim, start, length: np.take(x, range(start, start + length), axis=dim),
    "slice": lambda x, start, stop, step: x[..., start:stop:step],
    "select": lambda x, dim, index: np.take(x, index, axis=dim),
    "unbind": lambda x, dim, index: np.take(x, index, axis=dim),
    "tensor_split": lambda x, dim, which: np.array_split(x, 2, dim)[which],
    "diagonal": lambda x, offset: np.diagonal(x, offset, -2, -1),
}
"""By op, the elements of the result as elements of the argument."""

SEVERAL = frozenset({"unbind", "tensor_split"})
"""Views by ops that return several: torch forbids to write to them, or to what they are views of."""

IN_PLACE = frozenset({
    "abs", "acos", "add", "addcdiv", "addcmul", "asin", "atan", "atan2", "ceil", "clamp", "cos", "cosh", "deg2rad",
    "digamma", "div", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "floor", "fmod", "frac", "index_add",
    "index_copy", "index_fill", "index_put", "lerp", "lgamma", "log", "log10", "log1p", "log2", "logit",
    "masked_fill", "mul", "nan_to_num", "neg", "pow", "pow.integer", "pow.scalar", "rad2deg", "reciprocal", "relu",
    "remainder", "round", "rsqrt", "scatter_add", "sigmoid", "sign", "sin", "sinc", "sinh", "sqrt", "square", "sub",
    "tan", "tanh", "tril", "triu", "trunc", "xlogy",
})  # fmt: skip
"""The ops that torch has as a method with a trailing underscore, with a derivative."""

KEEP_NOTHING = frozenset({
    "add", "assign", "cat", "ceil", "clone", "cumsum", "deg2rad", "detach", "diag_embed", "diagonal", "diff",
    "embedding", "expand", "fill", "flip", "floor", "frac", "function.clip", "function.scale", "getitem", "graft",
    "index_fill", "index_put", "index_select", "masked_fill", "mean", "movedim", "narrow", "neg", "pad",
    "permute", "rad2deg", "repeat", "repeat_interleave", "roll", "rot90", "round", "scatter_add", "select",
    "select_scatter", "sign", "slice", "slice_scatter", "squeeze", "stack", "sub", "sum", "tensor_split", "tile",
    "trace", "transpose", "trapezoid", "tril", "triu", "trunc", "unbind", "unsqueeze", "view",
    "where",
})  # fmt: skip
"""The ops whose derivative needs neither an argument nor the result."""

KEEP_ARGUMENTS = frozenset({
    "abs", "acos", "acosh", "addcdiv", "addcmul", "addmm", "addmv", "addr", "asin", "asinh", "atan", "atan2",
    "atanh", "baddbmm", "bmm", "clamp", "cos", "cosh", "digamma", "div", "dot", "einsum", "elu", "erf", "erfc",
    "fmax", "fmin", "fmod", "function.product", "function.square", "gather", "gelu", "hardtanh", "i0", "index_add",
    "index_copy", "inner", "leaky_relu", "lerp", "lgamma", "linalg.vecdot", "linear", "log", "log10", "log1p",
    "log2", "logaddexp", "logaddexp2", "logit", "matmul", "maximum", "minimum", "mish", "mm", "mul", "mv",
    "nan_to_num", "outer", "pow.integer", "pow.scalar", "remainder", "silu", "sin", "sinc", "sinh", "softplus",
    "square", "take", "take_along_dim", "var", "xlogy",
})  # fmt: skip
"""The ops whose derivative needs arguments and never the result."""

KEEP_RESULT = frozenset({
    "exp", "exp2", "expm1", "log_softmax", "reciprocal", "relu", "rsqrt", "sigmoid", "softmax", "sqrt", "tan",
    "tanh",
})  # fmt: skip
"""The ops whose derivative needs the result alone."""

CALL = re.compile(r"torch\.(?:nn\.functional\.|special\.)?(\w+)\(\{0\}(?:, )?(.*)\)")
"""A template that is one call, first argument first."""


def fresh(op: Op) -> bool:
    """Has the result certainly a memory of its own?

    What no table names may be a view, a copy or the argument itself, as torch.reshape and torch.positive are.
    """
    return op.name in IN_PLACE | KEEP_NOTHING | KEEP_ARGUMENTS | KEEP_RESULT and op.name not in VIEWS


def keeps_arguments(op: Op) -> bool:
    """May the op's derivative need the arguments as they were? Of an op that no table names, it may."""
    return op.name not in KEEP_NOTHING | KEEP_RESULT


def keeps_result(op: Op) -> bool:
    """May the op's derivative need the result as it was?"""
    return op.name not in KEEP_NOTHING | KEEP_ARGUMENTS


def in_place(op: Op) -> str:
    """The template that writes the op's result into its first argument: a method of torch's, or a copy."""
    call = CALL.fullmatch(op.torch)
    if op.name in IN_PLACE and call is not None:
        return f"{{0}}.{call[1]}_({call[2]})"
    return str(op.extra.get("in_place") or f"{{0}}.copy_({op.torch})")


def by_copy(op: Op) -> bool:
    """Is the result computed first and copied then? What the derivative keeps is then overwritten at once."""
    return op.name not in IN_PLACE and "in_place" not in op.extra
