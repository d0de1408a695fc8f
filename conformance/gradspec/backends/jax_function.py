"""torch.autograd.Function over jax.custom_vjp, jax.custom_jvp and custom_vmap, and tensor hooks, for the facade.

A Function is written as torch's transforms want it: a static `forward` without ctx, a `setup_context`, and a
`backward`, a `jvp` or a `vmap`. A Context is its ctx: what the rule saved, and JAX's residuals; a Call is one use
of it. A hook is an identity with a derivative rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap
from jax.custom_derivatives import SymbolicZero

from ..errors import Unsupported
from .jax_facade import Tensor, unwrap, wrap
from .jax_transforms import conj


class Context:
    """ctx: saved tensors, and whatever else `setup_context` puts on it."""

    materialize = True

    def __init__(self, needs_input_grad: tuple[bool, ...] = ()) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep `tensors` for the rule."""
        self.saved_tensors = tensors

    save_for_forward = save_for_backward

    def set_materialize_grads(self, value: bool) -> None:
        """Shall a cotangent that nobody sent come as zeros?"""
        self.materialize = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("mark_"):
            raise Unsupported(f"the jax facade's ctx has no {name}")
        raise AttributeError(name)


def _flat(ctx: Context) -> tuple[list[Any], Any]:
    """A Context as a pytree: its tensors are JAX's residuals, the rest is constant."""
    leaves, tree = jax.tree.flatten(dict(vars(ctx)), is_leaf=lambda x: x is None or isinstance(x, Tensor))
    moving = [isinstance(leaf, Tensor) for leaf in leaves]
    fixed = [None if moves else leaf for leaf, moves in zip(leaves, moving, strict=True)]
    return [leaf.array for leaf in leaves if isinstance(leaf, Tensor)], SimpleNamespace(tree=tree, m=moving, f=fixed)


def _unflat(kept: Any, arrays: Sequence[Any]) -> Context:
    ctx, rest = Context(), iter(arrays)
    leaves = [Tensor(next(rest)) if moves else leaf for leaf, moves in zip(kept.f, kept.m, strict=True)]
    vars(ctx).update(jax.tree.unflatten(kept.tree, leaves))
    return ctx


jax.tree_util.register_pytree_node(Context, _flat, _unflat)


class Function:
    """A function of tensors that brings its own derivative."""

    generate_vmap_rule = False

    def __new__(cls) -> NoReturn:
        """There are no instances."""
        raise Unsupported("the jax facade's Function has no instances")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call it; what is no tensor is a constant of the call."""
        if not hasattr(cls, "setup_context"):
            raise Unsupported("the jax facade's Function needs setup_context")
        if cls.generate_vmap_rule and hasattr(cls, "vmap"):
            raise Unsupported("the jax facade's Function has one rule for vmap")
        call = Call(cls, args, tuple(n for n, arg in enumerate(args) if isinstance(arg, Tensor)))
        rule: Any = jax.custom_vjp(call.plain)
        if hasattr(cls, "backward"):
            rule.defvjp(call.forward, call.backward, symbolic_zeros=True)
        elif hasattr(cls, "jvp"):
            rule = jax.custom_jvp(call.plain)
            rule.defjvp(call.tangent)
        elif hasattr(cls, "vmap"):
            rule = custom_vmap(call.plain)
            rule.def_vmap(call.batched)
        return wrap(rule(*(args[n].array for n in call.places)))


@dataclass(frozen=True)
class Call:
    """One call of a Function, as functions of the arrays at `places`, where its tensors stand among `args`."""

    function: Any
    args: tuple[Any, ...]
    places: tuple[int, ...]

    def plain(self, *arrays: Any) -> Any:
        """The output."""
        return unwrap(self.function.forward(*self.among(arrays, self.args)))

    def forward(self, *primals: Any) -> tuple[Any, Context]:
        """(the output, the residuals)"""
        needs = tuple(self.among([bool(p.perturbed) for p in primals], [False] * len(self.args)))
        output, ctx = self.entered(needs, [p.value for p in primals])
        return unwrap(output), ctx

    def backward(self, ctx: Context, cotangents: Any) -> Any:
        """The gradients of the tensors."""
        given = cotangents if isinstance(cotangents, tuple) else (cotangents,)
        found = self.function.backward(ctx, *(_arrived(g, ctx.materialize) for g in given))
        found = found if isinstance(found, tuple) else (found,)
        if len(found) == len(self.args):  # else JAX itself says what is wrong
            found = tuple(found[n] for n in self.places)
        return conj(unwrap(found))

    def tangent(self, primals: Any, tangents: Any) -> tuple[Any, Any]:
        """(the output, its tangent)"""
        output, ctx = self.entered((), primals)
        return unwrap(output), unwrap(self.function.jvp(ctx, *self.among(tangents, [None] * len(self.args))))

    def batched(self, size: int, axes: list[bool], *arrays: Any) -> tuple[Any, Any]:
        """(the outputs of a batch, whether each of them is one)"""
        info = SimpleNamespace(batch_size=size, randomness="error")
        in_dims = tuple(self.among([0 if axis else None for axis in axes], [None] * len(self.args)))
        output, out_dims = self.function.vmap(info, in_dims, *self.among(arrays, self.args))
        return unwrap(output), jax.tree.map(lambda dim: dim is not None, out_dims, is_leaf=lambda x: x is None)

    def entered(self, needs: tuple[bool, ...], arrays: Sequence[Any]) -> tuple[Any, Context]:
        """(the output, the ctx that it was set up with)"""
        ctx, inputs = Context(needs), tuple(self.among(arrays, self.args))
        output = self.function.forward(*inputs)
        self.function.setup_context(ctx, inputs, output)
        return output, ctx

    def among(self, values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
        """`values` at the tensors' places, `others` elsewhere; an array becomes a Tensor."""
        found = list(others)
        for n, value in zip(self.places, values, strict=True):
            found[n] = wrap(value)
        return found


def _arrived(cotangent: Any, materialize: bool) -> Any:
    """A cotangent as torch's: zeros, or None, where JAX knows that there is none."""
    if not isinstance(cotangent, SymbolicZero):
        return wrap(conj(cotangent))
    dtype = cotangent.dtype if jnp.issubdtype(cotangent.dtype, jnp.inexact) else jnp.float32
    return Tensor(jnp.zeros(cotangent.shape, dtype)) if materialize else None


Hook = Callable[[Any], Any]


def register_hook(x: Tensor, hook: Hook) -> Any:
    """Let `hook` see, or replace, the gradient of `x` from here on; the handle's `remove` takes it back."""
    if not x.hooks:
        x.array = _watched(x.hooks)(x.array)
    x.hooks.append(hook)
    return SimpleNamespace(remove=lambda: x.hooks.remove(hook))


def _watched(hooks: list[Hook]) -> Callable[[Any], Any]:
    """The identity, whose derivative passes through `hooks` in their order."""

    def backward(_: None, cotangent: Any) -> tuple[Any]:
        gradient = wrap(conj(cotangent))
        for hook in list(hooks):
            replaced = hook(gradient)
            gradient = gradient if replaced is None else replaced
        return (conj(unwrap(gradient)),)

    identity = jax.custom_vjp(lambda array: array)
    identity.defvjp(lambda array: (array, None), backward)
    return identity  # type: ignore[no-any-return]
