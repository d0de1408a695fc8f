"""Faults of one mode alone: the second derivative, the tangent, or the gradient is wrong, and the others are right."""

from __future__ import annotations

from .model import line, moving, slope

SECOND, FORWARD, REVERSE = "only in second order", "only in forward mode", "only in reverse mode"


@slope(SECOND, "exp")
def exponential_has_a_constant_slope(torch, right, x):
    """The slope of exp is taken for a constant when it is differentiated again."""
    return line(x, right(x))


@slope(SECOND, "sin")
def sine_has_a_constant_slope(torch, right, x):
    """The slope of sin is taken for a constant when it is differentiated again."""
    return line(x, torch.cos(x))


@slope(SECOND, "tanh")
def tanh_has_a_constant_slope(torch, right, x):
    """The slope of tanh is taken for a constant when it is differentiated again."""
    out = right(x)
    return line(x, 1 - out * out)


@slope(SECOND, "sigmoid")
def sigmoid_has_a_constant_factor(torch, right, x):
    """Of the slope of sigmoid, s (1 - s), only one factor is differentiated again."""
    out = right(x)
    return x * out.detach() - out * out * 0.5 + (out * out * 0.5 - out * out.detach()) * 0


@slope(SECOND, "log")
def logarithm_has_a_constant_slope(torch, right, x):
    """The slope of log is taken for a constant when it is differentiated again."""
    return line(x, 1 / x)


@slope(SECOND, "sqrt")
def square_root_has_a_constant_slope(torch, right, x):
    """The slope of sqrt is taken for a constant when it is differentiated again."""
    return line(x, 0.5 / right(x))


@slope(SECOND, "square")
def square_has_a_constant_slope(torch, right, x):
    """The slope of x^2 is taken for a constant when it is differentiated again."""
    return line(x, 2 * x)


@slope(SECOND, "mul")
def product_has_constant_slopes(torch, right, x, y):
    """Each factor of a product is a constant in the other's gradient."""
    if not isinstance(x, torch.Tensor) or not isinstance(y, torch.Tensor):
        return None
    return right(x, y.detach()) + right(x.detach(), y)


@slope(SECOND, "div")
def quotient_has_constant_slopes(torch, right, x, y, **settings):
    """The slopes of x / y are taken for constants when they are differentiated again."""
    if not isinstance(x, torch.Tensor) or not isinstance(y, torch.Tensor) or settings:
        return None
    a, b = x.detach(), y.detach()
    return right(x, b) - y * right(a, b * b)


@slope(SECOND, "matmul", "mm")
def matrix_product_has_constant_slopes(torch, right, x, y):
    """Each factor of a matrix product is a constant in the other's gradient."""
    return right(x, y.detach()) + right(x.detach(), y)


@slope(SECOND, "pow")
def power_has_a_constant_slope(torch, right, x, y):
    """The slope of x^n is taken for a constant when it is differentiated again."""
    if not isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor) or not x.is_floating_point():
        return None
    return line(x, right(x.detach(), y - 1) * y)


@slope(SECOND, "softmax")
def softmax_has_constant_slopes(torch, right, x, *dims, **settings):
    """The Jacobian of softmax is taken for a constant when it is differentiated again."""
    value = right(x, *dims, **settings)
    dim = dims[0] if dims else settings.get("dim", -1)
    if value.dtype != x.dtype or not x.dim():
        return None
    out = value.detach()
    return out * x - out * torch.sum(out * x, dim, True)


@slope(SECOND, "logsumexp")
def logsumexp_has_constant_weights(torch, right, x, dim, keepdim=False):
    """The weights of logsumexp are taken for constants when they are differentiated again."""
    weights = torch.exp(x - right(x, dim, True)).detach()
    return torch.sum(x * weights, dim, keepdim)


@slope(SECOND, "cos")
def cosine_has_a_constant_slope(torch, right, x):
    """The slope of cos is taken for a constant when it is differentiated again."""
    return line(x, -torch.sin(x))


@slope(FORWARD, "sin")
def sine_falls_forward(torch, right, x):
    """The tangent of sin has the wrong sign."""
    return -right(x) if moving(torch, x) else None


@slope(FORWARD, "mul")
def product_forgets_its_second_tangent(torch, right, x, y):
    """The tangent of x y is y dx, without x dy."""
    return right(x, y.detach()) if isinstance(y, torch.Tensor) and moving(torch, x, y) else None


@slope(FORWARD, "tanh")
def tanh_moves_as_its_argument(torch, right, x):
    """The tangent of tanh is that of its argument."""
    return x if moving(torch, x) else None


@slope(FORWARD, "sum")
def sum_moves_twice(torch, right, x, *dims, **settings):
    """The tangent of a sum is doubled."""
    value = right(x, *dims, **settings)
    return value * 2 if moving(torch, x) else value


@slope(FORWARD, "cumsum")
def running_sum_moves_backwards(torch, right, x, *dims, **settings):
    """The tangent of cumsum is summed from the end."""
    dim = dims[0] if dims else settings["dim"]
    return torch.flip(right(torch.flip(x, (dim,)), dim), (dim,)) if moving(torch, x) and x.dim() else None


@slope(FORWARD, "logsumexp")
def logsumexp_moves_as_a_sum(torch, right, x, dim, keepdim=False):
    """The tangent of logsumexp is the sum of the tangents."""
    return torch.sum(x, dim, keepdim) if moving(torch, x) else None


@slope(FORWARD, "matmul", "mm")
def matrix_product_forgets_its_second_tangent(torch, right, x, y):
    """The tangent of x @ y is dx @ y, without x @ dy."""
    return right(x, y.detach()) if moving(torch, x, y) else None


@slope(FORWARD, "exp")
def exponential_does_not_move(torch, right, x):
    """exp has no tangent at all, as if its argument were a constant."""
    return right(x.detach()) if moving(torch, x) else None


@slope(REVERSE, "cos")
def cosine_rises_in_reverse(torch, right, x):
    """The gradient of cos has the wrong sign; its tangent is right."""
    return right(x) if moving(torch, x) else -right(x)


@slope(REVERSE, "div")
def quotient_forgets_its_divisor_in_reverse(torch, right, x, y, **settings):
    """x / y has no gradient by y; its tangent is right."""
    if not isinstance(y, torch.Tensor) or settings or moving(torch, x, y):
        return right(x, y, **settings)
    return right(x, y.detach())
