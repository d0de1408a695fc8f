"""Complex numbers made of two real tensors and taken apart again, so that real programs reach the complex ops.

A result is its parts, in a last dimension of 2, where it is complex.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import kinks, shapes
from .intervals import POSITIVE, Bounds, farthest, rule, within
from .model import Op, Shape, Slot

Z, ZJ = "torch.complex({0}, {1})", "lax.complex(*jnp.broadcast_arrays({0}, {1}))"


def parts(s: Any, k: Any) -> Shape | None:
    """The arguments' shape and the two parts."""
    return (*s[0], 2) if s[0] == s[1] else None


def alike(s: Any, k: Any) -> Shape | None:
    """The arguments' shape."""
    return s[0] if s[0] == s[1] else None


def pair(name: str, torch: str, jax: str, shape: Any, bounds: Bounds, **more: Any) -> Op:
    """An entry of a complex number z; `torch` and `jax` are written in z."""
    both = shape is parts
    call, call_jax = torch.replace("(z)", f"({Z})"), jax.replace("(z)", f"({ZJ})")
    return Op(
        name,
        f"torch.view_as_real({call})" if both else call,
        (Slot("real"), Slot("imag")),
        shape,
        bounds=bounds,
        jax=f"(lambda w: jnp.stack([w.real, w.imag], -1))({call_jax})" if both else call_jax,
        family="pairs",
        halves=False,
        **more,
    )


def size(i: Any) -> float:
    """The largest modulus."""
    return math.hypot(farthest(i[0]), farthest(i[1]))


def near_zero(arrays: Any, settings: Any) -> bool:
    """The modulus, and what is made of it, has no derivative at 0."""
    return kinks.close(np.hypot(arrays[0], arrays[1]), 0.0, room=100.0)


def near_cut(arrays: Any, settings: Any) -> bool:
    """The argument jumps where the negative numbers are crossed."""
    return near_zero(arrays, settings) or bool(np.any((np.abs(arrays[1]) < 1e-3) & (arrays[0] < 0)))


square = rule(lambda i, s, k: (-size(i), size(i)))

OPS = (
    pair("complex", "(z)", "(z)", parts, square, laws=("f(2 * x, 2 * y) == 2 * f(x, y)",)),
    pair(
        "abs.complex",
        "torch.abs(z)",
        "jnp.abs(z)",
        alike,
        rule(lambda i, s, k: (0.0, size(i))),
        kinks=near_zero,
        laws=("f(x, y) == f(y, x)", "f(2 * x, 2 * y) == 2 * f(x, y)"),
    ),
    pair(
        "angle.complex",
        "torch.angle(z)",
        "jnp.angle(z)",
        alike,
        within(-math.pi, math.pi),
        kinks=near_cut,
        laws=("f(2 * x, 2 * y) == f(x, y)", "f(x, -y) == -f(x, y)"),
    ),
    pair(
        "sgn.complex",
        "torch.sgn(z)",
        "(lambda z: z / jnp.abs(z))(z)",
        parts,
        within(-1.0, 1.0),
        kinks=near_zero,
        laws=("f(2 * x, 2 * y) == f(x, y)",),
    ),
    pair("conj.complex", "torch.conj(z).resolve_conj()", "jnp.conj(z)", parts, square),
    pair("real.complex", "torch.real(z)", "jnp.real(z)", alike, square),
    pair("imag.complex", "torch.imag(z)", "jnp.imag(z)", alike, square),
    pair(
        "exp.complex",
        "torch.exp(z)",
        "jnp.exp(z)",
        parts,
        rule(lambda i, s, k: (-math.exp(i[0][1]), math.exp(i[0][1]))),
    ),
    Op(
        "polar",
        "torch.view_as_real(torch.polar({0}, {1}))",
        (Slot("abs", POSITIVE), Slot("angle")),
        parts,
        bounds=rule(lambda i, s, k: (-farthest(i[0]), farthest(i[0]))),
        jax="(lambda r, a: jnp.stack([r * jnp.cos(a), r * jnp.sin(a)], -1))({0}, {1})",
        family="pairs",
        halves=False,
        laws=("f(2 * x, y) == 2 * f(x, y)",),
    ),
    Op(
        "view_as_complex",
        "(lambda z: torch.view_as_real(z * z))(torch.view_as_complex({0}.clone().contiguous()))",
        (Slot("pairs"),),
        lambda s, k: s[0] if s[0] and s[0][-1] == 2 else None,
        shapes.none,
        rule(lambda i, s, k: (-2 * farthest(i[0]) ** 2, 2 * farthest(i[0]) ** 2)),
        jax="jnp.stack([{0}[..., 0] ** 2 - {0}[..., 1] ** 2, 2 * {0}[..., 0] * {0}[..., 1]], -1)",
        family="pairs",
        halves=False,
        notes="the clone packs the pairs: a complex number must begin at an even place of the memory",
        laws=("f(-x) == f(x)", "f(2 * x) == 4 * f(x)"),
    ),
)
