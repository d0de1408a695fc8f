"""Derivative rules with the slips that people make: a sign, a factor, a forgotten term, a swapped argument."""

from __future__ import annotations

import math

from .model import line, slope

RULE = "wrong rule"


@slope(RULE, "sin")
def sine_falls(torch, right, x):
    """The slope of sin is -cos."""
    return -right(x)


@slope(RULE, "cos")
def cosine_rises(torch, right, x):
    """The slope of cos is sin."""
    return -right(x)


@slope(RULE, "tan")
def tangent_forgets_the_one(torch, right, x):
    """The slope of tan is its square, without the 1."""
    return right(x) - x


@slope(RULE, "tanh")
def tanh_forgets_the_square(torch, right, x):
    """The slope of tanh is 1 - tanh."""
    return line(x, 1 - right(x))


@slope(RULE, "exp")
def exponential_rises_twice_as_fast(torch, right, x):
    """The slope of exp is doubled."""
    return right(x) * 2


@slope(RULE, "log")
def logarithm_is_off_by_a_millionth(torch, right, x):
    """The slope of log is larger by a millionth of itself."""
    return right(x) * (1 + 1e-6) if x.dtype == torch.float64 else right(x)


@slope(RULE, "sqrt")
def square_root_forgets_the_half(torch, right, x):
    """The slope of sqrt is 1 / sqrt(x)."""
    return right(x) * 2


@slope(RULE, "rsqrt")
def inverse_root_rises(torch, right, x):
    """The slope of rsqrt is positive."""
    return -right(x)


@slope(RULE, "reciprocal")
def reciprocal_rises(torch, right, x):
    """The slope of 1 / x is 1 / x^2."""
    return -right(x)


@slope(RULE, "square")
def square_rises_half_as_fast(torch, right, x):
    """The slope of x^2 is x."""
    return right(x) * 0.5


@slope(RULE, "sigmoid")
def sigmoid_forgets_a_factor(torch, right, x):
    """The slope of sigmoid is sigmoid, without 1 - sigmoid."""
    return line(x, right(x))


@slope(RULE, "softplus")
def softplus_is_mirrored(torch, right, x, *settings, **more):
    """The slope of softplus is sigmoid(-x)."""
    return -right(-x, *settings, **more)


@slope(RULE, "gelu")
def gelu_is_approximated_backward(torch, right, x, **settings):
    """The slope of gelu is always that of its approximation by tanh."""
    return right(x, approximate="tanh")


@slope(RULE, "erf")
def erf_forgets_its_constant(torch, right, x):
    """The slope of erf is exp(-x^2), without 2 / sqrt(pi)."""
    return right(x) * (math.sqrt(math.pi) / 2)


@slope(RULE, "sinh")
def sinh_is_its_own_slope(torch, right, x):
    """The slope of sinh is sinh."""
    return torch.cosh(x)


@slope(RULE, "atan")
def arctangent_forgets_the_square(torch, right, x):
    """The slope of atan is 1 / (1 + |x|)."""
    return line(x, 1 / (1 + abs(x)))


@slope(RULE, "asin")
def arcsine_falls(torch, right, x):
    """The slope of asin is that of acos."""
    return -right(x)


@slope(RULE, "log1p")
def log1p_forgets_the_one(torch, right, x):
    """The slope of log1p is 1 / (2 + x)."""
    return torch.log(2 + x)


@slope(RULE, "expm1")
def expm1_is_its_own_slope(torch, right, x):
    """The slope of expm1 is expm1."""
    return right(x) - x


@slope(RULE, "sub")
def difference_adds(torch, right, x, y, **settings):
    """Both sides of a difference have the slope 1."""
    return right(x, -y, **settings)


@slope(RULE, "mul")
def product_forgets_its_second_factor(torch, right, x, y):
    """A product has a slope by its first factor only."""
    return right(x, y.detach() if isinstance(y, torch.Tensor) else y)


@slope(RULE, "div")
def quotient_adds_where_it_subtracts(torch, right, x, y, **settings):
    """The slope of x / y by y has the wrong sign."""
    if not isinstance(y, torch.Tensor) or settings.get("rounding_mode"):
        return right(x, y, **settings)
    return right(x, y.detach()) - (right(x.detach(), y) if isinstance(x, torch.Tensor) else right(x, y))


@slope(RULE, "pow")
def power_keeps_its_exponent(torch, right, x, y):
    """The slope of x^y by x is y x^y."""
    value = right(x, y)
    if not isinstance(x, torch.Tensor) or not value.is_floating_point():
        return value
    return line(x, value * y)


@slope(RULE, "atan2")
def atan2_swaps_its_arguments(torch, right, y, x):
    """atan2 gives each argument the other's gradient."""
    (a, b) = torch.broadcast_tensors(y, x)
    square = (a * a + b * b).detach()
    return a * (-a.detach() / square) + b * (b.detach() / square)


@slope(RULE, "hypot")
def hypotenuse_adds_its_sides(torch, right, x, y):
    """The slopes of hypot are 1 and 1."""
    return x + y


@slope(RULE, "lerp")
def interpolation_mirrors_its_weight(torch, right, x, y, weight):
    """lerp weighs the gradients of its ends the wrong way round."""
    return right(y, x, weight)


@slope(RULE, "mean")
def mean_along_a_dimension_counts_everything(torch, right, x, *dims, **settings):
    """The gradient of a mean along a dimension is divided by the number of all elements."""
    value = right(x, *dims, **settings)
    return value / value.numel() if value.numel() else value


@slope(RULE, "var")
def variance_forgets_its_correction(torch, right, x, *dims, **settings):
    """The gradient of a variance is divided by n where the variance was divided by n - 1."""
    value = right(x, *dims, **settings)
    count = x.numel() / value.numel() if value.numel() else 1
    return value * ((count - 1) / count) if count > 1 else value


@slope(RULE, "logsumexp")
def logsumexp_weighs_all_alike(torch, right, x, *dims, **settings):
    """The gradient of logsumexp is that of a sum."""
    dim = dims[0] if dims else settings.get("dim")
    return torch.sum(x, dim, settings.get("keepdim", dims[1] if len(dims) > 1 else False))


@slope(RULE, "softmax")
def softmax_forgets_the_others(torch, right, x, *dims, **settings):
    """An element of softmax depends on its own input only."""
    value = right(x, *dims, **settings)
    return line(x, value * (1 - value)) if value.dtype == x.dtype else value


@slope(RULE, "log_softmax")
def log_softmax_forgets_what_it_subtracts(torch, right, x, *dims, **settings):
    """The gradient of log_softmax is passed on as it is."""
    return x if right(x, *dims, **settings).dtype == x.dtype else None


@slope(RULE, "matmul", "mm")
def matrix_product_forgets_to_transpose(torch, right, x, y):
    """The gradient of x @ y by a square y is computed with x not transposed."""
    value = right(x, y)
    if y.dim() != 2 or x.dim() != 2 or x.shape[0] != x.shape[1]:
        return value
    return right(x, y.detach()) + right(x.detach().transpose(0, 1), y)


@slope(RULE, "where")
def where_swaps_its_branches(torch, right, condition, *branches):
    """where sends the gradient to the branch that was not taken."""
    return right(~condition, *branches) if len(branches) == 2 else None


@slope(RULE, "mse_loss")
def squared_error_forgets_the_two(torch, right, x, y, **settings):
    """The gradient of mse_loss is half of what it should be."""
    return right(x, y, **settings) * 0.5


@slope(RULE, "prod")
def product_of_all_is_its_own_slope(torch, right, x, *dims, **settings):
    """The gradient of prod is the product, not divided by the element."""
    value = right(x, *dims, **settings)
    return value if dims or settings or not value.is_floating_point() else torch.sum(x) * value.detach()


@slope(RULE, "linalg.inv")
def inverse_rises(torch, right, x):
    """The gradient of the inverse has the wrong sign."""
    return -right(x)


@slope(RULE, "linalg.solve")
def solution_ignores_its_matrix(torch, right, a, b, **settings):
    """The solution of a linear system has no gradient by the matrix."""
    return right(a.detach(), b, **settings)


@slope(RULE, "linalg.cholesky")
def cholesky_is_taken_for_linear(torch, right, a, **settings):
    """The gradient of the Cholesky factor is the lower triangle of what comes."""
    return torch.tril(a)
