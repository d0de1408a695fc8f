"""What reductions and scans mean: each is a function of one row of balls.

Rows are sorted by comparing and exchanging neighbours with min and max, which is right for balls too.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import numpy as np
from flint import arb

from .balls import ONE, ZERO, Balls, Rule, along, balls, fold, if_above, total
from .elementwise import root

Row = Sequence[arb]


def mean(row: Row) -> arb:
    """The sum over the number."""
    return total(row) / len(row)


def product(row: Row) -> arb:
    """The product; 1 of nothing."""
    return functools.reduce(lambda a, b: a * b, row, ONE)


def largest(row: Row) -> arb:
    """The maximum."""
    return functools.reduce(arb.max, row)


def least(row: Row) -> arb:
    """The minimum."""
    return functools.reduce(arb.min, row)


def variance(row: Row, correction: int = 1) -> arb:
    """The squared distances from the mean, over the number less `correction`."""
    middle = mean(row)
    return total([(x - middle) ** 2 for x in row]) / (len(row) - correction)


def deviation(row: Row, correction: int = 1) -> arb:
    """The root of the variance."""
    return root(variance(row, correction))


def log_sum(row: Row) -> arb:
    """Log of the sum of exponentials; balls do not overflow."""
    return total([x.exp() for x in row]).log()


def norm(row: Row, ord: float | str = 2.0) -> arb:
    """The norm of order 1, 2, 3, 1/2 or -1, or the largest or least size ("inf", "-inf")."""
    sizes = [abs(x) for x in row]
    match ord:
        case "inf":
            return largest(sizes)
        case "-inf":
            return least(sizes)
        case 0.5:
            return total([x.sqrt() for x in sizes]) ** 2
        case -1.0:
            return 1 / total([1 / x for x in sizes])
        case 1.0:
            return total(sizes)
        case 2.0:
            return root(total([x * x for x in sizes]))
        case _:
            return total([x ** int(ord) for x in sizes]).nonnegative_part().root(int(ord))


def so_far(function: Rule) -> Rule:
    """The running form of a reduction: of the first element, of the first two, ..."""
    return lambda row: [function(row[: n + 1]) for n in range(len(row))]


def softmax(row: Row) -> Row:
    """Exponentials that add up to one."""
    powers = [x.exp() for x in row]
    return [x / total(powers) for x in powers]


def log_softmax(row: Row) -> Row:
    """The logarithm of softmax."""
    return [x - log_sum(row) for x in row]


def differences(row: Row, n: int = 1) -> Row:
    """Each element less the one before, n times."""
    for _ in range(n):
        row = [b - a for a, b in itertools.pairwise(row)]
    return row


def trapezoid(row: Row) -> arb:
    """The area under the points, one apart."""
    return total([(a + b) / 2 for a, b in itertools.pairwise(row)])


def ordered(row: Row, descending: bool = False) -> Row:
    """Sorted, by as many rounds of exchanges between neighbours as there are elements."""
    row = list(row)
    for n in range(len(row)):
        for i in range(n % 2, len(row) - 1, 2):
            row[i], row[i + 1] = row[i].min(row[i + 1]), row[i].max(row[i + 1])
    return row[::-1] if descending else row


def between(row: Row, q: float, interpolation: str) -> arb:
    """The share `q` of the way along the sorted row: at a place, or between two."""
    place = arb(q) * (len(row) - 1)
    low = int(float(place.floor().mid()))
    ends = ordered(row)[low : low + 2]
    weight = {"linear": place - low, "midpoint": arb(0.5), "lower": ZERO, "higher": ONE}.get(interpolation)
    weight = (place - low + 0.5).floor() if weight is None else weight
    return ends[0] + weight * (ends[-1] - ends[0])


def middle(row: Row) -> arb:
    """The lower of the two in the middle."""
    return ordered(row)[(len(row) - 1) // 2]


def everywhere(function: Rule) -> Rule:
    """A function of all elements as one row."""
    return lambda x: balls(function(list(x.reshape(-1))))


def distance(x: Balls, y: Balls, ord: float) -> Balls:
    """The norm of the difference."""
    return balls(norm(list(balls(x - y).reshape(-1)), ord))


def areas(row: Row) -> Row:
    """Those between neighbouring points, one apart."""
    return [(a + b) / 2 for a, b in itertools.pairwise(row)]


def trapezoid_at(y: Balls, x: Balls, dim: int) -> Balls:
    """The area under the points y at the places x."""
    heights, places = (np.moveaxis(t, dim, -1) for t in (y, x))
    return ((heights[..., 1:] + heights[..., :-1]) / 2 * (places[..., 1:] - places[..., :-1])).sum(-1)


def covariance(x: Balls, correction: int = 1) -> Balls:
    """Of the rows with each other."""
    rows = np.atleast_2d(x)
    away = rows - (rows.sum(-1) / rows.shape[-1])[:, None]
    return np.squeeze(balls((away @ away.T) / (rows.shape[-1] - correction)))


def correlation(x: Balls) -> Balls:
    """The covariances over the deviations' products."""
    c = np.atleast_2d(covariance(x))
    spread = np.array([root(v) for v in np.diagonal(c)])
    return np.squeeze(balls(c / spread[:, None] / spread[None]))


def shortened(x: Balls, dim: int, maxnorm: float) -> Balls:
    """Slices longer than `maxnorm` scaled to it (torch divides by their length and 1e-7)."""
    made = np.moveaxis(x, dim, 0).copy()
    for n in range(len(made)):
        size = norm(list(made[n].reshape(-1)))
        made[n] = made[n] * if_above(size, maxnorm, arb(maxnorm) / (size + arb(1e-7)), ONE)
    return np.moveaxis(made, 0, dim)


RULES: dict[str, Rule] = {
    "sum": fold(total),
    "mean": fold(mean),
    "prod": fold(product),
    "var": fold(variance),
    "std": fold(deviation),
    "amax": fold(largest),
    "amin": fold(least),
    "max.dim": fold(largest),
    "min.dim": fold(least),
    "logsumexp": fold(log_sum),
    "linalg.vector_norm": fold(norm),
    "cumsum": along(so_far(total)),
    "cumprod": along(so_far(product)),
    "logcumsumexp": along(so_far(log_sum)),
    "cummax": along(so_far(largest)),
    "cummin": along(so_far(least)),
    "softmax": along(softmax),
    "log_softmax": along(log_softmax),
    "softmin": along(lambda row: softmax([-x for x in row])),
    "diff": along(differences),
    "trapezoid": fold(trapezoid),
    "sort": along(ordered),
    "topk": along(lambda row, k: ordered(row, descending=True)[:k], last=True),
    "kthvalue": lambda x, k: fold(lambda row: ordered(row)[k - 1])(x, dim=-1),
    "norm": fold(norm),
    "dist": distance,
    "nansum": fold(total),
    "nanmean": fold(mean),
    "var_mean": fold(lambda row: variance(row) + mean(row)),
    "std_mean": fold(lambda row: deviation(row) + mean(row)),
    "count_nonzero": lambda x: x * x.size,
    "cov": covariance,
    "corrcoef": correlation,
    "cumulative_trapezoid": along(lambda row: so_far(total)(areas(row))),
    "trapezoid.x": trapezoid_at,
    "linalg.vander": lambda x, N: np.stack([x**n for n in range(N)], -1),
    "renorm": shortened,
    "max.all": everywhere(largest),
    "min.all": everywhere(least),
    "aminmax": fold(lambda row: least(row) - largest(row)),
    "argmax": lambda x, dim: fold(largest)(x, dim=dim, keepdim=True),
    "argmin": lambda x, dim: fold(least)(x, dim=dim, keepdim=True),
    "median.all": everywhere(middle),
    "median": fold(middle),
    "nanmedian": fold(middle),
    "mode": fold(least),  # of elements of which no two are equal
    "quantile": fold(between),
    "nanquantile": fold(between),
    "argsort": along(ordered),
    "msort": lambda x: along(ordered)(x, dim=0),
    "topk.smallest": along(lambda row, k: ordered(row)[:k]),
}
