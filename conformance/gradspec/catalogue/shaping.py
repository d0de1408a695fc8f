"""Ops that move elements and compute nothing: reshape, permute, expand, flip, concatenate, cut, pad."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from . import shapes
from .intervals import hull, rule, same, with_zero
from .model import Op, Shape, Slot


def move(
    name: str, torch: str, jax: str, shape: Any, settings: Any = shapes.none, bounds: Any = same, **more: Any
) -> Op:
    """An entry of one tensor whose elements move."""
    usual: dict[str, Any] = {"family": "shaping", "complex": True}
    return Op(name, torch, (Slot("input"),), shape, settings, bounds, jax=jax, **usual | more)


def join(name: str, torch: str, jax: str, shape: Any, settings: Any) -> Op:
    """An entry of two tensors that become one."""
    return Op(
        name, torch, (Slot("first"), Slot("second")), shape, settings, hull, jax=jax, family="shaping", complex=True
    )


def matrices(s: Sequence[Shape]) -> bool:
    """Is there a last pair of dimensions?"""
    return len(s[0]) >= 2


def to_shape(s: Sequence[Shape], k: Any) -> Shape:
    """The shape asked for."""
    return tuple(k["shape"])


def reshapes(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Flat, the sizes reversed, and with a dimension of one in front."""
    options = [(math.prod(s[0]),), s[0][::-1], (1, *s[0])]
    return [{"shape": shape} for shape in dict.fromkeys(options) if shape != s[0]]


def permutations(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Reversed, and rotated by one."""
    order = tuple(range(len(s[0])))
    options = [order[::-1], order[1:] + order[:1]]
    return [{"dims": dims} for dims in dict.fromkeys(options) if dims != order]


def widened(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Every size of one becomes three, and a dimension of two comes in front."""
    wide = tuple(3 if size == 1 else size for size in s[0])
    options = [wide, (2, *s[0]), (2, *wide)]
    return [{"shape": shape} for shape in dict.fromkeys(options) if shape != s[0]]


def swapped(s: Sequence[Shape], k: Any) -> Shape:
    """Two dimensions exchanged."""
    size = list(s[0])
    size[k["dim0"]], size[k["dim1"]] = size[k["dim1"]], size[k["dim0"]]
    return tuple(size)


def moved(s: Sequence[Shape], k: Any) -> Shape:
    """The first dimension last."""
    return (*s[0][1:], s[0][0])


def resized(s: Sequence[Shape], dim: int, size: int) -> Shape:
    """The shape with another size in one dimension."""
    result = list(s[0])
    result[dim] = size
    return tuple(result)


def without(s: Sequence[Shape], dim: int) -> Shape:
    """The shape without one dimension."""
    return shapes.reduced(s, {"dim": dim}) or ()


def joined(s: Sequence[Shape], k: Any) -> Shape | None:
    """Concatenated along `dim`: the other sizes are equal."""
    a, b = s
    if len(a) != len(b) or not a or without([a], k["dim"]) != without([b], k["dim"]):
        return None
    return resized(s, k["dim"], a[k["dim"]] + b[k["dim"]])


def stacked(s: Sequence[Shape], k: Any) -> Shape | None:
    """Two of one shape along a new dimension."""
    at = k["dim"] % (len(s[0]) + 1)
    return (*s[0][:at], 2, *s[0][at:]) if s[0] == s[1] else None


def tiled(s: Sequence[Shape], k: Any) -> Shape:
    """Copies side by side; missing dimensions are put in front."""
    rank = max(len(s[0]), len(k["dims"]))
    sizes, dims = ((1,) * (rank - len(t)) + tuple(t) for t in (s[0], k["dims"]))
    return tuple(size * times for size, times in zip(sizes, dims, strict=True))


def diagonal(s: Sequence[Shape], k: Any) -> Shape | None:
    """The length of a diagonal of the last two dimensions."""
    if not matrices(s):
        return None
    *batch, rows, columns = s[0]
    offset = k["offset"]
    size = min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns)
    return (*batch, size) if size >= 0 else None


def each_index(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """The first and the last index of every dimension."""
    return [
        {**d, "index": index}
        for d in shapes.each_dim()(s)
        for index in sorted({0, s[0][d["dim"]] - 1})
        if s[0][d["dim"]] > 0
    ]


def stretches(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """All but the first, and all but the last, of every dimension."""
    return [
        {**d, "start": start, "length": s[0][d["dim"]] - 1}
        for d in shapes.each_dim()(s)
        for start in (0, 1)
        if s[0][d["dim"]] > 1
    ]


def halves(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """Either half of every dimension; the first has the odd one."""
    return [{**d, "which": which} for d in shapes.each_dim()(s) for which in (0, 1) if s[0][d["dim"]] > 1]


def half(s: Sequence[Shape], k: Any) -> Shape:
    """The size of a half."""
    size = s[0][k["dim"]]
    return resized(s, k["dim"], size - size // 2 if k["which"] == 0 else size // 2)


def padded(i: Any, s: Any, k: Any) -> Any:
    """The elements and the number that fills."""
    return min(i[0][0], k["value"]), max(i[0][1], k["value"])


DIAGONALS = shapes.choices(offset=(0, 1, -1))
TRIANGLES = shapes.choices(diagonal=(0, 1, -1))


def triangle(s: Sequence[Shape], k: Any) -> Shape | None:
    """A matrix, or a batch of them."""
    return s[0] if matrices(s) else None


OPS = (
    move("reshape", "torch.reshape({0}, {shape})", "jnp.reshape({0}, {shape})", to_shape, reshapes),
    move(
        "transpose",
        "torch.transpose({0}, {dim0}, {dim1})",
        "jnp.swapaxes({0}, {dim0}, {dim1})",
        swapped,
        lambda s: [{"dim0": a, "dim1": -1} for a in range(len(s[0]) - 1)],
    ),
    move(
        "permute",
        "torch.permute({0}, {dims})",
        "jnp.transpose({0}, {dims})",
        lambda s, k: tuple(s[0][d] for d in k["dims"]),
        permutations,
    ),
    move(
        "movedim",
        "torch.movedim({0}, 0, -1)",
        "jnp.moveaxis({0}, 0, -1)",
        lambda s, k: moved(s, k) if s[0] else None,
    ),
    move(
        "squeeze",
        "torch.squeeze({0}, {dim})",
        "jnp.squeeze({0}, axis={dim})",
        lambda s, k: without(s, k["dim"]),
        lambda s: [d for d in shapes.each_dim()(s) if s[0][d["dim"]] == 1],
    ),
    move(
        "unsqueeze",
        "torch.unsqueeze({0}, {dim})",
        "jnp.expand_dims({0}, axis={dim})",
        lambda s, k: (*s[0], 1) if k["dim"] == -1 else (1, *s[0]),
        shapes.choices(dim=(0, -1)),
    ),
    move("expand", "{0}.expand({shape})", "jnp.broadcast_to({0}, {shape})", to_shape, widened),
    move("clone", "torch.clone({0})", "jnp.copy({0})", shapes.same),
    move(
        "flip",
        "torch.flip({0}, {dims})",
        "jnp.flip({0}, {dims})",
        shapes.same,
        lambda s: [{"dims": dims} for dims in dict.fromkeys([tuple(range(len(s[0]))), (len(s[0]) - 1,)]) if s[0]],
    ),
    move(
        "roll",
        "torch.roll({0}, {shift}, {dim})",
        "jnp.roll({0}, {shift}, {dim})",
        shapes.same,
        lambda s: [{"shift": shift, **d} for d in shapes.each_dim()(s) for shift in (1, -2)],
    ),
    move(
        "rot90",
        "torch.rot90({0}, {k}, (0, 1))",
        "jnp.rot90({0}, {k}, (0, 1))",
        lambda s, k: ((s[0][1], s[0][0], *s[0][2:]) if k["k"] % 2 else s[0]) if matrices(s) else None,
        shapes.choices(k=(1, 2)),
    ),
    move(
        "tile",
        "torch.tile({0}, {dims})",
        "jnp.tile({0}, {dims})",
        tiled,
        shapes.choices(dims=((2,), (2, 1), (1, 3))),
    ),
    move(
        "repeat",
        "{0}.repeat({dims})",
        "jnp.tile({0}, {dims})",
        tiled,
        lambda s: [{"dims": (2,) + (1,) * len(s[0])}, *({"dims": (3,) + (1,) * (len(s[0]) - 1)} for _ in s[0][:1])],
    ),
    move(
        "repeat_interleave",
        "torch.repeat_interleave({0}, {repeats}, dim={dim})",
        "jnp.repeat({0}, {repeats}, axis={dim})",
        lambda s, k: resized(s, k["dim"], s[0][k["dim"]] * k["repeats"]),
        shapes.each_dim(repeats=2),
    ),
    move(
        "narrow",
        "torch.narrow({0}, {dim}, {start}, {length})",
        "lax.slice_in_dim({0}, {start}, {start} + {length}, axis={dim})",
        lambda s, k: resized(s, k["dim"], k["length"]),
        stretches,
    ),
    move(
        "slice",
        "{0}[..., {start}:{stop}:{step}]",
        "{0}[..., {start}:{stop}:{step}]",
        lambda s, k: resized(s, -1, len(range(s[0][-1])[k["start"] : k["stop"] : k["step"]])) if s[0] else None,
        shapes.choices(start=(None, 1), stop=(None, -1), step=(2, 1)),
    ),
    move(
        "select",
        "torch.select({0}, {dim}, {index})",
        "lax.index_in_dim({0}, {index}, axis={dim}, keepdims=False)",
        lambda s, k: without(s, k["dim"]),
        each_index,
    ),
    move(
        "unbind",
        "torch.unbind({0}, dim={dim})[{index}]",
        "jnp.unstack({0}, axis={dim})[{index}]",
        lambda s, k: without(s, k["dim"]),
        each_index,
    ),
    move(
        "tensor_split",
        "torch.tensor_split({0}, 2, dim={dim})[{which}]",
        "jnp.array_split({0}, 2, axis={dim})[{which}]",
        half,
        halves,
    ),
    move(
        "diagonal",
        "torch.diagonal({0}, offset={offset}, dim1=-2, dim2=-1)",
        "jnp.diagonal({0}, offset={offset}, axis1=-2, axis2=-1)",
        diagonal,
        DIAGONALS,
    ),
    move(
        "diag_embed",
        "torch.diag_embed({0})",
        "jnp.where(jnp.eye({0}.shape[-1], dtype=bool), {0}[..., None], 0)",
        lambda s, k: (*s[0], s[0][-1]) if s[0] else None,
        bounds=with_zero,
    ),
    move("tril", "torch.tril({0}, {diagonal})", "jnp.tril({0}, {diagonal})", triangle, TRIANGLES, with_zero),
    move("triu", "torch.triu({0}, {diagonal})", "jnp.triu({0}, {diagonal})", triangle, TRIANGLES, with_zero),
    move(
        "pad",
        "torch.nn.functional.pad({0}, {pad}, value={value})",
        "jnp.pad({0}, [(0, 0)] * ({0}.ndim - 1) + [{pad}], constant_values={value})",
        lambda s, k: resized(s, -1, s[0][-1] + sum(k["pad"])) if s[0] else None,
        shapes.choices(pad=((1, 0), (0, 1), (1, 2)), value=(0.0, 0.5)),
        rule(padded),
    ),
    join(
        "cat", "torch.cat(({0}, {1}), dim={dim})", "jnp.concatenate(({0}, {1}), axis={dim})", joined, shapes.each_dim()
    ),
    join(
        "stack",
        "torch.stack(({0}, {1}), dim={dim})",
        "jnp.stack(({0}, {1}), axis={dim})",
        stacked,
        shapes.choices(dim=(0, -1)),
    ),
)
