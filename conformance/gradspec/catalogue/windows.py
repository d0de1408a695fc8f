"""What windows that slide over signals and pictures give: transposed convolutions, poolings, `unfold` and `fold`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from . import kinks, nn, shapes
from .intervals import Bounds, farthest, rule, same, summed, times, with_zero
from .model import Interval, Op, Shape

layer = partial(nn.layer, halves=False)

SIGNAL: tuple[tuple[Shape, ...], ...] = (((2, 1, 4),), ((1, 2, 5),))
PICTURE: tuple[tuple[Shape, ...], ...] = (((1, 2, 4, 4),), ((1, 1, 3, 5),))
VOLUME: tuple[tuple[Shape, ...], ...] = (((1, 1, 2, 4, 3),),)


def only(starts: Sequence[Sequence[Shape]], shape: Any) -> Any:
    """The shape rule `shape`, for pictures of the rank of `starts` alone."""
    rank = len(starts[0][0])
    return lambda s, k: shape(s, k) if len(s[0]) == rank and 0 not in s[0] else None


def pooled(rank: int, size: int = 2, stride: int = 2, padding: int = 0) -> Any:
    """The shape after windows of one size."""

    def shape(s: Sequence[Shape], k: Any) -> Shape | None:
        lead, space = s[0][: len(s[0]) - rank], s[0][len(s[0]) - rank :]
        p = k.get("padding", padding)
        counts = [(n + 2 * p - k.get("size", size)) // k.get("stride", stride) + 1 for n in space]
        return (*lead, *counts) if min(counts) >= 1 else None

    return shape


def fixed(rank: int, *counts: int) -> Any:
    """A shape whose last dimensions are given."""
    return lambda s, k: (*s[0][: len(s[0]) - rank], *counts)


def tied(rank: int) -> kinks.Kinks:
    """Two elements so near each other anywhere in a plane that windows may take either."""

    def near(arrays: Any, settings: Any) -> bool | kinks.Mask:
        planes = arrays[0].reshape(-1, math.prod(arrays[0].shape[-rank:]))
        return kinks.ties([planes], {"dim": -1})

    return near


def pool(name: str, torch: str, jax: str, starts: Any, shape: Any, bounds: Bounds = same, **more: Any) -> Op:
    """An entry of one picture."""
    return layer(name, torch, jax, ("input",), only(starts, shape), bounds=bounds, starts=starts, **more)


def transposed(s: Sequence[Shape], k: Any) -> Shape | None:
    """The shape of a transposed convolution."""
    x, w = s
    if len(x) != len(w) or len(x) < 3 or x[1] != w[0] or 0 in x or 0 in w:
        return None
    space = [(n - 1) * k["stride"] - 2 * k["padding"] + m for n, m in zip(x[2:], w[2:], strict=True)]
    return (x[0], w[1], *space) if min(space) >= 1 else None


def conv_transpose(rank: int, starts: tuple[tuple[Shape, ...], ...]) -> Op:
    """conv_transpose1d and conv_transpose2d."""
    around = ", ".join(f"({{1}}.shape[{2 + d}] - 1 - {{padding}},) * 2" for d in range(rank))
    flipped = f"jnp.flip({{1}}, {tuple(range(2, 2 + rank))}).swapaxes(0, 1)"
    return layer(
        f"conv_transpose{rank}d",
        f"conv_transpose{rank}d({{0}}, {{1}}, stride={{stride}}, padding={{padding}})",
        f"lax.conv_general_dilated({{0}}, {flipped}, {(1,) * rank}, ({around},), lhs_dilation=({'{stride}, ' * rank}))",
        ("input", "weight"),
        lambda s, k: transposed(s, k) if len(s[0]) == rank + 2 else None,
        settings=shapes.choices(stride=(1, 2), padding=(0, 1)),
        bounds=rule(lambda i, s, k: summed(times(*i), s[1][0] * math.prod(s[1][2:]))),
        starts=starts,
        laws=("f(2 * x, y) == f(x, 2 * y)",),
    )


def root_of_powers(i: Any, s: Any, k: Any) -> Interval:
    """A p-norm of four numbers is at most four times the largest."""
    return 0.0, 4 * farthest(i[0])


HALVES = "{0}[..., : {0}.shape[-2] // 2 * 2, : {0}.shape[-1] // 2 * 2]"
BLOCKS = f"(lambda h: h.reshape(h.shape[:-2] + (h.shape[-2] // 2, 2, h.shape[-1] // 2, 2)))({HALVES})"
"""The 2 by 2 windows of a picture, as its dimensions -3 and -1."""

SCALES = ("f(2 * x) == 2 * f(x)",)
ORDER = ("f(2 * x) == 2 * f(x)", "f(x + 1) == f(x) + 1")
"""A mean or a maximum moves and grows with its arguments."""

DRAWN = "torch.tensor([[[0.3, 0.8]]], dtype={0}.dtype).expand({0}.shape[0], {0}.shape[1], 2)"
"""Where fractional pooling begins, in place of a draw."""

OPS = (
    conv_transpose(1, (((2, 2, 3), (2, 3, 2)), ((1, 3, 3), (3, 2, 3)))),
    conv_transpose(2, (((1, 2, 2, 3), (2, 2, 2, 2)),)),
    conv_transpose(3, (((1, 1, 2, 1, 2), (1, 2, 2, 2, 2)),)),
    layer(
        "conv3d",
        "conv3d({0}, {1}, stride={stride}, padding={padding})",
        "lax.conv_general_dilated({0}, {1}, ({stride},) * 3, (({padding}, {padding}),) * 3)",
        ("input", "weight"),
        nn.convolved(3),
        settings=shapes.choices(stride=(1, 2), padding=(0, 1)),
        bounds=rule(lambda i, s, k: summed(times(*i), math.prod(s[1][1:]))),
        starts=(((1, 2, 2, 3, 2), (2, 2, 2, 2, 1)),),
        laws=("f(2 * x, y) == f(x, 2 * y)",),
    ),
    layer(
        "conv2d.grouped",
        "conv2d({0}, {1}, groups=2, dilation={dilation})",
        "lax.conv_general_dilated({0}, {1}, (1, 1), 'VALID', rhs_dilation=({dilation},) * 2, feature_group_count=2)",
        ("input", "weight"),
        lambda s, k: (
            (s[0][0], s[1][0], *(n - k["dilation"] for n in s[0][2:]))
            if len(s[0]) == len(s[1]) == 4
            and s[0][1] == 2 * s[1][1]
            and s[1][0] % 2 == 0
            and s[1][2:] == (2, 2)
            and min(s[0][2:]) > k["dilation"]
            and 0 not in s[0] + s[1]
            else None
        ),
        settings=shapes.choices(dilation=(1, 2)),
        bounds=rule(lambda i, s, k: summed(times(*i), math.prod(s[1][1:]))),
        starts=(((1, 2, 3, 4), (4, 1, 2, 2)),),
    ),
    layer(
        "conv1d.same",
        "conv1d({0}, {1}, padding='same')",
        "lax.conv_general_dilated({0}, {1}, (1,), 'SAME')",
        ("input", "weight"),
        lambda s, k: nn.convolved(1)(s, {"stride": 1, "padding": 1}) if s[1][-1:] == (3,) else None,
        bounds=rule(lambda i, s, k: summed(times(*i), math.prod(s[1][1:]))),
        starts=(((2, 2, 3), (3, 2, 3)),),
    ),
    pool("avg_pool2d", "avg_pool2d({0}, 2)", f"jnp.mean({BLOCKS}, axis=(-3, -1))", PICTURE, pooled(2), laws=ORDER),
    pool(
        "avg_pool2d.padded",
        "avg_pool2d({0}, 2, stride=1, padding=1, count_include_pad={inside})",
        "(lambda add: add({0}) / (4.0 if {inside} else add(jnp.ones_like({0}))))(lambda h: lax.reduce_window("
        "h, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 1, 1), ((0, 0), (0, 0), (1, 1), (1, 1))))",
        PICTURE,
        pooled(2, 2, 1, 1),
        with_zero,
        settings=shapes.choices(inside=(True, False)),
        laws=SCALES,
    ),
    pool(
        "avg_pool3d",
        "avg_pool3d({0}, 2)",
        "lax.reduce_window({0}, 0.0, lax.add, (1, 1, 2, 2, 2), (1, 1, 2, 2, 2), 'VALID') / 8",
        VOLUME,
        pooled(3),
        laws=ORDER,
    ),
    pool(
        "max_pool2d",
        "max_pool2d({0}, 2)",
        f"jnp.max({BLOCKS}, axis=(-3, -1))",
        PICTURE,
        pooled(2),
        kinks=tied(2),
        laws=ORDER,
    ),
    pool(
        "max_pool2d.overlapping",
        "max_pool2d({0}, 3, stride=1, padding=1)",
        "",
        PICTURE,
        pooled(2, 3, 1, 1),
        kinks=tied(2),
        laws=ORDER,
    ),
    pool("max_pool3d", "max_pool3d({0}, 2)", "", VOLUME, pooled(3), kinks=tied(3), laws=ORDER),
    pool(
        "lp_pool1d",
        "lp_pool1d({0}, 2.0, 2)",
        f"jnp.linalg.norm({nn.PAIRS}, axis=-1)",
        SIGNAL,
        pooled(1),
        rule(root_of_powers),
        kinks=kinks.at(0.0),
        laws=SCALES,
    ),
    pool(
        "lp_pool2d",
        "lp_pool2d({0}, 2.0, 2)",
        f"jnp.sqrt(jnp.sum({BLOCKS} ** 2, axis=(-3, -1)))",
        PICTURE,
        pooled(2),
        rule(root_of_powers),
        kinks=kinks.at(0.0),
        laws=SCALES,
    ),
    pool(
        "adaptive_avg_pool1d",
        "adaptive_avg_pool1d({0}, 3)",
        "jnp.stack([jnp.mean({0}[..., i * {0}.shape[-1] // 3 : -(-(i + 1) * {0}.shape[-1] // 3)], axis=-1) "
        "for i in range(3)], axis=-1)",
        SIGNAL,
        fixed(1, 3),
        laws=ORDER,
    ),
    pool("adaptive_avg_pool2d", "adaptive_avg_pool2d({0}, (2, 3))", "", PICTURE, fixed(2, 2, 3), laws=ORDER),
    pool("adaptive_avg_pool3d", "adaptive_avg_pool3d({0}, 2)", "", VOLUME, fixed(3, 2, 2, 2), laws=ORDER),
    pool(
        "adaptive_max_pool1d",
        "adaptive_max_pool1d({0}, 3)",
        "jnp.stack([jnp.max({0}[..., i * {0}.shape[-1] // 3 : -(-(i + 1) * {0}.shape[-1] // 3)], axis=-1) "
        "for i in range(3)], axis=-1)",
        SIGNAL,
        fixed(1, 3),
        kinks=tied(1),
        laws=ORDER,
    ),
    pool(
        "adaptive_max_pool2d",
        "adaptive_max_pool2d({0}, (2, 3))",
        "",
        PICTURE,
        fixed(2, 2, 3),
        kinks=tied(2),
        laws=ORDER,
    ),
    pool(
        "adaptive_max_pool3d", "adaptive_max_pool3d({0}, 2)", "", VOLUME, fixed(3, 2, 2, 2), kinks=tied(3), laws=ORDER
    ),
    pool(
        "fractional_max_pool2d",
        f"fractional_max_pool2d({{0}}, 2, output_size=2, _random_samples={DRAWN})",
        "",
        PICTURE,
        fixed(2, 2, 2),
        kinks=tied(2),
        laws=ORDER,
    ),
    pool(
        "max_unpool2d",
        "max_unpool2d(*torch.nn.functional.max_pool2d({0}, 2, return_indices=True), 2)",
        "",
        (((1, 2, 4, 4),), ((1, 1, 2, 4),)),
        lambda s, k: s[0] if s[0][-1] % 2 == s[0][-2] % 2 == 0 else None,
        with_zero,
        kinks=tied(2),
        laws=SCALES,
    ),
    pool(
        "unfold.windows",
        "unfold({0}, 2, stride={stride}, padding={padding})",
        "(lambda p: p.reshape(p.shape[:2] + (-1,)))(lax.conv_general_dilated_patches({0}, (2, 2), ({stride},) * 2, "
        "(({padding},) * 2,) * 2))",
        PICTURE,
        lambda s, k: (s[0][0], 4 * s[0][1], math.prod(found[2:])) if (found := pooled(2)(s, k)) is not None else None,
        with_zero,
        settings=shapes.choices(stride=(1, 2), padding=(0, 1)),
        laws=SCALES,
    ),
    layer(
        "fold",
        "fold({0}, (3, 3), 2, stride={stride}, padding={padding})",
        "",
        ("input",),
        lambda s, k: (
            (s[0][0], s[0][1] // 4, 3, 3)
            if len(s[0]) == 3
            and s[0][1] % 4 == 0
            and 0 not in s[0]
            and s[0][2] == ((1 + 2 * k["padding"]) // k["stride"] + 1) ** 2
            else None
        ),
        settings=lambda s: [{"stride": 1, "padding": 0}, {"stride": 2, "padding": 1}, {"stride": 2, "padding": 0}],
        bounds=rule(lambda i, s, k: summed(i[0], 4)),
        starts=(((1, 4, 4),), ((2, 8, 1),)),
        laws=SCALES,
    ),
    layer(
        "local_response_norm",
        "local_response_norm({0}, 2, alpha=0.5)",
        "{0} / (1 + 0.25 * (lambda q: q + jnp.pad(q, ((0, 0), (1, 0)) + ((0, 0),) * ({0}.ndim - 2))[:, :-1])({0} ** 2))"
        " ** 0.75",
        ("input",),
        lambda s, k: s[0] if len(s[0]) >= 3 and 0 not in s[0] else None,
        bounds=rule(lambda i, s, k: (-farthest(i[0]), farthest(i[0]))),
        starts=(((2, 3, 2),), ((1, 2, 2, 2),)),
        laws=("f(-x) == -f(x)",),
    ),
)
