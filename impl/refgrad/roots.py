"""Where backward starts: the place in the graph of each output, and the cotangent that it starts with there.

A Key names a gradient while it is on its way: the Node or leaf that it goes to, and the number of that node's output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import errors
from .tensor import Tensor, wrap

Target = Any
"""Where a gradient goes: a Node or a leaf Tensor."""
Key = tuple[Target, int]
"""A Target and the number of its output (0 for a leaf)."""


def key_of(t: Tensor) -> Key:
    """Where t's gradient is found."""
    fn = t.grad_fn
    return (t, 0) if fn is None else (fn, t._nr)


def seeds_for(outputs: Sequence[Tensor], given: Sequence[Tensor | None]) -> list[Tensor]:
    """The cotangents: those given, or 1 where an output is a real scalar. Raises as torch does."""
    return [_seed(i, out, g) for i, (out, g) in enumerate(zip(outputs, given, strict=True))]


def _seed(i: int, out: Tensor, g: Any) -> Tensor:
    """The cotangent of output number `i`."""
    if g is None:
        _check_history(i, out)
        if out._a.size != 1:
            raise errors.not_scalar()
        if out._a.dtype.kind == "c":
            raise errors.not_real_scalar(out.dtype)
        return wrap(np.array(1, out._a.dtype, ndmin=out._a.ndim))
    if not isinstance(g, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if g._a.shape != out._a.shape:
        raise errors.mismatched_seed(i, g.shape, i, out.shape)
    if (g._a.dtype.kind == "c") != (out._a.dtype.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype."
            f" Mismatch in dtype: grad_output[{i}] has a dtype of {g.dtype} and output[{i}] has a dtype of"
            f" {out.dtype}."
        )
    _check_history(i, out)
    return g


def _check_history(i: int, out: Tensor) -> None:
    """Backward can start only where there is a graph.

    A view that was made under no_grad requires grad with its base, but has no history.
    """
    if out.grad_fn is None and not out._rg:
        raise errors.no_graph(i)


__all__ = ["Key", "Target", "key_of", "seeds_for"]
