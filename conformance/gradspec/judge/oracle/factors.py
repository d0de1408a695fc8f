"""What factors, spectra and pseudo-inverses mean, from certified eigenvalues and eliminations alone.

An eigenvector's squares are the diagonal of its projector, the product of (A - l_k) / (l_i - l_k) over all other
eigenvalues l_k; so no vector is computed, and no sign is chosen. W is the catalogue's I + A / scale, of any sides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import arb

from .balls import ONE, ZERO, Balls, Rule, balls, per_matrix, total
from .elementwise import root
from .matrices import array, eigenvalues, inverse, matrix, solved, well
from .rows import largest, least, norm


def wide(a: Balls, m: int, n: int, scale: int) -> Balls:
    """W = I + A / scale, m by n."""
    return a / arb(scale) + balls(np.eye(m, n))


def of_wide(function: Rule) -> Rule:
    """A function of W, and of further settings, as an op on batches of A."""
    return per_matrix(lambda a, m, n, scale, **settings: function(wide(a, m, n, scale), **settings))


def projector(a: Balls, value: arb, others: Sequence[arb]) -> Balls:
    """What is left of `a` in the direction of one eigenvalue, the `others` being all it has besides."""
    made = balls(np.eye(len(a)))
    for other in others:
        made = made @ ((a - other * balls(np.eye(len(a)))) / (value - other))
    return made


def projectors(a: Balls, values: Sequence[arb], zero: bool = False) -> list[Balls]:
    """The projector of each eigenvalue; `zero` is one of the others as well."""
    return [
        projector(a, value, [*values[:n], *values[n + 1 :], *([ZERO] if zero else [])])
        for n, value in enumerate(values)
    ]  # fmt: skip


def squared_vectors(a: Balls) -> Balls:
    """The squares of the eigenvectors of A + A.T, by rising eigenvalue."""
    symmetric = a + a.T
    return np.stack([np.diagonal(p) for p in projectors(symmetric, eigenvalues(symmetric))], -1)


def squares(w: Balls) -> list[arb]:
    """The squared singular values, from the largest."""
    return eigenvalues(w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T)[::-1]


def squared_singular_vectors(w: Balls, which: int) -> Balls:
    """The squares of U (0) or of V^H (2)."""
    gram = w @ w.T if which == 0 else w.T @ w
    found = [np.diagonal(p) for p in projectors(gram, squares(w), zero=len(gram) > min(w.shape))]
    return np.stack(found, -1 if which == 0 else 0)


def squared_lengths(a: Balls, n: int, scale: int) -> Balls:
    """The squares of the unit eigenvectors of A / scale + diag(0, 1, ...), added up over the eigenvectors."""
    d = a / arb(scale) + balls(np.diag(np.arange(n)))
    grams = [p @ p.T for p in projectors(d, eigenvalues(d))]
    return total([np.diagonal(g) / np.trace(g) for g in grams])


def pseudo_inverse(w: Balls, rtol: float) -> Balls:
    """The sum over the singular values that count of their projectors, over their squares, times W.T."""
    values = squares(w)
    kept = [root(value) > arb(rtol) * root(values[0]) for value in values]
    found = projectors(w.T @ w, values, zero=w.shape[1] > w.shape[0])
    return total([p / value for p, value, keep in zip(found, values, kept, strict=True) if keep]) @ w.T


def nearest(a: Balls, b: Balls, m: int, n: int, scale: int, driver: str) -> Balls:
    """The shortest X that makes W X nearest to B, whatever the driver."""
    w = wide(a, m, n, scale)
    return solved(w.T @ w, w.T @ b) if m >= n else w.T @ solved(w @ w.T, b)


def lower_factor(gram: Balls) -> Balls:
    """The lower triangle L with L @ L.T = gram."""
    low: Balls = np.full(gram.shape, ZERO, object)
    for j in range(len(gram)):
        low[j, j] = (gram[j, j] - total(low[j, :j] ** 2)).sqrt()
        for i in range(j + 1, len(gram)):
            low[i, j] = (gram[i, j] - total(low[i, :j] * low[j, :j])) / low[j, j]
    return low


def squared_qr(w: Balls, mode: str, which: int) -> Balls:
    """The squares of Q or of R, from the columns as far as they are independent."""
    first = w[:, : min(w.shape)]
    up = lower_factor(first.T @ first).T
    q = solved(up.T, first.T).T
    return (q if which == 0 else q.T @ w) ** 2


def eliminated(w: Balls) -> Balls:
    """L below the diagonal, U from it on, of a matrix whose pivots stand on its diagonal."""
    packed = w.copy()
    for k in range(min(w.shape)):
        packed[k + 1 :, k] = packed[k + 1 :, k] / packed[k, k]
        packed[k + 1 :, k + 1 :] = packed[k + 1 :, k + 1 :] - np.multiply.outer(packed[k + 1 :, k], packed[k, k + 1 :])
    return packed


def triangle(w: Balls, which: int) -> Balls:
    """L (1) or U (2)."""
    packed, side = eliminated(w), min(w.shape)
    return np.tril(packed[:, :side], -1) + balls(np.eye(len(w), side)) if which == 1 else np.triu(packed[:side])


def twice_solved(low: Balls, b: Balls) -> Balls:
    """X with L L.T X = b."""
    return solved(low.T, solved(low, b))


def reflected(a: Balls, tau: Balls, x: Balls, transpose: bool = False) -> Balls:
    """H_1 H_2 ... x, or H_k ... H_1 x."""
    order = range(len(tau)) if transpose else reversed(range(len(tau)))
    for i in order:
        v = np.concatenate((balls(np.zeros(i)), [ONE], a[i + 1 :, i]))
        x = x - tau[i] * np.multiply.outer(v, v @ x)
    return x


def reflections(a: Balls, tau: Balls, x: Balls, left: bool, transpose: bool) -> Balls:
    """Their product times x, or x times it."""
    return reflected(a, tau, x, transpose) if left else reflected(a, tau, x.T, not transpose).T


def householder(a: Balls, tau: Balls) -> Balls:
    """The product's first columns, for a batch."""
    made = np.empty(a.shape, object)
    for at in np.ndindex(a.shape[:-2]):
        made[at] = reflected(a[at], tau[at], balls(np.eye(*a.shape[-2:])))
    return made


def size(a: Balls, ord: str) -> arb:
    """The norm of order 1, 2, inf, or one of their negatives."""
    if ord.endswith("2"):
        values = squares(a)
        return root(values[-1 if ord[0] == "-" else 0])
    sums = list(abs(a).sum(0 if ord.endswith("1") else 1))
    return least(sums) if ord[0] == "-" else largest(sums)


def gaps(p: float, x: Balls, y: Balls) -> Balls:
    """The distance of every row of x from every row of y."""
    return balls([[norm(list(a - b), p) for b in y] for a in x])


RULES: dict[str, Rule] = {
    "vdot": np.matmul,
    "linalg.multi_dot": lambda a, b, c: a @ b @ c,
    "addbmm": lambda x, a, b, beta, alpha: x * arb(beta) + (a @ b).sum(0) * arb(alpha),
    "einsum.one": lambda a, equation: np.einsum(equation, a),
    "cdist": lambda x, y, p: gaps(p, x, y),
    "pdist": lambda x, p: gaps(p, x, x)[np.triu_indices(len(x), 1)],
    "linalg.matrix_power": per_matrix(lambda a, power, **_: array(matrix(a) ** power)),
    "linalg.matrix_power.negative": per_matrix(lambda a, **sizes: inverse(a, **sizes) @ inverse(a, **sizes)),
    "linalg.pinv.rtol": of_wide(pseudo_inverse),
    "linalg.tensorinv": lambda a, **sizes: inverse(a, **sizes).reshape(2, 2, 4),
    "linalg.tensorsolve": lambda a, b, **sizes: solved(well(a, **sizes), b.reshape(-1)),
    "linalg.lstsq": nearest,
    "cholesky_solve": lambda a, b, **sizes: twice_solved(np.tril(well(a, **sizes)), b),
    "cholesky_inverse": lambda a, **sizes: twice_solved(np.tril(well(a, **sizes)), balls(np.eye(len(a)))),
    "linalg.lu_solve": lambda a, b, **sizes: solved(well(a, **sizes), b[::-1]),
    "linalg.eigh": per_matrix(lambda a, **_: squared_vectors(a)),
    "linalg.eigvals": per_matrix(lambda a, n, scale: eigenvalues(a / arb(scale) + balls(np.diag(np.arange(n))))),
    "linalg.eig": per_matrix(squared_lengths),
    "linalg.svd": of_wide(squared_singular_vectors),
    "linalg.svd.full": of_wide(lambda w: [root(value) for value in squares(w)]),
    "linalg.qr": of_wide(squared_qr),
    "linalg.lu": of_wide(triangle),
    "linalg.lu_factor": of_wide(eliminated),
    "linalg.cond": of_wide(lambda w: root(squares(w)[0] / squares(w)[-1])),
    "linalg.householder_product": householder,
    "ormqr": reflections,
    "linalg.matrix_norm.ord": per_matrix(lambda a, ord, **_: size(a, ord)),
    "linalg.matrix_norm.nuclear": per_matrix(lambda a, **_: total([root(value) for value in squares(a)])),
}
