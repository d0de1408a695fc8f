"""Write everywhere: another tensor's values (`copy_`), one number (`fill_`), or zeros (`zero_`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..op import LINEAR, inplace_method, op
from ..tensor import Tensor


@op(kind=LINEAR, method=False, node="torch::autograd::CopyBackwards")
def _copied_from(x, source):
    """source, broadcast to x's shape and in x's dtype."""
    shape = x.shape if source.shape == x.shape else errors.broadcast(x.shape, source.shape)
    if shape != x.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(shape)}")
    if source.dtype.kind == "c" and x.dtype.kind != "c":
        source = source.real
    return np.broadcast_to(source, x.shape).astype(x.dtype)


_copied_from.grads(x=lambda g: _filled(g, 0), source=lambda g: g)
_copy_in = inplace_method(_copied_from.op, "copy_")
Tensor.copy_ = lambda x, source, non_blocking=False: _copy_in(x, source)  # type: ignore[attr-defined]


@op(kind=LINEAR, method=False, node="FillBackward2", into=np.ndarray.fill)
def _filled(x, value=0):
    """x's shape full of one number."""
    return np.full_like(x, value)


_filled.grads(x=lambda g: _filled(g, 0))
_filled.jvp(lambda dx: _filled(dx, 0))
_fill_in = inplace_method(_filled.op, "fill_")


@op(kind=LINEAR, method=False, node="FillBackward3")
def _filled_from(x, value):
    """x's shape full of the one element of a tensor."""
    return np.full_like(x, value)


@op(kind=LINEAR, method=False, node="ZeroBackward0", into=lambda x: x.fill(0))
def _zeroed(x):
    """x's shape full of zeros."""
    return np.zeros_like(x)


_filled_from.grads(x=lambda g: _zeroed(g), value=lambda g: g)
_zeroed.grads(x=lambda g: _zeroed(g))
_fill_from_in, _zero_in = inplace_method(_filled_from.op, "fill_"), inplace_method(_zeroed.op, "zero_")


def _fill_(x: Tensor, value: Any) -> Tensor:
    """Every element becomes `value`, a number or a 0-dim tensor."""
    if not isinstance(value, Tensor):
        return _fill_in(x, value)
    if value._a.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._a.ndim} dimensions."
        )
    return _fill_from_in(x, value)


Tensor.fill_ = _fill_  # type: ignore[attr-defined]
Tensor.zero_ = _zero_in  # type: ignore[attr-defined]
