"""Modules that give their input mean 0 and variance 1: over a batch, over a layer, over groups of channels."""

from __future__ import annotations

from typing import Any

from .. import create, dtypes
from . import functional
from .module import Module
from .parameter import Parameter


def _affine(module: Module, shape: Any, weight: bool, bias: bool, dtype: Any) -> None:
    """Give the module a weight of ones and a bias of zeros, or None for what is not wanted."""
    module.register_parameter("weight", Parameter(create.ones(shape, dtype=dtype)) if weight else None)
    module.register_parameter("bias", Parameter(create.zeros(shape, dtype=dtype)) if bias else None)


class LayerNorm(Module):
    """Mean 0 and variance 1 over the last dimensions, of sizes `normalized_shape`; then scale and shift."""

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        _affine(self, self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype)

    def forward(self, input: Any) -> Any:
        """X, standardised."""
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The sizes and settings."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Mean square 1 over the last dimensions, of sizes `normalized_shape`; then scale."""

    def __init__(
        self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = Parameter(create.ones(self.normalized_shape, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)

    def forward(self, input: Any) -> Any:
        """X, scaled."""
        return functional.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The sizes and settings."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Mean 0 and variance 1 for every group of channels of every sample; then scale and shift each channel."""

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, bias: bool = True,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        _affine(self, num_channels, affine, affine and bias, dtype)

    def forward(self, input: Any) -> Any:
        """X, standardised."""
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The sizes and settings."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class _BatchNorm(Module):
    """Mean 0 and variance 1 for every channel, of the batch while training and of what was seen in training after.

    running_mean, running_var   means over the batches, which count `momentum` each; None: all count alike
    num_batches_tracked         how many batches there were
    """

    dims: tuple[int, ...]

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        _affine(self, num_features, affine, affine and bias, dtype)
        tracks = track_running_stats
        self.register_buffer("running_mean", create.zeros(num_features, dtype=dtype) if tracks else None)
        self.register_buffer("running_var", create.ones(num_features, dtype=dtype) if tracks else None)
        self.register_buffer("num_batches_tracked", create.tensor(0, dtype=dtypes.int64) if tracks else None)

    def forward(self, input: Any) -> Any:
        """X, standardised."""
        if input.dim() not in self.dims:
            wanted = " or ".join(f"{n}D" for n in self.dims)
            raise ValueError(f"expected {wanted} input (got {input.dim()}D input)")
        momentum = self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            momentum = 1.0 / float(self.num_batches_tracked) if momentum is None else momentum
        tracked = not self.training or self.track_running_stats
        return functional.batch_norm(
            input, self.running_mean if tracked else None, self.running_var if tracked else None, self.weight,
            self.bias, self.training or self.running_mean is None, momentum or 0.0, self.eps,
        )  # fmt: skip

    def reset_running_stats(self) -> None:
        """Forget all batches."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def extra_repr(self) -> str:
        """The sizes and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Over (batch, channels) or (batch, channels, length)."""

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Over (batch, channels, height, width)."""

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Over (batch, channels, depth, height, width)."""

    dims = (5,)


__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "LayerNorm", "RMSNorm"]
