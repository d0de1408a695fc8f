"""Choose between values, element by element: `where`, and `masked_fill` for one value wherever a mask holds.

Each branch gets the gradient where it was taken; a NaN in the branch not taken stays out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import GENERAL, inplace_method, method, op
from ..tensor import Tensor, wrap
from .fit import cast


@op(kind=GENERAL, method=False)
def _where(condition, x, y):
    """x where the condition holds, else y."""
    return chosen(condition, x, y)


def chosen(condition: Any, x: Any, y: Any) -> Any:
    """np.where; of many floats by their bits, since a processor guesses wrong at every second branch."""
    if not isinstance(condition, np.ndarray) or condition.size < MANY or not condition.flags.c_contiguous:
        return np.where(condition, x, y)
    dtype = np.result_type(x, y)
    whole = WHOLE.get(dtype)
    if whole is None or condition.dtype != bool or not (_fits(x, condition, dtype) and _fits(y, condition, dtype)):
        return np.where(condition, x, y)
    a, b = (np.asarray(v, dtype).view(whole) for v in (x, y))
    bits = condition.astype(whole)
    np.negative(bits, out=bits)  # all of them where the condition holds, none where it does not
    if not b.shape and not b:  # 0.0 has no bit set, and the other branch is all there is to let through
        bits &= a
    elif not a.shape and not a:
        np.invert(bits, out=bits)
        bits &= b
    else:
        bits &= a ^ b
        bits ^= b
    return bits.view(dtype)


MANY = 4096
WHOLE = {np.dtype("f4"): np.dtype("i4"), np.dtype("f8"): np.dtype("i8")}
"""Floats, and integers of their size."""


def _fits(x: Any, condition: np.ndarray, dtype: np.dtype) -> bool:
    """Is it a number, or an array as long as the condition, of this very dtype?"""
    if not isinstance(x, np.ndarray) or not x.shape:
        return True
    return x.shape == condition.shape and x.dtype == dtype and x.flags.c_contiguous


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
    return t.dtype.word


def _common(x: Any, y: Any) -> tuple[Any, Any]:
    """x and y in the dtype they share, so that a Python number does not widen a float32 tensor."""
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
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value._a.ndim} "
            "dimension(s)."
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
