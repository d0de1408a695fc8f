"""Products of matrices, and what is computed from their inverses and factors."""

from __future__ import annotations

from . import shapes
from .intervals import rule, summed, times
from .model import Op, Shape, Slot


def product(a: Shape, b: Shape) -> Shape | None:
    """The shape of matmul: vectors are rows on the left, columns on the right; batches broadcast."""
    if not a or not b:
        return None
    left = a if len(a) > 1 else (1, *a)
    right = b if len(b) > 1 else (*b, 1)
    batch = shapes.together(left[:-2], right[:-2])
    if left[-1] != right[-2] or batch is None:
        return None
    return batch + (left[-2],) * (len(a) > 1) + (right[-1],) * (len(b) > 1)


OPS = (
    Op(
        "matmul",
        "torch.matmul({0}, {1})",
        (Slot("input"), Slot("other")),
        lambda s, k: product(*s),
        bounds=rule(lambda i, s, k: summed(times(*i), s[0][-1])),
        jax="jnp.matmul({0}, {1})",
        family="linalg",
    ),
)
