"""What undoes a matrix or is computed from its inverse: solutions, inverses, determinants, powers, least squares.

A matrix that must be inverted is drawn as W = I + A / (4n) with the elements of A between -3 and 3:
its diagonal exceeds the rest of its row by at least 1/4, so that the norm of its inverse is at most 4
and no rounding error is magnified into a departure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from . import shapes
from .intervals import Bounds, farthest, rule
from .model import REALS, Interval, Op, Shape, Slot

MODEST: Interval = (-3.0, 3.0)
"""Where the elements of A lie."""


def square(name: str, torch: str, jax: str, *, drops: int = 0, domain: Interval = MODEST, **more: Any) -> Op:
    """An entry of one square matrix, called {W} in its words where it must be well conditioned.

    `drops` of the last dimensions are not in the result: 2 for a determinant, 1 for eigenvalues.
    """
    usual: dict[str, Any] = {
        "shape": lambda s, k: s[0][: len(s[0]) - drops] if is_square(s[0]) else None,
        "settings": sizes,
        "ulps": 64.0,  # a factorisation: some n**2 roundings
        "complex": True,
    }
    return Op(
        name,
        torch.replace("{W}", well("torch")),
        (Slot("A", domain),),
        jax=jax.replace("{W}", well("jnp")),
        family="linalg",
        **usual | more,
    )


def solver(name: str, torch: str, jax: str, fits: Any, growth: float = 4.0) -> Op:
    """An entry of a well conditioned matrix {W} and a right-hand side, which grows at most so much."""
    return Op(
        name,
        torch.replace("{W}", well("torch")),
        (Slot("A", MODEST), Slot("B")),
        lambda s, k: s[1] if is_square(s[0]) and fits(*s) else None,
        sizes,
        rule(lambda i, s, k: (-growth * s[0][-1] * farthest(i[1]), growth * s[0][-1] * farthest(i[1]))),
        jax=jax.replace("{W}", well("jnp")),
        family="linalg",
        ulps=64.0,  # a factorisation: some n**2 roundings
        complex=True,
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


def rectangle(name: str, torch: str, jax: str, shape: Any, **more: Any) -> Op:
    """An entry of one matrix W that need not be square."""
    usual: dict[str, Any] = {
        "settings": sides,
        "bounds": rule(lambda i, s, k: (-4.0, 4.0)),
        "ulps": 64.0,
        "complex": True,
    }
    return Op(
        name,
        torch.replace("{W}", wide("torch")),
        (Slot("A", MODEST),),
        lambda s, k: shape(s[0], k) if len(s[0]) >= 2 and 0 not in s[0] else None,
        jax=jax.replace("{W}", wide("jnp")),
        family="linalg",
        **usual | more,
    )


def wide(namespace: str) -> str:
    """W = I + A / scale for matrices that need not be square."""
    return f"({namespace}.eye({{m}}, {{n}}, dtype={{0}}.dtype) + {{0}} / {{scale}})"


def sides(s: Sequence[Shape]) -> list[dict[str, int]]:
    """The sides of the matrix and what A is divided by."""
    return [{"m": s[0][-2], "n": s[0][-1], "scale": 4 * max(s[0][-2:])}] if len(s[0]) >= 2 and 0 not in s[0] else []


def each(make: Any, **values: Sequence[Any]) -> shapes.Settings:
    """What `make` gives, with one further setting at each of its values."""
    ((name, options),) = values.items()
    return lambda s: [{**d, name: option} for option in options for d in make(s)]


def between_powers(low: float, high: float) -> Bounds:
    """For the determinant of W: each eigenvalue lies between 1/4 and 7/4."""
    return rule(lambda i, s, k: (low ** k["n"], high ** k["n"]))


OPS = (
    square(
        "linalg.matrix_power",
        "torch.linalg.matrix_power({0}, {power})",
        "jnp.linalg.matrix_power({0}, {power})",
        domain=REALS,
        settings=each(sizes, power=(3, 2, 1, 0)),
        bounds=rule(
            lambda i, s, k: (-(k["n"] ** 2) * max(1, farthest(i[0])) ** 3, k["n"] ** 2 * max(1, farthest(i[0])) ** 3)
        ),
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
    square(
        "linalg.matrix_power.negative",
        "torch.linalg.matrix_power({W}, -2)",
        "jnp.linalg.matrix_power({W}, -2)",
        bounds=rule(lambda i, s, k: (-16.0, 16.0)),
    ),
    rectangle(
        "linalg.pinv.rtol",
        "torch.linalg.pinv({W}, rtol={rtol})",
        "jnp.linalg.pinv({W}, rtol={rtol})",
        lambda a, k: (*a[:-2], a[-1], a[-2]),
        settings=each(sides, rtol=(0.01, 0.0)),
        notes="where singular values that are not zero are cut off, engines give the derivative for those that are",
    ),
    square(
        "linalg.tensorinv",
        "torch.linalg.tensorinv({W}.reshape(4, 2, 2), ind=1)",
        "jnp.linalg.tensorinv({W}.reshape(4, 2, 2), ind=1)",
        shape=lambda s, k: (2, 2, 4) if s[0] == (4, 4) else None,
        starts=(((4, 4),),),
        bounds=rule(lambda i, s, k: (-4.0, 4.0)),
    ),
    Op(
        "linalg.tensorsolve",
        f"torch.linalg.tensorsolve({well('torch')}.reshape(2, 2, 4), {{1}})",
        (Slot("A", MODEST), Slot("B")),
        lambda s, k: (4,) if tuple(s) == ((4, 4), (2, 2)) else None,
        sizes,
        rule(lambda i, s, k: (-4 * farthest(i[1]), 4 * farthest(i[1]))),
        starts=(((4, 4), (2, 2)),),
        jax=f"jnp.linalg.tensorsolve({well('jnp')}.reshape(2, 2, 4), {{1}})",
        family="linalg",
        ulps=64.0,
    ),
    solver(
        "linalg.lu_solve",
        "torch.linalg.lu_solve(*torch.linalg.lu_factor({W}.flip(-2)), {1})",
        "jax.scipy.linalg.lu_solve(jax.scipy.linalg.lu_factor(jnp.flip({W}, -2)), {1})",
        lambda a, b: len(a) == len(b) == 2 and b[0] == a[0],
    ),
    Op(
        "linalg.lstsq",
        f"torch.linalg.lstsq({wide('torch')}, {{1}}, driver={{driver}}).solution",
        (Slot("A", MODEST), Slot("B")),
        lambda s, k: (s[0][1], s[1][1]) if len(s[0]) == len(s[1]) == 2 and s[0][0] == s[1][0] else None,
        each(sides, driver=("gelsy", "gels", "gelsd")),
        rule(lambda i, s, k: (-4 * s[0][0] * farthest(i[1]), 4 * s[0][0] * farthest(i[1]))),
        jax=f"jnp.linalg.lstsq({wide('jnp')}, {{1}})[0]",
        family="linalg",
        ulps=64.0,
    ),
    solver(
        "cholesky_solve",
        "torch.cholesky_solve({1}, torch.tril({W}))",
        "jax.scipy.linalg.cho_solve((jnp.tril({W}), True), {1})",
        lambda a, b: len(a) == len(b) == 2 and b[0] == a[0],
        growth=16.0,
    ),
    square(
        "cholesky_inverse",
        "torch.cholesky_inverse(torch.tril({W}))",
        "jax.scipy.linalg.cho_solve((jnp.tril({W}), True), jnp.eye({n}, dtype={0}.dtype))",
        bounds=rule(lambda i, s, k: (-16.0 * k["n"], 16.0 * k["n"])),
        shape=lambda s, k: s[0] if is_square(s[0]) and len(s[0]) == 2 else None,
    ),
)
