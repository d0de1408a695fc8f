"""Modules with weights: convolutions in one, two and three dimensions, their transposes, embeddings, bilinear maps."""

from __future__ import annotations

import math
from typing import Any

from .. import create
from ..modes import no_grad
from . import functional, init
from .module import Module
from .parameter import Parameter


def _sizes(value: Any, rank: int) -> tuple[int, ...]:
    """One number for each of `rank` dimensions."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


class _Convolution(Module):
    """What convolutions and their transposes have in common: settings, parameters, and how they are printed."""

    rank: int
    transposed = False

    def _set(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, dtype: Any,
    ) -> None:  # fmt: skip
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name} must be divisible by groups")
        rank = self.rank
        self.in_channels, self.out_channels, self.groups, self.padding_mode = (
            in_channels, out_channels, groups, padding_mode,
        )  # fmt: skip
        self.kernel_size, self.stride, self.dilation = (_sizes(v, rank) for v in (kernel_size, stride, dilation))
        self.output_padding = _sizes(output_padding, rank)
        self.padding = padding if isinstance(padding, str) else _sizes(padding, rank)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
            if padding == "same" and any(step != 1 for step in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got "
                f"padding_mode='{padding_mode}'"
            )
        channels = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(create.empty(*channels, *self.kernel_size, dtype=dtype))
        self.register_parameter("bias", Parameter(create.empty(out_channels, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniform within 1/sqrt(the number of inputs of an output)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init.fans(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The sizes, and the settings that are not the usual ones."""
        told = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (usual,) * self.rank:
                told += f", {name}={value}"
        if self.groups != 1:
            told += f", groups={self.groups}"
        if self.bias is None:
            told += ", bias=False"
        return told + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")


class _Conv(_Convolution):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._set(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, dtype
        )

    def forward(self, input: Any) -> Any:
        """The convolution of x, padded as `padding_mode` says."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = functional.pad(input, self._around(), mode=self.padding_mode), 0
        convolve = getattr(functional, f"conv{self.rank}d")
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _around(self) -> list[int]:
        """How much to pad before and after, the last dimension first."""
        around: list[int] = []
        for d in reversed(range(self.rank)):
            if isinstance(self.padding, str):
                total = self.dilation[d] * (self.kernel_size[d] - 1) if self.padding == "same" else 0
                around += [total // 2, total - total // 2]
            else:
                around += [self.padding[d]] * 2
        return around


class _ConvTranspose(_Convolution):
    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self._set(in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
                  padding_mode, dtype)  # fmt: skip

    def forward(self, input: Any) -> Any:
        """The transposed convolution of x."""
        convolve = getattr(functional, f"conv_transpose{self.rank}d")
        return convolve(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class Conv1d(_Conv):
    """Convolution over one dimension; the weight has shape (out_channels, in_channels / groups, *kernel_size)."""

    rank = 1


class Conv2d(_Conv):
    """Convolution over two dimensions; the weight has shape (out_channels, in_channels / groups, *kernel_size)."""

    rank = 2


class Conv3d(_Conv):
    """Convolution over three dimensions; the weight has shape (out_channels, in_channels / groups, *kernel_size)."""

    rank = 3


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution over one dimension; the weight begins with (in_channels, out_channels / groups)."""

    rank = 1


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over two dimensions; the weight begins with (in_channels, out_channels / groups)."""

    rank = 2


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution over three dimensions; the weight begins with (in_channels, out_channels / groups)."""

    rank = 3


class Embedding(Module):
    """Row i of the weight for each index i; the row `padding_idx` begins with zeros and is not trained."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, *, dtype: Any = None
    ) -> None:
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError("Padding_idx must be within num_embeddings")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(create.empty(num_embeddings, embedding_dim, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight anew from the normal distribution."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)  # type: ignore[index]  # ops make tensors indexable

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None) -> Embedding:
        """An embedding over these rows, trained or not."""
        made = cls(*embeddings.shape, padding_idx=padding_idx)
        made.weight = Parameter(embeddings, requires_grad=not freeze)
        return made

    def forward(self, input: Any) -> Any:
        """The rows at the indices x."""
        return functional.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """The sizes, and the row that is not trained."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Bilinear(Module):
    """x1^T A_k x2 + b_k for every k, with a weight of shape (out, in1, in2)."""

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = Parameter(create.empty(out_features, in1_features, in2_features, dtype=dtype))
        self.register_parameter("bias", Parameter(create.empty(out_features, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniform within 1/sqrt(in1_features)."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        """The bilinear map of both."""
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


__all__ = [
    "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Embedding",
]  # fmt: skip
