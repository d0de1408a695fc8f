"""Ops along one dimension that keep it: running sums and extremes, softmax, differences, sorting."""

from __future__ import annotations

import math
from typing import Any

from . import kinks, shapes
from .intervals import rule, same, within
from .model import Interval, Op, Shape, Slot
from .reduction import at_least, log_sum, product, total

AXIS = "axis={dim} % {0}.ndim"
"""lax counts dimensions from the left only."""


def scan(name: str, torch: str = "", jax: str = "", **more: Any) -> Op:
    """An entry along `dim`. Function names default to torch.<name> and jnp.<name>."""
    torch = torch or f"torch.{name}({{0}}, dim={{dim}})"
    jax = jax or f"jnp.{name}({{0}}, axis={{dim}})"
    more = {"shape": shapes.same, "settings": shapes.each_dim()} | more
    return Op(name, torch, (Slot("input"),), jax=jax, family="scan", **more)


def shortened(s: Any, k: Any) -> Shape | None:
    """One element less for each order of difference."""
    size = list(s[0])
    size[k["dim"]] -= k["n"]
    return tuple(size) if size[k["dim"]] > 0 else None


def differences(i: Any, s: Any, k: Any) -> Interval:
    """Each order of difference at most doubles the width."""
    width = (i[0][1] - i[0][0]) * 2.0 ** (k["n"] - 1)
    return -width, width


def log_share(i: Any, s: Any, k: Any) -> Interval:
    """log_softmax: at worst the least against n - 1 of the largest."""
    return i[0][0] - i[0][1] - math.log(max(1, shapes.count(s[0], k["dim"]))), 0.0


def least_one(s: Any, k: Any) -> Shape | None:
    """The shape, where there is something along `dim`."""
    return s[0] if s[0][k["dim"]] else None


def tops(s: Any) -> list[dict[str, int]]:
    """The largest one, and the largest two."""
    return [{"k": k} for k in (1, 2) if s[0] and s[0][-1] >= k]


OPS = (
    scan("cumsum", bounds=rule(total)),
    scan("cumprod", bounds=rule(product)),
    scan(
        "logcumsumexp",
        jax=f"lax.cumlogsumexp({{0}}, {AXIS})",
        bounds=rule(log_sum),
        shape=least_one,
    ),
    scan("cummax", "torch.cummax({0}, dim={dim}).values", f"lax.cummax({{0}}, {AXIS})", bounds=same, kinks=kinks.ties),
    scan("cummin", "torch.cummin({0}, dim={dim}).values", f"lax.cummin({{0}}, {AXIS})", bounds=same, kinks=kinks.ties),
    scan("softmax", jax="jax.nn.softmax({0}, axis={dim})", bounds=within(0.0, 1.0), shape=least_one),
    scan("log_softmax", jax="jax.nn.log_softmax({0}, axis={dim})", bounds=rule(log_share), shape=least_one),
    scan(
        "softmin",
        "torch.nn.functional.softmin({0}, dim={dim})",
        "jax.nn.softmax(-{0}, axis={dim})",
        bounds=within(0.0, 1.0),
        shape=least_one,
    ),
    scan(
        "diff",
        "torch.diff({0}, n={n}, dim={dim})",
        "jnp.diff({0}, n={n}, axis={dim})",
        shape=shortened,
        settings=lambda s: [{"n": n, **d} for d in shapes.each_dim()(s) for n in (1, 2)],
        bounds=rule(differences),
    ),
    scan("trapezoid", shape=at_least(1), bounds=rule(total)),
    scan(
        "sort",
        "torch.sort({0}, dim={dim}, descending={descending}).values",
        "jnp.sort({0}, axis={dim}, descending={descending})",
        settings=lambda s: [{**d, "descending": o} for d in shapes.each_dim()(s) for o in (False, True)],
        bounds=same,
        kinks=kinks.ties,
    ),
    scan(
        "topk",
        "torch.topk({0}, {k}).values",
        "lax.top_k({0}, {k})[0]",
        shape=lambda s, k: (*s[0][:-1], k["k"]),
        settings=tops,
        bounds=same,
        kinks=lambda arrays, settings: kinks.ties(arrays, {"dim": -1}),
    ),
    scan(
        "kthvalue",
        "torch.kthvalue({0}, {k}, dim=-1).values",
        "jnp.sort({0}, axis=-1)[..., {k} - 1]",
        shape=lambda s, k: s[0][:-1],
        settings=tops,
        bounds=same,
        kinks=lambda arrays, settings: kinks.ties(arrays, {"dim": -1}),
    ),
)
