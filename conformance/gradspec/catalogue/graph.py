"""Ops that are about the graph, not about numbers: detaching, writing, hooks, custom Functions.

They are not drawn as other ops are: programs/mutate.py places them where they are allowed. An act is
done to a tensor and gives the same tensor: a hook is put on, a gradient retained. The custom
Functions have derivatives that are chosen, not computed: reversed, scaled, clipped. `graft` and they
are also what programs/functionalise.py makes of writes and hooks.
"""

from __future__ import annotations

from typing import Any

from . import shapes
from .arithmetic import binary
from .intervals import corners, even, hull, rule, same
from .model import Op, Slot


def one(name: str, torch: str, jax: str = "", **more: Any) -> Op:
    """An entry of one tensor, whose result has its shape."""
    return Op(name, torch, (Slot("input"),), more.pop("shape", shapes.same), bounds=more.pop("bounds", same), jax=jax,
              family="graph", **more)  # fmt: skip


def hook(new: str) -> str:
    """The template that puts on a hook. (torch calls it with None where nothing arrives in a second derivative.)"""
    return f"{{0}}.register_hook(lambda g: g if g is None else {new})"


def two(name: str, torch: str, jax: str, **more: Any) -> Op:
    """An entry of two tensors, whose result has the first one's shape."""
    return Op(name, torch, (Slot("input"), Slot("source")), shapes.same, bounds=more.pop("bounds", hull), jax=jax,
              family="graph", **more)  # fmt: skip


SQUARE = """\
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * x.conj()
"""

PRODUCT = """\
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return tuple(g * z.conj() if needed else None for z, needed in zip((y, x), ctx.needs_input_grad))
"""

SCALE = """\
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None
"""

CLIP = """\
class Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, bound):
        ctx.bound = bound
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g.clamp(-ctx.bound, ctx.bound), None
"""

GRAFT = """\
class Graft(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, value):
        return value.clone()

    @staticmethod
    def backward(ctx, g):
        return g, None

    @staticmethod
    def jvp(ctx, tangent, _):
        return tangent.clone()
"""

JAX_SCALE = """\
scale = jax.custom_vjp(lambda x, factor: x, nondiff_argnums=(1,))
scale.defvjp(lambda x, factor: (scale(x, factor), None), lambda factor, _, g: (factor * g,))
"""

JAX_CLIP = """\
clip = jax.custom_vjp(lambda x, bound: x, nondiff_argnums=(1,))
clip.defvjp(lambda x, bound: (clip(x, bound), None), lambda bound, _, g: (jnp.clip(g, -bound, bound),))
"""

JAX_GRAFT = """\
graft = jax.custom_jvp(lambda x, value: value)
graft.defjvp(lambda primals, tangents: (graft(*primals), tangents[0]))
"""

FACTORS = shapes.choices(factor=(2.0, -1.0, 0.5))
BOUNDS = shapes.choices(bound=(0.5, 1.25))
CONSTANTS = shapes.choices(value=(0.5, 0.0, -1.25))

OPS = (
    one("detach", "{0}.detach()", "lax.stop_gradient({0})"),
    one(
        "fill",
        "torch.full_like({0}, {value})",
        "jnp.full_like({0}, {value})",
        settings=CONSTANTS,
        bounds=rule(lambda i, s, k: (k["value"], k["value"])),
        extra={"in_place": "{0}.fill_({value})"},
    ),
    two(
        "assign",
        "{1}.expand({0}.shape).clone()",
        "jnp.broadcast_to({1}, {0}.shape)",
        bounds=rule(lambda i, s, k: i[1]),
        extra={"in_place": "{0}.copy_({1})"},
        notes="the second's value, in the first's shape",
    ),
    two(
        "graft",
        "Graft.apply({0}, {1})",
        "graft({0}, {1})",
        bounds=rule(lambda i, s, k: i[1]),
        defines=GRAFT,
        jax_defines=JAX_GRAFT,
        notes="the second's value with the first's history",
    ),
    one("function.square", "Square.apply({0})", "jnp.square({0})", defines=SQUARE, tangent=False,
        bounds=even(lambda x: x * x)),
    binary("function.product", "Product.apply({0}, {1})", "jnp.multiply({0}, {1})", defines=PRODUCT, tangent=False,
           bounds=corners(lambda x, y: x * y)),
    one("function.scale", "Scale.apply({0}, {factor})", "scale({0}, {factor})", defines=SCALE, jax_defines=JAX_SCALE,
        settings=FACTORS, tangent=False, notes="its gradient times a factor; reversed by -1"),
    one("function.clip", "Clip.apply({0}, {bound})", "clip({0}, {bound})", defines=CLIP, jax_defines=JAX_CLIP,
        settings=BOUNDS, tangent=False, notes="its gradient clipped to [-bound, bound]"),
    one("hook.scale", hook("g * {factor}"), settings=FACTORS, act=True, tangent=False),
    one("hook.clip", hook("g.clamp(-{bound}, {bound})"), settings=BOUNDS, act=True, tangent=False),
    one("retain_grad", "{0}.retain_grad()", act=True, tangent=False),
)  # fmt: skip
