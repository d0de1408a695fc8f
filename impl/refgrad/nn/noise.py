"""Layers that draw: the dropouts, `rrelu`, and samples of a softmax that gradients pass through."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..op import ELEMENTWISE, op
from ..ops.activation import SELU_ALPHA, SELU_SCALE
from ..ops.arithmetic import add, div, mul
from ..ops.choose import _where
from ..ops.complex import zeros_like
from ..ops.explog import log
from ..ops.scatter import scatter
from ..ops.softmax import softmax
from ..tensor import Tensor, wrap


def _refuse(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _kept(input: Tensor, p: float, shape: Any) -> Tensor:
    """1 with probability 1 - p, else 0."""
    from ..create import empty

    return empty(*shape, dtype=input.dtype).bernoulli_(1 - p)  # type: ignore[attr-defined, no-any-return]


def _thinned(input: Tensor, p: float, training: bool, inplace: bool, shape: Any) -> Tensor:
    _refuse(p)
    if not training or p == 0:
        return input
    kept = _kept(input, p, shape)
    scaled = kept if p == 1 else div(kept, 1 - p)
    return input.mul_(scaled) if inplace else mul(input, scaled)  # type: ignore[attr-defined, no-any-return]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element 0 with probability p, the others scaled up by 1 / (1 - p); nothing happens outside training."""
    return _thinned(input, p, training, inplace, tuple(input.shape))


def _by_channel(rank: int, input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    dims = len(input.shape)
    if dims not in (rank + 1, rank + 2):
        warnings.warn(
            f"dropout{rank}d: Received a {dims}-D input to dropout{rank}d, which is deprecated and will result in an "
            "error in a future release.",
            UserWarning,
            stacklevel=3,
        )
    lead = 1 if dims == rank + 1 and rank != 2 else 2
    return _thinned(input, p, training, inplace, (*input.shape[:lead], *(1,) * (dims - lead)))


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of (batch, channel, length) 0 with probability p."""
    return _by_channel(1, input, p, training, inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of (batch, channel, height, width) 0 with probability p."""
    return _by_channel(2, input, p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of (batch, channel, depth, height, width) 0 with probability p."""
    return _by_channel(3, input, p, training, inplace)


def _selu_dropped(input: Tensor, p: float, training: bool, shape: Any) -> Tensor:
    """Dropped elements become selu's limit on the left, and all are scaled so that mean and variance stay."""
    _refuse(p)
    if not training or p == 0:
        return input
    if p == 1:
        return mul(input, 0.0)  # type: ignore[no-any-return]
    limit = SELU_ALPHA * SELU_SCALE
    scale = 1 / math.sqrt((limit**2 * p + 1) * (1 - p))
    kept = _kept(input, p, shape)
    shift = add(mul(add(kept, -1.0), limit * scale), limit * scale * p)
    return add(mul(input, mul(kept, scale)), shift)  # type: ignore[no-any-return]


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that leaves mean 0 and variance 1 as they are, for nets of selu."""
    return _selu_dropped(input, p, training, tuple(input.shape))


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """alpha_dropout of whole channels."""
    return _selu_dropped(input, p, training, (*input.shape[:2], *(1,) * (len(input.shape) - 2)))


@op(kind=ELEMENTWISE, method=False, node="RreluWithNoiseBackward0")
def _sloped(x, slope):
    """x times its slope, where it is not positive."""
    if isinstance(slope, float) and 0 < slope <= 1:
        return np.maximum(x, x * slope)  # the same number, without a choice for each element
    return np.where(x <= 0, x * slope, x).astype(x.dtype, copy=False)


_sloped.grads(x=lambda g, x, slope: _where(x <= 0, g * slope, g), slope=lambda g, x: _where(x <= 0, g * x, 0.0))


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """x where it is positive, else x times a slope drawn between the two (their middle outside of training)."""
    from ..create import empty
    from ..dtypes import NAMED

    if not training:
        return _sloped(input, (lower + upper) / 2)
    falling = input._a <= 0
    draws = empty(int(np.count_nonzero(falling)), dtype=NAMED["float64"]).uniform_(lower, upper)  # type: ignore[attr-defined]
    slope = np.ones(falling.shape, input._a.dtype)
    slope[falling] = draws._a
    return _sloped(input, wrap(slope))


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """softmax of logits and drawn Gumbel noise, over tau; `hard` rounds the value to one class, not the gradient."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", UserWarning, stacklevel=2)
    from ..create import empty_like

    noise = -log(empty_like(logits.detach()).exponential_())  # type: ignore[attr-defined]
    soft = softmax(div(add(logits, noise), tau), dim)
    if not hard:
        return soft
    best = soft.max(dim, keepdim=True)[1]
    return scatter(zeros_like(soft), dim, best, 1.0) - soft.detach() + soft
