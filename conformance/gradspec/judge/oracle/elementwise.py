"""What each op on single elements means, by the formula of its documentation: one line an op.

Functions of one number, of several that broadcast, and the activations. A function made of pieces
that meet is written with max and min, so that it holds the truth on balls that contain the seam.
"""

from __future__ import annotations

from flint import arb

from .balls import ZERO, Rule, each, if_above


def trunc(x: arb) -> arb:
    """Towards zero."""
    return if_above(x, 0, x.floor(), x.ceil())


def round_even(x: arb) -> arb:
    """To the nearest integer; halves to the even one."""
    up = (x + 0.5).floor()
    half_up = up - x == 0.5
    return up - 1 if half_up and not (up / 2).is_integer() else up


def copysign(x: arb, y: arb) -> arb:
    """The size of x with the sign of y."""
    return -abs(x) if y < 0 else abs(x) if y >= 0 else abs(x).union(-abs(x))


def root(x: arb) -> arb:
    """The square root of what cannot be negative, though its ball may reach below zero."""
    return x.nonnegative_part().sqrt()


def log_sum(x: arb, y: arb) -> arb:
    """log(exp x + exp y)."""
    return (x.exp() + y.exp()).log()


def log_sum2(x: arb, y: arb) -> arb:
    """log2(2**x + 2**y)."""
    return log2(arb(2) ** x + arb(2) ** y)


def log2(x: arb) -> arb:
    """The logarithm of base 2."""
    return x.log() / arb.const_log2()


def xlogy(x: arb, y: arb) -> arb:
    """X log y, and 0 where x is 0."""
    return ZERO if x.is_zero() else x * y.log()


def clamp(x: arb, min: float | None = None, max: float | None = None) -> arb:
    """Moved to the nearest bound; None is no bound."""
    x = x if min is None else x.max(arb(min))
    return x if max is None else x.min(arb(max))


def power(x: arb, exponent: float) -> arb:
    """X to the power of a plain number; whole ones need no logarithm."""
    return x ** int(exponent) if float(exponent).is_integer() else x ** arb(exponent)


def sigmoid(x: arb) -> arb:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + (-x).exp())


def softplus(x: arb) -> arb:
    """log(1 + exp x)."""
    return x.exp().log1p()


def gelu(x: arb, approximate: str = "none") -> arb:
    """X times the normal distribution's function, or tanh's likeness of it (Hendrycks and Gimpel, 2016)."""
    if approximate == "tanh":
        return x * (1 + ((2 / arb.pi()).sqrt() * (x + arb("0.044715") * x**3)).tanh()) / 2
    return x * (1 + (x / arb(2).sqrt()).erf()) / 2


def elu(x: arb) -> arb:
    """X on the right, exp(x) - 1 on the left."""
    return x.max(ZERO) + x.min(ZERO).expm1()


def selu(x: arb) -> arb:
    """Elu with the two constants of Klambauer et al. (2017), as torch writes them out."""
    scale, alpha = arb("1.0507009873554804934193349852946"), arb("1.6732632423543772848170429916717")
    return scale * (x.max(ZERO) + alpha * x.min(ZERO).expm1())


def hard_sigmoid(x: arb) -> arb:
    """A straight line from (-3, 0) to (3, 1)."""
    return clamp(x + 3, 0, 6) / 6


UNARY = {
    "neg": lambda x: -x,
    "positive": lambda x: x,
    "square": lambda x: x * x,
    "abs": abs,
    "exp": arb.exp,
    "log": arb.log,
    "sqrt": arb.sqrt,
    "sin": arb.sin,
    "cos": arb.cos,
    "tanh": arb.tanh,
    "reciprocal": lambda x: 1 / x,
    "rsqrt": arb.rsqrt,
    "exp2": lambda x: arb(2) ** x,
    "expm1": arb.expm1,
    "log2": log2,
    "log10": lambda x: x.log() / arb.const_log10(),
    "log1p": arb.log1p,
    "tan": arb.tan,
    "asin": arb.asin,
    "acos": arb.acos,
    "atan": arb.atan,
    "sinh": arb.sinh,
    "cosh": arb.cosh,
    "asinh": arb.asinh,
    "acosh": arb.acosh,
    "atanh": arb.atanh,
    "sigmoid": sigmoid,
    "logit": lambda x: (x / (1 - x)).log(),
    "erf": arb.erf,
    "erfc": arb.erfc,
    "erfinv": arb.erfinv,
    "lgamma": lambda x: x.lgamma() if x > 0 else x.gamma().__abs__().log(),
    "digamma": arb.digamma,
    "i0": lambda x: x.bessel_i(0),
    "sinc": arb.sinc_pi,
    "deg2rad": lambda x: x * arb.pi() / 180,
    "rad2deg": lambda x: x * 180 / arb.pi(),
    "nan_to_num": lambda x: x,
    "floor": arb.floor,
    "ceil": arb.ceil,
    "trunc": trunc,
    "round": round_even,
    "frac": lambda x: x - trunc(x),
    "sign": arb.sgn,
}

BINARY = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "sub": lambda x, y: x - y,
    "div": lambda x, y: x / y,
    "maximum": arb.max,
    "minimum": arb.min,
    "fmax": arb.max,
    "fmin": arb.min,
    "where": arb.max,  # where(x > y, x, y)
    "pow.integer": power,
    "pow.scalar": power,
    "pow.base": lambda x, base: arb(base) ** x,
    "pow": lambda x, y: x**y,
    "atan2": arb.atan2,
    "hypot": lambda x, y: root(x * x + y * y),
    "copysign": copysign,
    "logaddexp": log_sum,
    "logaddexp2": log_sum2,
    "xlogy": xlogy,
    "remainder": lambda x, y: x - y * (x / y).floor(),
    "fmod": lambda x, y: x - y * trunc(x / y),
    "lerp": lambda x, end, weight: x + weight * (end - x),
    "addcmul": lambda x, a, b, value: x + arb(value) * a * b,
    "addcdiv": lambda x, a, b, value: x + arb(value) * a / b,
    "clamp": clamp,
}

ACTIVATIONS = {
    "relu": lambda x: x.max(ZERO),
    "relu6": lambda x: clamp(x, 0, 6),
    "leaky_relu": lambda x, negative_slope: x.max(ZERO) + arb(negative_slope) * x.min(ZERO),
    "elu": elu,
    "selu": selu,
    "celu": elu,
    "gelu": gelu,
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * softplus(x).tanh(),
    "softplus": lambda x: if_above(x, 20, x, softplus(x)),  # torch's threshold
    "logsigmoid": lambda x: -softplus(-x),
    "softsign": lambda x: x / (1 + abs(x)),
    "hardtanh": lambda x: clamp(x, -1, 1),
    "hardsigmoid": hard_sigmoid,
    "hardswish": lambda x: x * hard_sigmoid(x),
    "tanhshrink": lambda x: x - x.tanh(),
    "softshrink": lambda x: (x - 0.5).max(ZERO) + (x + 0.5).min(ZERO),
    "hardshrink": lambda x: if_above(abs(x), 0.5, x, ZERO),
    "threshold": lambda x, threshold, value: if_above(x, threshold, x, arb(value)),
    "masked_fill": lambda x, threshold, value: if_above(x, threshold, arb(value), x),
}

RULES: dict[str, Rule] = {name: each(function) for name, function in (UNARY | BINARY | ACTIVATIONS).items()}
