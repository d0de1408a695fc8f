"""What products, inverses, factors and spectra mean: NumPy's products of balls, and Arb's certified eliminations.

W is the well conditioned matrix of the catalogue, I + A / scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import acb_mat, arb, arb_mat

from .balls import ZERO, Balls, Rule, balls, per_matrix, total
from .elementwise import root
from .rows import ordered


def matrix(a: Balls) -> arb_mat:
    """An array of two dimensions as flint's matrix."""
    return arb_mat(*a.shape, list(a.reshape(-1)))


def array(m: arb_mat) -> Balls:
    """Flint's matrix as an array."""
    return balls(m.entries()).reshape(m.nrows(), m.ncols())


def well(a: Balls, n: int, scale: int) -> Balls:
    """W = I + A / scale."""
    return a / arb(scale) + balls(np.eye(n))


def solved(w: Balls, b: Balls) -> Balls:
    """X with w @ x = b, for one right-hand side or a matrix of them."""
    return array(matrix(w).solve(matrix(b.reshape(len(b), -1)))).reshape(b.shape)


def cholesky(a: Balls, n: int, scale: int, upper: bool = False) -> Balls:
    """The lower triangular L with L @ L.T = A @ A.T + n I, column by column, or with `upper` its transpose."""
    gram = a @ a.T + balls(n * np.eye(n))
    low: Balls = np.full((n, n), ZERO, object)
    for j in range(n):
        low[j, j] = (gram[j, j] - total(low[j, :j] ** 2)).sqrt()
        for i in range(j + 1, n):
            low[i, j] = (gram[i, j] - total(low[i, :j] * low[j, :j])) / low[j, j]
    return low.T if upper else low


def eigenvalues(symmetric: Balls) -> list[arb]:
    """The eigenvalues, which are real, from the least. ValueError where Arb cannot prove them apart."""
    if len(symmetric) == 1:
        return [symmetric[0, 0]]
    return list(ordered([value.real for value in acb_mat(matrix(symmetric)).eig()]))


def cross(a: Balls, b: Balls) -> Balls:
    """The product of vectors with three components, in the last dimension."""
    after, before = [1, 2, 0], [2, 0, 1]
    return a[..., after] * b[..., before] - a[..., before] * b[..., after]


def affine(x: Balls, a: Balls, b: Balls, beta: float, alpha: float) -> Balls:
    """Beta * x + alpha * (A @ B)."""
    return x * arb(beta) + (a @ b) * arb(alpha)


def log_size(a: Balls, **sizes: int) -> arb:
    """Log |det W|."""
    return abs(matrix(well(a, **sizes)).det()).log()


def singular_values(a: Balls) -> list[arb]:
    """The roots of the eigenvalues of A.T @ A, from the largest."""
    return [root(value) for value in eigenvalues(a.T @ a)[::-1]]


def inverse(a: Balls, **sizes: int) -> Balls:
    """W inverted."""
    return array(matrix(well(a, **sizes)).inv())


def product(a: Balls, b: Balls) -> Balls:
    """matmul; a sum of nothing is 0."""
    return np.matmul(a, b)


def solve(a: Balls, b: Balls, **sizes: int) -> Balls:
    """W @ x = b: a vector, where b lacks one dimension, else a batch."""
    one = per_matrix(lambda m, v: solved(well(m, **sizes), v))
    return one(a, b) if a.ndim > 2 else solved(well(a, **sizes), b)


def einsum(a: Balls, b: Balls, equation: str) -> Any:
    """The sum of products that `equation` spells."""
    return np.einsum(equation, a, b)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("matmul", "mm", "mv", "dot", "bmm", "tensordot"), product),
    "outer": np.multiply.outer,
    "inner": np.inner,
    "linalg.vecdot": lambda a, b: (a * b).sum(-1),
    "kron": np.kron,
    "einsum": einsum,
    **dict.fromkeys(("addmm", "addmv", "baddbmm"), affine),
    "addr": lambda x, a, b: x + np.multiply.outer(a, b),
    "linalg.cross": cross,
    "trace": lambda a: np.diagonal(a).sum(),
    "linalg.matrix_norm": per_matrix(lambda a: root(total((a * a).reshape(-1)))),
    "linalg.matrix_exp": per_matrix(lambda a, scale, **_: array(matrix(a / arb(scale)).exp())),
    "linalg.inv": per_matrix(inverse),
    "linalg.pinv": per_matrix(inverse),  # of an invertible matrix
    "linalg.det": per_matrix(lambda a, **sizes: matrix(well(a, **sizes)).det()),
    "linalg.slogdet": per_matrix(log_size),
    "logdet": per_matrix(lambda a, **sizes: matrix(well(a, **sizes)).det().log()),
    "linalg.cholesky": per_matrix(cholesky),
    "linalg.eigvalsh": per_matrix(lambda a, **_: eigenvalues(a + a.T)),
    "linalg.svdvals": per_matrix(lambda a, **_: singular_values(a)),
    "linalg.solve": solve,
    "linalg.solve_triangular": lambda a, b, n, scale: solved(np.triu(well(a, n, scale)), b),
}
