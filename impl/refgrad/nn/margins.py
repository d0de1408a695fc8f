"""Losses that ask for a margin between classes, or for several labels at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.arithmetic import add, mul, sub
from ..ops.choose import where
from ..ops.clamp import clamp_min
from ..ops.explog import square
from ..ops.index_along import index_select
from ..ops.reduce import mean, sum
from ..ops.scatter import gather
from ..ops.shape import reshape, unsqueeze
from ..ops.smooth import logsigmoid
from ..tensor import Tensor, wrap
from .losses import _reduced
from .maps import pairwise_distance


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """For each sample the mean over classes of max(0, margin - x[target] + x)^p, the target's class left out."""
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    single = len(input.shape) == 1
    x = unsqueeze(input, 0) if single else input
    at = reshape(target, (-1, 1))
    missing = clamp_min(add(sub(x, gather(x, 1, at)), margin), 0.0)
    cost = missing if p == 1 else square(missing)
    if weight is not None:
        cost = mul(cost, reshape(index_select(weight, 0, reshape(target, (-1,))), (-1, 1)))
    own = np.arange(x.shape[1]) == at._a
    loss = sum(where(wrap(own), 0.0, cost), 1) / x.shape[1]
    return _reduced(reshape(loss, ()) if single else loss, reduction)


def multilabel_margin_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Any:
    """max(0, 1 - x[label] + x[class]) over the labels (a row up to the first -1) and the other classes."""
    single = len(input.shape) < 2
    x = reshape(input, (1, -1)) if single else input
    labels = target._a.reshape(x.shape)
    given = np.cumprod(labels >= 0, 1).astype(bool)
    safe = np.where(given, labels, 0)
    named = np.zeros(x.shape, bool)
    rows, columns = np.nonzero(given)
    named[rows, safe[rows, columns]] = True
    most = int(given.sum(1).max(initial=0))
    given, safe = given[:, :most], safe[:, :most]
    gap = sub(unsqueeze(x, 1), unsqueeze(gather(x, 1, wrap(safe)), 2))  # (sample, label, class)
    counted = wrap(given[:, :, None] & ~named[:, None, :])
    loss = sum(where(counted, clamp_min(add(gap, 1.0), 0.0), 0.0), (1, 2)) / x.shape[1]
    return _reduced(reshape(loss, ()) if single else loss, reduction)


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The cross entropy of each class by itself, of sigmoid(input) with target, averaged over the classes."""
    loss = -add(mul(target, logsigmoid(input)), mul(1 - target, logsigmoid(-input)))
    return _reduced(mean(loss if weight is None else mul(loss, weight), -1), reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """max(0, distance to the positive - distance to the negative + margin), by any distance."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        across = distance(positive, negative)
        far = where(far < across, far, across)
    return _reduced(clamp_min(sub(near, far) + margin, 0.0), reduction)
