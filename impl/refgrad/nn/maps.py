"""Layers without memory: linear maps, normalisation, embedding, attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY, numpy_of
from ..grids import Grid, grid
from ..modes import no_grad
from ..ops.arithmetic import add, div, mul, sub
from ..ops.broadcast import expand
from ..ops.choose import where
from ..ops.clamp import clamp_min
from ..ops.diagonal import triu
from ..ops.einsum import einsum
from ..ops.explog import rsqrt, square
from ..ops.index_along import index_add, index_select
from ..ops.linalg import matmul
from ..ops.moments import var
from ..ops.norm import vector_norm
from ..ops.permute import t, transpose
from ..ops.pooling import _averaged
from ..ops.products import addmm
from ..ops.rearrange import repeat_interleave
from ..ops.reduce import mean, sum
from ..ops.scatter import scatter_reduce
from ..ops.shape import _view, reshape
from ..ops.softmax import softmax
from ..tensor import Tensor, wrap


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weight.T + bias, for the last dimension of the input: one product of matrices, whatever its shape."""
    if isinstance(input, np.ndarray) and isinstance(weight, Tensor):
        raise TypeError("linear(): argument 'input' (position 1) must be Tensor, not numpy.ndarray")
    rank = len(input.shape)
    flat = rank in (1, 2) or (rank > 2 and getattr(input, "_a", input).flags.c_contiguous)
    if bias is None or not flat or len(weight.shape) != 2 or len(bias.shape) > 1:
        product = matmul(input, t(weight))
        return product if bias is None else add(product, bias)
    if not numpy_of(bias) == numpy_of(weight) == numpy_of(input):
        name, wrong = ("mat1", input) if numpy_of(bias) == numpy_of(weight) else ("self", bias)
        kinds = " and ".join(OF_NUMPY[numpy_of(x)].word for x in (wrong, weight))
        raise RuntimeError(f"{name} and mat2 must have the same dtype, but got {kinds}")
    if rank == 2:
        return addmm(bias, input, t(weight))
    lead = tuple(input.shape[:-1])
    rows = _view(input, (math.prod(lead), input.shape[-1]))
    return _view(addmm(bias, rows, t(weight)), (*lead, weight.shape[0]))


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """input1 @ weight[k] @ input2 for every k, plus bias."""
    product = einsum("...i,kij,...j->...k", input1, weight, input2)
    return product if bias is None else add(product, bias)


def _standardised(x: Any, dim: Any, eps: float, weight: Any = None) -> Any:
    """x with mean 0 and variance 1 over dim, times a weight, which is the same all over dim."""
    away = sub(x, mean(x, dim, True))
    return mul(away, _scaled(rsqrt(mean(square(away), dim, True) + eps), weight, None))


def _scaled(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else mul(x, weight)
    return x if bias is None else add(x, bias)


def _last(x: Any, normalized_shape: Sequence[int]) -> tuple[int, ...]:
    """The dimensions that normalized_shape names, all at the end; raises where the sizes differ."""
    shape = tuple(normalized_shape)
    if tuple(x.shape[len(x.shape) - len(shape) :]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but "
            f"got input of size{list(x.shape)}"
        )
    return tuple(range(-len(shape), 0))


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Mean 0 and variance 1 over the last dimensions, then scale and shift."""
    return _scaled(_standardised(input, _last(input, normalized_shape), eps), weight, bias)


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """Mean square 1 over the last dimensions, then scale."""
    dim = _last(input, normalized_shape)
    eps = float(np.finfo(input._a.dtype).eps) if eps is None else eps
    return _scaled(mul(input, rsqrt(mean(square(input), dim, True) + eps)), weight, None)


def _per_channel(x: Any, value: Any) -> Any:
    """A value for every channel (dimension 1), ready to broadcast."""
    return None if value is None else reshape(value, (1, -1, *(1,) * (len(x.shape) - 2)))


def _more_than_one(count: int, what: str, shape: Any) -> None:
    """Refuse to standardise one number."""
    if count == 1:
        raise ValueError(f"Expected more than 1 {what} when training, got input size {shape}")


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Mean 0 and variance 1 for every channel: of this batch when training, else by the running statistics."""
    dim = (0, *range(2, len(input.shape)))
    if training:
        _more_than_one(math.prod(input.shape[d] for d in dim), "value per channel", input.shape)
        if running_mean is not None:
            with no_grad():
                running_mean.copy_(running_mean * (1 - momentum) + mean(input, dim) * momentum)
                running_var.copy_(running_var * (1 - momentum) + var(input, dim) * momentum)
        y = _standardised(input, dim, eps, _per_channel(input, weight))
    else:
        scale = _scaled(rsqrt(_per_channel(input, running_var) + eps), _per_channel(input, weight), None)
        y = mul(sub(input, _per_channel(input, running_mean)), scale)
    return _scaled(y, None, _per_channel(input, bias))


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Mean 0 and variance 1 for every channel of every sample: its own, or else those of the running statistics."""
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    _more_than_one(math.prod(input.shape[2:]), "spatial element", input.shape)
    if running_mean is not None:
        inner = tuple(range(2, len(input.shape)))
        with no_grad():
            running_mean.copy_(running_mean * (1 - momentum) + mean(mean(input, inner), 0) * momentum)
            running_var.copy_(running_var * (1 - momentum) + mean(var(input, inner), 0) * momentum)
    y = _standardised(input, tuple(range(2, len(input.shape))), eps, _per_channel(input, weight))
    return _scaled(y, None, _per_channel(input, bias))


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 for every group of channels of every sample."""
    batch, channels = input.shape[:2]
    if channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    sizes = [batch * channels // num_groups, num_groups, *input.shape[2:]]
    _more_than_one(sizes[0] * math.prod(input.shape[2:]), "value per channel", sizes)
    grouped = reshape(input, (batch, num_groups, channels // num_groups, math.prod(input.shape[2:])))
    each = None if weight is None else reshape(weight, (1, num_groups, -1, 1))
    y = reshape(_standardised(grouped, (2, 3), eps, each), input.shape)
    return _scaled(y, None, _per_channel(input, bias))


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """input with p-norm 1 along dim; a norm below eps counts as eps."""
    return div(input, expand(clamp_min(vector_norm(input, p, dim, True), eps), input.shape))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between x1 and x2 along dim; a norm below eps counts as eps."""
    one, two = (div(x, clamp_min(vector_norm(x, 2, dim, True), eps)) for x in (x1, x2))
    return sum(mul(one, two), dim)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of x1 - x2 + eps along the last dimension."""
    return vector_norm(sub(x1, x2) + eps, p, -1, keepdim)


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None, **_: Any) -> Tensor:
    """The rows of weight at the indices; the row `padding_idx` gets no gradient."""
    if not isinstance(input, Tensor):
        raise TypeError(f"embedding(): argument 'indices' (position 2) must be Tensor, not {type(input).__name__}")
    if input._a.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.dtype.tensor_type} instead (while checking arguments for embedding)"
        )
    rows = index_select(weight, 0, reshape(input, (-1,)))
    if padding_idx is not None:
        padding = input._a.reshape(-1, 1) == padding_idx % weight.shape[0]
        rows = where(wrap(padding), rows.detach(), rows)
    return reshape(rows, (*input.shape, *weight.shape[1:]))  # type: ignore[no-any-return]


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sum, mean or maximum of the rows of weight in each bag: a row of indices, or a stretch from its offset on."""
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    if len(input.shape) == 2:
        starts = np.arange(input.shape[0]) * input.shape[1]
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None, as input is treated as a mini-batch of "
                             f"fixed length sequences. However, found offsets of type {type(offsets)}")  # fmt: skip
    elif offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    else:
        starts = offsets._a[:-1] if include_last_offset else offsets._a
    flat = input._a.reshape(-1)
    bag = np.searchsorted(starts, np.arange(flat.size), "right") - 1
    kept = np.ones(flat.size, bool) if padding_idx is None else flat != padding_idx % weight.shape[0]
    rows = index_select(weight, 0, wrap(flat[kept]))
    if per_sample_weights is not None:
        rows = mul(rows, index_select(reshape(per_sample_weights, (-1, 1)), 0, wrap(np.flatnonzero(kept))))
    place, count = wrap(bag[kept]), len(starts)
    empty = wrap(np.zeros((count, weight.shape[1]), weight._a.dtype))
    if mode == "max":
        at = expand(reshape(place, (-1, 1)), rows.shape)
        return scatter_reduce(empty, 0, at, rows, "amax", include_self=False)
    total = index_add(empty, 0, place, rows)
    sizes = np.maximum(np.bincount(bag[kept], minlength=count), 1).astype(weight._a.dtype)
    return total if mode == "sum" else div(total, wrap(sizes[:, None]))


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Each element over (k + alpha mean of the squares of `size` channels around)^beta, zeros beyond the last."""
    if len(input.shape) < 3:
        gap = " " * 26  # torch broke its line inside the text
        raise ValueError(f"Expected 3D or higher dimensionality{gap}input (got {len(input.shape)} dimensions)")
    batch, channels, *space = input.shape
    squares = reshape(square(input), (batch, 1, channels, math.prod(space)))
    around = grid((channels, math.prod(space)), (size, 1), 1, 0)
    before = Grid(around.space, around.size, around.stride, (size // 2, 0), around.dilation, around.space)
    mean_square = reshape(_averaged(squares, before, True, size), input.shape)
    return div(input, (mean_square * alpha + k) ** beta)


def _dropped(shares: Any, p: float) -> Any:
    from .noise import dropout

    return dropout(shares, p)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.T * scale) @ value; a row that sees nothing gives zeros.

    With enable_gqa a head of the keys and values serves several heads (dimension -3) of the queries.
    """
    if enable_gqa:
        key, value = (repeat_interleave(t, query.shape[-3] // t.shape[-3], -3) for t in (key, value))
    scores = matmul(query, transpose(key, -2, -1)) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        attn_mask = ~triu(wrap(np.ones(tuple(scores.shape[-2:]), bool)), 1)
    if attn_mask is not None and attn_mask._a.dtype.kind == "b":
        hidden = ~attn_mask  # type: ignore[operator]
        blind = wrap(np.all(np.broadcast_to(hidden._a, tuple(scores.shape)), -1, keepdims=True))
        scores = where(blind, 0.0, where(hidden, -math.inf, scores))
        shares = where(blind, 0.0, softmax(scores, -1))
    else:
        shares = softmax(scores if attn_mask is None else add(scores, attn_mask), -1)
    return matmul(_dropped(shares, dropout_p) if dropout_p else shares, value)  # type: ignore[no-any-return]
