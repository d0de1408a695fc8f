"""Ops that write at given places, or fold in what comes there, and those that go by a mask: scatter, index_reduce.

The places are settings, as in indexing.py. Where the largest of what meets in a place is kept, a tie is a kink.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import kinks, shapes
from .indexing import distinct_rows, places, read, row_for_row, rows, write
from .intervals import hull, rule
from .model import Interval, Op, Shape, Slot


def by_element(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """For two vectors, or two matrices of one shape, a row for every element of the second; rows repeat."""
    if len(s[0]) not in (1, 2) or s[0] != s[1] or 0 in s[0]:
        return []
    return [{"index": table(s[1], s[0][0])}]


def once(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """As `by_element`, with no place twice."""
    if len(s[0]) not in (1, 2) or s[0] != s[1] or 0 in s[0]:
        return []
    index = (np.arange(s[0][0]) + 1) % s[0][0]
    full = index if len(s[0]) == 1 else np.broadcast_to(index[:, None], s[0])
    return [{"index": plain(full)}]


def table(shape: Shape, size: int) -> Any:
    """Places below `size`, in no order, one for each element of `shape`."""
    return plain(np.array(places(math.prod(shape), 97)).reshape(shape) % size)


def plain(index: np.ndarray) -> Any:
    """Nested tuples of ints."""
    return tuple(map(plain, index)) if index.ndim else int(index)


def folded(make: Any, reductions: Sequence[str]) -> shapes.Settings:
    """Every reduction, with and without what stood there."""
    ways = [(reduce, own) for own in (True, False) for reduce in reductions]
    return lambda s: [{**d, "reduce": reduce, "include_self": own} for d in make(s) for reduce, own in ways]


def gathered(arrays: Any, settings: Any) -> list[np.ndarray]:
    """What meets in each place: its own element first, if it counts."""
    x, source = arrays
    index = np.array(settings["index"])
    if index.ndim < source.ndim:
        index = np.broadcast_to(index.reshape(-1, *(1,) * (source.ndim - 1)), source.shape)
    own = settings["include_self"]
    found: dict[Any, list[float]] = {at: [x[at]] if own else [] for at in np.ndindex(x.shape)}
    for at in np.ndindex(source.shape):
        found[(int(index[at]), *at[1:])].append(source[at])
    return [np.array(row, x.dtype) for row in found.values() if len(row) > 1]


def meeting_ties(arrays: Any, settings: Any) -> bool:
    """The largest (or least) of what meets in a place is there twice."""
    if not settings["reduce"].startswith("a"):
        return False
    sign = 1 if settings["reduce"] == "amax" else -1
    tops = [np.sort(sign * row)[-2:] for row in gathered(arrays, settings)]
    return any(kinks.close(top[1:], top[:1]) for top in tops)


def met(i: Any, s: Any, k: Any) -> Interval:
    """What is folded: as many factors as there may be, or something between the extremes."""
    low, high = hull(i, s, k)
    if k["reduce"] != "prod":
        return low, high
    most = max(1.0, abs(low), abs(high)) ** (math.prod(s[1]) + 1 if len(s[1]) == 1 else s[1][0] + 1)
    return -most, most


def reducing(name: str, jax: str, fits: Any, settings: Any, *reductions: str) -> Op:
    """An entry that folds a second tensor into the first."""
    call = name.removesuffix(".prod")
    return Op(
        name,
        f"torch.{call}({{0}}, 0, torch.tensor({{index}}), {{1}}, {{reduce}}, include_self={{include_self}})",
        (Slot("input"), Slot("source")),
        lambda s, k: s[0] if fits(s, k) else None,
        folded(settings, reductions),
        rule(met),
        kinks.never if "prod" in reductions else meeting_ties,
        jax=jax,
        family="scattering",
        notes="" if jax else "jax differentiates a product only where no index comes twice",
    )


def masks(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Every other element; with where those stand, in C order."""
    count = math.prod(s[0])
    mask = np.arange(count) % 2 == 0
    return [{"mask": truth(mask.reshape(s[0])), "index": plain(np.flatnonzero(mask))}] if count and s[0] else []


def truth(mask: np.ndarray) -> Any:
    """Nested tuples of bools."""
    return tuple(map(truth, mask)) if mask.ndim else bool(mask)


def keys(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Pairs of lists, a list beside a slice, a new dimension, places from the end."""
    if len(s[0]) < 2 or 0 in s[0]:
        return []
    first, last = s[0][0] - 1, s[0][-1] - 1
    return [{"first": (0, first, 0), "last": (last, 0, -1)}]


BELOW = "tuple(jnp.ogrid[tuple(slice(n) for n in {1}.shape)])"
ROWS = f"(jnp.array({{index}}), *{BELOW}[1:])"
JAX_FOLD = (
    "(lambda x, at, y, how, own: ((x if own else x.at[at].set(0.0)).at[at].add(y) / "
    "(jnp.full(x.shape, float(own)).at[at].add(1.0) + (0.0 if own else jnp.ones(x.shape).at[at].set(0.0))) "
    "if how == 'mean' else getattr((x if own else x.at[at].set(dict(amax=-jnp.inf, amin=jnp.inf)[how])).at[at], "
    "how[1:])(y)).astype(x.dtype))"
)


def anything(s: Sequence[Shape], k: Any) -> bool:
    """The settings are made for shapes that fit, and for no others."""
    return True


OPS = (
    read(
        "masked_select",
        "torch.masked_select({0}, torch.tensor({mask}))",
        "jnp.ravel({0})[jnp.array({index})]",
        lambda s, k: (len(k["index"]),),
        masks,
    ),
    read(
        "getitem.pairs",
        "{0}[torch.tensor({first}), ..., torch.tensor({last})]",
        "{0}[jnp.array({first}), ..., jnp.array({last})]",
        lambda s, k: (3, *s[0][1:-1]),
        keys,
    ),
    read(
        "getitem.mixed",
        "{0}[None, -1, ..., torch.tensor({last})]",
        "{0}[-1][None, ..., jnp.array({last})]",
        lambda s, k: (1, *s[0][1:-1], 3),
        keys,
    ),
    write(
        "masked_scatter",
        "torch.masked_scatter({0}, torch.tensor({mask}), {1})",
        "jnp.ravel({0}).at[jnp.array({index})].set(jnp.ravel({1})[:len({index})]).reshape({0}.shape)",
        lambda s, k: s[0] == s[1],
        masks,
    ),
    write(
        "scatter",
        "torch.scatter({0}, 0, torch.tensor({index}), {1})",
        f"{{0}}.at[{ROWS}].set({{1}})",
        lambda s, k: True,
        once,
    ),
    Op(
        "scatter.value",
        "torch.scatter({0}, 0, torch.tensor({index}), {value})",
        (Slot("input"),),
        shapes.same,
        lambda s: [{**d, "value": 0.5} for d in once((s[0], s[0]))],
        rule(lambda i, s, k: (min(i[0][0], k["value"]), max(i[0][1], k["value"]))),
        jax="jnp.full_like({0}, {value})",
        family="scattering",
    ),
    write(
        "index_put.replacing",
        "torch.index_put({0}, (torch.tensor({index}),), {1})",
        "{0}.at[jnp.array({index})].set({1})",
        row_for_row,
        distinct_rows,
    ),
    write(
        "diagonal_scatter",
        "torch.diagonal_scatter({0}, {1})",
        "{0}.at[jnp.arange({1}.shape[-1]), jnp.arange({1}.shape[-1])].set({1}.T)",
        lambda s, k: len(s[0]) == 2 and s[1] == (min(s[0]),),
        shapes.none,
    ),
    write(
        "put",
        "torch.Tensor.put({0}, torch.tensor({index}), {1})",
        "jnp.ravel({0}).at[jnp.array({index})].set(jnp.ravel({1})).reshape({0}.shape)",
        lambda s, k: math.prod(s[1]) <= math.prod(s[0]),
        lambda s: [{"index": tuple(range(math.prod(s[1])))[::-1]}] if s[1] and math.prod(s[1]) else [],
    ),
    reducing(
        "scatter_reduce",
        f"{JAX_FOLD}({{0}}, {ROWS}, {{1}}, {{reduce}}, {{include_self}})",
        anything,
        by_element,
        "amax",
        "mean",
        "amin",
    ),
    reducing("scatter_reduce.prod", "", anything, by_element, "prod"),
    reducing(
        "index_reduce",
        f"{JAX_FOLD}({{0}}, jnp.array({{index}}), {{1}}, {{reduce}}, {{include_self}})",
        row_for_row,
        rows,
        "amax",
        "mean",
        "amin",
    ),
    reducing("index_reduce.prod", "", row_for_row, rows, "prod"),
    Op(
        "searchsorted",
        "{0} * torch.searchsorted(torch.tensor((-1.0, 0.0, 1.0), dtype={0}.dtype), {0}.detach().contiguous())",
        (Slot("input"),),
        shapes.same,
        bounds=rule(lambda i, s, k: (3 * min(0.0, i[0][0]), 3 * max(0.0, i[0][1]))),
        kinks=kinks.at(-1.0, 0.0, 1.0),
        jax="{0} * jnp.searchsorted(jnp.array((-1.0, 0.0, 1.0), {0}.dtype), {0})",
        family="scattering",
        notes="a place has no derivative; here it scales its element",
    ),
)
