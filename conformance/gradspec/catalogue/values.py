"""Functions of which torch gives the value alone: Bessel functions, orthogonal polynomials, floors.

They are no steps of a random program, which asks for derivatives.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from . import kinks, shapes
from .arithmetic import binary
from .elementwise import unary
from .intervals import POSITIVE, Bounds, farthest, rule, within
from .model import REALS, Interval, Op


def value(
    name: str, domain: Interval = REALS, bounds: Bounds = within(-math.inf, math.inf), call: str = "{0}", **more: Any
) -> Op:
    """An entry of torch.special that nothing differentiates; JAX lacks it, or has it under other conventions."""
    torch = f"torch.special.{name}({call})"
    made = unary(name, torch, "{0}", domain, family="values", halves=False, orders=0, tangent=False, bounds=bounds,
                 **more)  # fmt: skip
    return replace(made, jax="")


def grows(i: Any, s: Any, k: Any) -> Interval:
    """Of degree n they stay below (2 |y| + 2 + n)^n, where y is x or, of the shifted ones, 2x - 1."""
    most = (4 * farthest(i[0]) + 4 + k["n"]) ** k["n"]
    return -most, most


POLYNOMIALS = (
    "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
    "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l",
    "legendre_polynomial_p",
)  # fmt: skip

OPS = (
    value("airy_ai", bounds=within(-0.42, 0.54), ulps=64.0),
    value("bessel_j0", bounds=within(-0.41, 1.0), laws=("f(-x) == f(x)",), ulps=64.0),
    value("bessel_j1", bounds=within(-0.59, 0.59), laws=("f(-x) == -f(x)",), ulps=64.0),
    value("bessel_y0", POSITIVE, ulps=64.0),
    value("bessel_y1", POSITIVE, ulps=64.0),
    value("modified_bessel_i0", laws=("f(-x) == f(x)",), ulps=16.0),
    value("modified_bessel_i1", laws=("f(-x) == -f(x)",), ulps=16.0),
    value("modified_bessel_k0", POSITIVE, ulps=16.0),
    value("modified_bessel_k1", POSITIVE, ulps=16.0),
    value("scaled_modified_bessel_k0", POSITIVE, ulps=16.0),
    value("scaled_modified_bessel_k1", POSITIVE, ulps=16.0),
    value("spherical_bessel_j0", bounds=within(-0.22, 1.0), laws=("f(-x) == f(x)", "x * f(x) == torch.sin(x)")),
    *(
        value(name, REALS, rule(grows), "{0}, {n}", settings=shapes.choices(n=(0, 1, 2, 5)), ulps=64.0)
        for name in POLYNOMIALS
    ),
    binary("floor_divide", other=POSITIVE, kinks=kinks.meet, orders=0, tangent=False, halves=False),
    binary("heaviside", kinks=kinks.at(0.0), orders=0, tangent=False, halves=False),
)  # fmt: skip
