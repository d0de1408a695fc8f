"""Products of matrices, and what is computed from their inverses, factors and eigenvalues.

A matrix that must be inverted is drawn as W = I + A / (4n) with the elements of A between -3 and 3:
its diagonal exceeds the rest of its row by at least 1/4, so that the norm of its inverse is at most 4
and no rounding error is magnified into a departure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import kinks, shapes
from .arithmetic import call
from .intervals import Bounds, farthest, plus, rule, summed, times
from .model import REALS, Interval, Op, Shape, Slot

MODEST: Interval = (-3.0, 3.0)
"""Where the elements of A lie."""


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


def square(name: str, torch: str, jax: str, *, drops: int = 0, domain: Interval = MODEST, **more: Any) -> Op:
    """An entry of one square matrix, called {W} in its words where it must be well conditioned.

    `drops` of the last dimensions are not in the result: 2 for a determinant, 1 for eigenvalues.
    """
    return Op(
        name,
        torch.replace("{W}", well("torch")),
        (Slot("A", domain),),
        lambda s, k: s[0][: len(s[0]) - drops] if is_square(s[0]) else None,
        sizes,
        jax=jax.replace("{W}", well("jnp")),
        family="linalg",
        **{"ulps": 64.0} | more,  # a factorisation: some n**2 roundings
    )


def solver(name: str, torch: str, jax: str, fits: Any, **more: Any) -> Op:
    """An entry of a well conditioned matrix {W} and a right-hand side."""
    return Op(
        name,
        torch.replace("{W}", well("torch")),
        (Slot("A", MODEST), Slot("B")),
        lambda s, k: s[1] if is_square(s[0]) and fits(*s) else None,
        sizes,
        rule(lambda i, s, k: (-4 * farthest(i[1]), 4 * farthest(i[1]))),
        jax=jax.replace("{W}", well("jnp")),
        family="linalg",
        ulps=64.0,  # a factorisation: some n**2 roundings
        **more,
    )


def well(namespace: str) -> str:
    """W in the words of torch or jnp."""
    return f"({namespace}.eye({{n}}, dtype={{0}}.dtype) + {{0}} / {{scale}})"


def sizes(s: Sequence[Shape]) -> list[dict[str, int]]:
    """The side of the matrix and what A is divided by."""
    return [{"n": s[0][-1], "scale": 4 * s[0][-1]}] if is_square(s[0]) else []


def is_square(shape: Shape) -> bool:
    """A square matrix, or a batch of them, and not an empty one."""
    return len(shape) >= 2 and shape[-1] == shape[-2] and 0 not in shape


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


def between_powers(low: float, high: float) -> Bounds:
    """For the determinant of W: each eigenvalue lies between 1/4 and 7/4."""
    return rule(lambda i, s, k: (low ** k["n"], high ** k["n"]))


def eigenvalue_ties(arrays: Any, settings: Any) -> bool:
    """Two eigenvalues of A + A.mT meet."""
    symmetric = arrays[0] + np.swapaxes(arrays[0], -1, -2)
    return kinks.ties([np.linalg.eigvalsh(symmetric)], {"dim": -1})


def singular_ties(arrays: Any, settings: Any) -> bool:
    """Two singular values meet, or one vanishes."""
    values = np.linalg.svd(arrays[0], compute_uv=False)
    return kinks.ties([values], {"dim": -1}) or kinks.close(values, 0.0)


def vanishes(arrays: Any, settings: Any) -> bool:
    """The Frobenius norm turns where the whole matrix is zero."""
    return kinks.close(np.linalg.norm(arrays[0], axis=(-2, -1)), 0.0)


def frobenius(i: Any, s: Any, k: Any) -> Interval:
    """At most the largest element times the root of their number."""
    return 0.0, math.sqrt(s[0][-1] * s[0][-2]) * farthest(i[0])


def gram(i: Any, s: Any, k: Any) -> Interval:
    """The squares of a row of the factor add up to the diagonal of A @ A.mT + n I."""
    most = math.sqrt(k["n"] * (farthest(i[0]) ** 2 + 1))
    return -most, most


def spectrum(scale: float) -> Bounds:
    """Eigenvalues and singular values are at most n times the largest element (times `scale`)."""
    return rule(lambda i, s, k: (-scale * k["n"] * farthest(i[0]), scale * k["n"] * farthest(i[0])))


SPD = "{0} @ {0}.mT + {n} * NS.eye({n}, dtype={0}.dtype)"
"""A symmetric matrix with eigenvalues of n and more."""

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
    square(
        "linalg.matrix_power",
        "torch.linalg.matrix_power({0}, 3)",
        "jnp.linalg.matrix_power({0}, 3)",
        domain=REALS,
        bounds=rule(lambda i, s, k: (-(k["n"] ** 2) * farthest(i[0]) ** 3, k["n"] ** 2 * farthest(i[0]) ** 3)),
    ),
    square(
        "linalg.matrix_exp",
        "torch.linalg.matrix_exp({0} / {scale})",
        "jax.scipy.linalg.expm({0} / {scale})",
        bounds=rule(lambda i, s, k: (-2.2, 2.2)),  # exp(3/4) bounds the norm
    ),
    square("linalg.inv", "torch.linalg.inv({W})", "jnp.linalg.inv({W})", bounds=rule(lambda i, s, k: (-4.0, 4.0))),
    square("linalg.pinv", "torch.linalg.pinv({W})", "jnp.linalg.pinv({W})", bounds=rule(lambda i, s, k: (-4.0, 4.0))),
    square("linalg.det", "torch.linalg.det({W})", "jnp.linalg.det({W})", drops=2, bounds=between_powers(0.25, 1.75)),
    square(
        "linalg.slogdet",
        "torch.linalg.slogdet({W})[1]",
        "jnp.linalg.slogdet({W})[1]",
        drops=2,
        bounds=rule(lambda i, s, k: (k["n"] * math.log(0.25), k["n"] * math.log(1.75))),
    ),
    square(
        "logdet",
        "torch.logdet({W})",
        "jnp.log(jnp.linalg.det({W}))",
        drops=2,
        bounds=rule(lambda i, s, k: (k["n"] * math.log(0.25), k["n"] * math.log(1.75))),
    ),
    square(
        "linalg.cholesky",
        f"torch.linalg.cholesky({SPD.replace('NS', 'torch')})",
        f"jnp.linalg.cholesky({SPD.replace('NS', 'jnp')})",
        bounds=rule(gram),
    ),
    square(
        "linalg.eigvalsh",
        "torch.linalg.eigvalsh({0} + {0}.mT)",
        "jnp.linalg.eigvalsh({0} + {0}.mT)",
        drops=1,
        bounds=spectrum(2.0),
        kinks=eigenvalue_ties,
    ),
    square(
        "linalg.svdvals",
        "torch.linalg.svdvals({0})",
        "jnp.linalg.svdvals({0})",
        drops=1,
        bounds=spectrum(1.0),
        kinks=singular_ties,
    ),
    solver(
        "linalg.solve",
        "torch.linalg.solve({W}, {1})",
        "jnp.linalg.solve({W}, {1})",
        lambda a, b: b == a[:-1] if len(b) == 1 else len(b) == len(a) and b[:-1] == a[:-1],
    ),
    solver(
        "linalg.solve_triangular",
        "torch.linalg.solve_triangular({W}, {1}, upper=True)",
        "jax.scipy.linalg.solve_triangular({W}, {1}, lower=False)",
        lambda a, b: len(a) == len(b) == 2 and b[0] == a[0],
    ),
)
