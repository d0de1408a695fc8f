"""Normalisations with a weight and a bias for each channel, bilinear maps, and attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from . import nn, shapes
from .intervals import plus, rule, summed, times
from .model import Interval, Op, Shape

layer = partial(nn.layer, halves=False)


def channels(s: Sequence[Shape], k: Any) -> Shape | None:
    """An input with a weight and a bias for each channel (dimension 1)."""
    x, w, b = s
    fits = len(x) >= 2 and w == b == (x[1],) and 0 not in x and x[0] * math.prod(x[2:]) > 1
    return x if fits else None


def normed(count: Any) -> Any:
    """A standardised number is at most the root of how many there are; then a weight and a bias."""

    def bounds(i: Any, s: Any, k: Any) -> Interval:
        most = math.sqrt(count(s[0]))
        return plus(times((-most, most), i[1]), i[2])

    return rule(bounds)


def norm(name: str, torch: str, axes: str, count: Any, shape: Any = channels, jax: str = "", **more: Any) -> Op:
    """A normalisation with weight and bias a channel."""
    column = ".reshape((1, -1) + (1,) * ({0}.ndim - 2))"
    return layer(
        name,
        torch,
        jax
        or "(({0} - jnp.mean({0}, axis=" + axes + ", keepdims=True)) * lax.rsqrt(jnp.var({0}, axis=" + axes
        + ", keepdims=True) + 0.01)) * {1}" + column + " + {2}" + column,
        ("input", "weight", "bias"),
        shape,
        bounds=normed(count),
        starts=(((2, 2, 3), (2,), (2,)), ((3, 2), (2,), (2,))),
        ulps=32.0,
        **more,
    )  # fmt: skip


def attended(s: Sequence[Shape], k: Any) -> Shape | None:
    """Queries, keys and values."""
    q, key, v = s
    if not (len(q) == len(key) == len(v) >= 2) or 0 in q + key + v:
        return None
    fits = q[:-2] == key[:-2] == v[:-2] and q[-1] == key[-1] and key[-2] == v[-2]
    return (*q[:-1], v[-1]) if fits else None


SCORES = "jnp.matmul({0}, {1}.swapaxes(-1, -2)) * ({scale} or {0}.shape[-1] ** -0.5)"
SEEN = "jnp.tril(jnp.ones(({0}.shape[-2], {1}.shape[-2]), bool))"

OPS = (
    norm(
        "batch_norm",
        "batch_norm({0}, None, None, {1}, {2}, training=True, eps=0.01)",
        "(0,) + tuple(range(2, {0}.ndim))",
        lambda x: x[0] * math.prod(x[2:]),
    ),
    norm(
        "instance_norm",
        "instance_norm({0}, None, None, {1}, {2}, eps=0.01)",
        "tuple(range(2, {0}.ndim))",
        lambda x: math.prod(x[2:]),
        lambda s, k: channels(s, k) if len(s[0]) > 2 and math.prod(s[0][2:]) > 1 else None,
    ),
    norm(
        "group_norm",
        "group_norm({0}, 2, {1}, {2}, eps=0.01)",
        "",
        lambda x: math.prod(x[1:]) // 2,
        lambda s, k: channels(s, k) if len(s[0]) >= 2 and s[0][1] % 2 == 0 and math.prod(s[0][1:]) > 2 else None,
        "(lambda h: (h - h.mean(-1, keepdims=True)) * lax.rsqrt(h.var(-1, keepdims=True) + 0.01))({0}.reshape("
        "{0}.shape[0], 2, -1)).reshape({0}.shape) * {1}.reshape((1, -1) + (1,) * ({0}.ndim - 2)) + {2}.reshape("
        "(1, -1) + (1,) * ({0}.ndim - 2))",
    ),
    layer(
        "bilinear",
        "bilinear({0}, {1}, {2})",
        "jnp.einsum('...i,kij,...j->...k', {0}, {2}, {1})",
        ("input1", "input2", "weight"),
        lambda s, k: (
            (*s[0][:-1], s[2][0])
            if s[0]
            and len(s[2]) == 3
            and s[0][:-1] == s[1][:-1]
            and s[2][1:] == (s[0][-1], *s[1][-1:])
            and 0 not in s[0] + s[1] + s[2]
            else None
        ),
        bounds=rule(lambda i, s, k: summed(times(times(i[0], i[1]), i[2]), math.prod(s[2][1:]))),
        starts=(((2, 2), (2, 3), (2, 2, 3)),),
        laws=("f(2 * x, y, z) == f(x, 2 * y, z)",),
    ),
    layer(
        "scaled_dot_product_attention",
        "scaled_dot_product_attention({0}, {1}, {2}, is_causal={causal}, scale={scale})",
        f"jnp.matmul(jax.nn.softmax(jnp.where({SEEN} if {{causal}} else True, {SCORES}, -jnp.inf), axis=-1), {{2}})",
        ("query", "key", "value"),
        attended,
        settings=shapes.choices(causal=(False, True), scale=(None, 0.5)),
        bounds=rule(lambda i, s, k: i[2]),
        starts=(((2, 3), (2, 3), (2, 3)), ((1, 3, 2), (1, 2, 2), (1, 2, 3))),
        ulps=16.0,
        laws=("f(x, y, 2 * z) == 2 * f(x, y, z)",),
    ),
)
