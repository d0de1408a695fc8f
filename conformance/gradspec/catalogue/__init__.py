"""The ops that the suite knows: `ops()` lists them, `get("tanh")` finds one.

One module a family; each holds a tuple OPS of entries. The families come from the simplest to the
least, and so do the ops in `in_order()`: a shrinking program moves towards the front.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from ..errors import UnknownName
from . import (
    activation,
    arithmetic,
    arranging,
    elementwise,
    factor,
    fourier,
    graph,
    indexing,
    layers,
    linalg,
    losses,
    nn,
    pairs,
    pictures,
    ranking,
    reduction,
    refused,
    scan,
    scattering,
    shaping,
    solving,
    special,
    values,
    windows,
)
from .model import Op

FAMILIES = (
    arithmetic, elementwise, shaping, arranging, reduction, activation, scan, ranking, indexing, special, pairs,
    scattering, linalg, solving, factor, nn, losses, layers, windows, pictures, fourier,
)  # fmt: skip


@functools.cache
def in_order() -> tuple[Op, ...]:
    """Every op, the simplest family first."""
    return tuple(op for family in FAMILIES for op in family.OPS)


@functools.cache
def ops() -> Mapping[str, Op]:
    """Every op by name, sorted."""
    return {op.name: op for op in sorted(in_order(), key=lambda op: op.name)}


@functools.cache
def entries() -> Mapping[str, Op]:
    """Every op by name, and beside them those of graph.py, which are about the graph and not about numbers, and those
    of values.py, which have no derivative.
    """
    return {**ops(), **{op.name: op for op in (*graph.OPS, *refused.OPS, *values.OPS)}}


def get(name: str) -> Op:
    """The op called `name`; raises UnknownName with the nearest name."""
    try:
        return entries()[name]
    except KeyError:
        raise UnknownName.of("op", name, entries()) from None
