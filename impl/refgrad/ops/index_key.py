"""What stands in the brackets of `x[...]`, in NumPy's words: a Key is a tuple whose tensors are arrays.

A key is checked against the tensor that it is to read, with torch's errors. It is basic when it holds no array:
then reading is a view.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor


def _is_basic(key: tuple[Any, ...]) -> bool:
    return not any(isinstance(k, np.ndarray) for k in key)


def _key(x: Tensor, index: Any) -> tuple[Any, ...]:
    """`index` in NumPy's words: a tuple, tensors as arrays, masks checked, the last `...` written out."""
    items = list(index) if isinstance(index, tuple) else [index]
    items = [_item(k) for k in items]
    used = sum(_rank(k) for k in items)
    if used and not x._a.ndim and isinstance(index, int):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
            "0-dim tensor to a number"
        )
    if used and not x._a.ndim and isinstance(index, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if used > x._a.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x._a.ndim}")
    at = 0
    for k in items:
        if k is Ellipsis:
            at += x._a.ndim - used
        elif isinstance(k, int):
            size = x._a.shape[at]
            if not -size <= k < size:
                raise IndexError(f"index {k} is out of bounds for dimension {at} with size {size}")
            at += 1
        elif isinstance(k, np.ndarray) and k.dtype.kind == "b":
            _check_mask(k, x._a.shape, at)
            at += k.ndim
        elif isinstance(k, np.ndarray):
            _check_bounds(k, x._a.shape[at], at)
            at += 1
        else:
            at += _rank(k)
    return tuple(items) if Ellipsis in [k for k in items if not isinstance(k, np.ndarray)] else (*items, Ellipsis)


def _item(k: Any) -> Any:
    if isinstance(k, Tensor):
        k = k._a
    if isinstance(k, bool):
        return np.asarray(k)
    if isinstance(k, list | range):
        k = np.asarray([i._a if isinstance(i, Tensor) else i for i in k])
        k = k.astype(np.int64) if k.size == 0 else k
    if isinstance(k, np.ndarray | np.generic):
        k = np.asarray(k)
        if k.dtype == np.uint8:
            return k.astype(bool)
        if k.dtype.kind not in "iub":
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        return int(k) if k.ndim == 0 and k.dtype.kind != "b" else k
    if isinstance(k, slice):
        bounds = [b if b is None else int(b) for b in (k.start, k.stop, k.step)]
        if bounds[2] is not None and bounds[2] <= 0:
            raise ValueError("step must be greater than zero")
        return slice(*bounds)
    if isinstance(k, str):
        raise TypeError(f"new(): invalid data type '{type(k).__name__}'")
    if k is not None and k is not Ellipsis and not isinstance(k, int):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(k).__name__})"
        )
    return k


def _rank(k: Any) -> int:
    """How many dimensions an index uses up."""
    if k is None or k is Ellipsis:
        return 0
    return k.ndim if isinstance(k, np.ndarray) and k.dtype.kind == "b" else 1


def _check_mask(mask: np.ndarray, shape: tuple[int, ...], at: int) -> None:
    for i, n in enumerate(mask.shape):
        if n != shape[at + i]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {i} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {at + i}"
            )


def _check_bounds(index: np.ndarray, size: int, at: int) -> None:
    outside = (index < -size) | (index >= size)
    if outside.any():
        raise IndexError(f"index {index[outside].flat[0]} is out of bounds for dimension {at} with size {size}")
