"""What special functions mean, and complex numbers given by their parts: one line an op, mostly Arb's own function."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import acb, arb

from .balls import ZERO, Balls, Rule, balls, each, if_above, total
from .elementwise import root


def normal(x: arb) -> arb:
    """The probability that a normal variable is below x."""
    return (-x / arb(2).sqrt()).erfc() / 2


def log_normal(x: arb) -> arb:
    """Its logarithm, by the other side where it is nearly 1."""
    return (-normal(-x)).log1p() if x > 0 else normal(x).log()


def normal_inverse(p: arb) -> arb:
    """Where a normal variable stays below with probability p."""
    return arb(2).sqrt() * (2 * p - 1).erfinv()


def polygamma(x: arb, n: int) -> arb:
    """The n-th derivative of digamma is a Hurwitz zeta function (DLMF 25.11.12)."""
    return (-1) ** (n + 1) * math.factorial(n) * arb(n + 1).zeta(x)


def multivariate(x: arb, p: int) -> arb:
    """Log of pi^(p (p-1) / 4) times the product of gamma(x - j/2)."""
    return total([(x - arb(j) / 2).lgamma() for j in range(p)]) + arb(p * (p - 1)) / 4 * arb.pi().log()


def share_above(x: arb, a: float) -> arb:
    """The share of the gamma function's integral that lies above x."""
    return x.gamma_upper(arb(a), regularized=1)


def xlog1py(x: arb, y: arb) -> arb:
    """X log(1 + y), and 0 where x is 0."""
    return ZERO if x.is_zero() else x * (1 + y).log()


def complex_op(function: Callable[[acb], Any], real: bool = False) -> Rule:
    """A function of a complex number as an op on its parts, to its parts (or to a real number)."""

    def rule(x: Balls, y: Balls) -> Balls:
        made = np.frompyfunc(lambda a, b: function(acb(a, b)), 2, 1)(x, y)
        if real:
            return balls(made)
        return np.stack([balls(np.frompyfunc(part, 1, 1)(made)) for part in (lambda z: z.real, lambda z: z.imag)], -1)

    return rule


def squared(x: Balls) -> Balls:
    """The square of the complex numbers whose parts stand in the last dimension."""
    a, b = x[..., 0], x[..., 1]
    return np.stack([balls(a * a - b * b), balls(2 * a * b)], -1)


def polar(r: Balls, angle: Balls) -> Balls:
    """The parts of r e^(i angle)."""
    return np.stack([each(lambda r, a: r * a.cos())(r, angle), each(lambda r, a: r * a.sin())(r, angle)], -1)


def prelu(x: Balls, weight: Balls) -> Balls:
    """X on the right, weight x on the left; a weight for each channel."""
    wide = weight.reshape(-1, *(1,) * max(x.ndim - 2, 0)) if x.ndim > 1 else weight
    return each(lambda x, w: x.max(ZERO) + w * x.min(ZERO))(x, wide)


def kinds(x: arb, n: int, sign: int) -> arb:
    """Chebyshev's polynomials of the third kind (sign -1) and the fourth (+1), from two of the second."""
    return x.chebyshev_u(n) + (sign * x.chebyshev_u(n - 1) if n else 0)


def probabilists(x: arb, n: int) -> arb:
    """Hermite's polynomial in the scale of the normal distribution."""
    return (x / arb(2).sqrt()).hermite_h(n) / arb(2) ** (arb(n) / 2)


SPECIAL = {
    "erfcx": lambda x: (x * x).exp() * x.erfc(),
    "i0e": lambda x: (-abs(x)).exp() * x.bessel_i(0),
    "i1": lambda x: x.bessel_i(1),
    "i1e": lambda x: (-abs(x)).exp() * x.bessel_i(1),
    "ndtr": normal,
    "log_ndtr": log_normal,
    "ndtri": normal_inverse,
    "entr": lambda x: -x * x.log(),
    "polygamma": polygamma,
    "mvlgamma": multivariate,
    "gammainc": lambda x, a: 1 - share_above(x, a),
    "gammaincc": share_above,
    "zeta": lambda x, s: arb(s).zeta(x),
    "xlog1py": xlog1py,
    "ldexp": lambda x, y: x * arb(2) ** y,
    "float_power": lambda x, exponent: x ** int(exponent),
    "clamp_min": lambda x: x.max(arb(0.25)),
    "sgn": arb.sgn,
    "angle": lambda x: if_above(x, 0, ZERO, arb.pi()),
    "conj": lambda x: x,
    "real": lambda x: x,
    "rrelu": lambda x: x.max(ZERO) + arb(0.375) * x.min(ZERO),
}

VALUES = {
    "airy_ai": arb.airy_ai,
    "bessel_j0": lambda x: x.bessel_j(0),
    "bessel_j1": lambda x: x.bessel_j(1),
    "bessel_y0": lambda x: x.bessel_y(0),
    "bessel_y1": lambda x: x.bessel_y(1),
    "modified_bessel_i0": lambda x: x.bessel_i(0),
    "modified_bessel_i1": lambda x: x.bessel_i(1),
    "modified_bessel_k0": lambda x: x.bessel_k(0),
    "modified_bessel_k1": lambda x: x.bessel_k(1),
    "scaled_modified_bessel_k0": lambda x: x.exp() * x.bessel_k(0),
    "scaled_modified_bessel_k1": lambda x: x.exp() * x.bessel_k(1),
    "spherical_bessel_j0": arb.sinc,
    "chebyshev_polynomial_t": lambda x, n: x.chebyshev_t(n),
    "chebyshev_polynomial_u": lambda x, n: x.chebyshev_u(n),
    "chebyshev_polynomial_v": lambda x, n: kinds(x, n, -1),
    "chebyshev_polynomial_w": lambda x, n: kinds(x, n, 1),
    "shifted_chebyshev_polynomial_t": lambda x, n: (2 * x - 1).chebyshev_t(n),
    "shifted_chebyshev_polynomial_u": lambda x, n: (2 * x - 1).chebyshev_u(n),
    "shifted_chebyshev_polynomial_v": lambda x, n: kinds(2 * x - 1, n, -1),
    "shifted_chebyshev_polynomial_w": lambda x, n: kinds(2 * x - 1, n, 1),
    "hermite_polynomial_h": lambda x, n: x.hermite_h(n),
    "hermite_polynomial_he": probabilists,
    "laguerre_polynomial_l": lambda x, n: x.laguerre_l(n),
    "legendre_polynomial_p": lambda x, n: x.legendre_p(n),
    "floor_divide": lambda x, y: (x / y).floor(),
    "heaviside": lambda x, y: if_above(x, 0, arb(1), y if x.is_zero() else ZERO),
}

PAIRS: dict[str, Rule] = {
    "complex": complex_op(lambda z: z),
    "abs.complex": each(lambda x, y: root(x * x + y * y)),
    "angle.complex": each(lambda x, y: arb.atan2(y, x)),
    "sgn.complex": complex_op(lambda z: z / root(z.real * z.real + z.imag * z.imag)),
    "conj.complex": complex_op(acb.conjugate),
    "real.complex": complex_op(lambda z: z.real, real=True),
    "imag.complex": complex_op(lambda z: z.imag, real=True),
    "exp.complex": complex_op(acb.exp),
    "polar": polar,
    "view_as_complex": squared,
}

RULES: dict[str, Rule] = (
    {name: each(function) for name, function in (SPECIAL | VALUES).items()} | PAIRS | {"prelu": prelu}
)
