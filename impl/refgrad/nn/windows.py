"""Convolution and pooling: cut the input into windows, then multiply, average, or take the largest.

The windows are views, so nothing is copied before the product; every derivative follows from theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..ops.choose import where
from ..ops.einsum import einsum
from ..ops.join import _slice, cat
from ..ops.pad import _padded
from ..ops.reduce import mean, sum
from ..ops.select import max
from ..ops.shape import reshape, squeeze, unsqueeze
from ..ops.split import chunk
from ..ops.unfold import _unfold
from ..tensor import Tensor

OUT, INSIDE = "uvw", "xyz"
"""Letters for the places of a window and for the places inside it, up to three dimensions."""


def _each(value: Any, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(value) * (rank if len(value) == 1 else 1)


def _windows(x: Any, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Any:
    """(batch, channel, place..., inside...): what each window sees of x (batch, channel, space...)."""
    for i, (n, step, gap) in enumerate(zip(size, stride, dilation, strict=True)):
        x = _unfold(x, 2 + i, (n - 1) * gap + 1, step)
        if gap > 1:
            x = _slice(x, len(x.shape) - 1, 0, x.shape[-1], gap)
    return x


def _surrounded(x: Any, padding: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    return _padded(x, ((0, 0), (0, 0), *padding), value) if any(map(any, padding)) else x


def _convolution(
    rank: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    if len(x.shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to conv{rank}d, but got input of size: "
            f"{list(x.shape)}"
        )
    single = len(x.shape) == rank + 1
    x = unsqueeze(x, 0) if single else x
    stride, dilation = _each(stride, rank), _each(dilation, rank)
    size = tuple(weight.shape[2:])
    if padding == "same":
        total = [(n - 1) * gap for n, gap in zip(size, dilation, strict=True)]
        amounts = [(t // 2, t - t // 2) for t in total]
    else:
        amounts = [(p, p) for p in _each(0 if padding == "valid" else padding, rank)]
    if x.shape[1] != weight.shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{weight.shape[1] * groups} channels, but got {x.shape[1]} channels instead"
        )
    x = _surrounded(x, amounts)
    reach = [(n - 1) * gap + 1 for n, gap in zip(size, dilation, strict=True)]
    if any(n < r for n, r in zip(x.shape[2:], reach, strict=True)):
        have, need = (" x ".join(map(str, s)) for s in (x.shape[2:], size))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({have}). Kernel size: ({need}). Kernel size can't be greater "
            "than actual input size"
        )
    out, inside = OUT[:rank], INSIDE[:rank]
    parts = [
        einsum(f"nc{out}{inside},oc{inside}->no{out}", _windows(part, size, stride, dilation), kernel)
        for part, kernel in zip(chunk(x, groups, 1), chunk(weight, groups, 0), strict=True)
    ]
    y = parts[0] if groups == 1 else cat(parts, 1)
    if bias is not None:
        y = y + reshape(bias, (1, -1, *(1,) * rank))
    return squeeze(y, 0) if single else y


def conv1d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Every window of a signal (batch, channel, length) times every filter (out, channel / groups, size)."""
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Every window of an image (batch, channel, height, width) times every filter."""
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Every window of a volume (batch, channel, depth, height, width) times every filter."""
    return _convolution(3, input, weight, bias, stride, padding, dilation, groups)


def _pooled(rank: int, x: Any, size: Any, stride: Any, padding: Any, fill: float, dilation: Any = 1) -> tuple[Any, Any]:
    """The windows with their inside flattened, and whether x came without a batch."""
    single = len(x.shape) == rank + 1
    x = unsqueeze(x, 0) if single else x
    sizes = _each(size, rank)
    steps = sizes if stride is None or stride == () else _each(stride, rank)
    margins = _each(padding, rank)
    for n, p in zip(sizes, margins, strict=True):
        if 2 * p > n:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={n} and dilation=1"
            )
    cut = _windows(_surrounded(x, [(p, p) for p in margins], fill), sizes, steps, _each(dilation, rank))
    return reshape(cut, (*cut.shape[: 2 + rank], math.prod(sizes))), single


def _averaged(
    rank: int, x: Any, size: Any, stride: Any, padding: Any, count_include_pad: bool, divisor: int | None
) -> Any:
    cut, single = _pooled(rank, x, size, stride, padding, 0.0)
    if divisor is not None:
        y = sum(cut, -1) / divisor
    elif count_include_pad or not any(_each(padding, rank)):
        y = mean(cut, -1)
    else:
        y = sum(cut, -1) / sum(_pooled(rank, x * 0 + 1, size, stride, padding, 0.0)[0], -1).detach()
    return squeeze(y, 0) if single else y


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, *, count_include_pad: bool = True
) -> Any:
    """The mean of every window."""
    return _averaged(1, input, kernel_size, stride, padding, count_include_pad, None)


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of every window; a window of zeros gets no gradient, where the root alone would send NaN."""
    total = avg_pool1d(input**norm_type, kernel_size, stride) * kernel_size
    return where(total == 0, 0.0, where(total == 0, 1.0, total) ** (1.0 / norm_type))


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    *,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of every window."""
    return _averaged(2, input, kernel_size, stride, padding, count_include_pad, divisor_override)


def _largest(rank: int, x: Any, size: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    cut, single = _pooled(rank, x, size, stride, padding, -math.inf, dilation)
    y = max(cut, -1).values
    return squeeze(y, 0) if single else y


def max_pool1d(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1) -> Any:
    """The largest element of every window; the first of equals gets the gradient."""
    return _largest(1, input, kernel_size, stride, padding, dilation)


def max_pool2d(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1) -> Any:
    """The largest element of every window; the first of equals gets the gradient."""
    return _largest(2, input, kernel_size, stride, padding, dilation)
