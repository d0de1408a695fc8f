"""Compute bfloat16 as torch's kernels do: in float32, rounded once at the end.

NumPy has no bfloat16; that of ml_dtypes becomes float32 beside a Python float, and LAPACK, pooling and much else
refuse it. So the kernel of an op, and a derivative rule at work on arrays, are given float32 in its place. Rules at
work on Tensors are not: each op in them is rounded, as each of torch's is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes
from .modes import state

if TYPE_CHECKING:  # declared further right
    from .op import Op

BFLOAT16: Any = dtypes.NAMED["bfloat16"].numpy if "bfloat16" in dtypes.NAMED else None
EXACT = ("nextafter",)
"""What is about the numbers of the dtype itself."""


def compute(op: Op, arrays: list[Any], settings: tuple[Any, ...]) -> Any:
    """What the kernel makes of `arrays`, computed in float32 where they are bfloat16; views stay views."""
    kinds = {a.dtype for a in arrays if isinstance(a, np.ndarray)}
    if BFLOAT16 not in kinds or op.view or op.name in EXACT:
        return state.quiet(op.kernel, *arrays, *settings)
    out = state.quiet(op.kernel, *[widened(a) for a in arrays], *settings)
    chosen = dict(zip(op.setting_names, settings, strict=True)).get("dtype")
    if chosen is not None or any(dtype.kind in "fc" for dtype in kinds):
        return out
    return _narrowed(out) if op.outputs == 1 else [_narrowed(o) for o in out]


def in_float32(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, given float32 in place of bfloat16 where it works on arrays."""

    def run(*values: Any) -> Any:
        if any(hasattr(v, "_a") for value in values for v in (value if isinstance(value, list) else (value,))):
            return rule(*values)
        return rule(*[widened(v) for v in values])

    return run


def widened(value: Any) -> Any:
    """An array of bfloat16, or its dtype, as float32; anything else as it is."""
    if isinstance(value, list):
        return [widened(v) for v in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.astype(np.float32) if value.dtype == BFLOAT16 else value
    return np.dtype(np.float32) if isinstance(value, np.dtype) and value == BFLOAT16 else value


def _narrowed(out: Any) -> Any:
    out = np.asarray(out)
    return out.astype(BFLOAT16) if out.dtype.kind == "f" else out
