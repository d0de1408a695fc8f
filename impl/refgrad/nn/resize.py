"""Larger and smaller pictures: `interpolate` in all its modes, and the older names for it."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..grids import each
from ..maps import bins, cubic, linear, nearest, smoothed
from ..ops.resize import _resampled
from ..tensor import Tensor

SMOOTH = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3, "lanczos": 2}
"""The modes that weigh several elements, and for how many dimensions they are."""

NAMES = {
    "nearest": "UpsampleNearest{}D", "nearest-exact": "UpsampleNearestExact{}D", "linear": "UpsampleLinear{}D",
    "bilinear": "UpsampleBilinear{}D", "bicubic": "UpsampleBicubic{}D", "trilinear": "UpsampleTrilinear{}D",
    "area": "AdaptiveAvgPool{}D", "lanczos": "UpsampleLanczos{}DAa",
}  # fmt: skip


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """The same picture with more or fewer elements, in a size or by a factor.

    input   (batch, channel, space...) of one to three dimensions.
    mode    "nearest", "nearest-exact", "area" for any number of dimensions; "linear", "bilinear", "bicubic",
            "lanczos", "trilinear" for theirs.
    """
    rank = len(input.shape) - 2
    _check(rank, mode, align_corners, antialias)
    sizes, scales = _sizes(input, rank, size, scale_factor, recompute_scale_factor)
    corners = bool(align_corners)
    if min(sizes, default=1) < 1:
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got output {list(sizes)}")
    maps = tuple(
        _map(mode, n, m, scale, corners, antialias) for n, m, scale in zip(input.shape[2:], sizes, scales, strict=True)
    )
    name = NAMES[mode] + ("Aa" if antialias and mode != "lanczos" else "")
    return _resampled(input, maps, False, name)


def _map(mode: str, old: int, new: int, scale: float | None, corners: bool, antialias: bool) -> Any:
    if mode == "area":
        return bins(old, new)
    if mode.startswith("nearest"):
        return nearest(old, new, scale, mode == "nearest-exact")
    kind = mode.removeprefix("bi").removeprefix("tri")
    if antialias:
        return smoothed(kind, old, new, scale, corners)
    return (cubic if kind == "cubic" else linear)(old, new, scale, corners)


def _check(rank: int, mode: str, align_corners: bool | None, antialias: bool) -> None:
    if mode not in SMOOTH:
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
                "trilinear"
            )
    if rank not in (1, 2, 3) or mode not in NAMES:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {rank + 2}D) for the modes: nearest | "
            f"linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
        )
    if SMOOTH.get(mode, rank) != rank:
        raise NotImplementedError(f"Got {rank + 2}D input, but {mode} mode needs {SMOOTH[mode] + 2}D input")
    if antialias and mode not in ("bilinear", "bicubic", "lanczos"):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if mode == "lanczos" and not antialias:
        raise ValueError("lanczos mode requires antialias=True")


def _sizes(
    x: Any, rank: int, size: Any, factor: Any, recompute: bool | None
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The sizes that come out, and the factors that positions are to be reckoned by (None: by the sizes)."""
    if size is not None and factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None:
        if not isinstance(size, int) and len(size) != rank:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {list(x.shape[2:])} and output size of {size}. Please provide input tensor in (N, C, "
                "d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format."
            )
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return each(size, rank), (None,) * rank
    factors = tuple(map(float, factor)) if isinstance(factor, list | tuple) else (float(factor),) * rank
    if len(factors) != rank:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {list(x.shape[2:])} and scale_factor of shape {factor}. Please provide input tensor in "
            "(N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
        )
    sizes = tuple(math.floor(n * f) for n, f in zip(x.shape[2:], factors, strict=True))
    return sizes, (None,) * rank if recompute else factors


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """The older name of `interpolate`."""
    warnings.warn(
        "`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=2
    )
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Any:
    """The older name of `interpolate` in mode "nearest"."""
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning,
        stacklevel=2,
    )  # fmt: skip
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Any:
    """The older name of `interpolate` in mode "bilinear" with aligned corners."""
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning,
        stacklevel=2,
    )  # fmt: skip
    return interpolate(input, size, scale_factor, "bilinear", True)
