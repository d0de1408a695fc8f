"""Write exact tensors, tuples and lines of output as source text: what scripts are put together from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np


def arrays(name: str, tensors: Sequence[np.ndarray], namespace: str) -> Iterator[str]:
    """A tuple of exact tensors, one a line."""
    yield f"{name} = ("
    for tensor in tensors:
        yield f"    {literal(tensor, namespace)},"
    yield ")"


def literal(array: np.ndarray, namespace: str) -> str:
    """The array as source with its exact values."""
    make = {"torch": "torch.tensor", "jnp": "jnp.array"}[namespace]
    numbers = str(array.tolist()).replace("nan", 'float("nan")').replace("inf", 'float("inf")')
    text = f"{make}({numbers}, dtype={namespace}.{array.dtype.name})"
    return text if array.size or array.ndim < 2 else f"{text}.reshape({array.shape})"


def tupled(names: Sequence[str]) -> str:
    """A tuple of names, also of one."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
