"""What reductions and scans mean: each is a function of one row of balls.

Rows are sorted by comparing and exchanging neighbours with min and max, which is right for balls too.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

from flint import arb

from .balls import ONE, Rule, along, fold, total
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
    """The norm of order 1, 2, 3 or "inf"."""
    sizes = [abs(x) for x in row]
    match ord:
        case "inf":
            return largest(sizes)
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
}
