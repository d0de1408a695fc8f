"""What losses with margins and targets mean, normalisations by channel, attention, and the likelihood of a text."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from .balls import ONE, ZERO, Balls, Rule, balls, each, total
from .elementwise import softplus
from .layers import cosine, distance, reduced
from .rows import Row, log_softmax, mean, softmax, variance


def alternating(x: Balls) -> Balls:
    """Targets: 1 and -1 in turn along the first dimension."""
    signs = balls([1 - 2 * (n % 2) for n in range(len(x))])
    return np.broadcast_to(signs.reshape(-1, *(1,) * (x.ndim - 1)), x.shape)


def signed(function: Callable[..., arb]) -> Rule:
    """An element's loss, given its target and the numbers."""

    def rule(*arrays: Balls, reduction: str) -> arb:
        return reduced(each(function)(alternating(arrays[0]), *arrays), reduction)

    return rule


def cosines(x: Balls, y: Balls, reduction: str) -> arb:
    """1 - cosine where rows belong together, what is above 0 of it where not."""
    losses = [1 - c if n % 2 == 0 else c.max(ZERO) for n, c in enumerate(cosine(x, y))]
    return reduced(balls(losses), reduction)


def triplet(anchor: Balls, positive: Balls, negative: Balls, reduction: str) -> arb:
    """The distance to the positive less that to the negative, and 1; nothing where that is negative."""
    near, far = distance(anchor, positive), distance(anchor, negative)
    return reduced(each(lambda a, b: (a - b + 1).max(ZERO))(near, far), reduction)


def gaussian(x: Balls, target: Balls, var: Balls, reduction: str) -> arb:
    """Half of log v + error^2 / v."""
    return reduced(each(lambda x, t, v: (v.log() + (x - t) ** 2 / v) / 2)(x, target, var), reduction)


def multi_margin(x: Balls, target: Any, p: int, reduction: str) -> arb:
    """The mean over the classes of max(0, 1 - x[target] + x)^p, the target's own left out."""
    losses = [
        total([(1 - row[t] + other).max(ZERO) ** p for c, other in enumerate(row) if c != t]) / len(row)
        for row, t in zip(x, target, strict=True)
    ]
    return reduced(balls(losses), reduction)


def multilabel_margin(x: Balls, target: Any, reduction: str) -> arb:
    """The same of every label, up to the first -1, against every class that is none."""
    losses = []
    for row, marks in zip(x, target, strict=True):
        labels = list(itertools.takewhile(lambda mark: mark >= 0, marks))
        others = [other for c, other in enumerate(row) if c not in labels]
        losses.append(total([(1 - row[t] + other).max(ZERO) for t in labels for other in others]) / len(row))
    return reduced(balls(losses), reduction)


def soft_labels(x: Balls, target: Balls, reduction: str) -> arb:
    """The mean over the classes of t softplus(-x) + (1 - t) softplus(x)."""
    each_class = each(lambda x, t: t * softplus(-x) + (1 - t) * softplus(x))(x, target)
    return reduced(balls([mean(list(row)) for row in each_class.reshape(-1, x.shape[-1])]), reduction)


def ctc(x: Balls, target: Any, reduction: str) -> arb:
    """Minus the logarithm of the sum over all paths that become the text: repeats merged, then blanks (0) dropped."""
    steps, batch, classes = x.shape
    losses = []
    for n in range(batch):
        logs = [log_softmax(list(row)) for row in x[:, n]]
        paths = [path for path in itertools.product(range(classes), repeat=steps) if spoken(path) == tuple(target[n])]
        likelihood = total([total([row[c] for row, c in zip(logs, path, strict=True)]).exp() for path in paths])
        losses.append(-likelihood.log() / (len(target[n]) if reduction == "mean" else 1))
    return reduced(balls(losses), reduction)


def spoken(path: tuple[int, ...]) -> tuple[int, ...]:
    """The text of a path."""
    return tuple(letter for letter, _ in itertools.groupby(path) if letter)


def normed(groups: Callable[[Balls], Balls]) -> Rule:
    """Each group with mean 0 and variance 1 (and 1/100 for safety), then a weight and a bias a channel."""

    def rule(x: Balls, weight: Balls, bias: Balls) -> Balls:
        made = np.empty(x.size, object)
        for places in groups(np.arange(x.size).reshape(x.shape)):
            row = list(x.reshape(-1)[places])
            made[places] = standard(row)
        column = (-1, *(1,) * (x.ndim - 2))
        return made.reshape(x.shape) * weight.reshape(column) + bias.reshape(column)

    return rule


def standard(row: Row) -> Row:
    """The distance from the mean, over the deviation."""
    return [(x - mean(row)) / (variance(row, 0) + arb(0.01)).sqrt() for x in row]


def attention(q: Balls, k: Balls, v: Balls, causal: bool, scale: float | None) -> Balls:
    """Values weighed by the softmax of the queries' products with the keys; `causal` sees no key after the query."""
    by = arb(scale) if scale is not None else ONE / arb(q.shape[-1]).sqrt()
    made = np.empty((*q.shape[:-1], v.shape[-1]), object)
    for (*batch, n), _ in np.ndenumerate(made[..., 0]):
        keys, values = k[tuple(batch)], v[tuple(batch)]
        seen = min(n + 1, len(keys)) if causal else len(keys)
        shares = softmax([total(q[(*batch, n)] * key) * by for key in keys[:seen]])
        made[(*batch, n)] = balls(shares) @ values[:seen]
    return made


RULES: dict[str, Rule] = {
    "soft_margin_loss": signed(lambda t, x: softplus(-t * x)),
    "hinge_embedding_loss": signed(lambda t, x: x if t > 0 else (1 - x).max(ZERO)),
    "margin_ranking_loss": signed(lambda t, x, y: (arb(0.25) - t * (x - y)).max(ZERO)),
    "cosine_embedding_loss": cosines,
    "triplet_margin_loss": triplet,
    "gaussian_nll_loss": gaussian,
    "multi_margin_loss": multi_margin,
    "multilabel_margin_loss": multilabel_margin,
    "multilabel_soft_margin_loss": soft_labels,
    "ctc_loss": ctc,
    "batch_norm": normed(lambda places: np.moveaxis(places, 1, 0).reshape(places.shape[1], -1)),
    "instance_norm": normed(lambda places: places.reshape(places.shape[0] * places.shape[1], -1)),
    "group_norm": normed(lambda places: places.reshape(places.shape[0] * 2, -1)),
    "bilinear": lambda x, y, weight: np.einsum("...i,kij,...j->...k", x, weight, y),
    "scaled_dot_product_attention": attention,
}
