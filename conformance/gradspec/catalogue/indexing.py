"""Ops that read or write at given places: gather, index_select, index_add, masked_fill, and the scatters.

The places are settings, written as literals, so that a program has floating inputs only. They
repeat where the op allows it, because a repeated index is where a derivative must add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import kinks, shapes
from .intervals import hull, rule, same
from .model import Interval, Op, Shape, Slot
from .shaping import resized, without


def read(name: str, torch: str, jax: str, shape: Any, settings: Any) -> Op:
    """An entry that reads elements of one tensor."""
    return Op(name, torch, (Slot("input"),), shape, settings, same, jax=jax, family="indexing")


def write(name: str, torch: str, jax: str, fits: Any, settings: Any, bounds: Any = hull) -> Op:
    """An entry that writes a second tensor into (a copy of) the first; `fits` tells whether the shapes do."""
    return Op(
        name,
        torch,
        (Slot("input"), Slot("source")),
        lambda s, k: s[0] if fits(s, k) else None,
        settings,
        bounds,
        jax=jax,
        family="indexing",
    )


def places(count: int, size: int) -> tuple[int, ...]:
    """`count` indices below `size`, in no order: for three of three 1, 0, 1."""
    return tuple((2 * n * n + n + 1) % size for n in range(count))


def rotated(size: int) -> tuple[int, ...]:
    """Every index once, not in order."""
    return tuple((n + 1) % size for n in range(size))


def grids(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """For vectors and matrices: an index of the input's shape along each dimension."""
    shape = s[0]
    if 0 in shape or len(shape) not in (1, 2):
        return []
    if len(shape) == 1:
        return [{"dim": 0, "index": places(shape[0], shape[0])}]
    rows, columns = shape
    return [
        {"dim": dim, "index": tuple(tuple(i % shape[dim] for i in places(columns, 97 + r)) for r in range(rows))}
        for dim in (0, 1)
    ]


def lists(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Two, and as many as there are, along each dimension, with repetitions."""
    return [
        {**d, "index": places(count, s[0][d["dim"]])}
        for d in shapes.each_dim()(s)
        if s[0][d["dim"]] > 0
        for count in sorted({2, s[0][d["dim"]]})
    ]


def flat(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Three places of the tensor read as one row."""
    size = 1
    for n in s[0]:
        size *= n
    return [{"index": places(3, size)}] if size else []


def rows(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """As many places in the first dimension as the source has, with repetitions."""
    return [{"index": places(s[1][0], s[0][0])}] if s[0] and s[1] and s[0][0] and s[1][0] else []


def distinct_rows(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """As many places in the first dimension as the source has, each once."""
    if not (s[0] and s[1]) or not 0 < s[1][0] <= s[0][0]:
        return []
    return [{"index": rotated(s[0][0])[: s[1][0]]}]


def row_for_row(s: Sequence[Shape], k: Any) -> bool:
    """The source has rows of the input's."""
    return s[0][1:] == s[1][1:]


def added(i: Any, s: Any, k: Any) -> Interval:
    """Each place receives up to as many as there are."""
    count = s[1][0]
    return i[0][0] + min(0.0, count * i[1][0]), i[0][1] + max(0.0, count * i[1][1])


def filled(i: Any, s: Any, k: Any) -> Interval:
    """The elements and the number that fills."""
    return min(i[0][0], k["value"]), max(i[0][1], k["value"])


def first_and_last(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """The first and the last row."""
    return [{"index": index} for index in sorted({0, s[0][0] - 1})] if s[0] and s[0][0] else []


OPS = (
    read(
        "index_select",
        "torch.index_select({0}, {dim}, torch.tensor({index}))",
        "jnp.take({0}, jnp.array({index}), axis={dim})",
        lambda s, k: resized(s, k["dim"], len(k["index"])),
        lists,
    ),
    read(
        "getitem",
        "{0}[torch.tensor({index})]",
        "{0}[jnp.array({index})]",
        lambda s, k: (len(k["index"]), *s[0][1:]),
        lambda s: [{"index": places(2, s[0][0])}, {"index": rotated(s[0][0])}] if s[0] and s[0][0] else [],
    ),
    read(
        "take",
        "torch.take({0}, torch.tensor({index}))",
        "jnp.take({0}, jnp.array({index}))",
        lambda s, k: (len(k["index"]),),
        flat,
    ),
    read(
        "gather",
        "torch.gather({0}, {dim}, torch.tensor({index}))",
        "jnp.take_along_axis({0}, jnp.array({index}), axis={dim})",
        shapes.same,
        grids,
    ),
    read(
        "take_along_dim",
        "torch.take_along_dim({0}, torch.tensor({index}), dim={dim})",
        "jnp.take_along_axis({0}, jnp.array({index}), axis={dim})",
        shapes.same,
        grids,
    ),
    read(
        "embedding",
        "torch.nn.functional.embedding(torch.tensor({index}), {0})",
        "jnp.take({0}, jnp.array({index}), axis=0)",
        lambda s, k: (len(k["index"]), s[0][1]) if len(s[0]) == 2 else None,
        lambda s: [{"index": places(3, s[0][0])}] if s[0] and s[0][0] else [],
    ),
    Op(
        "masked_fill",
        "torch.masked_fill({0}, {0} > {threshold}, {value})",
        (Slot("input"),),
        shapes.same,
        shapes.choices(threshold=(0.25,), value=(-1.0, 0.0)),
        rule(filled),
        kinks.settings_at("threshold"),
        jax="jnp.where({0} > {threshold}, {value}, {0})",
        family="indexing",
    ),
    Op(
        "index_fill",
        "torch.index_fill({0}, 0, torch.tensor({index}), {value})",
        (Slot("input"),),
        shapes.same,
        lambda s: [{"index": (0,), "value": 0.5}] if s[0] and s[0][0] else [],
        rule(filled),
        jax="{0}.at[jnp.array({index})].set({value})",
        family="indexing",
    ),
    write(
        "index_add",
        "torch.index_add({0}, 0, torch.tensor({index}), {1})",
        "{0}.at[jnp.array({index})].add({1})",
        row_for_row,
        rows,
        rule(added),
    ),
    write(
        "index_copy",
        "torch.index_copy({0}, 0, torch.tensor({index}), {1})",
        "{0}.at[jnp.array({index})].set({1})",
        row_for_row,
        distinct_rows,
    ),
    write(
        "index_put",
        "torch.index_put({0}, (torch.tensor({index}),), {1}, accumulate=True)",
        "{0}.at[jnp.array({index})].add({1})",
        row_for_row,
        rows,
        rule(added),
    ),
    write(
        "scatter_add",
        "torch.scatter_add({0}, 0, torch.tensor({index}), {1})",
        "{0}.at[jnp.array({index}), jnp.arange({0}.shape[1])].add({1})",
        lambda s, k: k["dim"] == 0,
        lambda s: grids(s)[:1] if len(s[0]) == 2 and s[0] == s[1] else [],
        rule(added),
    ),
    write(
        "select_scatter",
        "torch.select_scatter({0}, {1}, 0, {index})",
        "{0}.at[{index}].set({1})",
        lambda s, k: without(s, 0) == s[1],
        first_and_last,
    ),
    write(
        "slice_scatter",
        "torch.slice_scatter({0}, {1}, 0, {start})",
        "{0}.at[{start}:].set({1})",
        lambda s, k: resized(s, 0, s[0][0] - k["start"]) == s[1],
        lambda s: [{"start": s[0][0] - s[1][0]}] if s[0] and s[1] and s[0][0] >= s[1][0] else [],
    ),
)
