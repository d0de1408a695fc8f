"""A matrix's factors, eigenvalues and singular values: Cholesky, Q R, L U, eigh, eig, svd, and norms made of them.

Vectors that are determined up to a sign are squared; eigenvalues in no order are sorted or added up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import kinks, shapes
from .intervals import UNIT, Bounds, farthest, rule, times
from .model import REALS, Interval, Op, Shape, Slot
from .solving import each, rectangle, sides, sizes, square


def eigenvalue_ties(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """Two eigenvalues of A + A.mT meet."""
    symmetric = arrays[0] + np.swapaxes(arrays[0], -1, -2)
    return kinks.ties([np.linalg.eigvalsh(symmetric)], {"dim": -1})


def singular_ties(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """Two singular values meet, or one vanishes."""
    values = np.linalg.svd(arrays[0], compute_uv=False)
    return kinks.ties([values], {"dim": -1}) or kinks.close(values, 0.0)


def gram(i: Any, s: Any, k: Any) -> Interval:
    """The squares of a row of the factor add up to the diagonal of A @ A.mT + n I."""
    most = math.sqrt(k["n"] * (farthest(i[0]) ** 2 + 1))
    return -most, most


def spectrum(scale: float) -> Bounds:
    """Eigenvalues and singular values are at most n times the largest element (times `scale`)."""
    return rule(lambda i, s, k: (-scale * k["n"] * farthest(i[0]), scale * k["n"] * farthest(i[0])))


def shorter(shape: Shape) -> int:
    """The number of singular values."""
    return min(shape[-2:])


def wide_values(arrays: Any, settings: Any) -> np.ndarray:
    """The singular values of W."""
    eye = np.eye(settings["m"], settings["n"], dtype=arrays[0].dtype)
    return np.linalg.svd(eye + arrays[0] / settings["scale"], compute_uv=False)


def wide_ties(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """Two singular values of W meet."""
    return kinks.ties([wide_values(arrays, settings)], {"dim": -1})


def column_ties(arrays: Any, settings: Any) -> bool | kinks.Mask:
    """The norm turns: an element is 0, or two columns (or rows) have one sum, or two singular values meet."""
    if settings["ord"] in ("2", "-2"):
        return singular_ties(arrays, settings)
    size = np.abs(arrays[0])
    sums = size.sum(-2 if settings["ord"] in ("1", "-1") else -1)
    return kinks.close(size, 0.0) or kinks.ties([sums], {"dim": -1})


def largest_sum(i: Any, s: Any, k: Any) -> Interval:
    """At most the elements of a column, a row or a diagonal together."""
    return 0.0, s[0][-1] * s[0][-2] * farthest(i[0])


def lower_or_upper(a: Shape, k: Any) -> Shape | None:
    """The shape of L or of U, of one matrix: jax.scipy.linalg.lu takes no batches."""
    return None if len(a) > 2 else (a[0], shorter(a)) if k["which"] == 1 else (shorter(a), a[1])


def pivots_tie(arrays: Any, settings: Any) -> bool:
    """Two elements of a column compete for the pivot: the largest is not W's diagonal, or only just."""
    w = np.abs(np.eye(settings["m"], settings["n"], dtype=arrays[0].dtype) + arrays[0] / settings["scale"])
    side = min(w.shape[-2:])
    below = np.tril(np.ones(w.shape[-2:], bool), -1)[:, :side]
    tops = np.diagonal(w, 0, -2, -1)[..., None, :]
    return bool(np.any((w[..., :side] >= 0.9 * tops) & below))


DISTINCT = "({0} / {scale} + NS.diag(NS.arange({n}, dtype={0}.dtype)))"
"""A matrix with real eigenvalues that are at least 1/4 apart: its Gershgorin discs do not meet."""

EIG = "lax.linalg.eig({D}, compute_left_eigenvectors=False, enable_eigvec_derivs=True)"


def distinct(name: str, torch: str, jax: str, **more: Any) -> Op:
    """An entry of one square matrix whose eigenvalues are real and apart, called {D} in its words."""
    torch, jax = (text.replace("{D}", DISTINCT.replace("NS", ns)) for text, ns in ((torch, "torch"), (jax, "jnp")))
    return square(name, torch, jax, drops=1, domain=(-1.0, 1.0), **more)


def reflectors(s: Sequence[Shape], k: Any) -> Shape | None:
    """No more factors than columns than rows."""
    a, tau = s
    fits = len(a) == len(tau) + 1 >= 2 and a[:-2] == tau[:-1] and a[-2] >= a[-1] >= tau[-1]
    return a if fits and 0 not in (*a, *tau) else None


def full(s: Sequence[Shape], k: Any) -> bool:
    """As many factors as columns, as torch.ormqr wants them."""
    return reflectors(s, k) is not None and s[0][-1] == s[1][-1]


def grown(i: Any, s: Any, k: Any) -> Interval:
    """A reflection I - tau v v.T makes nothing longer by more than 1 + tau |v|^2."""
    rows, count = s[0][-2], s[1][-1]
    most = math.prod(1 + farthest(i[1]) * (1 + (rows - 1 - n) * farthest(i[0]) ** 2) for n in range(count))
    return -most, most


SPD = "{0} @ {0}.mT + {n} * NS.eye({n}, dtype={0}.dtype)"
"""A symmetric matrix with eigenvalues of n and more."""


OPS = (
    square(
        "linalg.cholesky",
        f"torch.linalg.cholesky({SPD.replace('NS', 'torch')}, upper={{upper}})",
        f"jnp.linalg.cholesky({SPD.replace('NS', 'jnp')}, upper={{upper}})",
        settings=each(sizes, upper=(False, True)),
        bounds=rule(gram),
        complex=False,
    ),
    square(
        "linalg.eigvalsh",
        "torch.linalg.eigvalsh({0} + {0}.mT)",
        "jnp.linalg.eigvalsh({0} + {0}.mT)",
        drops=1,
        bounds=spectrum(2.0),
        kinks=eigenvalue_ties,
        complex=False,
    ),
    square(
        "linalg.svdvals",
        "torch.linalg.svdvals({0})",
        "jnp.linalg.svdvals({0})",
        drops=1,
        bounds=spectrum(1.0),
        kinks=singular_ties,
    ),
    square(
        "linalg.eigh",
        "torch.linalg.eigh({0} + {0}.mT)[1].square()",
        "jnp.square(jnp.linalg.eigh({0} + {0}.mT)[1])",
        bounds=rule(lambda i, s, k: (0.0, 1.0)),
        kinks=eigenvalue_ties,
        complex=False,
    ),
    distinct(
        "linalg.eigvals",
        "torch.linalg.eigvals({D}).real.sort().values",
        "jnp.sort(jnp.linalg.eigvals({D}).real)",
        bounds=rule(lambda i, s, k: (-1.0, float(k["n"]))),
        complex=False,
    ),
    distinct(
        "linalg.eig",
        "torch.linalg.eig({D})[1].abs().square().sum(-1)",
        f"jnp.sum(jnp.square(jnp.abs({EIG}[1])), -1)",
        bounds=rule(lambda i, s, k: (0.0, float(k["n"]))),
        complex=False,
    ),
    rectangle(
        "linalg.svd",
        "torch.linalg.svd({W}, full_matrices=False)[{which}].square()",
        "jnp.square(jnp.linalg.svd({W}, full_matrices=False)[{which}])",
        lambda a, k: (*a[:-1], shorter(a)) if k["which"] == 0 else (*a[:-2], shorter(a), a[-1]),
        settings=each(sides, which=(0, 2)),
        bounds=rule(lambda i, s, k: (0.0, 1.0)),
        kinks=wide_ties,
        complex=False,
    ),
    rectangle(
        "linalg.svd.full",
        "torch.linalg.svd({W})[1]",
        "jnp.linalg.svd({W}, compute_uv=False)",
        lambda a, k: (*a[:-2], shorter(a)),
        bounds=rule(lambda i, s, k: (0.0, 4.0)),
        kinks=wide_ties,
    ),
    rectangle(
        "linalg.qr",
        "torch.linalg.qr({W}, mode={mode})[{which}].square()",
        "jnp.square(jnp.linalg.qr({W}, mode={mode})[{which}])",
        lambda a, k: (*a[:-1], shorter(a)) if k["which"] == 0 else (*a[:-2], shorter(a), a[-1]),
        settings=lambda s: [
            {**d, "which": which, "mode": mode}
            for d in sides(s)
            for which in (0, 1)
            for mode in ("reduced", "complete")[: 1 + (d["m"] <= d["n"])]
        ],
        bounds=rule(lambda i, s, k: (0.0, 16.0)),
    ),
    rectangle(
        "linalg.lu",
        "torch.linalg.lu({W}.flip(-2))[{which}]",
        "jax.scipy.linalg.lu(jnp.flip({W}, -2))[{which}]",
        lower_or_upper,
        settings=each(sides, which=(1, 2)),
        kinks=pivots_tie,
    ),
    rectangle(
        "linalg.lu_factor",
        "torch.linalg.lu_factor({W}.flip(-2))[0]",
        "jax.scipy.linalg.lu_factor(jnp.flip({W}, -2))[0]",
        lambda a, k: a,
        kinks=pivots_tie,
    ),
    rectangle(
        "linalg.cond",
        "torch.linalg.cond({W})",
        "jnp.linalg.cond({W})",
        lambda a, k: a[:-2],
        bounds=rule(lambda i, s, k: (1.0, 16.0)),
        kinks=wide_ties,
    ),
    Op(
        "linalg.householder_product",
        "torch.linalg.householder_product({0}, {1})",
        (Slot("input", UNIT), Slot("tau", UNIT)),
        reflectors,
        bounds=rule(grown),
        starts=(((3, 2), (2,)), ((3, 3), (2,)), ((2, 3, 3), (2, 3))),
        family="linalg",
        ulps=64.0,
    ),
    Op(
        "ormqr",
        "torch.ormqr({0}, {1}, {2}, left={left}, transpose={transpose})",
        (Slot("input", UNIT), Slot("tau", UNIT), Slot("other")),
        lambda s, k: (
            s[2] if full(s[:2], k) and len(s[0]) == len(s[2]) == 2 and s[2][1 - k["left"]] == s[0][0] else None
        ),
        shapes.choices(left=(True, False), transpose=(False, True)),
        rule(lambda i, s, k: times(grown(i, s, k), (-s[0][0] * farthest(i[2]), s[0][0] * farthest(i[2])))),
        starts=(((3, 2), (2,), (3, 3)), ((3, 3), (3,), (3, 3))),
        family="linalg",
        ulps=64.0,
    ),
    square(
        "linalg.matrix_norm.ord",
        "torch.linalg.matrix_norm({0}, ord=float({ord}))",
        "jnp.linalg.matrix_norm({0}, ord=float({ord}))",
        drops=2,
        domain=REALS,
        settings=each(sizes, ord=("1", "inf", "-1", "-inf", "2", "-2")),
        bounds=rule(largest_sum),
        kinks=column_ties,
    ),
    square(
        "linalg.matrix_norm.nuclear",
        "torch.linalg.matrix_norm({0}, ord='nuc')",
        "jnp.linalg.matrix_norm({0}, ord='nuc')",
        drops=2,
        domain=REALS,
        bounds=rule(largest_sum),
        kinks=singular_ties,
    ),
)
