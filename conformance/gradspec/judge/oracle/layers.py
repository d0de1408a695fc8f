"""What the layers and losses of neural networks mean, by the formulas of torch's documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb

from .balls import Balls, Rule, along, balls, each, total
from .elementwise import sigmoid, softplus, xlogy
from .rows import Row, log_softmax, mean, norm, variance


def convolution(x: Balls, weight: Balls, stride: int, padding: int) -> Balls:
    """The sum over channels and window of input times weight, for each place of the window."""
    rank = x.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0)] + [(padding, padding)] * rank, constant_values=arb(0))
    window = weight.shape[2:]
    sizes = [(n - m) // stride + 1 for n, m in zip(x.shape[2:], window, strict=True)]
    made = np.empty((len(x), len(weight), *sizes), object)
    for batch, out, *place in np.ndindex(made.shape):
        seen = tuple(slice(p * stride, p * stride + m) for p, m in zip(place, window, strict=True))
        made[(batch, out, *place)] = total((x[(batch, slice(None), *seen)] * weight[out]).reshape(-1))
    return made


def pairs(x: Balls) -> tuple[Balls, Balls]:
    """The first and the second of each pair along the last dimension; an odd one is left over."""
    even = x.shape[-1] // 2 * 2
    return x[..., :even:2], x[..., 1:even:2]


def glu(x: Balls) -> Balls:
    """The first half times the sigmoid of the second."""
    first, second = np.split(x, 2, axis=-1)
    return first * each(sigmoid)(second)


def layer_norm(row: Row, eps: float) -> Row:
    """The distance from the mean, over the deviation."""
    return [(x - mean(row)) / (variance(row, 0) + arb(eps)).sqrt() for x in row]


def rms_norm(row: Row, eps: float) -> Row:
    """Over the root of the mean square."""
    return [x / (mean([y * y for y in row]) + arb(eps)).sqrt() for x in row]


def normalize(row: Row) -> Row:
    """Over its length, or 1e-12 where that is more."""
    return [x / norm(row).max(arb("1e-12")) for x in row]


def cosine(a: Balls, b: Balls) -> Balls:
    """The cosine of the angle between rows; lengths below 1e-8 count as that."""
    return _rows(lambda x, y: total([p * q for p, q in zip(x, y, strict=True)]) / (_length(x) * _length(y)), a, b)


def distance(a: Balls, b: Balls) -> Balls:
    """The length of each row of a - b + 1e-6."""
    return _rows(lambda x, y: norm([p - q + arb("1e-6") for p, q in zip(x, y, strict=True)]), a, b)


def _length(row: Row) -> arb:
    return norm(row).max(arb("1e-8"))


def _rows(function: Rule, a: Balls, b: Balls) -> Balls:
    made = [function(list(a[place]), list(b[place])) for place in np.ndindex(a.shape[:-1])]
    return balls(made).reshape(a.shape[:-1])


def loss(function: Rule) -> Rule:
    """An element's loss as an op: the mean or the sum of all."""

    def rule(x: Balls, target: Balls, reduction: str, **settings: Any) -> arb:
        return reduced(each(function)(x, target, **settings), reduction)

    return rule


def reduced(losses: Balls, reduction: str) -> arb:
    """The mean or the sum."""
    return {"mean": mean, "sum": total}[reduction](list(losses.reshape(-1)))


def huber(error: arb, delta: arb) -> arb:
    """Delta times: half a square up to delta, a straight line beyond."""
    bent = abs(error).min(delta)
    return bent * bent / 2 + delta * (abs(error) - bent)


def entropy(x: arb, target: arb) -> arb:
    """-(t log x + (1 - t) log(1 - x))."""
    return -(target * x.log() + (1 - target) * (1 - x).log())


def picked(x: Balls, target: Any, reduction: str) -> arb:
    """Minus the element of each row's class."""
    return reduced(-x[range(len(x)), list(target)], reduction)


RULES: dict[str, Rule] = {
    "linear": lambda x, weight, bias: x @ weight.T + bias,
    "conv1d": convolution,
    "conv2d": convolution,
    "avg_pool1d": lambda x: each(lambda a, b: (a + b) / 2)(*pairs(x)),
    "max_pool1d": lambda x: each(arb.max)(*pairs(x)),
    "glu": glu,
    "layer_norm": along(layer_norm),
    "rms_norm": along(rms_norm),
    "normalize": along(normalize),
    "cosine_similarity": cosine,
    "pairwise_distance": distance,
    "mse_loss": loss(lambda x, t: (x - t) ** 2),
    "l1_loss": loss(lambda x, t: abs(x - t)),
    "smooth_l1_loss": loss(lambda x, t, beta: huber(x - t, arb(beta)) / arb(beta)),
    "huber_loss": loss(lambda x, t, delta: huber(x - t, arb(delta))),
    "binary_cross_entropy_with_logits": loss(lambda x, t: softplus(x) - x * t),
    "binary_cross_entropy": loss(entropy),
    "poisson_nll_loss": loss(lambda x, t: x.exp() - t * x),
    "kl_div": loss(lambda x, t: xlogy(t, t) - t * x),
    "cross_entropy": lambda x, target, reduction: picked(along(log_softmax)(x), target, reduction),
    "nll_loss": picked,
}
