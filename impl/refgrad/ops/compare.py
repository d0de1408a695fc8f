"""Comparisons, logic, and choices between tensors: where, masked_fill, maximum, clamp.

Where a choice has no derivative (a tie, a bound), the conventions are torch's: a tie of two tensors
is shared, a bound given as a number lets the gradient through. Source: torch "Gradients for
non-differentiable functions" and the pages of specs/kinks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import COMMON, COMMON_FLOAT, ELEMENTWISE, FLOAT, GENERAL, inplace_method, method, op
from ..tensor import Tensor, wrap


@op(promote=COMMON)
def eq(x, y):
    """x == y, element by element."""
    return np.equal(x, y)


@op(promote=COMMON)
def ne(x, y):
    """x != y, element by element."""
    return np.not_equal(x, y)


@op(promote=COMMON)
def lt(x, y):
    """x < y, element by element."""
    return np.less(x, y)


@op(promote=COMMON)
def le(x, y):
    """x <= y, element by element."""
    return np.less_equal(x, y)


@op(promote=COMMON)
def gt(x, y):
    """x > y, element by element."""
    return np.greater(x, y)


@op(promote=COMMON)
def ge(x, y):
    """x >= y, element by element."""
    return np.greater_equal(x, y)


@op()
def isnan(x):
    """Is it NaN?"""
    return np.isnan(x)


@op()
def isinf(x):
    """Is it infinite?"""
    return np.isinf(x)


@op()
def isfinite(x):
    """Is it neither infinite nor NaN?"""
    return np.isfinite(x)


@op()
def logical_not(x):
    """Is it zero?"""
    return np.logical_not(x)


@op()
def logical_and(x, y):
    """Are both non-zero?"""
    return np.logical_and(x, y)


@op()
def logical_or(x, y):
    """Is one of them non-zero?"""
    return np.logical_or(x, y)


@op()
def logical_xor(x, y):
    """Is exactly one of them non-zero?"""
    return np.logical_xor(x, y)


@op(promote=COMMON)
def bitwise_and(x, y):
    """The bits that both have."""
    return np.bitwise_and(x, y)


@op(promote=COMMON)
def bitwise_or(x, y):
    """The bits that one of them has."""
    return np.bitwise_or(x, y)


@op(promote=COMMON)
def bitwise_xor(x, y):
    """The bits that exactly one of them has."""
    return np.bitwise_xor(x, y)


@op()
def bitwise_not(x):
    """Every bit turned over; of a boolean, its negation."""
    return np.bitwise_not(x)


@op(kind=GENERAL, method=False)
def _where(condition, x, y):
    """x where the condition holds, else y."""
    return np.where(condition, x, y)


_where.op.Node.__name__ = "WhereBackward0"
_where.grads(
    x=lambda g, condition: _where(condition, g, 0.0),  # a NaN in the branch not taken stays out
    y=lambda g, condition: _where(condition, 0.0, g),
)
_where.jvp(lambda dx, dy, condition: _where(condition, dx, dy))


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; with the condition alone, the indices where it holds."""
    if x is None:
        found = np.nonzero(condition._a if isinstance(condition, Tensor) else condition)
        return tuple(wrap(i) for i in found) if isinstance(condition, Tensor) else found
    if isinstance(condition, Tensor):
        if condition._a.dtype.kind != "b" and condition._a.dtype != np.uint8:
            raise RuntimeError(
                f"where expected condition to be a boolean tensor, but got a tensor with dtype {_kind(condition)}"
            )
        x, y = _common(x, y)
    return _where(condition, x, y)


def _kind(t: Tensor) -> str:
    return t.dtype.tensor_type.removeprefix("torch.").removesuffix("Tensor")


def _common(x: Any, y: Any) -> tuple[Any, Any]:
    """x and y in the dtype they share, so that a Python number does not widen a float32 tensor."""
    from .fit import cast

    arrays = [t._a for t in (x, y) if isinstance(t, Tensor)]
    dtype = dtypes.promote(arrays, [t for t in (x, y) if not isinstance(t, Tensor)])
    fit = [
        (t if t._a.dtype == dtype else cast(t, dtype)) if isinstance(t, Tensor) else wrap(np.asarray(t, dtype))
        for t in (x, y)
    ]
    return fit[0], fit[1]


@op(kind=GENERAL, method=False)
def _masked_fill(x, mask, value=None):
    """x with a number wherever the mask holds."""
    return np.where(mask, np.asarray(value).astype(x.dtype), x)


@op(kind=GENERAL, method=False, node="MaskedFillBackward1")
def _masked_with(x, mask, value):
    """x with a 0-dim tensor's value wherever the mask holds."""
    return np.where(mask, value, x).astype(x.dtype)


_masked_fill.grads(x=lambda g, mask: _masked_fill(g, mask, 0))
_masked_with.grads(x=lambda g, mask: _masked_fill(g, mask, 0), value=lambda g, mask: _where(mask, g, 0.0))
_fill_in, _with_in = (inplace_method(f.op, "masked_fill_") for f in (_masked_fill, _masked_with))
C_NAMES = {"float32": "float", "float64": "double", "int64": "long int", "int32": "int", "uint8": "unsigned char"}


def _masked(number: Any, tensor: Any, x: Any, mask: Any, value: Any) -> Any:
    """The right one of two functions, for a value that is a number or a 0-dim tensor."""
    if getattr(mask, "_a", mask).dtype != np.bool_:
        name = mask.dtype.name
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {C_NAMES.get(name, name)}"
        )
    if not isinstance(value, Tensor):
        return number(x, mask, value)
    if value._a.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value._a.ndim} dimension(s)."
        )
    return tensor(x, mask, value)


@method
def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """x with `value`, a number or a 0-dim tensor, wherever the mask holds."""
    return _masked(_masked_fill, _masked_with, x, mask, value)


def _masked_fill_(x: Tensor, mask: Any, value: Any) -> Tensor:
    """In-place version of `masked_fill`."""
    return _masked(_fill_in, _with_in, x, mask, value)  # type: ignore[no-any-return]


Tensor.masked_fill_ = _masked_fill_  # type: ignore[attr-defined]
Tensor.where = lambda x, condition, other: where(condition, x, other)  # type: ignore[attr-defined]


@op(kind=GENERAL, promote=COMMON)
def maximum(x, y):
    """The larger, element by element; NaN if either is NaN."""
    if x.dtype.kind == "c":
        raise RuntimeError("maximum not implemented for complex tensors.")
    return np.maximum(x, y)


@op(kind=GENERAL, promote=COMMON)
def minimum(x, y):
    """The smaller, element by element; NaN if either is NaN."""
    if x.dtype.kind == "c":
        raise RuntimeError("minimum not implemented for complex tensors.")
    return np.minimum(x, y)


# A tie is shared: half of the gradient to each. A NaN on either side lets all of it through on both.
maximum.grads(x=lambda g, x, y: _shared(g, x, y, ge), y=lambda g, x, y: _shared(g, y, x, ge))
minimum.grads(x=lambda g, x, y: _shared(g, x, y, le), y=lambda g, x, y: _shared(g, y, x, le))


def _shared(g: Any, mine: Any, other: Any, wins: Any) -> Any:
    loses = ~wins(mine, other) & (mine == mine) & (other == other)
    return _where(mine == other, g * 0.5, _where(loses, 0.0, g))


@op(kind=GENERAL, promote=COMMON)
def fmax(x, y):
    """The larger, element by element; a NaN gives way to a number."""
    return np.fmax(x, y)


@op(kind=GENERAL, promote=COMMON)
def fmin(x, y):
    """The smaller, element by element; a NaN gives way to a number."""
    return np.fmin(x, y)


# A tie goes to the first.
fmax.grads(
    x=lambda g, x, y: _where((x >= y) | (y != y), g, 0.0),
    y=lambda g, x, y: _where((x >= y) | (y != y), 0.0, g),
)
fmin.grads(
    x=lambda g, x, y: _where((x <= y) | (y != y), g, 0.0),
    y=lambda g, x, y: _where((x <= y) | (y != y), 0.0, g),
)


# The forward formulas give a tie to the second: torch's two modes differ there.
fmax.jvp(lambda dx, dy, x, y: _where((x > y) | (y != y), dx, dy))
fmin.jvp(lambda dx, dy, x, y: _where((x < y) | (y != y), dx, dy))


@op(kind=ELEMENTWISE, inplace=True, method=False)
def _clamp(x, min=None, max=None):
    """x, no smaller than `min` and no larger than `max` (numbers)."""
    low, high = (None if b is None else x.dtype.type(b) for b in (min, max))
    out = x if low is None else np.maximum(x, low)
    return out if high is None else np.minimum(out, high)


_clamp.op.Node.__name__ = "ClampBackward1"
_clamp.grads(x=lambda g, x, min, max: _where(_inside(x, min, max), g, 0.0))  # 1 at both bounds


def _inside(x: Any, low: Any, high: Any) -> Any:
    nan = x != x
    inside = nan | ((x >= low) if low is not None else (x == x))
    return inside & (nan | (x <= high)) if high is not None else inside


@method
def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x, no smaller than `min` and no larger than `max`: numbers, or tensors (then a bound that acts gets the gradient)."""
    return _clamped(_clamp, x, min, max)


def _clamped(numbers: Any, x: Any, min: Any, max: Any) -> Any:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if dtypes.numpy_of(x).kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        return numbers(_as_bound(x, min, max), min, max)
    if min is not None:
        x = _bounded(x, min, lt)
    return x if max is None else _bounded(x, max, gt)


def _as_bound(x: Tensor, low: Any, high: Any) -> Tensor:
    """An integer tensor between floating bounds becomes floating, as in torch."""
    from .fit import cast

    dtype = dtypes.promote([x._a], [b for b in (low, high) if b is not None])
    return x if x._a.dtype == dtype else cast(x, dtype)


def _bounded(x: Any, bound: Any, beyond: Any) -> Any:
    """The bound where x is beyond it; at the bound x gets the whole gradient."""
    return where(beyond(x, bound) | (bound != bound), bound, x)


@method
def clamp_min(x: Any, min: Any) -> Any:
    """x, no smaller than `min`."""
    return clamp(x, min=min)


@method
def clamp_max(x: Any, max: Any) -> Any:
    """x, no larger than `max`."""
    return clamp(x, max=max)


clip = clamp
_clamp_in = inplace_method(_clamp.op, "clamp_")


def _clamp_(x: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """In-place version of `clamp`."""
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return x.copy_(clamp(x, min, max))  # type: ignore[attr-defined, no-any-return]
    return _clamped(_clamp_in, x, min, max)  # type: ignore[no-any-return]


for _name, _function in {
    "clip": clamp, "clamp_": _clamp_, "clip_": _clamp_, "clamp_min_": lambda x, min: _clamp_(x, min=min),
    "clamp_max_": lambda x, max: _clamp_(x, max=max),
}.items():  # fmt: skip
    setattr(Tensor, _name, _function)


@op(kind=ELEMENTWISE, promote=FLOAT, inplace=True)
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """x with numbers in the place of NaN and the infinities."""
    return np.nan_to_num(x, nan=nan or 0.0, posinf=posinf, neginf=neginf)


nan_to_num.grads(x=lambda g, x: _where(isfinite(x), g, 0.0))


@op(kind=GENERAL, promote=COMMON_FLOAT)
def copysign(x, y):
    """|x| with the sign of y."""
    return np.copysign(x, y)


copysign.grads(
    x=lambda g, x, out: g * _same_sign(x, out),  # 0 at x = 0
    y=lambda g: _where(g == g, 0.0, 0.0),
)


@op(method=False)
def _same_sign(x, out):
    """1 where x and out agree in sign, -1 where not, 0 at x = 0."""
    return np.where(x == 0, 0.0, np.where(np.signbit(x) == np.signbit(out), 1.0, -1.0)).astype(out.dtype)
