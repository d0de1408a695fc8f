"""Pictures made larger and smaller, looked up at other places, and shuffled between channels and pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from . import kinks, nn, shapes
from .intervals import farthest, rule, same, with_zero
from .model import Interval, Op, Shape
from .windows import ORDER, PICTURE, SCALES, SIGNAL, VOLUME, fixed, only

layer = partial(nn.layer, halves=False)


def resized(mode: str, starts: Any, *, corners: bool = False, bounds: Any = same, **more: Any) -> Op:
    """`interpolate` to 3 elements a dimension and by a factor; with `corners` in both alignments.

    (jax.image.resize has no aligned corners, another cubic, and reckons by the sizes, not by the factor.)
    """
    rank = len(starts[0][0]) - 2
    align = ", align_corners={corners}" if corners else ""

    def shape(s: Sequence[Shape], k: Any) -> Shape | None:
        if k["size"] is not None:
            return (*s[0][:2], *(k["size"],) * rank)
        return (*s[0][:2], *(math.floor(n * k["factor"]) for n in s[0][2:]))

    table: list[dict[str, Any]] = [
        {"size": 3, "factor": None},
        {"size": None, "factor": 2.0},
        {"size": None, "factor": 1.5},
    ]
    ways = [way | {"corners": c} for way in table for c in (False, True)] if corners else table
    return layer(
        f"interpolate.{mode}",
        f"interpolate({{0}}, size={{size}}, scale_factor={{factor}}, mode={mode!r}{align})",
        "",
        ("input",),
        only(starts, shape),
        settings=lambda s: ways,
        bounds=bounds,
        starts=starts,
        laws=ORDER,
        **more,
    )


def overshoot(i: Any, s: Any, k: Any) -> Interval:
    """Cubic weights add up to one, and their sizes to less than 1.6, in each dimension."""
    return -2.6 * farthest(i[0]), 2.6 * farthest(i[0])


def sampled(rank: int) -> Any:
    """The shape after looking a picture up on a grid."""

    def shape(s: Sequence[Shape], k: Any) -> Shape | None:
        x, grid = s
        if not len(x) == len(grid) == rank + 2 or x[0] != grid[0] or grid[-1] != rank or 0 in x or 0 in grid:
            return None
        return (*x[:2], *grid[1:-1])

    return shape


def seams(arrays: Any, settings: Any) -> bool:
    """Between elements, at edges and where a reflection turns, slopes jump: at half elements, all told."""
    x, grid = arrays
    for d, n in enumerate(reversed(x.shape[2:])):
        at = (grid[..., d] + 1) * (n - 1) / 2 if settings["corners"] else ((grid[..., d] + 1) * n - 1) / 2
        if kinks.close(2 * at, np.round(2 * at), room=10.0):
            return True
    return False


def lookup(mode: str, rank: int, starts: Any, bounds: Any = with_zero, **more: Any) -> Op:
    """grid_sample in one mode."""
    return layer(
        f"grid_sample.{mode}{'3d' if rank == 3 else ''}",
        f"grid_sample({{0}}, {{1}}, mode={mode!r}, padding_mode={{padding}}, align_corners={{corners}})",
        "",
        ("input", "grid"),
        sampled(rank),
        settings=shapes.choices(padding=("zeros", "border", "reflection"), corners=(False, True)),
        bounds=bounds,
        starts=starts,
        kinks=seams,
        orders=1,
        tangent=False,
        laws=("f(2 * x, y) == 2 * f(x, y)",),
        notes="torch has neither a second derivative nor a forward mode: grid_sampler_2d_backward is not implemented",
        **more,
    )


def shuffled(s: Sequence[Shape], k: Any) -> Shape | None:
    """Four channels a patch of 2 by 2."""
    if len(s[0]) < 3 or s[0][-3] % 4 or 0 in s[0]:
        return None
    return (*s[0][:-3], s[0][-3] // 4, 2 * s[0][-2], 2 * s[0][-1])


def unshuffled(s: Sequence[Shape], k: Any) -> Shape | None:
    """And back."""
    if len(s[0]) < 3 or s[0][-2] % 2 or s[0][-1] % 2 or 0 in s[0]:
        return None
    return (*s[0][:-3], s[0][-3] * 4, s[0][-2] // 2, s[0][-1] // 2)


OPS = (
    resized("nearest", PICTURE),
    resized("nearest-exact", SIGNAL),
    resized("area", PICTURE),
    resized("linear", SIGNAL, corners=True),
    resized("bilinear", PICTURE, corners=True),
    resized("bicubic", PICTURE, corners=True, bounds=rule(overshoot), ulps=64.0),  # weights of rounded positions
    resized("trilinear", VOLUME, corners=True),
    layer(
        "interpolate.antialias",
        "interpolate({0}, size=2, mode={mode}, antialias=True)",
        "",
        ("input",),
        only(PICTURE, fixed(2, 2, 2)),
        settings=shapes.choices(mode=("bilinear", "bicubic")),
        bounds=rule(overshoot),
        starts=PICTURE,
        laws=ORDER,
        tangent=False,
        notes="torch has no forward mode for it",
    ),
    lookup("bilinear", 2, (((1, 2, 3, 4), (1, 2, 2, 2)),)),
    lookup("nearest", 2, (((1, 2, 3, 4), (1, 2, 2, 2)),)),
    lookup("bicubic", 2, (((1, 2, 4, 4), (1, 2, 2, 2)),), rule(overshoot)),
    lookup("bilinear", 3, (((1, 1, 2, 3, 2), (1, 2, 1, 2, 3)),)),
    layer(
        "affine_grid",
        "affine_grid({0}, ({0}.shape[0], 1, 2, 3), align_corners={corners})",
        "",
        ("theta",),
        lambda s, k: (s[0][0], 2, 3, 2) if len(s[0]) == 3 and s[0][1:] == (2, 3) and s[0][0] else None,
        settings=shapes.choices(corners=(False, True)),
        bounds=rule(lambda i, s, k: (-3 * farthest(i[0]), 3 * farthest(i[0]))),
        starts=(((2, 2, 3),),),
        laws=SCALES,
    ),
    layer(
        "pixel_shuffle",
        "pixel_shuffle({0}, 2)",
        "(lambda c, h, w: jnp.moveaxis({0}.reshape({0}.shape[:-3] + (c // 4, 2, 2, h, w)), (-4, -3), (-3, -1)).reshape("
        "{0}.shape[:-3] + (c // 4, 2 * h, 2 * w)))(*{0}.shape[-3:])",
        ("input",),
        shuffled,
        bounds=same,
        starts=(((1, 4, 2, 3),), ((8, 1, 2),)),
        laws=("torch.nn.functional.pixel_unshuffle(f(x), 2) == x",),
    ),
    layer(
        "pixel_unshuffle",
        "pixel_unshuffle({0}, 2)",
        "",
        ("input",),
        unshuffled,
        bounds=same,
        starts=(((1, 1, 4, 2),), ((2, 2, 2),)),
        laws=("torch.nn.functional.pixel_shuffle(f(x), 2) == x",),
    ),
    layer(
        "channel_shuffle",
        "channel_shuffle({0}, 2)",
        "{0}.reshape({0}.shape[0], 2, -1, *{0}.shape[2:]).swapaxes(1, 2).reshape({0}.shape)",
        ("input",),
        lambda s, k: s[0] if len(s[0]) >= 3 and s[0][1] % 2 == 0 and 0 not in s[0] else None,
        bounds=same,
        starts=(((1, 4, 2),),),
    ),
)
