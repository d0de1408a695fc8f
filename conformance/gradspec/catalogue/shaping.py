"""Ops that move elements and compute nothing: reshape, permute, flip, concatenate, pad."""

from __future__ import annotations

from .intervals import same
from .model import Op, Slot

OPS = (
    Op(
        "transpose",
        "torch.transpose({0}, {dim0}, {dim1})",
        (Slot("input"),),
        lambda s, k: (*s[0][:-2], s[0][-1], s[0][-2]) if len(s[0]) > 1 else None,
        lambda s: ({"dim0": -2, "dim1": -1},),
        same,
        jax="jnp.swapaxes({0}, {dim0}, {dim1})",
        family="shaping",
    ),
)
