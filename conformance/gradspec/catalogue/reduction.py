"""Ops that turn many elements into one: sums, products, variances, extremes, norms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import kinks, shapes
from .intervals import Bounds, farthest, plus, rule, same, summed, within
from .model import REALS, Interval, Op, Shape, Slot


def reduce(name: str, torch: str = "", jax: str = "", *, least: int = 0, settings: Any = None, **more: Any) -> Op:
    """An entry that reduces one tensor along `dim`, of at least `least` elements.

    Function names default to torch.<name> and jnp.<name>; a template is left as it is.
    """
    return Op(
        name,
        call(torch or f"torch.{name}", "dim"),
        (Slot("input"),),
        at_least(least),
        settings or shapes.many_dims,
        jax=call(jax or f"jnp.{name}", "axis"),
        family="reduction",
        **more,
    )


def call(function: str, dim: str) -> str:
    """The template that calls `function` with a dimension and keepdim, in torch's or in NumPy's words."""
    keep = "keepdim" if dim == "dim" else "keepdims"
    return function if "{" in function else f"{function}({{0}}, {dim}={{dim}}, {keep}={{keepdim}})"


def at_least(least: int) -> shapes.Rule:
    """The reduced shape, where `least` elements go into each result (fewer are an error or a nan).

    With 2 or more, of an empty tensor there is none: torch warns although no result lacks elements.
    """
    return lambda s, k: (
        shapes.reduced(s, k) if shapes.count(s[0], k["dim"]) >= least and not (least > 1 and 0 in s[0]) else None
    )


def dims_or_all(sizes: Sequence[Shape]) -> Sequence[Mapping[str, Any]]:
    """As `many_dims`, and for a single number the only thing left: all of it."""
    return shapes.many_dims(sizes) if sizes[0] else [{"dim": None, "keepdim": False}]


def with_(**values: Sequence[Any]) -> shapes.Settings:
    """Every choice of `many_dims` with the first value of each setting, and the rest on the last dimension."""
    first = {name: options[0] for name, options in values.items()}
    rest = [{name: option} for name, options in values.items() for option in options[1:]]
    return lambda s: [
        *({**d, **first} for d in shapes.many_dims(s)),
        *({**d, **first, **other} for d in shapes.dims(s)[:1] for other in rest),
    ]


def total(i: Any, s: Any, k: Any) -> Interval:
    """The sum of the elements reduced."""
    return summed(i[0], shapes.count(s[0], k["dim"]))


def product(i: Any, s: Any, k: Any) -> Interval:
    """A product of the elements reduced is at most the largest to their number."""
    most = max(1.0, farthest(i[0])) ** shapes.count(s[0], k["dim"])
    return -most, most


def log_sum(i: Any, s: Any, k: Any) -> Interval:
    """log of a sum of n exponentials: between the least, and the largest plus log n."""
    return i[0][0], i[0][1] + math.log(max(1, shapes.count(s[0], k["dim"])))


def spread(power: float) -> Bounds:
    """The variance (power 2) or the deviation (power 1): at most that of two points at the ends."""
    return rule(lambda i, s, k: (0.0, (i[0][1] - i[0][0]) ** power))


def length(i: Any, s: Any, k: Any) -> Interval:
    """A norm of order 1 or more is at most the 1-norm; one of order 1/2 at most the number of elements times that."""
    count = shapes.count(s[0], k["dim"])
    return 0.0, count ** (2 if k["ord"] == 0.5 else 1) * farthest(i[0])


def extreme_ties(sign: float) -> kinks.Kinks:
    """A tie for the largest (sign 1) or the least (sign -1) place among those reduced."""

    def tied(arrays: Sequence[np.ndarray], settings: Any) -> bool | kinks.Mask:
        array = sign * arrays[0]
        if array.size < 2 or not (dims := tuple(shapes.dims_of(array.shape, settings["dim"]))):
            return False
        at_top = kinks.near(array, array.max(axis=dims, keepdims=True))
        return kinks.Mask.of(at_top & (at_top.sum(axis=dims, keepdims=True) > 1))

    return tied


def grouped(array: np.ndarray, dim: Any) -> np.ndarray:
    """`array` with the reduced dimensions flattened into the last one."""
    dims = sorted(shapes.dims_of(array.shape, dim))
    moved = np.moveaxis(array, dims, range(-len(dims), 0)) if dims else array
    return moved.reshape(*moved.shape[: array.ndim - len(dims)], shapes.count(array.shape, dim))


def flat_deviation(arrays: Any, settings: Any) -> bool:
    """The square root turns where all elements are equal."""
    rows = grouped(arrays[0], settings["dim"])
    return bool(rows.size) and kinks.close(np.ptp(rows, axis=-1), 0.0)


def norm_turns(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """Norms turn at zero: of any element (order 1), of all (others); and the largest may be tied (inf)."""
    size = np.abs(arrays[0])
    match settings["ord"]:
        case 1.0 | 0.5 | -1.0:
            return kinks.close(size, 0.0)
        case "inf":
            return kinks.close(size, 0.0) or extreme_ties(1.0)([size], settings)
        case "-inf":
            return kinks.close(size, 0.0) or extreme_ties(-1.0)([size], settings)
        case _:
            return kinks.close(grouped(size, settings["dim"]).max(axis=-1, initial=0.0), 0.0)


def pair(name: str, first: Bounds, **more: Any) -> Op:
    """An entry that gives a moment and the mean: here their sum."""
    moment = name.removesuffix("_mean")
    return reduce(
        name,
        f"torch.add(*torch.{name}({{0}}, dim={{dim}}, keepdim={{keepdim}}))",
        f"jnp.{moment}({{0}}, axis={{dim}}, ddof=1, keepdims={{keepdim}}) + "
        "jnp.mean({0}, axis={dim}, keepdims={keepdim})",
        least=2,
        bounds=rule(lambda i, s, k: plus(i[0], first(i, s, k) or REALS)),
        **more,
    )


def variables(shape: Shape) -> Shape:
    """A number for every pair of rows; the only one of them has no dimensions."""
    return () if len(shape) == 1 or shape[0] == 1 else (shape[0], shape[0])


OPS = (
    reduce("sum", settings=dims_or_all, bounds=rule(total)),
    reduce("mean", least=1, settings=dims_or_all, bounds=same),
    reduce("prod", settings=shapes.dims, bounds=rule(product)),
    reduce(
        "var",
        "torch.var({0}, dim={dim}, correction={correction}, keepdim={keepdim})",
        "jnp.var({0}, axis={dim}, ddof={correction}, keepdims={keepdim})",
        least=2,
        settings=with_(correction=(1, 0)),
        bounds=spread(2),
    ),
    reduce(
        "std",
        "torch.std({0}, dim={dim}, correction={correction}, keepdim={keepdim})",
        "jnp.std({0}, axis={dim}, ddof={correction}, keepdims={keepdim})",
        least=2,
        settings=with_(correction=(1, 0)),
        bounds=spread(1),
        kinks=flat_deviation,
    ),
    reduce("amax", least=1, bounds=same, kinks=extreme_ties(1.0)),
    reduce("amin", least=1, bounds=same, kinks=extreme_ties(-1.0)),
    reduce(
        "max.dim",
        "torch.max({0}, dim={dim}, keepdim={keepdim}).values",
        "jnp.max",
        least=1,
        settings=shapes.dims,
        bounds=same,
        kinks=extreme_ties(1.0),
    ),
    reduce(
        "min.dim",
        "torch.min({0}, dim={dim}, keepdim={keepdim}).values",
        "jnp.min",
        least=1,
        settings=shapes.dims,
        bounds=same,
        kinks=extreme_ties(-1.0),
    ),
    reduce("logsumexp", jax="jax.nn.logsumexp", least=1, bounds=rule(log_sum), ulps=64.0),  # exp(x - out), out rounded
    reduce(
        "linalg.vector_norm",
        "torch.linalg.vector_norm({0}, ord=float({ord}), dim={dim}, keepdim={keepdim})",
        "jnp.linalg.vector_norm({0}, ord=float({ord}), axis={dim}, keepdims={keepdim})",
        least=1,
        settings=with_(ord=(2.0, 1.0, 3.0, "inf", "-inf", 0.5, -1.0)),
        bounds=rule(length),
        kinks=norm_turns,
    ),
    reduce(
        "norm",
        "torch.norm({0}, p=float({ord}), dim={dim}, keepdim={keepdim})",
        "jnp.linalg.vector_norm({0}, ord=float({ord}), axis={dim}, keepdims={keepdim})",
        least=1,
        settings=with_(ord=(2.0, 1.0)),
        bounds=rule(length),
        kinks=norm_turns,
    ),
    Op(
        "dist",
        "torch.dist({0}, {1}, p={ord})",
        (Slot("input"), Slot("other")),
        lambda s, k: () if s[0] == s[1] and 0 not in s[0] else None,
        shapes.choices(ord=(2.0, 1.0, 3.0)),
        rule(lambda i, s, k: (0.0, max(1, shapes.count(s[0], None)) * (farthest(i[0]) + farthest(i[1])))),
        lambda arrays, settings: norm_turns([arrays[0] - arrays[1]], {**settings, "dim": None}),
        jax="jnp.linalg.vector_norm({0} - {1}, ord={ord})",
        family="reduction",
    ),
    reduce("nansum", settings=dims_or_all, bounds=rule(total)),
    reduce("nanmean", least=1, settings=dims_or_all, bounds=same),
    pair("var_mean", spread(2)),
    pair("std_mean", spread(1), kinks=flat_deviation),
    Op(
        "count_nonzero",
        "{0} * torch.count_nonzero({0})",
        (Slot("input"),),
        shapes.same,
        bounds=rule(lambda i, s, k: summed(i[0], shapes.count(s[0], None))),
        kinks=kinks.at(0.0),
        jax="{0} * jnp.count_nonzero({0})",
        family="reduction",
        notes="a number of elements has no derivative; here it scales them",
    ),
    Op(
        "cov",
        "torch.cov({0}, correction={correction})",
        (Slot("input"),),
        lambda s, k: variables(s[0]) if 0 < len(s[0]) < 3 and s[0][-1] > 1 else None,
        shapes.choices(correction=(1, 0)),
        rule(lambda i, s, k: (-((i[0][1] - i[0][0]) ** 2), (i[0][1] - i[0][0]) ** 2)),
        jax="jnp.cov({0}, ddof={correction})",
        family="reduction",
    ),
    Op(
        "corrcoef",
        "torch.corrcoef({0})",
        (Slot("input"),),
        lambda s, k: variables(s[0]) if len(s[0]) == 2 and s[0][-1] > 2 else None,
        bounds=within(-1.0, 1.0),
        kinks=lambda arrays, settings: flat_deviation(arrays, {"dim": -1}),
        jax="jnp.corrcoef({0})",
        family="reduction",
        notes="of two observations it is 1 or -1, where it is cut off",
    ),
)
