"""Which dtypes an op takes, everywhere where it exists: `takes(op, "complex64")`.

Every op takes float64 and float32. The half precisions are taken by all but the LAPACK-bound ops; complex
numbers by the ops that are polynomials, exponentials or moves of elements, whose results stay bounded.
Several dtypes together are taken by the PROMOTING ops, which make the wider one of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .intervals import farthest
from .model import Interval, Op, Shape

DTYPES = ("float64", "float32", "float16", "bfloat16", "complex128", "complex64")
"""The dtypes of programs, the simplest first."""

HALVES = frozenset({"float16", "bfloat16"})
COMPLEX = frozenset({"complex128", "complex64"})

NO_HALF = frozenset({"linalg.vander", "quantile", "nanquantile", "cdist", "pdist", "renorm"})
"""What torch refuses to do in half precision, besides factorisations; of renorm it makes a tangent in float32."""

STRICT = frozenset({"binary_cross_entropy"})
"""The ops that refuse numbers outside their domain."""

UNTAMED = frozenset({"edges", "large", "tiny", "inf", "nan"})
"""The value classes that such ops, and the factorisations, are not given."""

ANALYTIC = frozenset({
    "add", "mul", "sub", "div", "pow.integer", "lerp", "addcmul", "addcdiv", "neg", "positive", "square", "exp",
    "sin", "cos", "sinh", "cosh", "reciprocal", "expm1", "sum", "mean", "prod", "cumsum", "cumprod", "diff",
    "trapezoid", "reshape", "view", "transpose", "permute", "movedim", "squeeze", "unsqueeze", "expand", "clone",
    "flip", "roll", "rot90", "tile", "repeat", "repeat_interleave", "narrow", "slice", "select", "unbind",
    "tensor_split", "diagonal", "diag_embed", "tril", "triu", "pad", "cat", "stack", "index_select", "getitem",
    "take", "gather", "take_along_dim", "index_fill", "index_add", "index_copy", "index_put", "scatter_add",
    "matmul", "mm", "mv", "bmm", "dot", "outer", "kron", "tensordot", "einsum", "addmm", "addmv", "baddbmm", "addr",
    "trace", "linear",
})  # fmt: skip
"""The ops that take complex numbers."""

PROMOTING = frozenset({
    "add", "mul", "sub", "div", "maximum", "minimum", "fmax", "fmin", "where", "pow", "atan2", "hypot", "copysign",
    "logaddexp", "xlogy", "remainder", "fmod", "cat",
})  # fmt: skip
"""The ops whose arguments may differ in dtype."""

BESIDE: Mapping[str, frozenset[str]] = {
    "int64": PROMOTING - {"xlogy"},
    "bool": PROMOTING - {"xlogy", "sub", "pow", "atan2", "logaddexp", "remainder", "fmod"},
}
"""The ops that take numbers without a derivative beside floats, by their dtype. JAX differentiates no xlogy of them;
torch subtracts and negates no truth values, nor does it differentiate what comes to that."""


def takes(op: Op, dtype: str) -> bool:
    """May a program of this dtype use the op?"""
    if dtype in COMPLEX:
        return op.name in ANALYTIC
    if dtype in HALVES:
        return op.halves and op.name not in NO_HALF and not factorises(op)
    return dtype in ("float64", "float32")


def wild(op: Op) -> bool:
    """Does the op answer numbers outside its domain, infinite or missing ones? (Others refuse them, in many ways.)"""
    return not factorises(op) and op.name not in STRICT


def factorises(op: Op) -> bool:
    """Is it computed from a factorisation? LAPACK has no half precision, and refuses what is not finite."""
    return op.family == "linalg" and op.ulps >= 64.0


def reach(
    op: Op, intervals: Sequence[Interval], shapes: Sequence[Shape], settings: Mapping[str, Any]
) -> Interval | None:
    """The op's bounds on complex numbers: an interval holds both parts, and the result's is symmetric.

    A polynomial of numbers of magnitude m is at most what it is of m; a sine grows like a hyperbolic one.
    """
    most = [math.sqrt(2) * farthest(interval) for interval in intervals]
    if op.name in ("sin", "cos"):
        size = math.cosh(most[0]) if most[0] < 700 else math.inf
    else:
        discs = [i if i[0] > 0 else (-m, m) for i, m in zip(intervals, most, strict=True)]
        found = op.bounds(discs, shapes, settings)
        size = farthest(found) if found is not None else math.inf
    return (-size, size) if math.isfinite(size) else None


def promoted(dtypes: Sequence[str], shapes: Sequence[Shape]) -> str:
    """The dtype of float64 and float32 together: the widest, of the tensors with dimensions if there are any.

    (torch.result_type: a tensor without dimensions does not widen one that has some, nor do integers widen floats.)
    """
    floats = [(dtype, shape) for dtype, shape in zip(dtypes, shapes, strict=True) if dtype in DTYPES]
    sized = [dtype for dtype, shape in floats if shape] or [dtype for dtype, _ in floats]
    return min(sized, key=DTYPES.index)
