"""In which dtype an op computes: torch's promotion, asked for by one word in the declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, errors

if TYPE_CHECKING:  # declared further right
    from .op import Op

FLOAT = "float"
"""Integer arguments become the default floating dtype, as torch's sin does."""
COMMON = "common"
"""All tensors and numbers become one dtype by torch's promotion."""
COMMON_NUMBERS = "common numbers"
"""COMMON, and bools are refused: there is no difference of theirs."""
COMMON_FLOAT = "common float"
"""COMMON, and integers become the default floating dtype, as torch's true division does."""


WHOLE = (COMMON, COMMON_NUMBERS)
"""The promotions that leave integers what they are."""

FLOATING = frozenset("fcV")
"""The kinds of NumPy dtypes that have gradients; V is bfloat16."""
COMPUTED = frozenset(np.dtype(name) for name in ("f2", "f4", "f8", "c8", "c16"))
"""The dtypes in which NumPy computes what torch computes; alone, they stay as they are beside a Python number."""


def promoted(op: Op, arrays: list[Any]) -> list[Any]:
    """The arrays in the dtype that the op computes in; Python numbers stay weak where NumPy agrees."""
    first = arrays[0]
    if isinstance(first, np.ndarray) and first.dtype.kind in "fc":  # the common case, told quickly
        for a in arrays[1:]:
            if a.dtype is not first.dtype if isinstance(a, np.ndarray) else type(a) is not float and type(a) is not int:
                break
        else:
            return arrays
    _refuse_dtypes(op, arrays)
    dtype = None
    uniform = True
    for a in arrays:
        if isinstance(a, np.ndarray):
            if dtype is None:
                dtype = a.dtype
            elif a.dtype != dtype:
                uniform = False
    if dtype is None:
        dtype = dtypes.promote([], arrays)
        uniform = False
    if uniform and dtype.kind in "fcV":
        if dtype.kind == "c" or not any(isinstance(a, complex) for a in arrays):
            return arrays
    elif uniform and op.promote in WHOLE and all(isinstance(a, np.ndarray | int) for a in arrays):
        if dtype.kind != "b" or all(isinstance(a, np.ndarray | bool) for a in arrays):
            return arrays
    found = [a for a in arrays if isinstance(a, np.ndarray)]
    common = dtypes.promote(found, [a for a in arrays if not isinstance(a, np.ndarray)])
    if common.kind in "iub" and op.promote not in WHOLE:
        common = dtypes.get_default_dtype().numpy
    return (
        [a.astype(common) if isinstance(a, np.ndarray) and a.dtype != common else a for a in arrays]
        if found
        else [np.asarray(a, common) for a in arrays]
    )


def _refuse_dtypes(op: Op, arrays: list[Any]) -> None:
    """Raise for operands in a dtype that has no arithmetic: float8 is for storing, and bools are not subtracted."""
    found = [a.dtype for a in arrays if isinstance(a, np.ndarray)]
    for dtype in found:
        if dtype.kind == "V" and dtype.itemsize == 1:
            raise NotImplementedError(f"\"{op.name}_stub\" not implemented for '{dtypes.OF_NUMPY[dtype].word}'")
    if op.promote is COMMON_NUMBERS and any(dtype.kind == "b" for dtype in found):
        raise errors.bools_subtracted(all(dtype.kind == "b" for dtype in found) and len(found) == 2)
