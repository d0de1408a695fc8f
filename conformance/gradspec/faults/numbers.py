"""Faults of number formats: a dtype that is promoted, digits that are lost, a conjugate that is missing."""

from __future__ import annotations

from .model import answer, line, slope

DTYPE, DIGITS, COMPLEX = "dtype promoted", "only in float32 or its tails", "complex conjugate missing"


def single(torch, x):
    """Is it a float32 tensor?"""
    return isinstance(x, torch.Tensor) and x.dtype == torch.float32


@answer(DTYPE, "tanh")
def tanh_widens(torch, right, x):
    """tanh of float32 is float64."""
    return right(x.to(torch.float64)) if single(torch, x) else right(x)


@answer(DTYPE, "mean")
def mean_widens(torch, right, x, *dims, **settings):
    """A mean of float32 is float64."""
    return right(x.to(torch.float64) if single(torch, x) else x, *dims, **settings)


@answer(DTYPE, "add")
def sum_of_two_dtypes_is_the_first(torch, right, x, y, **settings):
    """A sum of two tensors has the dtype of the first."""
    out = right(x, y, **settings)
    return out.to(x.dtype) if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) else out


@answer(DTYPE, "mul")
def product_with_a_number_widens(torch, right, x, y):
    """A float32 tensor times a Python float is float64."""
    return right(x.to(torch.float64), y) if single(torch, x) and isinstance(y, float) else right(x, y)


@answer(DTYPE, "sum")
def sum_of_integers_stays_narrow(torch, right, x, *dims, **settings):
    """A sum of int32 is int32."""
    out = right(x, *dims, **settings)
    return out.to(x.dtype) if not settings and x.dtype in (torch.int32, torch.bool) else out


@answer(DTYPE, "div")
def quotient_of_integers_is_double(torch, right, x, y, **settings):
    """A quotient of integers is float64."""
    out = right(x, y, **settings)
    whole = isinstance(x, torch.Tensor) and not x.is_floating_point() and not x.is_complex()
    return out.to(torch.float64) if whole and not settings and single(torch, out) else out


@answer(DTYPE, "autograd.grad")
def gradients_are_double(torch, right, *args, **kwargs):
    """autograd.grad gives float64 gradients of float32 inputs."""
    return tuple(g.to(torch.float64) if single(torch, g) else g for g in right(*args, **kwargs))


@answer(DIGITS, "sin")
def sine_is_computed_in_single(torch, right, x):
    """sin of float64 is computed in float32."""
    return right(x.to(torch.float32)).to(x.dtype) if x.dtype == torch.float64 else right(x)


@answer(DIGITS, "sum")
def sum_is_computed_in_half(torch, right, x, *dims, **settings):
    """A sum of float32 is computed in float16."""
    return (
        right(x.to(torch.float16), *dims, **settings).to(x.dtype) if single(torch, x) else right(x, *dims, **settings)
    )


@answer(DIGITS, "matmul", "mm")
def matrix_product_is_computed_in_bfloat16(torch, right, x, y):
    """A matrix product of float32 rounds its factors to half the digits."""
    if not single(torch, x) or not single(torch, y):
        return right(x, y)
    return right(x.to(torch.float16).to(x.dtype), y.to(torch.float16).to(y.dtype))


@answer(DIGITS, "log1p")
def log1p_forgets_small_numbers(torch, right, x):
    """log1p adds 1 first, and loses the digits of small numbers."""
    return torch.log(1 + x)


@answer(DIGITS, "expm1")
def expm1_forgets_small_numbers(torch, right, x):
    """expm1 subtracts 1 last, and loses the digits of small numbers."""
    return torch.exp(x) - 1


@answer(DIGITS, "sigmoid")
def sigmoid_of_single_overflows(torch, right, x):
    """sigmoid of float32 is exp(x) / (1 + exp(x)), nan for large x."""
    return torch.exp(x) / (1 + torch.exp(x)) if single(torch, x) else right(x)


@answer(DIGITS, "softplus")
def softplus_of_single_overflows(torch, right, x, *settings, **more):
    """softplus of float32 is log(1 + exp(x)), infinite for large x."""
    return (
        torch.log(1 + torch.exp(x)) if single(torch, x) and not settings and not more else right(x, *settings, **more)
    )


@slope(DIGITS, "tanh")
def tanh_of_single_saturates(torch, right, x):
    """The slope of tanh in float32 is 0 where |x| is above 4."""
    value = right(x)
    return torch.where(abs(x) > 4, value.detach(), value) if single(torch, x) else value


@slope(DIGITS, "erf")
def erf_of_single_saturates(torch, right, x):
    """The slope of erf in float32 is 0 where |x| is above 2."""
    value = right(x)
    return torch.where(abs(x) > 2, value.detach(), value) if single(torch, x) else value


@slope(DIGITS, "exp")
def exponential_of_single_is_capped(torch, right, x):
    """The slope of exp in float32 does not grow beyond x = 3."""
    value = right(x)
    return torch.where(x > 3, line(x, torch.full_like(x, 20.0)), value) if single(torch, x) else value


@slope(DIGITS, "logsumexp")
def weights_of_single_are_rounded(torch, right, x, dim, keepdim=False):
    """The weights of logsumexp in float32 have half the digits."""
    if not single(torch, x):
        return right(x, dim, keepdim)
    weights = torch.exp(x - right(x, dim, True)).to(torch.float16).to(x.dtype)
    return torch.sum(line(x, weights), dim, keepdim)


@slope(COMPLEX, "mul")
def product_forgets_to_conjugate(torch, right, x, y):
    """The gradient of a complex product is multiplied by the other factor itself."""
    both = isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor)
    if not both or not (x.is_complex() and y.is_complex()):
        return right(x, y)
    return right(x, torch.conj(y).detach()) + right(torch.conj(x).detach(), y)


@slope(COMPLEX, "exp")
def exponential_forgets_to_conjugate(torch, right, x):
    """The gradient of a complex exp is multiplied by exp itself."""
    return line(x, torch.conj(right(x))) if x.is_complex() else right(x)


@slope(COMPLEX, "abs")
def modulus_forgets_to_conjugate(torch, right, x):
    """The gradient of |z| points to the conjugate of z."""
    return right(torch.conj(x)).detach() + torch.real(x * (x / right(x)).detach()) if x.is_complex() else right(x)


@slope(COMPLEX, "conj")
def conjugate_is_taken_for_the_identity(torch, right, x):
    """The gradient of conj is passed on as it is."""
    return x if x.is_complex() else right(x)


@slope(COMPLEX, "real")
def real_part_turns_by_a_quarter(torch, right, x):
    """The gradient of real goes to the imaginary part."""
    return torch.imag(x) if x.is_complex() else right(x)


@slope(COMPLEX, "imag")
def imaginary_part_changes_sign(torch, right, x):
    """The gradient of imag has the wrong sign."""
    return -right(x)


@slope(COMPLEX, "reciprocal")
def complex_reciprocal_forgets_to_conjugate(torch, right, x):
    """The gradient of 1 / z is multiplied by -1 / z^2 itself."""
    return line(x, torch.conj(-right(x) * right(x))) if x.is_complex() else right(x)
