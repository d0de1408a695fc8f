"""Convolutions of one to three dimensions, forwards and transposed, and the windows they are made of: `unfold`, `fold`.

An input is (batch, channel, space...), or without a batch; a filter (out, channel / groups, size...), and of a
transposed convolution (channel, out / groups, size...).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..grids import Grid, each, grid, volume
from ..ops.convolve import _convolution, _to_input
from ..ops.shape import reshape, squeeze, unsqueeze
from ..ops.windows import _cut, _laid

AXES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def batched(rank: int, x: Any, name: str) -> tuple[Any, bool]:
    """x with a batch, and whether one had to be put in front; RuntimeError for any other number of dimensions."""
    if len(x.shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
            f"{list(x.shape)}"
        )
    single = len(x.shape) == rank + 1
    return (unsqueeze(x, 0) if single else x), single


def _checked(stride: Sequence[int], padding: Sequence[int]) -> None:
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")


def _finished(y: Any, bias: Any, rank: int, single: bool) -> Any:
    if bias is not None:
        y = y + reshape(bias, (1, -1, *(1,) * rank))
    return squeeze(y, 0) if single else y


def _forwards(rank: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    x, single = batched(rank, x, f"conv{rank}d")
    size, space = tuple(weight.shape[2:]), tuple(x.shape[2:])
    stride, dilation = each(stride, rank), each(dilation, rank)
    if x.shape[1] != weight.shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{weight.shape[1] * groups} channels, but got {x.shape[1]} channels instead"
        )
    if padding == "same":
        if max(stride) > 1:
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        before = tuple((n - 1) * gap // 2 for n, gap in zip(size, dilation, strict=True))
        laid = Grid(space, size, stride, before, dilation, space)
    else:
        padding = each(0 if padding == "valid" else padding, rank)
        _checked(stride, padding)
        laid = grid(space, size, stride, padding, dilation)
    if any(n < 1 for n in laid.places):
        have = (n + 2 * p for n, p in zip(space, laid.before, strict=True))
        reach = ((n - 1) * gap + 1 for n, gap in zip(size, dilation, strict=True))
        told = [" x ".join(map(str, sizes)) for sizes in (have, reach)]
        raise RuntimeError(
            f"Calculated padded input size per channel: ({told[0]}). Kernel size: ({told[1]}). Kernel size can't be "
            "greater than actual input size"
        )
    return _finished(_convolution(x, weight, laid, groups), bias, rank, single)


def _transposed(
    rank: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, more: Any, groups: int, dilation: Any
) -> Any:
    x, single = batched(rank, x, f"conv_transpose{rank}d")
    size, places = tuple(weight.shape[2:]), tuple(x.shape[2:])
    stride, padding, more, dilation = (each(value, rank) for value in (stride, padding, more, dilation))
    if x.shape[1] != weight.shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{weight.shape[0]} channels, but got {x.shape[1]} channels instead"
        )
    _checked(stride, padding)
    if any(extra >= s and extra >= gap for extra, s, gap in zip(more, stride, dilation, strict=True)):
        told = [
            f"{what}_{axis}: {n}"
            for what, sizes in (("output_padding", more), ("stride", stride), ("dilation", dilation))
            for axis, n in zip(AXES[rank], sizes, strict=True)
        ]
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {' '.join(told)}")
    space = tuple(
        (m - 1) * s - 2 * p + gap * (n - 1) + extra + 1
        for m, n, s, p, gap, extra in zip(places, size, stride, padding, dilation, more, strict=True)
    )
    return _finished(
        _to_input(x, weight, Grid(space, size, stride, padding, dilation, places), groups), bias, rank, single
    )


def conv1d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Every window of a signal (batch, channel, length) times every filter (out, channel / groups, size)."""
    return _forwards(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Every window of an image (batch, channel, height, width) times every filter."""
    return _forwards(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Every window of a volume (batch, channel, depth, height, width) times every filter."""
    return _forwards(3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
    groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """What conv1d's gradient does to its input: every element lays a filter, and where filters overlap they add up."""
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
    groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """What conv2d's gradient does to its input: every element lays a filter, and where filters overlap they add up."""
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
    groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """What conv3d's gradient does to its input: every element lays a filter, and where filters overlap they add up."""
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """conv1d of a signal (time, batch, channel) with filters (size, channel, out)."""
    y = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return y.permute(2, 0, 1)


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of images (batch, channel, height, width) as columns: (batch, channel x size, places)."""
    x, single = batched(2, input, "unfold")
    laid = grid(x.shape[2:], kernel_size, each(stride, 2), padding, dilation)
    if min(laid.places) < 1:
        raise RuntimeError(
            f"Given input with spatial size ({_told(x.shape[2:])}), kernel_size=({_told(laid.size)}), "
            f"dilation=({_told(laid.dilation)}), padding=({_told(laid.before)}), calculated shape of the array of "
            f"sliding blocks as ({_told(laid.places)}), but its components must be at least one."
        )
    y = reshape(_cut(x, laid), (x.shape[0], x.shape[1] * volume(laid.size), volume(laid.places)))
    return squeeze(y, 0) if single else y


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns (batch, channel x size, places) laid as windows over an image; where they overlap they add up."""
    single = len(input.shape) == 2
    x = unsqueeze(input, 0) if single else input
    laid = grid(each(output_size, 2), kernel_size, each(stride, 2), padding, dilation)
    if x.shape[1] % volume(laid.size):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={x.shape[1]} and kernel_size=({_told(laid.size)})."
        )
    if x.shape[2] != volume(laid.places):
        raise RuntimeError(
            f"Given output_size=({_told(laid.space)}), kernel_size=({_told(laid.size)}), "
            f"dilation=({_told(laid.dilation)}), padding=({_told(laid.before)}), stride=({_told(laid.stride)}), "
            f"expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{' * '.join(map(str, laid.places))} = {volume(laid.places)}, but got input.size(2)={x.shape[2]}."
        )
    channels = x.shape[1] // volume(laid.size)
    y = _laid(reshape(x, (x.shape[0], channels, *laid.size, *laid.places)), laid)
    return squeeze(y, 0) if single else y


def _told(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes))
