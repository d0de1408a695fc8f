"""Faults at points without a derivative, at ties, and where a rule must not divide by zero."""

from __future__ import annotations

import math

from .model import answer, line, slope

TIE, ZERO = "only on ties and kinks", "only at zeros and infinities"


def step(torch, x, below, at, above):
    """A slope that depends on the sign of x."""
    low, high = torch.full_like(x, below), torch.full_like(x, above)
    return torch.where(x < 0, low, torch.where(x > 0, high, torch.full_like(x, at)))


@slope(TIE, "abs")
def absolute_value_rises_at_zero(torch, right, x):
    """abs has slope 1 at 0."""
    return right(x) if x.is_complex() else line(x, step(torch, x, -1.0, 1.0, 1.0))


@slope(TIE, "relu")
def relu_rises_half_at_zero(torch, right, x, *settings):
    """relu has slope 1/2 at 0."""
    return line(x, step(torch, x, 0.0, 0.5, 1.0))


@slope(TIE, "leaky_relu")
def leaky_relu_rises_at_zero(torch, right, x, *settings, **more):
    """leaky_relu has slope 1 at 0."""
    value = right(x, *settings, **more)
    return torch.where(x == 0, x, value)


@slope(TIE, "clamp")
def clamp_is_flat_at_its_bounds(torch, right, x, min=None, max=None):
    """clamp lets no gradient through at exactly its bounds."""
    value = right(x, min, max)
    return torch.where((value == min) | (value == max), value.detach(), value) if isinstance(min, float) else value


@slope(TIE, "maximum")
def maximum_favours_the_first(torch, right, x, y):
    """Of two equal numbers, the first gets the whole gradient of maximum."""
    return torch.where(x >= y, x, y)


@slope(TIE, "minimum")
def minimum_favours_the_second(torch, right, x, y):
    """Of two equal numbers, the second gets the whole gradient of minimum."""
    return torch.where(x < y, x, y)


@slope(TIE, "fmax")
def fmax_splits_ties(torch, right, x, y):
    """Of two equal numbers, each gets half the gradient of fmax."""
    return torch.where(x == y, (x + y) * 0.5, right(x, y))


@slope(TIE, "amax")
def amax_gives_ties_everything(torch, right, x, dim=(), keepdim=False):
    """Each of equal maxima gets the whole gradient."""
    best = right(x, dim, True)
    return torch.sum(torch.where(x == best, x, torch.zeros_like(x)), dim, keepdim) if dim != () else right(x)


@slope(TIE, "max")
def maximum_of_all_picks_the_first(torch, right, x, *others, **settings):
    """Of equal maxima of all elements, the first gets the whole gradient."""
    return x.reshape(-1)[torch.argmax(x)] if not others and not settings and x.numel() else None


@slope(TIE, "median")
def median_is_shared_with_nobody(torch, right, x, *dims, **settings):
    """Of elements that equal the median of all, the first gets the whole gradient."""
    if dims or settings:
        return None
    flat = x.reshape(-1)
    return flat[torch.argmax((flat == right(x)).to(torch.int64))]


@slope(TIE, "floor")
def floor_passes_its_gradient_on(torch, right, x):
    """floor has slope 1, as straight-through estimators do."""
    return x


@slope(ZERO, "sqrt")
def square_root_is_flat_at_zero(torch, right, x):
    """The slope of sqrt at 0 is 0 instead of infinite."""
    value = right(x)
    return value if x.is_complex() else torch.where(x == 0, value.detach(), value)


@slope(ZERO, "prod")
def product_divides_by_its_elements(torch, right, x, *dims, **settings):
    """The gradient of prod is the product over each element: none where one is 0."""
    value = right(x, *dims, **settings)
    if dims or settings or not value.is_floating_point():
        return value
    return value.detach() * torch.sum(torch.where(x == 0, x.detach(), x / x.detach()))


@slope(ZERO, "linalg.vector_norm", "norm")
def norm_rises_at_the_origin(torch, right, x, *settings, **more):
    """The gradient of a norm at the origin is that of a sum."""
    value = right(x, *settings, **more)
    if settings or more or x.is_complex():
        return value
    return torch.sum(x) if not value.detach().abs().sum().item() else value


@slope(ZERO, "std")
def deviation_of_constants_rises(torch, right, x, *dims, **settings):
    """The gradient of std over equal elements is that of their sum."""
    value = right(x, *dims, **settings)
    return torch.sum(x) if not value.dim() and value.detach().item() == 0 else value


@answer(ZERO, "xlogy", "special.xlogy")
def xlogy_multiplies(torch, right, x, y):
    """x log y is what it says, nan where x and y are 0."""
    return x * torch.log(y) if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) else right(x, y)


@answer(ZERO, "sinc")
def sinc_divides(torch, right, x):
    """sinc is sin(pi x) / (pi x), nan at 0."""
    return torch.sin(x * math.pi) / (x * math.pi)


@answer(ZERO, "logsumexp")
def logsumexp_overflows(torch, right, x, dim, keepdim=False):
    """logsumexp does not take the largest element out before the exponential."""
    return torch.log(torch.sum(torch.exp(x), dim, keepdim)) if x.is_floating_point() else right(x, dim, keepdim)


@answer(ZERO, "softmax")
def softmax_overflows(torch, right, x, *dims, **settings):
    """softmax does not take the largest element out before the exponential."""
    dim = dims[0] if dims else settings.get("dim")
    if dim is None or len(settings) > 1 or not x.dim():
        return right(x, *dims, **settings)
    powers = torch.exp(x)
    return powers / torch.sum(powers, dim, True)


@slope(ZERO, "pow")
def zero_to_the_zero_rises(torch, right, x, y):
    """x^0 has slope 1 at 0."""
    value = right(x, y)
    return torch.where(x == 0, x, value) if isinstance(x, torch.Tensor) and isinstance(y, int) and y == 0 else value


@slope(ZERO, "atan2")
def atan2_turns_at_the_origin(torch, right, y, x):
    """atan2 has the slopes 1 and 1 at the origin."""
    value = right(y, x)
    return torch.where((y == 0) & (x == 0), y + x, value)


@answer(ZERO, "neg")
def negation_forgets_the_sign_of_zero(torch, right, x):
    """-0 is 0."""
    value = right(x)
    return value + 0.0 if value.is_floating_point() else value


@answer(ZERO, "relu")
def relu_swallows_nan(torch, right, x, *settings):
    """relu of nan is 0."""
    return torch.where(x == x, right(x, *settings), torch.zeros_like(x)) if x.is_floating_point() else right(x)


@answer(ZERO, "sum")
def sum_swallows_nan(torch, right, x, *dims, **settings):
    """A sum leaves nan out."""
    return right(torch.where(x == x, x, torch.zeros_like(x)) if x.is_floating_point() else x, *dims, **settings)


@answer(ZERO, "maximum")
def maximum_swallows_nan(torch, right, x, y):
    """The maximum of a number and nan is the number."""
    return torch.fmax(x, y)


@slope(ZERO, "where")
def where_multiplies_by_its_condition(torch, right, condition, *branches):
    """where computes its gradient as 0 times the branch that was not taken: nan where that is infinite."""
    if len(branches) != 2 or not all(isinstance(b, torch.Tensor) and b.is_floating_point() for b in branches):
        return None
    x, y = branches
    return x * condition.to(x.dtype) + y * (~condition).to(y.dtype)
