"""What is minimised: one number from predictions and targets.

Every loss takes `reduction`: "mean", "sum", or "none" for a loss per element.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..op import ELEMENTWISE, op
from ..ops.activation import _hardtanh
from ..ops.arithmetic import add, div, mul, sub
from ..ops.choose import _where, where
from ..ops.clamp import _clamp, clamp_min
from ..ops.complex import abs
from ..ops.explog import exp, log, square, xlogy
from ..ops.fit import cast
from ..ops.index_along import index_select
from ..ops.reduce import mean, sum
from ..ops.scatter import gather
from ..ops.shape import reshape, squeeze, unsqueeze
from ..ops.smooth import logsigmoid
from ..ops.softmax import log_softmax
from ..tensor import Tensor, wrap
from .maps import cosine_similarity, pairwise_distance


def _reduced(loss: Any, reduction: str) -> Any:
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return mean(loss) if reduction == "mean" else sum(loss)


def _sizes_match(input: Any, target: Any) -> None:
    if tuple(input.shape) != tuple(target.shape):
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            UserWarning,
            stacklevel=3,
        )


def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The squared error."""
    _sizes_match(input, target)
    return _reduced(square(sub(input, target)), reduction)


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The absolute error; its slope at 0 is 0."""
    _sizes_match(input, target)
    return _reduced(abs(sub(input, target)), reduction)


def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    """The squared error over 2 beta below beta, the absolute error minus beta / 2 above."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    _sizes_match(input, target)
    error = sub(input, target)
    return _reduced(abs(error) if beta == 0 else _bowl(error, beta, beta), reduction)


@op(kind=ELEMENTWISE, method=False)
def _bowl(x, width=1.0, over=None):
    """x^2 / 2 up to `width` from 0, a straight line beyond; all of it over a number, if there is one."""
    size = np.abs(x)
    near = size.clip(0, width)
    size -= near * 0.5
    size *= near if over in (None, 1) else near / over
    return size


# torch's second derivative of the smooth_l1_loss is 0 at the rim of the bowl, that of the huber_loss is 1.
_bowl.grads(
    x=lambda g, x, width, over: g * (_clamp(x, -width, width) if over is None else _hardtanh(x, -width, width) / over)
)


def huber_loss(input: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Half the squared error up to delta, delta times the absolute error minus delta / 2 above."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _sizes_match(input, target)
    return _reduced(_bowl(sub(input, target), delta), reduction)


@op(kind=ELEMENTWISE, method=False, node="BinaryCrossEntropyBackward0")
def _bce(x, target):
    """-(target log x + (1 - target) log(1 - x)), no logarithm below -100."""
    if np.any((x < 0) | (x > 1)):
        raise RuntimeError("all elements of input should be between 0 and 1")
    return -(target * np.maximum(np.log(x), -100) + (1 - target) * np.maximum(np.log1p(-x), -100)).astype(x.dtype)


_bce.grads(
    x=lambda g, x, target: g * (x - target) / _where(x * (1 - x) < 1e-12, 1e-12, x * (1 - x)),
    target=lambda g, x: g * (log(1 - x) - log(x)),
)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Any:
    """The cross entropy of probabilities with probabilities."""
    if tuple(input.shape) != tuple(target.shape):
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    loss = _bce(input, target)
    return _reduced(loss if weight is None else mul(loss, weight), reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """The cross entropy of sigmoid(input) with target, without overflow."""
    if tuple(input.shape) != tuple(target.shape):
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    cost = -logsigmoid(input)
    if pos_weight is not None:
        cost = mul(cost, (pos_weight - 1) * target + 1)
    loss = add(mul(1 - target, input), cost)
    return _reduced(loss if weight is None else mul(loss, weight), reduction)


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Minus the log probability (dimension 1, or 0 of a single sample) of the target class."""
    rank = len(input.shape)
    if rank < 1:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    at = 1 if rank > 1 else 0
    if rank == 2 and len(target.shape) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target._a.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {_kind(target)}")
    if rank > 1 and input.shape[0] != target.shape[0]:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]})."
        )
    classes = input.shape[at]
    counted = target._a != ignore_index
    wrong = counted & ((target._a < 0) | (target._a >= classes))
    if wrong.any():
        raise IndexError(f"Target {target._a[wrong].flat[0]} is out of bounds.")
    safe = wrap(np.where(counted, target._a, 0).astype(np.int64))
    picked = -squeeze(gather(input, at, unsqueeze(safe, at)), at)
    if weight is None:
        loss = picked if counted.all() else where(wrap(counted), picked, 0.0)
        return div(sum(loss), float(counted.sum())) if reduction == "mean" else _reduced(loss, reduction)
    weights = mul(
        reshape(index_select(weight, 0, reshape(safe, (-1,))), safe.shape), wrap(counted.astype(input._a.dtype))
    )
    loss = where(wrap(counted), mul(picked, weights), 0.0)
    return div(sum(loss), sum(weights)) if reduction == "mean" else _reduced(loss, reduction)


def _kind(x: Tensor) -> str:
    return x.dtype.tensor_type.removeprefix("torch.").removesuffix("Tensor")


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of softmax(input) with class indices, or with probabilities of the input's shape."""
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    at = 1 if len(input.shape) > 1 else 0
    logs, classes = log_softmax(input, at), input.shape[at]
    per_class = None if weight is None else reshape(weight, (1,) * at + (classes,) + (1,) * (len(input.shape) - at - 1))
    if tuple(target.shape) == tuple(input.shape):
        if not target.is_floating_point():
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got {_kind(target)}")
        share = target * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else target
        terms = mul(logs, share) if per_class is None else mul(mul(logs, share), per_class)
        loss = -sum(terms, at)
        return div(sum(loss), max(loss._a.size, 1)) if reduction == "mean" else _reduced(loss, reduction)
    hard = nll_loss(logs, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return hard
    counted = wrap(target._a != ignore_index)
    even = where(counted, -sum(logs if per_class is None else mul(logs, per_class), at), 0.0)
    if reduction == "mean":
        ones = cast(counted, input._a.dtype)
        safe = wrap(np.where(counted._a, target._a, 0))
        total = (
            sum(ones)
            if weight is None
            else sum(mul(reshape(index_select(weight, 0, reshape(safe, (-1,))), safe.shape), ones))
        )
        soft = div(sum(even), total)
    else:
        soft = _reduced(even, reduction)
    return hard * (1 - label_smoothing) + soft * (label_smoothing / classes)


def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Any:
    """target (log target - input), for log probabilities as input."""
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by "
            "the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as "
            "'batchmean' in the next major release.",
            UserWarning,
            stacklevel=2,
        )
    loss = mul(exp(target), sub(target, input)) if log_target else sub(xlogy(target, target), mul(target, input))
    if reduction == "batchmean":
        return div(sum(loss), input.shape[0] if input.shape else 1)
    return _reduced(loss, reduction)


def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8, *, reduction: str = "mean"
) -> Any:
    """Minus the log likelihood of counts; `input` is the logarithm of the rate, or the rate."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    loss = sub(exp(input), mul(target, input)) if log_input else sub(input, mul(target, log(input + eps)))
    if full:
        stirling = target * log(target) - target + log(target * (2 * math.pi)) * 0.5
        loss = add(loss, where(target > 1, stirling, 0.0))
    return _reduced(loss, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, *, reduction: str = "mean"
) -> Any:
    """Minus the log likelihood of normal variables with mean `input` and variance `var`, no smaller than eps."""
    if np.any(var._a < 0):
        raise ValueError("var has negative entry/entries")
    held = var + (clamp_min(var.detach(), eps) - var.detach())
    loss = add(log(held), div(square(sub(input, target)), held)) * 0.5
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean") -> Any:
    """input where the target is 1, max(0, margin - input) where it is -1."""
    loss = add(where(target == 1, input, 0.0), where(target == -1, clamp_min(margin - input, 0.0), 0.0))
    return _reduced(loss, reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean") -> Any:
    """max(0, -target (input1 - input2) + margin)."""
    return _reduced(clamp_min(-target * sub(input1, input2) + margin, 0.0), reduction)


def soft_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """log(1 + exp(-target input)) without overflow."""
    return _reduced(-logsigmoid(mul(target, input)), reduction)


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Any:
    """1 - cosine where the target is 1, max(0, cosine - margin) where it is -1."""
    cosine = cosine_similarity(input1, input2, -1)
    loss = add(where(target == 1, 1 - cosine, 0.0), where(target == -1, clamp_min(cosine - margin, 0.0), 0.0))
    return _reduced(loss, reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Any:
    """max(0, distance to the positive - distance to the negative + margin)."""
    near, far = (pairwise_distance(anchor, other, p, eps) for other in (positive, negative))
    if swap:
        across = pairwise_distance(positive, negative, p, eps)
        far = where(far < across, far, across)
    return _reduced(clamp_min(sub(near, far) + margin, 0.0), reduction)
