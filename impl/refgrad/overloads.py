"""The calls of arithmetic that are more than one op: `alpha`, in place, a number in the middle.

`torch.add(a, b, alpha=2)` is a product and a sum; `a.add_(b)` writes into `a` what `a.add(b)` returns. The functions
here take what torch's parser takes, and hand the rest to ops/.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .notices import warn_once
from .ops import arithmetic
from .ops import clamp as bounds
from .tensor import Tensor
from .write import write


def _deprecated_alpha(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which may also be called as (x, alpha, y), as before alpha had a name."""
    name = function.__name__
    warning = (
        f"This overload of {name} is deprecated:\n"
        f"\t{name}(Tensor input, Number alpha, Tensor other, *, Tensor out = None)\n"
        "Consider using one of the following signatures instead:\n"
        f"\t{name}(Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None)"
    )

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > 2:
            x, alpha, y = args if len(args) == 3 else (None, None, None)
            if isinstance(alpha, Tensor) or not isinstance(y, Tensor):
                raise TypeError(f"{name}() takes 2 positional arguments but {len(args)} were given")
            warn_once(warning, 2)
            return function(x, y, alpha=alpha, **kwargs)
        return function(*args, **kwargs)

    return call


@_deprecated_alpha
def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Input + alpha other."""
    return arithmetic.add(input, other, alpha=alpha)


@_deprecated_alpha
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Input - alpha other."""
    return arithmetic.sub(input, other, alpha=alpha)


def clamp(input: Any, min: Any = None, max: Any = None, *more: Any) -> Any:
    """input, no smaller than `min` and no larger than `max`: numbers, or tensors."""
    if more:
        given = ", ".join(type(a).__name__ for a in (input, min, max, *more))
        raise TypeError(
            f"clamp() received an invalid combination of arguments - got ({given}), but expected one of:\n"
            " * (Tensor input, Tensor min = None, Tensor max = None, *, Tensor out = None)\n"
            " * (Tensor input, Number min = None, Number max = None, *, Tensor out = None)\n"
        )
    return bounds.clamped(input, min, max)


# In place: the op's result goes where its first argument was


def add_(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """In-place version of `add`."""
    alpha, other = (args[0], args[1]) if len(args) == 2 else (kwargs.pop("alpha", 1), *(args or [kwargs["other"]]))
    return write(arithmetic._add.op, (self, other if alpha == 1 else other * alpha), ())


def sub_(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """In-place version of `sub`."""
    return write(arithmetic._sub.op, (self, other if alpha == 1 else other * alpha), ())


def div_(self: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """In-place version of `div`."""
    if rounding_mode is None:
        return write(arithmetic._div.op, (self, other), ())
    return write(arithmetic._rounded_div.op, (self, other), (arithmetic._checked_mode(rounding_mode),))


def pow_(self: Tensor, exponent: Any) -> Tensor:
    """In-place version of `pow`."""
    return write(arithmetic._pow.op, (self, exponent), ())


def clamp_(self: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """In-place version of `clamp`."""
    return _clamped_into(self, min, max, "Clamp")


def clamp_min_(self: Tensor, min: Any) -> Tensor:
    """In-place version of `clamp_min`."""
    return _clamped_into(self, min, None, "ClampMin")


def clamp_max_(self: Tensor, max: Any) -> Tensor:
    """In-place version of `clamp_max`."""
    return _clamped_into(self, None, max, "ClampMax")


def _clamped_into(self: Tensor, min: Any, max: Any, name: str) -> Tensor:
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        return write(bounds._clamp.op, (self,), (min, max, f"{name}Backward{int(name == 'Clamp')}"))
    node = (f"{name}Backward{int(name != 'Clamp')}",)
    if max is None:
        return write(bounds._from_below.op, (self, min), node)
    if min is None:
        return write(bounds._from_above.op, (self, max), node)
    return write(bounds._between.op, (self, min, max), ())


METHODS = {
    "add": add, "add_": add_, "sub": sub, "sub_": sub_, "div": arithmetic.div, "div_": div_, "pow": arithmetic.pow,
    "pow_": pow_, "clamp": clamp, "clamp_": clamp_, "clip": clamp, "clip_": clamp_,
    "subtract_": sub_, "divide_": div_, "multiply_": Tensor.mul_,  # type: ignore[attr-defined]  # ops are methods
    "clamp_min": bounds.clamp_min, "clamp_min_": clamp_min_,
    "clamp_max": bounds.clamp_max, "clamp_max_": clamp_max_,
}  # fmt: skip

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)

div, pow = arithmetic.div, arithmetic.pow
clip = clamp

__all__ = ["add", "clamp", "clip", "div", "pow", "sub"]
