"""Channels as pixels and pixels as channels: `pixel_shuffle`, `pixel_unshuffle`, `channel_shuffle`."""

from __future__ import annotations

from typing import Any

from ..ops.permute import permute
from ..ops.shape import reshape
from ..tensor import Tensor


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Any:
    """(..., C r^2, H, W) as (..., C, H r, W r): each r^2 channels become an r by r patch."""
    r = upscale_factor
    if len(input.shape) < 3:
        raise RuntimeError(
            "pixel_shuffle expects input to have at least 3 dimensions, but got input with "
            f"{len(input.shape)} dimension(s)"
        )
    *lead, channels, height, width = input.shape
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    n = len(lead)
    parts = reshape(input, (*lead, channels // r**2, r, r, height, width))
    apart = permute(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return reshape(apart, (*lead, channels // r**2, height * r, width * r))


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Any:
    """(..., C, H r, W r) as (..., C r^2, H, W): what pixel_shuffle undoes."""
    r = downscale_factor
    if len(input.shape) < 3:
        raise RuntimeError(
            "pixel_unshuffle expects input to have at least 3 dimensions, but got input with "
            f"{len(input.shape)} dimension(s)"
        )
    *lead, channels, height, width = input.shape
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    for name, at, n in (("height", -2, height), ("width", -1, width)):
        if n % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({at})={n} is not "
                f"divisible by {r}"
            )
    n = len(lead)
    parts = reshape(input, (*lead, channels, height // r, r, width // r, r))
    together = permute(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return reshape(together, (*lead, channels * r**2, height // r, width // r))


def channel_shuffle(input: Tensor, groups: int) -> Any:
    """The channels (dimension 1) in groups, and then the first of each group, the second of each, ..."""
    batch, channels, *space = input.shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    parts = reshape(input, (batch, groups, channels // groups, *space))
    return reshape(permute(parts, (0, 2, 1, *range(3, len(parts.shape)))), (batch, channels, *space))
