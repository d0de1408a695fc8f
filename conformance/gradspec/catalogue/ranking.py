"""Ops that pick elements by their rank, beside sorting: extremes of all, medians, quantiles, modes, places.

Each is the identity on the elements it picks. A tie for the place is a kink; where any two equal elements may change
what is picked, the whole row counts. What gives places and no numbers (argmax, argsort) is read at those places.
"""

from __future__ import annotations

from typing import Any

from . import kinks, shapes
from .intervals import rule, same
from .model import Interval, Op, Shape, Slot
from .reduction import at_least, extreme_ties, grouped, reduce


def row_ties(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """Two of the elements picked from are equal."""
    return kinks.ties([grouped(arrays[0], settings.get("dim"))], {"dim": -1})


def either_tie(arrays: Any, settings: Any) -> bool:
    """A tie for the largest place, or for the least."""
    return any(extreme_ties(sign)(arrays, settings) for sign in (1.0, -1.0))


def picked(name: str, torch: str, jax: str, **more: Any) -> Op:
    """An entry that picks one element of each row, as it is."""
    usual: dict[str, Any] = {"least": 1, "settings": shapes.dims, "bounds": same, "kinks": row_ties}
    return reduce(name, torch, jax, **usual | more)


def whole(name: str, torch: str, jax: str, ties: kinks.Kinks) -> Op:
    """An entry that picks one element of all."""
    return Op(
        name,
        torch,
        (Slot("input"),),
        lambda s, k: () if 0 not in s[0] else None,
        bounds=same,
        kinks=lambda arrays, settings: ties(arrays, {"dim": None}),
        jax=jax,
        family="ranking",
    )


def shares() -> shapes.Settings:
    """A share of the elements below and one above the middle, and every way to go between two elements."""
    ways = [{"q": q, "interpolation": "linear"} for q in (0.35, 0.65)]
    ways += [{"q": 0.35, "interpolation": how} for how in ("lower", "higher", "nearest", "midpoint")]
    return lambda s: [{**d, **way} for way in ways for d in shapes.dims(s)]


def place(name: str, sign: float) -> Op:
    """An entry of one of the functions that give places, read there."""
    return Op(
        name,
        f"torch.take_along_dim({{0}}, torch.{name}({{0}}, dim={{dim}}, keepdim=True), dim={{dim}})",
        (Slot("input"),),
        lambda s, k: at_least(1)(s, {**k, "keepdim": True}),
        shapes.each_dim(),
        same,
        extreme_ties(sign),
        jax=f"jnp.take_along_axis({{0}}, jnp.{name}({{0}}, axis={{dim}}, keepdims=True), axis={{dim}})",
        family="ranking",
    )


def width(i: Any, s: Any, k: Any) -> Interval:
    """The least less the largest."""
    return i[0][0] - i[0][1], 0.0


def ordered(name: str, torch: str, jax: str, **more: Any) -> Op:
    """An entry that puts every row in order."""
    more = {"shape": shapes.same, "settings": shapes.each_dim(), "kinks": kinks.ties} | more
    return Op(name, torch, (Slot("input"),), bounds=same, jax=jax, family="ranking", **more)


def least_two(s: Any, k: Any) -> Shape | None:
    """The size of what topk takes."""
    size = list(s[0])
    if not size or size[k["dim"]] < k["k"]:
        return None
    size[k["dim"]] = k["k"]
    return tuple(size)


KEEP = "dim={dim}, keepdim={keepdim}"
AXIS = "axis={dim}, keepdims={keepdim}"
QUANTILE = "{0}, {q}, " + KEEP + ", interpolation={interpolation}"
JAX_QUANTILE = "{0}, {q}, " + AXIS + ", method={interpolation}"

OPS = (
    whole("max.all", "torch.max({0})", "jnp.max({0})", extreme_ties(1.0)),
    whole("min.all", "torch.min({0})", "jnp.min({0})", extreme_ties(-1.0)),
    reduce(
        "aminmax",
        f"torch.sub(*torch.aminmax({{0}}, {KEEP}))",
        f"jnp.min({{0}}, {AXIS}) - jnp.max({{0}}, {AXIS})",
        least=1,
        settings=shapes.dims,
        bounds=rule(width),
        kinks=either_tie,
    ),
    place("argmax", 1.0),
    place("argmin", -1.0),
    whole("median.all", "torch.median({0})", 'jnp.quantile({0}, 0.5, method="lower")', row_ties),
    picked("median", f"torch.median({{0}}, {KEEP}).values", f'jnp.quantile({{0}}, 0.5, {AXIS}, method="lower")'),
    picked(
        "nanmedian", f"torch.nanmedian({{0}}, {KEEP}).values", f'jnp.nanquantile({{0}}, 0.5, {AXIS}, method="lower")'
    ),
    picked(
        "mode",
        f"torch.mode({{0}}, {KEEP}).values",
        f"jax.scipy.stats.mode({{0}}, {AXIS}).mode",
        notes="where no element comes twice it is the least",
    ),
    picked("quantile", f"torch.quantile({QUANTILE})", f"jnp.quantile({JAX_QUANTILE})", least=2, settings=shares()),
    picked(
        "nanquantile", f"torch.nanquantile({QUANTILE})", f"jnp.nanquantile({JAX_QUANTILE})", least=2, settings=shares()
    ),
    ordered(
        "argsort",
        "torch.take_along_dim({0}, torch.argsort({0}, dim={dim}, descending={descending}, stable=True), dim={dim})",
        "jnp.take_along_axis({0}, jnp.argsort({0}, axis={dim}, descending={descending}), axis={dim})",
        settings=lambda s: [{**d, "descending": o} for d in shapes.each_dim()(s) for o in (False, True)],
    ),
    ordered(
        "msort",
        "torch.msort({0})",
        "jnp.sort({0}, axis=0)",
        shape=lambda s, k: s[0] or None,
        settings=shapes.none,
        kinks=lambda arrays, settings: kinks.ties(arrays, {"dim": 0}),
    ),
    ordered(
        "topk.smallest",
        "torch.topk({0}, {k}, dim={dim}, largest=False).values",
        "lax.slice_in_dim(jnp.sort({0}, axis={dim}), 0, {k}, axis={dim})",
        shape=least_two,
        settings=lambda s: [{**d, "k": k} for d in shapes.each_dim()(s) for k in (1, 2)],
    ),
)
