"""torch.func over JAX's transforms, for the facade: grad, vjp, jvp, jacobians, hessian, vmap and linearize.

They follow torch: `grad` refuses what is not a scalar, complex gradients are the conjugates of JAX's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..errors import Unsupported
from .jax_facade import lifted, unwrap, wrap


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """(gradient, value) of a function whose value is one number."""

    def call(*args: Any, **kwargs: Any) -> Any:
        which = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        moving = [unwrap(args[n]) for n in which]
        differentiable(moving)

        def of(*moved: Any) -> Any:
            full = list(args)
            for n, value in zip(which, moved, strict=True):
                full[n] = wrap(value)
            return unwrap(func(*full, **kwargs))

        value, pull, *aux = jax.vjp(of, *moving, has_aux=has_aux)
        if not isinstance(value, jax.Array) or value.shape:
            shape = getattr(value, "shape", None)
            raise RuntimeError(f"Expected f(*args) to return a scalar tensor, got a value of shape {shape}")
        if not jnp.issubdtype(value.dtype, jnp.floating):
            raise RuntimeError("the function's value must be a real number")
        grads = wrap(conj(pull(jnp.ones_like(value))))
        value = wrap((value, aux[0]) if has_aux else value)
        return grads[0] if isinstance(argnums, int) else grads, value

    return call


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function whose value is one number (and what it returns besides, with `has_aux`)."""
    both = grad_and_value(func, argnums, has_aux)

    def call(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return call


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """(value, the function from cotangents to the tuple of gradients)."""
    moving = unwrap(primals)
    differentiable(moving)
    value, pull, *aux = jax.vjp(lambda *xs: unwrap(func(*wrap(xs))), *moving, has_aux=has_aux)

    def back(*cotangents: Any) -> Any:
        given = conj(unwrap(cotangents))
        grads = wrap(conj(pull(given[0] if len(given) == 1 else given)))
        return grads

    return (wrap(value), back, *wrap(tuple(aux)))


def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False) -> Any:
    """(value, its tangent)."""
    return wrap(jax.jvp(lambda *xs: unwrap(func(*wrap(xs))), unwrap(primals), unwrap(tangents), has_aux=has_aux))


def transform(make: Callable[..., Any]) -> Callable[..., Any]:
    """jacrev, jacfwd, hessian: of real functions, whose conventions no two engines differ in."""

    def of(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            arrays = unwrap(args)
            if any(jnp.iscomplexobj(x) for x in jax.tree.leaves(arrays)):
                raise Unsupported("the jax facade has no jacobians of complex functions")
            return wrap(make(lambda *xs: unwrap(func(*wrap(xs))), argnums)(*arrays))

        return call

    return of


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0) -> Callable[..., Any]:
    """`func` over one more dimension."""
    return lambda *args: wrap(jax.vmap(lambda *xs: unwrap(func(*wrap(xs))), in_dims, out_dims)(*unwrap(args)))


def linearize(func: Callable[..., Any], *primals: Any) -> Any:
    """(value, the linear map from tangents to the value's tangent)."""
    value, push = jax.linearize(lambda *xs: unwrap(func(*wrap(xs))), *unwrap(primals))
    return wrap(value), lifted(push)


FUNC: dict[str, Callable[..., Any]] = {
    "grad": grad, "grad_and_value": grad_and_value, "vjp": vjp, "jvp": jvp, "vmap": vmap, "linearize": linearize,
    "jacrev": transform(jax.jacrev), "jacfwd": transform(jax.jacfwd), "hessian": transform(jax.hessian),
}  # fmt: skip


def differentiable(tree: Any) -> None:
    """Raise RuntimeError where something in `tree` is neither real nor complex."""
    for x in jax.tree.leaves(tree):
        if not jnp.issubdtype(jnp.result_type(x), jnp.inexact):
            raise RuntimeError("only floating point and complex tensors have gradients")


def conj(tree: Any) -> Any:
    """The conjugate of every complex array in `tree`: between torch's gradients and JAX's."""
    return jax.tree.map(lambda x: jnp.conj(x) if jnp.iscomplexobj(x) else x, tree)
