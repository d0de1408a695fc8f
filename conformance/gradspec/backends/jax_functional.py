"""torch.autograd.functional over JAX's transforms, for the facade.

Each function gives the value beside the derivative, takes one tensor or a tuple of them, and fills in a 1 for
the vector where there is only one direction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .jax_facade import Tensor
from .jax_transforms import grad_and_value, transform
from .jax_transforms import jvp as pushed
from .jax_transforms import vjp as pulled

Func = Callable[..., Any]


def vjp(func: Func, inputs: Any, v: Any = None) -> Any:
    """(outputs, v^T J)"""
    value, pull = pulled(func, *_several(inputs))
    return value, _like(inputs, pull(*_several(_direction(value, v, "outputs"))))


def jvp(func: Func, inputs: Any, v: Any = None) -> Any:
    """(outputs, J v)"""
    return pushed(func, _several(inputs), _several(_direction(inputs, v, "inputs")))


def jacobian(func: Func, inputs: Any, vectorize: bool = False, strategy: str = "reverse-mode") -> Any:
    """The Jacobian: outputs around inputs. JAX always vectorizes."""
    make = {"reverse-mode": jax.jacrev, "forward-mode": jax.jacfwd}[strategy]
    return transform(make)(func, _argnums(inputs))(*_several(inputs))


def hessian(func: Func, inputs: Any, vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """The Hessian of a function with one output element, in blocks."""
    outer = {"reverse-mode": jax.jacrev, "forward-mode": jax.jacfwd}[outer_jacobian_strategy]
    make = transform(lambda f, argnums: outer(jax.jacrev(f, argnums), argnums))
    return make(_scalar(func), _argnums(inputs))(*_several(inputs))


def vhp(func: Func, inputs: Any, v: Any = None) -> Any:
    """(outputs, v^T H)"""
    return _second(func, inputs, lambda slope: vjp(slope, inputs, _direction(inputs, v, "inputs"))[1])


def hvp(func: Func, inputs: Any, v: Any = None) -> Any:
    """(outputs, H v)"""
    return _second(func, inputs, lambda slope: jvp(slope, inputs, v)[1])


FUNCTIONAL: dict[str, Func] = {
    "vjp": vjp, "jvp": jvp, "jacobian": jacobian, "hessian": hessian, "vhp": vhp, "hvp": hvp,
}  # fmt: skip


def _second(func: Func, inputs: Any, product: Callable[[Func], Any]) -> Any:
    """(outputs, `product` of the function that gives the gradient)"""
    both = grad_and_value(_scalar(func), tuple(range(len(_several(inputs)))))
    made = product(lambda *xs: _like(inputs, both(*xs)[0]))
    return func(*_several(inputs)), made


def _scalar(func: Func) -> Func:
    """`func`, whose one output element may have any number of dimensions."""
    return lambda *xs: func(*xs).reshape(())


def _argnums(inputs: Any) -> Any:
    return 0 if isinstance(inputs, Tensor) else tuple(range(len(inputs)))


def _several(inputs: Any) -> tuple[Any, ...]:
    return inputs if isinstance(inputs, tuple) else (inputs,)


def _like(inputs: Any, found: tuple[Any, ...]) -> Any:
    return found if isinstance(inputs, tuple) else found[0]


def _direction(space: Any, v: Any, what: str) -> Any:
    """`v`, or the one direction that there is in `space`, the inputs or the outputs."""
    if v is not None:
        return v
    if isinstance(space, tuple) or space.array.size != 1:
        raise RuntimeError(f"the vector v can only be left out where the {what} are one element")
    return Tensor(jnp.ones_like(space.array))
