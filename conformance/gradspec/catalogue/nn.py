"""Layers and losses of neural networks: linear, convolution, pooling, normalisation, and what is minimised."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from . import kinks, shapes
from .activation import softplus
from .intervals import POSITIVE, PROBABILITY, Bounds, farthest, plus, rule, same, summed, times, within
from .kinks import Kinks, never
from .model import REALS, Interval, Op, Shape, Slot

F = "torch.nn.functional."


def layer(name: str, torch: str, jax: str, slots: Sequence[str], shape: Any, **more: Any) -> Op:
    """An entry of nn.functional."""
    return Op(name, F + torch, tuple(Slot(slot) for slot in slots), shape, jax=jax, family="nn", **more)


def loss(
    name: str,
    each: str,
    *,
    bounds: Bounds,
    first: Interval = REALS,
    target: Interval = REALS,
    reductions: Sequence[str] = ("mean", "sum"),
    settings: Mapping[str, Sequence[float]] = MappingProxyType({}),
    kinks: Kinks = never,
) -> Op:
    """An entry of two equal shapes and one number. `each` is an element's loss in jax words."""
    extra = "".join(f", {setting}={{{setting}}}" for setting in settings)
    return Op(
        name,
        f"{F}{name}({{0}}, {{1}}, reduction={{reduction}}{extra})",
        (Slot("input", first), Slot("target", target)),
        lambda s, k: () if s[0] == s[1] and 0 not in s[0] else None,
        shapes.choices(reduction=reductions, **settings),
        rule(lambda i, s, k: summed(bounds(i, s, k) or (math.inf, math.inf), times_counted(s[0], k["reduction"]))),
        jax=f"getattr(jnp, {{reduction}})({each})",
        family="nn",
        kinks=kinks,
    )


def unit(x: str, eps: float) -> str:
    """In jax words, rows divided by their lengths, which torch takes for no less than `eps`."""
    return f"({x} / jnp.maximum(jnp.linalg.norm({x}, axis=-1, keepdims=True), {eps}))"


def times_counted(shape: Shape, reduction: str) -> int:
    """How many elements' losses add up."""
    return math.prod(shape) if reduction == "sum" else 1


def gap(i: Sequence[Interval]) -> float:
    """The largest difference between the first two arguments."""
    return max(i[0][1] - i[1][0], i[1][1] - i[0][0])


def bends(name: str) -> kinks.Kinks:
    """A loss whose second derivative jumps where the error has the size of a setting."""
    return lambda arrays, settings: kinks.close(np.abs(arrays[0] - arrays[1]), settings[name])


def convolved(rank: int) -> Any:
    """The shape of a convolution with `rank` spatial dimensions."""

    def shape(s: Sequence[Shape], k: Any) -> Shape | None:
        x, w = s
        if not len(x) == len(w) == rank + 2 or x[1] != w[1] or 0 in x or 0 in w:
            return None
        slack = [n + 2 * k["padding"] - m for n, m in zip(x[2:], w[2:], strict=True)]
        return (x[0], w[0], *(room // k["stride"] + 1 for room in slack)) if min(slack) >= 0 else None

    return shape


def convolution(rank: int, starts: tuple[tuple[Shape, ...], ...]) -> Op:
    """conv1d and conv2d."""
    strides, pads = (f"({', '.join([text] * rank)},)" for text in ("{stride}", "({padding}, {padding})"))
    return layer(
        f"conv{rank}d",
        f"conv{rank}d({{0}}, {{1}}, stride={{stride}}, padding={{padding}})",
        f"lax.conv_general_dilated({{0}}, {{1}}, {strides}, {pads})",
        ("input", "weight"),
        convolved(rank),
        settings=shapes.choices(stride=(1, 2), padding=(0, 1)),
        bounds=rule(lambda i, s, k: summed(times(*i), math.prod(s[1][1:]))),
        starts=starts,
    )


def per_row(name: str, torch: str, jax: str, bounds: Bounds, **more: Any) -> Op:
    """A normalisation over the last dimension, of two elements or more."""
    return layer(name, torch, jax, ("input",), lambda s, k: s[0] if long_rows(s) else None, bounds=bounds, **more)


def long_rows(s: Sequence[Shape]) -> bool:
    """Are there two elements or more along the last dimension?"""
    return bool(s[0]) and s[0][-1] > 1


def zero_rows(arrays: Any, settings: Any) -> bool:
    """A row's length turns where the whole row is zero."""
    return any(kinks.close(np.linalg.norm(array, axis=-1), 0.0) for array in arrays)


def equal_rows(arrays: Any, settings: Any) -> bool:
    """A distance turns where two rows are equal."""
    return kinks.close(np.linalg.norm(arrays[0] - arrays[1], axis=-1), 0.0, room=100.0)


def classes(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """A class for every row."""
    if len(s[0]) != 2 or 0 in s[0]:
        return []
    target = tuple((2 * row + 1) % s[0][1] for row in range(s[0][0]))
    return [{"target": target, "reduction": reduction} for reduction in ("mean", "sum")]


def windows(s: Sequence[Shape], k: Any) -> Shape | None:
    """Pairs along the last dimension; what is left over is dropped."""
    return (*s[0][:-1], s[0][-1] // 2) if len(s[0]) == 3 and s[0][-1] >= 2 and 0 not in s[0] else None


def squared(i: Any, s: Any, k: Any) -> Interval:
    """The largest error, squared."""
    return 0.0, gap(i) ** 2


def cross(i: Any, s: Any, k: Any) -> Interval:
    """The loss of a class: at worst the least against n - 1 of the largest."""
    rows = s[0][0] if k["reduction"] == "sum" else 1
    return 0.0, rows * (i[0][1] - i[0][0] + math.log(s[0][1]))


def product(i: Any) -> Interval:
    """A product of the two arguments, of either sign."""
    most = farthest(i[0]) * farthest(i[1])
    return -most, most


def entropy(i: Any, s: Any, k: Any) -> Interval:
    """-(b log a + (1 - b) log(1 - a)) for a and b between 0 and 1."""
    return 0.0, -math.log(i[0][0]) - math.log1p(-i[0][1])


PAIRS = "{0}[..., : {0}.shape[-1] // 2 * 2].reshape({0}.shape[:-1] + (-1, 2))"
"""The windows of a pooling of size 2, as a last dimension."""

PAIRED = (((2, 1, 4),), ((1, 2, 3),))
"""Rows for the pooling, of even and of odd length."""

ERROR = "{0} - {1}"

OPS = (
    layer(
        "linear",
        "linear({0}, {1}, {2})",
        "jnp.matmul({0}, {1}.T) + {2}",
        ("input", "weight", "bias"),
        lambda s, k: (
            (*s[0][:-1], s[1][0]) if s[0] and len(s[1]) == 2 and s[0][-1] == s[1][1] and s[2] == s[1][:1] else None
        ),
        bounds=rule(lambda i, s, k: plus(summed(times(i[0], i[1]), s[0][-1]), i[2])),
    ),
    convolution(1, (((2, 2, 3), (3, 2, 2)), ((2, 3, 3), (2, 3, 3)))),
    convolution(2, (((1, 2, 3, 3), (2, 2, 2, 2)),)),
    layer(
        "avg_pool1d",
        "avg_pool1d({0}, 2)",
        f"jnp.mean({PAIRS}, axis=-1)",
        ("input",),
        windows,
        bounds=same,
        starts=PAIRED,
    ),
    layer(
        "max_pool1d",
        "max_pool1d({0}, 2)",
        f"jnp.max({PAIRS}, axis=-1)",
        ("input",),
        windows,
        bounds=same,
        starts=PAIRED,
        kinks=lambda arrays, settings: kinks.ties(arrays, {"dim": -1}),
    ),
    layer(
        "glu",
        "glu({0}, -1)",
        "jax.nn.glu({0}, axis=-1)",
        ("input",),
        lambda s, k: (*s[0][:-1], s[0][-1] // 2) if s[0] and s[0][-1] and s[0][-1] % 2 == 0 else None,
        bounds=rule(lambda i, s, k: (min(i[0][0], 0.0), max(i[0][1], 0.0))),
    ),
    per_row(
        "layer_norm",
        "layer_norm({0}, ({0}.shape[-1],), eps={eps})",
        "({0} - jnp.mean({0}, axis=-1, keepdims=True)) * lax.rsqrt(jnp.var({0}, axis=-1, keepdims=True) + {eps})",
        rule(lambda i, s, k: (-math.sqrt(s[0][-1]), math.sqrt(s[0][-1]))),
        settings=shapes.choices(eps=(0.01,)),
    ),
    per_row(
        "rms_norm",
        "rms_norm({0}, ({0}.shape[-1],), eps={eps})",
        "{0} * lax.rsqrt(jnp.mean(jnp.square({0}), axis=-1, keepdims=True) + {eps})",
        rule(lambda i, s, k: (-math.sqrt(s[0][-1]), math.sqrt(s[0][-1]))),
        settings=shapes.choices(eps=(0.01,)),
    ),
    per_row(
        "normalize",
        "normalize({0}, dim=-1)",
        unit("{0}", 1e-12),
        within(-1.0, 1.0),
        kinks=zero_rows,
    ),
    layer(
        "cosine_similarity",
        "cosine_similarity({0}, {1}, dim=-1)",
        f"jnp.sum({unit('{0}', 1e-8)} * {unit('{1}', 1e-8)}, axis=-1)",
        ("x1", "x2"),
        lambda s, k: s[0][:-1] if s[0] == s[1] and long_rows(s) else None,
        bounds=within(-1.0, 1.0),
        kinks=zero_rows,
    ),
    layer(
        "pairwise_distance",
        "pairwise_distance({0}, {1})",
        "jnp.linalg.norm({0} - {1} + 1e-6, axis=-1)",
        ("x1", "x2"),
        lambda s, k: s[0][:-1] if s[0] == s[1] and long_rows(s) else None,
        bounds=rule(lambda i, s, k: (0.0, s[0][-1] * (gap(i) + 1e-6))),
        kinks=equal_rows,
    ),
    loss("mse_loss", f"jnp.square({ERROR})", bounds=squared),
    loss("l1_loss", f"jnp.abs({ERROR})", bounds=rule(lambda i, s, k: (0.0, gap(i))), kinks=kinks.meet),
    loss(
        "smooth_l1_loss",
        f"jnp.where(jnp.abs({ERROR}) < {{beta}}, 0.5 * ({ERROR}) ** 2 / {{beta}}, jnp.abs({ERROR}) - 0.5 * {{beta}})",
        bounds=rule(lambda i, s, k: (0.0, max(gap(i), 0.5 * gap(i) ** 2))),
        kinks=bends("beta"),
        settings={"beta": (1.0, 0.5)},
    ),
    loss(
        "huber_loss",
        f"jnp.where(jnp.abs({ERROR}) < {{delta}}, "
        f"0.5 * ({ERROR}) ** 2, {{delta}} * (jnp.abs({ERROR}) - 0.5 * {{delta}}))",
        bounds=rule(lambda i, s, k: (0.0, gap(i) ** 2)),
        kinks=bends("delta"),
        settings={"delta": (1.0, 0.5)},
    ),
    loss(
        "binary_cross_entropy_with_logits",
        "jax.nn.softplus({0}) - {0} * {1}",
        bounds=rule(lambda i, s, k: plus((0.0, softplus(i[0][1])), product(i))),
    ),
    loss(
        "binary_cross_entropy",
        "-({1} * jnp.log({0}) + (1 - {1}) * jnp.log1p(-{0}))",
        first=PROBABILITY,
        target=PROBABILITY,
        bounds=rule(entropy),
    ),
    loss(
        "poisson_nll_loss",
        "jnp.exp({0}) - {1} * {0}",
        bounds=rule(lambda i, s, k: plus((0.0, math.exp(i[0][1])), product(i))),
    ),
    loss(
        "kl_div",
        "jax.scipy.special.xlogy({1}, {1}) - {1} * {0}",
        target=POSITIVE,
        reductions=("sum",),  # torch warns that its mean is not a mean per sample
        bounds=rule(lambda i, s, k: plus((-0.37, i[1][1] * abs(math.log(i[1][1]))), product(i))),  # -1/e <= x log x
    ),
    layer(
        "cross_entropy",
        "cross_entropy({0}, torch.tensor({target}), reduction={reduction})",
        "-getattr(jnp, {reduction})(jax.nn.log_softmax({0}, axis=-1)[jnp.arange({0}.shape[0]), jnp.array({target})])",
        ("input",),
        lambda s, k: (),
        settings=classes,
        bounds=rule(cross),
    ),
    layer(
        "nll_loss",
        "nll_loss({0}, torch.tensor({target}), reduction={reduction})",
        "-getattr(jnp, {reduction})({0}[jnp.arange({0}.shape[0]), jnp.array({target})])",
        ("input",),
        lambda s, k: (),
        settings=classes,
        bounds=rule(lambda i, s, k: summed((-i[0][1], -i[0][0]), s[0][0] if k["reduction"] == "sum" else 1)),
    ),
)
