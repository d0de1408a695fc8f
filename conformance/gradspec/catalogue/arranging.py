"""Ops that cut tensors into pieces, put several together, and the older spellings of moves: chunk, hstack, diag.

An op that gives several tensors is asked for one of them, or for their product.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from . import shapes
from .intervals import hull, rule, times, with_zero
from .model import Op, Shape, Slot
from .shaping import diagonal, half, halves, joined, matrices, move, resized

Fits = Any


def put(name: str, torch: str, jax: str, fits: Fits, settings: Any = shapes.none, bounds: Any = hull) -> Op:
    """An entry of two tensors that become one; `fits` gives the shape from theirs and the settings."""
    return Op(
        name, torch, (Slot("first"), Slot("second")), fits, settings, bounds, jax=jax, family="arranging", complex=True
    )


def moved(name: str, torch: str, jax: str, shape: Any, settings: Any = shapes.none, **more: Any) -> Op:
    """An entry of one tensor whose elements move."""
    return move(name, torch, jax, shape, settings, **{"family": "arranging"} | more)


def raised(rank: int, *, behind: bool = False) -> Any:
    """The shape with dimensions of one in front until there are `rank`; a third comes `behind`."""

    def shape(s: Sequence[Shape], k: Any) -> Shape:
        size = s[0]
        while len(size) < min(rank, 2):
            size = (1, *size)
        return (*size, 1) if behind and len(size) < rank else size

    return shape


def beside(dim: int) -> Any:
    """Concatenated along `dim` after dimensions were added: hstack (1, or 0 for vectors), vstack (0), dstack (2)."""

    def shape(s: Sequence[Shape], k: Any) -> Shape | None:
        first, second = (size or (1,) for size in s)
        if dim == 1:
            return joined((first, second), {"dim": 0 if len(first) == 1 else 1})
        rank = raised(2 if dim == 0 else 3, behind=dim == 2)
        return joined((rank([first], k), rank([second], k)), {"dim": dim})

    return shape


def columns(s: Sequence[Shape], k: Any) -> Shape | None:
    """Vectors and numbers become columns; then side by side."""
    first, second = ((math.prod(size), 1) if len(size) < 2 else size for size in s)
    return joined((first, second), {"dim": 1})


def blocks(s: Sequence[Shape], k: Any) -> Shape | None:
    """Along the diagonal."""
    if max(map(len, s)) > 2:
        return None
    (a, b), (c, d) = (raised(2)([size], k) for size in s)
    return a + c, b + d


def of_vectors(s: Sequence[Shape]) -> tuple[int, int] | None:
    """The sizes of two vectors."""
    return (s[0][0], s[1][0]) if len(s[0]) == len(s[1]) == 1 else None


def diagonals(s: Sequence[Shape], k: Any) -> Shape | None:
    """The matrix around a vector, or the diagonal of a matrix."""
    if len(s[0]) == 1:
        side = s[0][0] + abs(k["offset"])
        return side, side
    return diagonal(s, k) if len(s[0]) == 2 else None


def rows(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Pieces of two rows: the first, and the last, which may be smaller."""
    return [{"size": 2, "which": which} for which in (0, -1)] if s[0] and s[0][0] > 1 else []


def piece(s: Sequence[Shape], k: Any) -> Shape:
    """The size of a piece of `size` rows."""
    return resized(s, 0, k["size"] if k["which"] == 0 else s[0][0] % k["size"] or k["size"])


def choices_of(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Pairs, and single elements; with the places that they stand for."""
    return [{"r": r, "places": tuple(itertools.combinations(range(math.prod(s[0])), r))} for r in (2, 1)]


def windows(s: Sequence[Shape], k: Any) -> Shape | None:
    """Every window of the last dimension, in a new dimension behind."""
    if not s[0] or s[0][-1] < k["size"]:
        return None
    return (*resized(s, -1, (s[0][-1] - k["size"]) // k["step"] + 1), k["size"])


def around(s: Sequence[Shape], k: Any) -> Shape | None:
    """The last dimension, of at least three, one longer on each side; torch wants one or two in front."""
    return resized(s, -1, s[0][-1] + 2) if len(s[0]) in (2, 3) and s[0][-1] > 2 and 0 not in s[0] else None


PAD = "torch.nn.functional.pad({0}, (1, 1), mode={mode})"
JAX_PAD = "jnp.pad({0}, [(0, 0)] * ({0}.ndim - 1) + [(1, 1)], mode={numpy})"
MODES = ({"mode": "reflect", "numpy": "reflect"}, {"mode": "replicate", "numpy": "edge"},
         {"mode": "circular", "numpy": "wrap"})  # fmt: skip
PAIR = "({0}, {1})"
FLAT = "jnp.ravel({0})"

OPS = (
    moved("flatten", "torch.flatten({0})", FLAT, lambda s, k: (math.prod(s[0]),)),
    moved("ravel", "torch.ravel({0})", FLAT, lambda s, k: (math.prod(s[0]),)),
    moved(
        "unflatten",
        "torch.unflatten({0}, -1, (1, -1))",
        "jnp.reshape({0}, ({0}.shape[:-1] + (1, {0}.shape[-1])))",
        lambda s, k: (*s[0][:-1], 1, s[0][-1]) if s[0] and 0 not in s[0] else None,
    ),
    moved(
        "view",
        "{0}.view({shape})",
        "jnp.reshape({0}, {shape})",
        lambda s, k: k["shape"],
        lambda s: [{"shape": (1, *s[0])}, {"shape": (*s[0], 1)}],
    ),
    moved(
        "swapaxes",
        "torch.swapaxes({0}, 0, -1)",
        "jnp.swapaxes({0}, 0, -1)",
        lambda s, k: (s[0][-1], *s[0][1:-1], s[0][0]) if matrices(s) else None,
    ),
    moved("mT", "{0}.mT", "{0}.mT", lambda s, k: (*s[0][:-2], s[0][-1], s[0][-2]) if matrices(s) else None),
    moved("squeeze.all", "torch.squeeze({0})", "jnp.squeeze({0})", lambda s, k: tuple(n for n in s[0] if n != 1)),
    moved(
        "roll.flat", "torch.roll({0}, {shift})", "jnp.roll({0}, {shift})", shapes.same, shapes.choices(shift=(1, -2))
    ),
    moved("fliplr", "torch.fliplr({0})", "jnp.fliplr({0})", lambda s, k: s[0] if matrices(s) else None),
    moved("flipud", "torch.flipud({0})", "jnp.flipud({0})", lambda s, k: s[0] or None),
    moved("atleast_1d", "torch.atleast_1d({0})", "jnp.atleast_1d({0})", lambda s, k: s[0] or (1,)),
    moved("atleast_2d", "torch.atleast_2d({0})", "jnp.atleast_2d({0})", raised(2)),
    moved("atleast_3d", "torch.atleast_3d({0})", "jnp.atleast_3d({0})", raised(3, behind=True)),
    moved(
        "as_strided",
        "torch.as_strided({0}.contiguous(), (2, 3), (1, 1))",
        "",
        lambda s, k: (2, 3) if math.prod(s[0]) > 3 else None,
    ),
    moved(
        "unfold.dim",
        "{0}.unfold(-1, {size}, {step})",
        "jnp.stack([{0}[..., n:n + {size}] for n in range(0, {0}.shape[-1] - {size} + 1, {step})], -2)",
        windows,
        shapes.choices(size=(2, 1), step=(1, 2)),
    ),
    moved(
        "split",
        "torch.split({0}, {size})[{which}]",
        "jnp.split({0}, tuple(range({size}, {0}.shape[0], {size})))[{which}]",
        piece,
        rows,
    ),
    moved(
        "chunk",
        "torch.chunk({0}, 2, dim={dim})[{which}]",
        "jnp.array_split({0}, 2, axis={dim})[{which}]",
        half,
        halves,
    ),
    moved("hsplit", "torch.hsplit({0}, 1)[0]", "jnp.hsplit({0}, 1)[0]", lambda s, k: s[0] or None),
    moved(
        "broadcast_to",
        "torch.broadcast_to({0}, {shape})",
        "jnp.broadcast_to({0}, {shape})",
        lambda s, k: k["shape"],
        lambda s: [{"shape": (2, *s[0])}],
    ),
    moved(
        "diag",
        "torch.diag({0}, {offset})",
        "jnp.diag({0}, {offset})",
        diagonals,
        shapes.choices(offset=(0, 1, -1)),
        bounds=with_zero,
    ),
    moved(
        "diagflat",
        "torch.diagflat({0})",
        "jnp.diagflat({0})",
        lambda s, k: (math.prod(s[0]),) * 2,
        bounds=with_zero,
    ),
    moved(
        "combinations",
        "torch.combinations({0}, {r})",
        "{0}[jnp.array({places})]",
        lambda s, k: (math.comb(s[0][0], k["r"]), k["r"]) if len(s[0]) == 1 and s[0][0] >= k["r"] else None,
        choices_of,
    ),
    moved("pad.around", PAD, JAX_PAD, around, lambda s: MODES, starts=(((2, 3),), ((2, 1, 3),))),
    moved(
        "pad.negative",
        "torch.nn.functional.pad({0}, (-1, 1))",
        "lax.pad({0}, jnp.zeros((), {0}.dtype), [(0, 0, 0)] * ({0}.ndim - 1) + [(-1, 1, 0)])",
        lambda s, k: s[0] if s[0] and s[0][-1] else None,
        bounds=with_zero,
    ),
    put("hstack", f"torch.hstack({PAIR})", f"jnp.hstack({PAIR})", beside(1)),
    put("vstack", f"torch.vstack({PAIR})", f"jnp.vstack({PAIR})", beside(0)),
    put("dstack", f"torch.dstack({PAIR})", f"jnp.dstack({PAIR})", beside(2)),
    put("column_stack", f"torch.column_stack({PAIR})", f"jnp.column_stack({PAIR})", columns),
    put(
        "block_diag",
        "torch.block_diag({0}, {1})",
        "jax.scipy.linalg.block_diag({0}, {1})",
        blocks,
        bounds=lambda i, s, k: (min(i[0][0], i[1][0], 0.0), max(i[0][1], i[1][1], 0.0)),
    ),
    put(
        "broadcast_tensors",
        "torch.mul(*torch.broadcast_tensors({0}, {1}))",
        "jnp.multiply(*jnp.broadcast_arrays({0}, {1}))",
        shapes.broadcast,
        bounds=rule(lambda i, s, k: times(*i)),
    ),
    put(
        "meshgrid",
        "torch.mul(*torch.meshgrid({0}, {1}, indexing={indexing}))",
        "jnp.multiply(*jnp.meshgrid({0}, {1}, indexing={indexing}))",
        lambda s, k: (of_vectors(s) if k["indexing"] == "ij" else of_vectors(s[::-1])) if of_vectors(s) else None,
        shapes.choices(indexing=("ij", "xy")),
        rule(lambda i, s, k: times(*i)),
    ),
    put(
        "cartesian_prod",
        "torch.cartesian_prod({0}, {1})",
        'jnp.stack(jnp.meshgrid({0}, {1}, indexing="ij"), -1).reshape(-1, 2)',
        lambda s, k: (math.prod(of_vectors(s) or ()), 2) if of_vectors(s) else None,
    ),
)
