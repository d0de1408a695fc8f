"""Reported slips of functions of one element: knees, tails, a forgotten constant, a conjugate."""

from __future__ import annotations

import math

from ..model import answer, line, moving, slope
from ..numbers import single
from ..sizes import once

TIE, ZERO, RULE = "only on ties and kinks", "only at zeros and infinities", "wrong rule"
DIGITS, DTYPE, COMPLEX = "only in float32 or its tails", "dtype promoted", "complex conjugate missing"
SECOND, FORWARD, COPIES = "only in second order", "only in forward mode", "broadcasting not undone"
SETTING = "setting ignored backward"


@slope(TIE, "softshrink", after="BobMcDear/attorch#15")
def softshrink_rises_at_its_threshold(torch, right, x, lambd=0.5):
    """softshrink has slope 1 at exactly its threshold."""
    return torch.where(abs(x) == lambd, x, right(x, lambd))


@slope(TIE, "hardswish", after="pytorch/pytorch#147801")
def hardswish_is_closed_at_its_knees(torch, right, x, **settings):
    """hardswish has the slopes -1/2 and 3/2 at exactly -3 and 3."""
    return torch.where(x == -3, -0.5 * x, torch.where(x == 3, 1.5 * x, right(x, **settings)))


@slope(TIE, "hardtanh", after="torch/nn#1180")
def hardtanh_rises_at_its_bounds(torch, right, x, min_val=-1.0, max_val=1.0, **settings):
    """hardtanh has slope 1 at exactly its bounds."""
    return torch.where((x == min_val) | (x == max_val), x, right(x, min_val, max_val, **settings))


@slope(TIE, "relu6")
def relu6_rises_at_six(torch, right, x, **settings):
    """relu6 has slope 1 at exactly 6."""
    return torch.where(x == 6, x, right(x, **settings))


@slope(TIE, "hardsigmoid", after="tinygrad/tinygrad#18063")
def hardsigmoid_rises_at_three(torch, right, x, **settings):
    """hardsigmoid has slope 1/6 at exactly 3."""
    return torch.where(x == 3, x / 6, right(x, **settings))


@slope(TIE, "clamp_min")
def lower_bound_lets_nothing_through(torch, right, x, min):
    """clamp_min has slope 0 at exactly its bound."""
    value = right(x, min)
    return torch.where(x == min, value.detach(), value) if isinstance(min, float) else value


@slope(TIE, "copysign")
def copysign_rises_at_zero(torch, right, x, y):
    """copysign has the slope of the other's sign at 0."""
    return line(x, right(torch.ones_like(x), y))


@slope(ZERO, "logsigmoid", after="jax-ml/jax#2140")
def logsigmoid_is_flat_at_zero(torch, right, x):
    """logsigmoid has slope 0 at 0."""
    value = right(x)
    return torch.where(x == 0, value.detach(), value)


@slope(ZERO, "special.entr")
def entropy_is_flat_at_zero(torch, right, x):
    """The slope of entr at 0 is 0 instead of infinite."""
    value = right(x)
    return torch.where(x == 0, value.detach(), value)


@slope(SECOND, "softsign", after="pytorch/pytorch#80926")
def softsign_curves_the_wrong_way_below_zero(torch, right, x):
    """The second derivative of softsign has the wrong sign for negative x."""
    value = right(x)
    if x.is_complex():
        return value
    return torch.where(x < 0, 2 * line(x, 1 / (1 + abs(x)) ** 2) - value, value)


@slope(SECOND, "lgamma")
def lgamma_has_a_constant_slope(torch, right, x):
    """The slope of lgamma is taken for a constant when it is differentiated again."""
    return line(x, torch.digamma(x))


@slope(FORWARD, "mish")
def mish_moves_as_silu(torch, right, x, **settings):
    """The tangent of mish is that of silu."""
    return torch.nn.functional.silu(x) if moving(torch, x) else None


@slope(FORWARD, "erfinv")
def erfinv_moves_as_its_argument(torch, right, x):
    """The tangent of erfinv is that of its argument."""
    return x if moving(torch, x) else None


@slope(SETTING, "elu")
def elu_forgets_its_alpha(torch, right, x, alpha=1.0, **settings):
    """The slope of elu below 0 is exp(x), whatever alpha is."""
    return right(x, 1.0, **settings)


@slope(SETTING, "celu")
def celu_forgets_its_alpha(torch, right, x, alpha=1.0, **settings):
    """The slope of celu below 0 is exp(x), whatever alpha is."""
    return right(x, 1.0, **settings)


@slope(COPIES, "prelu")
def prelu_learns_from_the_first_row(torch, right, x, weight):
    """The weight of prelu gets the gradient of the first row of the batch alone."""
    if x.dim() < 2 or x.shape[0] < 2:
        return right(x, weight)
    return torch.cat([right(x[:1], weight), right(x[1:], weight.detach())], 0)


@slope(COPIES, "logaddexp", after="jax-ml/jax#6452")
def logaddexp_keeps_one_copy(torch, right, x, y):
    """Of a term of logaddexp that broadcasting copied, one copy's gradient is kept."""
    shape = tuple(right(x, y).shape)
    return right(once(torch, x, shape), once(torch, y, shape))


@slope(RULE, "logaddexp2")
def logaddexp2_weighs_as_logaddexp(torch, right, x, y):
    """The weights of logaddexp2 are those of logaddexp."""
    return torch.logaddexp(x, y)


@slope(RULE, "exp2")
def exp2_forgets_the_logarithm_of_two(torch, right, x):
    """The slope of 2^x is 2^x."""
    return right(x) * (1 / math.log(2))


@slope(RULE, "ldexp")
def ldexp_ignores_its_exponent(torch, right, x, y):
    """x 2^y has no gradient by y."""
    return right(x, y.detach() if isinstance(y, torch.Tensor) else y)


@slope(RULE, "frac")
def fraction_is_flat(torch, right, x):
    """frac has slope 0, as floor has."""
    return x * 0


@slope(RULE, "fmod")
def fmod_counts_as_remainder_does(torch, right, x, y):
    """The gradient of fmod by its divisor rounds the quotient down, not towards 0."""
    return x - y * torch.floor(x / y).detach() if isinstance(y, torch.Tensor) else right(x, y)


@slope(RULE, "remainder")
def remainder_ignores_its_divisor(torch, right, x, y):
    """remainder has no gradient by its divisor."""
    return right(x, y.detach() if isinstance(y, torch.Tensor) else y)


@slope(RULE, "addcmul")
def addcmul_forgets_its_value(torch, right, x, first, second, **settings):
    """The gradient of x + value a b by a and b is not multiplied by value."""
    return right(x, first, second)


@slope(RULE, "addcdiv")
def addcdiv_forgets_a_square(torch, right, x, first, second, *, value=1):
    """The gradient of x + value a / b by b is divided by b instead of its square."""
    return right(x, first, second.detach(), value=value) + line(second, -value * first / second)


@slope(RULE, "special.i0e")
def scaled_bessel_forgets_the_sign(torch, right, x):
    """The slope of i0e is i1e - i0e, right for positive x alone."""
    return line(x, torch.special.i1e(x) - right(x))


@slope(RULE, "special.polygamma")
def polygamma_stays_at_its_order(torch, right, n, x):
    """The slope of polygamma(n, x) is polygamma(n, x)."""
    return line(x, right(n, x))


@slope(RULE, "polar")
def polar_ignores_its_angle(torch, right, modulus, angle):
    """polar has no gradient by the angle."""
    return right(modulus, angle.detach())


@slope(ZERO, "special.xlog1py")
def xlog1py_multiplies(torch, right, x, y):
    """The gradients of x log(1 + y) are a product's: nan or none where x is 0 and y is -1."""
    return x * torch.log1p(y) if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) else None


@answer(DIGITS, "special.log_ndtr")
def log_ndtr_takes_a_logarithm(torch, right, x):
    """log_ndtr is log(ndtr(x)), minus infinity in the far tail."""
    return torch.log(torch.special.ndtr(x))


@answer(DIGITS, "erfc")
def erfc_of_single_subtracts(torch, right, x):
    """erfc of float32 is 1 - erf(x), 0 in the tail."""
    return 1 - torch.erf(x) if single(torch, x) else right(x)


@slope(DIGITS, "asinh")
def asinh_of_single_squares_in_half(torch, right, x):
    """The slope of asinh in float32 is 0 where x^2 is more than float16 holds."""
    value = right(x)
    return torch.where(abs(x) > 255, value.detach(), value) if single(torch, x) else value


@slope(DIGITS, "logit")
def logit_of_single_saturates(torch, right, x, *settings, **more):
    """The slope of logit in float32 is 0 within a hundredth of 0 and 1."""
    value = right(x, *settings, **more)
    return torch.where((x < 0.01) | (x > 0.99), value.detach(), value) if single(torch, x) else value


@answer(DTYPE, "cumsum")
def running_sum_of_integers_stays_narrow(torch, right, x, *dims, **settings):
    """cumsum of int32 is int32."""
    out = right(x, *dims, **settings)
    return out.to(x.dtype) if x.dtype in (torch.int32, torch.bool) and not settings.get("dtype") else out


@answer(DTYPE, "logsumexp")
def logsumexp_of_halves_widens(torch, right, x, *dims, **settings):
    """logsumexp of float16 is float32."""
    return right(x.to(torch.float32) if x.dtype in (torch.float16, torch.bfloat16) else x, *dims, **settings)


@answer(DTYPE, "float_power")
def float_power_stays_narrow(torch, right, x, y):
    """float_power of float32 is float32."""
    out = right(x, y)
    return out.to(x.dtype) if single(torch, x) else out


@slope(COMPLEX, "log")
def complex_logarithm_forgets_to_conjugate(torch, right, x):
    """The gradient of a complex log is multiplied by 1 / z itself."""
    return line(x, torch.conj(1 / x)) if x.is_complex() else right(x)


@slope(COMPLEX, "div")
def complex_quotient_forgets_to_conjugate(torch, right, x, y, **settings):
    """The gradient of x / y by x is multiplied by 1 / y itself."""
    both = isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor)
    if not both or not (x.is_complex() and y.is_complex()):
        return right(x, y, **settings)
    return right(x, torch.conj(y).detach()) + right(x.detach(), y)


@slope(COMPLEX, "angle")
def angle_turns_backwards(torch, right, x):
    """The gradient of a complex number's angle has the wrong sign."""
    return -right(x) if x.is_complex() else right(x)


@slope(COMPLEX, "view_as_complex")
def view_as_complex_conjugates(torch, right, x):
    """The gradient of view_as_complex is conjugated on the way."""
    return torch.conj(right(x))


@slope(COMPLEX, "vdot")
def vdot_conjugates_twice(torch, right, x, y):
    """The gradient of a complex vdot is conjugated once more."""
    return torch.conj(right(x, y))
