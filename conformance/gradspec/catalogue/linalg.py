"""Products of vectors and matrices, sums of such products, and the size of a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import kinks, shapes
from .arithmetic import call
from .intervals import farthest, plus, rule, summed, times
from .model import Interval, Op, Shape, Slot


def products(name: str, shape: Any, *, torch: str = "", jax: str = "", **more: Any) -> Op:
    """An entry that multiplies two tensors and sums over the last dimension of the first."""
    more = {"bounds": rule(lambda i, s, k: summed(times(*i), s[0][-1] if s[0] else 1))} | more
    return Op(
        name,
        call(torch or f"torch.{name}", 2),
        (Slot("input"), Slot("other")),
        lambda s, k: shape(*s),
        jax=call(jax or f"jnp.{name}", 2),
        family="linalg",
        **more,
    )


def product(a: Shape, b: Shape) -> Shape | None:
    """The shape of matmul: vectors are rows on the left, columns on the right; batches broadcast."""
    if not a or not b:
        return None
    left = a if len(a) > 1 else (1, *a)
    right = b if len(b) > 1 else (*b, 1)
    batch = shapes.together(left[:-2], right[:-2])
    if left[-1] != right[-2] or batch is None:
        return None
    return batch + (left[-2],) * (len(a) > 1) + (right[-1],) * (len(b) > 1)


def ranked(a_rank: int, b_rank: int) -> Any:
    """`product` for these ranks only, and equal batches: mm, bmm, mv, dot."""
    return lambda a, b: product(a, b) if (len(a), len(b)) == (a_rank, b_rank) and (a_rank < 3 or a[0] == b[0]) else None


def affine(name: str, rank: int) -> Op:
    """beta * input + alpha * (A @ B), for matrices (addmm), a matrix and a vector (addmv), batches (baddbmm)."""
    return Op(
        name,
        f"torch.{name}({{0}}, {{1}}, {{2}}, beta={{beta}}, alpha={{alpha}})",
        (Slot("input"), Slot("A"), Slot("B")),
        lambda s, k: s[0] if s[0] == ranked(max(rank, 2), rank)(s[1], s[2]) else None,
        shapes.choices(beta=(1, 0.5), alpha=(1, -2)),
        rule(affine_bounds),
        jax="{beta} * {0} + {alpha} * jnp.matmul({1}, {2})",
        family="linalg",
    )


def affine_bounds(i: Any, s: Any, k: Any) -> Interval:
    """beta times the input and alpha times the product."""
    product = summed(times(i[1], i[2]), s[1][-1])
    return plus(times(i[0], (k["beta"], k["beta"])), times(product, (k["alpha"], k["alpha"])))


def chained(s: Sequence[Shape], k: Any) -> Shape | None:
    """A chain of matrices, which may begin or end with a vector."""
    first = product(s[0], s[1]) if len(s[1]) == 2 and 0 < len(s[0]) < 3 else None
    return product(first, s[2]) if first and 0 < len(s[2]) < 3 else None


def apart(arrays: Sequence[np.ndarray], settings: Any) -> np.ndarray:
    """The differences between the rows of one matrix, or of two."""
    x, y = arrays[0], arrays[-1]
    gaps: np.ndarray = x[..., :, None, :] - y[..., None, :, :]
    return gaps if len(arrays) == 2 else gaps[np.triu_indices(len(x), 1)]


def touching(arrays: Sequence[np.ndarray], settings: Any) -> bool:
    """Two rows meet: in one element for order 1, in all for the others."""
    gaps = np.abs(apart(arrays, settings))
    return bool(gaps.size) and kinks.close(gaps if settings["p"] == 1.0 else gaps.max(-1), 0.0)


def distance(name: str, torch: str, arity: int) -> Op:
    """An entry of the distances between rows: of two matrices, or of one."""

    def shape(s: Sequence[Shape], k: Any) -> Shape | None:
        if any(len(size) != 2 or 0 in size for size in s) or s[0][1] != s[-1][1]:
            return None
        return (s[0][0], s[1][0]) if arity == 2 else (math.comb(s[0][0], 2),)

    pairs = (
        "{0}[:, None] - {1}[None]"
        if arity == 2
        else "(lambda i: {0}[i[0]] - {0}[i[1]])(jnp.triu_indices({0}.shape[0], 1))"
    )
    return Op(
        name,
        torch,
        (Slot("x1"), Slot("x2"))[:arity],
        shape,
        shapes.choices(p=(2.0, 1.0, 3.0)),
        rule(lambda i, s, k: (0.0, s[0][1] * (farthest(i[0]) + farthest(i[-1])))),
        touching,
        jax=f"jnp.linalg.vector_norm({pairs}, ord={{p}}, axis=-1)",
        family="linalg",
        tangent=False,
        orders=1,
        notes="torch has neither forward mode nor a second derivative of it",
    )


def outer(a: Shape, b: Shape) -> Shape | None:
    """Two vectors."""
    return (*a, *b) if len(a) == len(b) == 1 else None


def inner(a: Shape, b: Shape) -> Shape | None:
    """The last dimensions are summed over."""
    return (*a[:-1], *b[:-1]) if a and b and a[-1] == b[-1] else None


def kron(a: Shape, b: Shape) -> Shape | None:
    """Every pair of elements: the sizes multiply."""
    return tuple(x * y for x, y in zip(a, b, strict=True)) if a and len(a) == len(b) else None


def along_last(a: Shape, b: Shape) -> Shape | None:
    """Broadcast, then summed over the last dimension, which is equal."""
    together = shapes.together(a, b) if a and b and a[-1] == b[-1] else None
    return None if together is None else together[:-1]


EQUATIONS = ("i,i->i", "i,j->ji", "ij,kj->ik", "ij,ij->i", "ij,j->", "bij,bjk->ik", "ij,ji->")


def einsum_shape(s: Sequence[Shape], k: Any) -> Shape | None:
    """The sizes of the letters kept, if every letter has one size."""
    left, out = k["equation"].split("->")
    sizes: dict[str, int] = {}
    for letters, shape in zip(left.split(","), s, strict=True):
        if len(letters) != len(shape):
            return None
        for letter, size in zip(letters, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return None
    return tuple(sizes[letter] for letter in out)


def all_pairs(i: Any, s: Any, k: Any) -> Interval:
    """A sum of at most all products of two elements."""
    return summed(times(*i), max(1, math.prod(s[0])) * max(1, s[1][-1] if s[1] else 1))


def vanishes(arrays: Any, settings: Any) -> bool:
    """The Frobenius norm turns where the whole matrix is zero."""
    return kinks.close(np.linalg.norm(arrays[0], axis=(-2, -1)), 0.0)


def frobenius(i: Any, s: Any, k: Any) -> Interval:
    """At most the largest element times the root of their number."""
    return 0.0, math.sqrt(s[0][-1] * s[0][-2]) * farthest(i[0])


OPS = (
    products("matmul", product),
    products("mm", ranked(2, 2), jax="jnp.dot"),
    products("mv", ranked(2, 1), jax="jnp.dot"),
    products("dot", ranked(1, 1)),
    products("bmm", ranked(3, 3), jax="jnp.matmul"),
    products("outer", outer, bounds=rule(lambda i, s, k: times(*i))),
    products("inner", inner),
    products("linalg.vecdot", along_last, torch="torch.linalg.vecdot", jax="jnp.linalg.vecdot"),
    products("kron", kron, bounds=rule(lambda i, s, k: times(*i))),
    products(
        "tensordot",
        ranked(2, 2),
        torch="torch.tensordot({0}, {1}, dims=1)",
        jax="jnp.tensordot({0}, {1}, axes=1)",
    ),
    Op(
        "einsum",
        "torch.einsum({equation}, {0}, {1})",
        (Slot("first"), Slot("second")),
        einsum_shape,
        lambda s: [{"equation": e} for e in EQUATIONS],
        rule(all_pairs),
        jax="jnp.einsum({equation}, {0}, {1})",
        family="linalg",
    ),
    affine("addmm", 2),
    affine("addmv", 1),
    affine("baddbmm", 3),
    Op(
        "addr",
        "torch.addr({0}, {1}, {2})",
        (Slot("input"), Slot("vec1"), Slot("vec2")),
        lambda s, k: s[0] if s[0] == outer(s[1], s[2]) else None,
        bounds=rule(lambda i, s, k: plus(i[0], times(i[1], i[2]))),
        jax="{0} + jnp.outer({1}, {2})",
        family="linalg",
    ),
    Op(
        "linalg.cross",
        "torch.linalg.cross({0}, {1})",
        (Slot("input"), Slot("other")),
        lambda s, k: s[0] if s[0] == s[1] and s[0] and s[0][-1] == 3 else None,
        bounds=rule(lambda i, s, k: (-2 * farthest(i[0]) * farthest(i[1]), 2 * farthest(i[0]) * farthest(i[1]))),
        jax="jnp.cross({0}, {1})",
        family="linalg",
    ),
    Op(
        "trace",
        "torch.trace({0})",
        (Slot("input"),),
        lambda s, k: () if len(s[0]) == 2 else None,
        bounds=rule(lambda i, s, k: summed(i[0], min(s[0]))),
        jax="jnp.trace({0})",
        family="linalg",
    ),
    Op(
        "linalg.matrix_norm",
        "torch.linalg.matrix_norm({0})",
        (Slot("A"),),
        lambda s, k: s[0][:-2] if len(s[0]) >= 2 and 0 not in s[0] else None,
        bounds=rule(frobenius),
        kinks=vanishes,
        jax="jnp.linalg.matrix_norm({0})",
        family="linalg",
    ),
    products("vdot", ranked(1, 1)),
    Op(
        "linalg.multi_dot",
        "torch.linalg.multi_dot(({0}, {1}, {2}))",
        (Slot("first"), Slot("second"), Slot("third")),
        chained,
        bounds=rule(lambda i, s, k: summed(times(summed(times(i[0], i[1]), s[1][0]), i[2]), s[2][0])),
        jax="jnp.linalg.multi_dot(({0}, {1}, {2}))",
        family="linalg",
    ),
    Op(
        "addbmm",
        "torch.addbmm({0}, {1}, {2}, beta={beta}, alpha={alpha})",
        (Slot("input"), Slot("A"), Slot("B")),
        lambda s, k: s[0] if len(s[0]) == 2 and s[0] == (ranked(3, 3)(s[1], s[2]) or ())[1:] else None,
        shapes.choices(beta=(1, 0.5), alpha=(1, -2)),
        rule(
            lambda i, s, k: plus(
                times(i[0], (k["beta"],) * 2), times((k["alpha"],) * 2, summed(times(i[1], i[2]), s[1][0] * s[1][2]))
            )
        ),
        jax="{beta} * {0} + {alpha} * jnp.einsum('bij,bjk->ik', {1}, {2})",
        family="linalg",
    ),
    Op(
        "einsum.one",
        "torch.einsum({equation}, {0})",
        (Slot("input"),),
        einsum_shape,
        lambda s: [{"equation": e} for e in ("ii->i", "ij->ji", "ii->", "ij->j", "bij->ib")],
        rule(lambda i, s, k: summed(i[0], math.prod(s[0]))),
        jax="jnp.einsum({equation}, {0})",
        family="linalg",
    ),
    distance("cdist", "torch.cdist({0}, {1}, p={p})", 2),
    distance("pdist", "torch.nn.functional.pdist({0}, p={p})", 1),
)
