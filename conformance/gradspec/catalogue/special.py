"""Special functions beyond those of elementwise.py: Bessel functions, the normal distribution, gamma's relatives.

Where torch differentiates one argument alone, the other is a setting.
"""

from __future__ import annotations

import math
from functools import partial
from statistics import NormalDist
from typing import Any

from . import kinks, shapes
from .arithmetic import binary
from .elementwise import unary
from .intervals import POSITIVE, PROBABILITY, corners, decreasing, farthest, increasing, plus, rule, same, within
from .model import REALS, Interval, Op, Slot

function = partial(unary, family="special", halves=False)


def special(name: str, **more: Any) -> Op:
    """An entry that torch keeps under special and JAX under scipy.special."""
    return function(name, f"torch.special.{name}", f"jax.scipy.special.{name}", **more)


def of_order(name: str, torch: str, jax: str, values: dict[str, tuple[float, ...]], **more: Any) -> Op:
    """An entry of one tensor and a plain number, of which there are several to choose from."""
    return function(name, torch, jax, settings=shapes.choices(**values), **more)


def entropy(i: Any, s: Any, k: Any) -> Interval:
    """-x log x rises to 1/e at 1/e and falls then."""
    ends = [-x * math.log(x) for x in i[0]]
    return min(ends), 1 / math.e if i[0][0] < 1 / math.e < i[0][1] else max(ends)


def polygamma(i: Any, s: Any, k: Any) -> Interval:
    """Of order n, with the sign of (-1)^(n+1): at most (n-1)!/x^n + n!/x^(n+1)."""
    n, x = k["n"], i[0][0]
    most = math.factorial(n - 1) / x**n + math.factorial(n) / x ** (n + 1)
    return (0.0, most) if n % 2 else (-most, 0.0)


def multivariate(i: Any, s: Any, k: Any) -> Interval:
    """The sum of lgamma(x - j/2) for j < p, each above -0.1215, and a constant."""
    p = k["p"]
    most = [max(math.lgamma(x - j / 2) for x in i[0]) for j in range(p)]
    return plus((-0.1215 * p, sum(most)), (p * (p - 1) / 4 * math.log(math.pi),) * 2)


def zeta(i: Any, s: Any, k: Any) -> Interval:
    """The first term and an integral over the others."""
    q, order = i[0][0], k["s"]
    return 0.0, q**-order + q ** (1 - order) / (order - 1)


ODD, EVEN = ("f(-x) == -f(x)",), ("f(-x) == f(x)",)

OPS = (
    special("erfcx", bounds=decreasing(lambda x: math.exp(x * x) * math.erfc(x)), ulps=32.0),  # x erfcx - 1/sqrt(pi)
    special(
        "i0e",
        bounds=within(0.0, 1.0),
        kinks=kinks.at(0.0),
        laws=EVEN,
        ulps=16.0,
        notes="e^-|x| i0(x): the slope is not continuous at 0",
    ),
    special(
        "i1",
        bounds=rule(lambda i, s, k: (-math.sinh(farthest(i[0])), math.sinh(farthest(i[0])))),
        kinks=kinks.at(0.0, room=1e4),
        laws=ODD,
        ulps=64.0,
    ),  # near 0 i1(x)/x is subtracted from i0(x)
    special("i1e", bounds=within(-0.22, 0.22), kinks=kinks.at(0.0, room=1e4), laws=ODD, ulps=64.0),
    special("ndtr", bounds=increasing(NormalDist().cdf), laws=("f(x) + f(-x) == 1",), ulps=16.0),
    special(
        "log_ndtr",
        bounds=increasing(lambda x: math.log(NormalDist().cdf(x))),
        laws=("f(x).exp() == torch.special.ndtr(x)",),
        ulps=64.0,
    ),
    special(
        "ndtri",
        domain=PROBABILITY,
        bounds=increasing(NormalDist().inv_cdf),
        ulps=32.0,
        laws=("torch.special.ndtr(f(x)) == x", "f(1 - x) == -f(x)"),
    ),
    special("entr", domain=POSITIVE, bounds=rule(entropy)),
    of_order(
        "polygamma",
        "torch.special.polygamma({n}, {0})",
        "jax.scipy.special.polygamma({n}, {0})",
        {"n": (1, 2, 3)},
        domain=(0.5, math.inf),
        bounds=rule(polygamma),
        ulps=64.0,
    ),
    of_order(
        "mvlgamma",
        "torch.mvlgamma({0}, {p})",
        "jax.scipy.special.multigammaln({0}, {p})",
        {"p": (2, 3)},
        domain=(1.0, math.inf),
        bounds=rule(multivariate),
        ulps=64.0,
    ),
    *(
        of_order(
            name,
            f"torch.special.{name}(torch.full_like({{0}}, {{a}}), {{0}})",
            f"jax.scipy.special.{name}(jnp.full_like({{0}}, {{a}}), {{0}})",
            {"a": (0.75, 2.5)},
            domain=POSITIVE,
            bounds=within(0.0, 1.0),
            ulps=64.0,
            tangent=False,
            notes="torch has neither a derivative with respect to the first argument nor a forward mode",
        )
        for name in ("gammainc", "gammaincc")
    ),
    of_order(
        "zeta",
        "torch.special.zeta({s}, {0})",
        "jax.scipy.special.zeta({s}, {0})",
        {"s": (2.5, 4.0)},
        domain=(0.5, math.inf),
        bounds=rule(zeta),
        laws=("f(x) == f(x + 1) + x ** -s",),
        ulps=64.0,
        tangent=False,
        notes="torch has neither a derivative with respect to the first argument nor a forward mode",
    ),
    binary(
        "xlog1py",
        "torch.special.xlog1py",
        "jax.scipy.special.xlog1py",
        other=(-1.0, math.inf),
        bounds=corners(lambda x, y: x * math.log1p(y)),
        halves=False,
        laws=("f(2 * x, y) == 2 * f(x, y)",),
    ),
    binary(
        "ldexp",
        jax="{0} * jnp.exp2({1})",
        bounds=corners(lambda x, y: x * 2.0**y),
        halves=False,
        laws=("f(x, y + 1) == 2 * f(x, y)",),
    ),
    binary(
        "nextafter",
        bounds=rule(lambda i, s, k: (i[0][0] - 1e-5, i[0][1] + 1e-5)),
        kinks=kinks.meet,
        jax="jnp.where(jnp.isnan({1}), jnp.nan, {0})",
        halves=False,
        ulps=8.0,
        notes="jax has no derivative: its words are the number itself, an ulp away",
    ),
    of_order(
        "float_power",
        "torch.float_power({0}, {exponent}).to({0}.dtype)",
        "jnp.float_power({0}, {exponent}).astype({0}.dtype)",
        {"exponent": (2, 3)},
        bounds=rule(lambda i, s, k: (-(farthest(i[0]) ** k["exponent"]), farthest(i[0]) ** k["exponent"])),
    ),
    function(
        "clamp_min",
        "torch.clamp_min({0}, 0.25)",
        "jnp.maximum({0}, 0.25)",
        kinks=kinks.at(0.25),
        bounds=increasing(lambda x: max(x, 0.25)),
    ),
    function("sgn", jax="jnp.sign", bounds=within(-1.0, 1.0), kinks=kinks.at(0.0), laws=ODD),
    function("angle", jax="jnp.angle", bounds=within(0.0, math.pi), kinks=kinks.at(0.0)),
    function("conj", jax="jnp.conj", bounds=same),
    function("real", jax="jnp.real", bounds=same),
    Op(
        "prelu",
        "torch.nn.functional.prelu({0}, {1})",
        (Slot("input"), Slot("weight", REALS)),
        lambda s, k: (
            s[0]
            if s[0] and len(s[1]) == 1 and 0 not in s[0] and s[1][0] in (1, s[0][1] if len(s[0]) > 1 else 1)
            else None
        ),
        bounds=rule(
            lambda i, s, k: (-max(1.0, farthest(i[1])) * farthest(i[0]), max(1.0, farthest(i[1])) * farthest(i[0]))
        ),
        jax="jnp.where({0} > 0, {0}, {0} * {1}.reshape((-1,) + (1,) * max({0}.ndim - 2, 0)))",
        family="special",
        kinks=kinks.at(0.0),
        halves=False,
    ),
    function(
        "rrelu",
        "torch.nn.functional.rrelu({0}, 0.25, 0.5)",
        "jnp.where({0} > 0, {0}, 0.375 * {0})",
        bounds=increasing(lambda x: x if x > 0 else 0.375 * x),
        kinks=kinks.at(0.0),
        laws=("f(2 * x) == 2 * f(x)",),
    ),
)
