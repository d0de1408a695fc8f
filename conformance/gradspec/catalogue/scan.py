"""Ops along one dimension that keep it: running sums and extremes, softmax, differences, sorting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import kinks, shapes
from .intervals import farthest, rule, same, summed, times, within
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


def without_dim(shape: Shape, dim: int) -> Shape | None:
    """The shape without one dimension."""
    return shapes.reduced([shape], {"dim": dim})


def same_or_less(i: Any, s: Any, k: Any) -> Interval:
    """Scaled towards 0."""
    return min(i[0][0], 0.0), max(i[0][1], 0.0)


def too_long(arrays: Any, settings: Any) -> bool:
    """The norm of a slice is just the one allowed, or zero."""
    rows = np.moveaxis(arrays[0], settings["dim"], 0).reshape(arrays[0].shape[settings["dim"]], -1)
    norms = np.linalg.norm(rows, axis=1)
    return kinks.close(norms, settings["maxnorm"]) or kinks.close(norms, 0.0)


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
    scan(
        "cumulative_trapezoid",
        jax="jnp.cumsum(jnp.diff({0}, axis={dim}) / 2 + "
        "lax.slice_in_dim({0}, 0, {0}.shape[{dim}] - 1, axis={dim}), axis={dim})",
        shape=lambda s, k: shortened(s, {**k, "n": 1}),
        bounds=rule(total),
    ),
    Op(
        "trapezoid.x",
        "torch.trapezoid({0}, {1}, dim={dim})",
        (Slot("y"), Slot("x")),
        lambda s, k: without_dim(s[0], k["dim"]) if s[0] and s[0] == s[1] and s[0][k["dim"]] > 1 else None,
        shapes.each_dim(),
        rule(lambda i, s, k: summed(times(i[0], (i[1][0] - i[1][1], i[1][1] - i[1][0])), s[0][k["dim"]])),
        jax="jnp.trapezoid({0}, {1}, axis={dim})",
        family="scan",
    ),
    Op(
        "linalg.vander",
        "torch.linalg.vander({0}, N={N})",
        (Slot("x"),),
        lambda s, k: (*s[0], k["N"]) if s[0] else None,
        shapes.choices(N=(3, 2)),
        rule(lambda i, s, k: (-(max(1.0, farthest(i[0])) ** 2), max(1.0, farthest(i[0])) ** 2)),
        jax="jnp.stack([{0} ** n for n in range({N})], -1)",
        family="scan",
        notes="torch.vander is it backwards; its own backward fails in 2.13, where it writes into what cumprod saved",
    ),
    Op(
        "renorm",
        "torch.renorm({0}, 2.0, {dim}, {maxnorm})",
        (Slot("input"),),
        lambda s, k: s[0] if len(s[0]) > 1 and 0 not in s[0] else None,
        lambda s: [{**d, "maxnorm": m} for d in shapes.each_dim()(s) for m in (1.0, 2.5)],
        same_or_less,
        too_long,
        jax="{0} * (lambda r: jnp.where(r > {maxnorm}, {maxnorm} / (jnp.where(r > {maxnorm}, r, 1.0) + 1e-7), 1.0))("
        "jnp.linalg.norm(jnp.moveaxis({0}, {dim}, 0).reshape({0}.shape[{dim}], -1), axis=1)."
        "reshape([-1 if d == {dim} % {0}.ndim else 1 for d in range({0}.ndim)]))",
        family="scan",
    ),
)
