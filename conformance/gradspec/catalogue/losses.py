"""Losses of two or three tensors with targets of their own kind, normalisations with weights, and attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from . import kinks, nn, shapes
from .activation import softplus
from .intervals import farthest, rule, summed
from .model import Interval, Op, Shape, Slot
from .nn import F

layer = partial(nn.layer, halves=False)

REDUCTIONS = ("mean", "sum")


def counted(s: Any, k: Any) -> int:
    """How many losses add up."""
    return math.prod(s[0]) if k["reduction"] == "sum" else 1


def number(s: Any, k: Any) -> Shape | None:
    """One number, from equal shapes with rows."""
    return () if all(other == s[0] for other in s) and s[0] and 0 not in s[0] else None


def margin(name: str, arity: int, call: str, jax: str, bounds: Any, near: kinks.Kinks, **more: Any) -> Op:
    """A loss of one to three tensors whose targets are +1 and -1 in turn, along the first dimension."""
    return Op(
        name,
        f"{F}{name}({call}, reduction={{reduction}})",
        tuple(Slot(slot) for slot in ("input1", "input2", "input3")[:arity]),
        more.pop("shape", number),
        shapes.choices(reduction=REDUCTIONS),
        bounds,
        jax=f"getattr(jnp, {{reduction}})({jax})",
        family="losses",
        kinks=near,
        halves=False,
        **more,
    )


def alternating(x: np.ndarray) -> np.ndarray:
    """1 and -1 in turn along the first dimension."""
    return (1.0 - 2.0 * (np.arange(x.shape[0]) % 2)).reshape((-1,) + (1,) * (x.ndim - 1))


TARGET = "torch.tensor([1.0, -1.0] * 9, dtype={0}.dtype)[: {0}.shape[0]].reshape((-1,) + (1,) * ({0}.ndim - 1))"
JAX_TARGET = "jnp.array([1.0, -1.0] * 9, {0}.dtype)[: {0}.shape[0]].reshape((-1,) + (1,) * ({0}.ndim - 1))"
WIDE, JAX_WIDE = f"{TARGET}.expand({{0}}.shape)", f"jnp.broadcast_to({JAX_TARGET}, {{0}}.shape)"


def hinges(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """Where the target is -1 the loss bends where the input is the margin, 1."""
    return kinks.close(arrays[0], 1.0)


def ranks_meet(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """The loss bends where the difference is the margin, 0.25, in the target's sense."""
    return kinks.close(alternating(arrays[0]) * (arrays[0] - arrays[1]), 0.25)


def triplets_meet(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """The loss bends where the distances differ by the margin, and has no derivative where rows are equal."""
    near, far = (np.linalg.norm(arrays[0] - other, axis=-1) for other in arrays[1:])
    return kinks.close(near + 1.0, far, room=100.0) or kinks.close(near * far, 0.0, room=100.0)


def classes_meet(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """The loss bends where a class comes within the margin, 1, of the target."""
    x = arrays[0]
    gaps = x[:, :, None] - x[:, None, :]
    return kinks.close(np.abs(gaps), 1.0)


def targets(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """A class for every row, and the powers."""
    return [way | {"p": p} for way, p in zip(nn.classes(s), (1, 2), strict=False)]


def several(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """For every row one or two classes, closed by -1."""
    if len(s[0]) != 2 or 0 in s[0] or s[0][1] < 2:
        return []
    rows = tuple((row % s[0][1], -1, *(0,) * (s[0][1] - 2)) for row in range(s[0][0]))
    return [{"target": rows, "reduction": reduction} for reduction in REDUCTIONS]


def texts(s: Sequence[Shape]) -> list[dict[str, Any]]:
    """A text of two letters for every sample; there are three classes or more, one of them blank."""
    if len(s[0]) != 3 or s[0][0] < 3 or s[0][2] < 3 or 0 in s[0]:
        return []
    rows = tuple((1 + row % 2, 2) for row in range(s[0][1]))
    return [{"target": rows, "reduction": reduction} for reduction in REDUCTIONS]


def spread(i: Any) -> float:
    """The largest difference between two elements."""
    return float(i[0][1] - i[0][0])


def soft_labels(i: Any, s: Any, k: Any) -> Interval:
    """The mean over classes of an entropy with targets of any sign."""
    most = (farthest(i[1]) + 1 + farthest(i[1])) * softplus(farthest(i[0]))
    return -most * counted(s, k), most * counted(s, k)


def gaussian(i: Any, s: Any, k: Any) -> Interval:
    """Half of log v + error^2 / v."""
    error = max(i[0][1] - i[1][0], i[1][1] - i[0][0]) ** 2
    ends = math.log(i[2][0]), math.log(i[2][1]) + error / i[2][0]
    return summed((ends[0] / 2, ends[1] / 2), counted(s, k))


OPS = (
    margin(
        "soft_margin_loss",
        1,
        f"{{0}}, {WIDE}",
        f"jax.nn.softplus(-{{0}} * {JAX_WIDE})",
        rule(lambda i, s, k: summed((0.0, softplus(farthest(i[0]))), counted(s, k))),
        kinks.never,
    ),
    margin(
        "hinge_embedding_loss",
        1,
        f"{{0}}, {WIDE}",
        f"jnp.where({JAX_WIDE} == 1, {{0}}, jnp.maximum(1 - {{0}}, 0))",
        rule(lambda i, s, k: summed((min(i[0][0], 0.0), max(i[0][1], 1 - i[0][0])), counted(s, k))),
        hinges,
    ),
    margin(
        "margin_ranking_loss",
        2,
        f"{{0}}, {{1}}, {WIDE}, 0.25",
        f"jnp.maximum(-{JAX_WIDE} * ({{0}} - {{1}}) + 0.25, 0)",
        rule(lambda i, s, k: summed((0.0, farthest(i[0]) + farthest(i[1]) + 0.25), counted(s, k))),
        ranks_meet,
    ),
    margin(
        "cosine_embedding_loss",
        2,
        "{0}, {1}, torch.tensor([1.0, -1.0] * 9, dtype={0}.dtype)[: {0}.shape[0]]",
        "(lambda c: jnp.where(jnp.array([True, False] * 9)[: {0}.shape[0]], 1 - c, jnp.maximum(c, 0)))("
        "jnp.sum({0} * {1}, -1) / (jnp.linalg.norm({0}, axis=-1) * jnp.linalg.norm({1}, axis=-1)))",
        rule(lambda i, s, k: summed((0.0, 2.0), s[0][0] if k["reduction"] == "sum" else 1)),
        kinks.either(
            nn.zero_rows, lambda arrays, settings: kinks.close(np.sum(arrays[0] * arrays[1], -1), 0.0, room=100.0)
        ),
        shape=lambda s, k: () if s[0] == s[1] and len(s[0]) == 2 and 0 not in s[0] and s[0][1] > 1 else None,
    ),
    margin(
        "triplet_margin_loss",
        3,
        "{0}, {1}, {2}",
        "jnp.maximum(jnp.linalg.norm({0} - {1} + 1e-6, axis=-1) - jnp.linalg.norm({0} - {2} + 1e-6, axis=-1) + 1, 0)",
        rule(lambda i, s, k: summed((0.0, 1 + s[0][-1] * (farthest(i[0]) + farthest(i[1]) + 1)), counted(s, k))),
        triplets_meet,
        shape=lambda s, k: () if s[0] == s[1] == s[2] and len(s[0]) == 2 and 0 not in s[0] and s[0][1] > 1 else None,
        ulps=16.0,
    ),
    Op(
        "gaussian_nll_loss",
        F + "gaussian_nll_loss({0}, {1}, {2}, reduction={reduction})",
        (Slot("input"), Slot("target"), Slot("var", (0.5, math.inf))),
        number,
        shapes.choices(reduction=REDUCTIONS),
        rule(gaussian),
        jax="getattr(jnp, {reduction})(0.5 * (jnp.log({2}) + ({0} - {1}) ** 2 / {2}))",
        family="losses",
        halves=False,
        laws=("f(x, y, z) == f(y, x, z)",),
    ),
    layer(
        "multi_margin_loss",
        "multi_margin_loss({0}, torch.tensor({target}), p={p}, reduction={reduction})",
        "getattr(jnp, {reduction})((lambda t: jnp.sum(jnp.where(jnp.arange({0}.shape[1]) == t, 0.0, jnp.maximum("
        "1 - jnp.take_along_axis({0}, t, 1) + {0}, 0) ** {p}), 1) / {0}.shape[1])(jnp.array({target})[:, None]))",
        ("input",),
        lambda s, k: (),
        settings=targets,
        bounds=rule(lambda i, s, k: (0.0, (1 + spread(i)) ** k["p"] * (s[0][0] if k["reduction"] == "sum" else 1))),
        kinks=classes_meet,
        orders=1,
        tangent=False,
        laws=("f(x + 1) == f(x)",),
        notes="torch has no second derivative: multi_margin_loss_backward is not implemented",
    ),
    layer(
        "multilabel_margin_loss",
        "multilabel_margin_loss({0}, torch.tensor({target}), reduction={reduction})",
        "",
        ("input",),
        lambda s, k: (),
        settings=several,
        bounds=rule(lambda i, s, k: (0.0, 2 * (1 + spread(i)) * (s[0][0] if k["reduction"] == "sum" else 1))),
        kinks=classes_meet,
        orders=1,
        tangent=False,
        laws=("f(x + 1) == f(x)",),
        notes="torch has no second derivative: multilabel_margin_loss_backward is not implemented",
    ),
    layer(
        "multilabel_soft_margin_loss",
        "multilabel_soft_margin_loss({0}, {1}, reduction={reduction})",
        "getattr(jnp, {reduction})(jnp.mean({1} * jax.nn.softplus(-{0}) + (1 - {1}) * jax.nn.softplus({0}), -1))",
        ("input", "target"),
        lambda s, k: number(s, k),
        settings=shapes.choices(reduction=REDUCTIONS),
        bounds=rule(soft_labels),
    ),
    layer(
        "ctc_loss",
        "ctc_loss({0}.log_softmax(-1), torch.tensor({target}), ({0}.shape[0],) * {0}.shape[1], (2,) * {0}.shape[1], "
        "reduction={reduction})",
        "",
        ("input",),
        lambda s, k: (),
        settings=texts,
        bounds=rule(lambda i, s, k: (0.0, s[0][0] * (spread(i) + math.log(s[0][2])) * s[0][1])),
        starts=(((3, 2, 3),), ((4, 1, 3),)),
        orders=1,
        tangent=False,
        ulps=64.0,
        laws=("f(x + 1) == f(x)",),
        notes="torch has no second derivative: _ctc_loss_backward is not implemented",
    ),
)
