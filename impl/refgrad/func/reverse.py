"""Transforms in reverse mode: `grad`, `vjp`, `jacrev`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import engine
from ..modes import enable_grad
from ..ops.join import stack
from ..roots import key_of, seeds_for
from ..tensor import Tensor, wrap
from ..trees import leaves, rebuild, spec
from .stand_ins import Argnums, Function, _all_tensors, _fresh, _pick, _settled, _split, _transforming


def _gradients(outputs: Sequence[Tensor], seeds: Sequence[Tensor | None], inputs: Sequence[Tensor]) -> list[Tensor]:
    """d<seeds, outputs>/dinputs, recorded; zeros where nothing flows."""
    pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
    keys = [key_of(t) for t in inputs]
    found: dict[Any, Tensor] = {}
    if pairs:
        given = seeds_for([o for o, _ in pairs], [s for _, s in pairs])
        found = engine.walk([key_of(o) for o, _ in pairs], given, keys, True, True, False)
    return [found[k] if k in found else wrap(np.zeros_like(t._a)) for k, t in zip(keys, inputs, strict=True)]


def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that returns (gradient of `func`'s scalar result, that result)."""
    api = "grad_and_value(f)(*args)"

    def both(*args: Any, **kwargs: Any) -> Any:
        with _transforming():
            chosen, replaced = _pick(args, argnums)
            result = func(*replaced, **kwargs)
            out, _ = _split(result, has_aux, api)
            if not isinstance(out, Tensor):
                raise RuntimeError(f"{api}: Expected f(*args) to return a Tensor, got {type(out)}")
            if out.ndim:
                raise RuntimeError(
                    f"{api}: Expected f(*args) to return a scalar Tensor, got tensor with {out.ndim} dims. Maybe you "
                    "wanted to use the vjp or jacrev APIs instead?"
                )
            fresh = leaves(chosen)
            gradient = rebuild(chosen, _gradients([out], [None], fresh))
        return _settled(gradient, fresh), _settled(result, fresh)

    return both


def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradient of `func`, which returns a scalar, with respect to its arguments `argnums`."""
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """(func(*primals), the function that takes cotangents of the result to a tuple of gradients of the primals).

    With `has_aux`, func returns (result, aux), and aux comes third.
    """
    with _transforming():
        chosen = tuple(rebuild(p, [_fresh(t) for t in leaves(p)]) for p in primals)
        out, aux = _split(func(*chosen), has_aux, "vjp(f, *primals)")
    outputs, fresh = _all_tensors(out, "vjp(f, *primals)"), leaves(chosen)
    for o in outputs:
        if o._a.dtype.kind not in "fcV":
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                f"{o.dtype}"
            )

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        if spec(cotangents) != spec(out):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {spec(cotangents)}, primal output: {spec(out)}"
            )
        with enable_grad():
            found = _gradients(outputs, leaves(cotangents), fresh)
        return _settled(rebuild(chosen, found), fresh)

    value = _settled(out, fresh)
    return (value, pull, _settled(aux, fresh)) if has_aux else (value, pull)


def _basis(t: Tensor) -> list[Tensor]:
    """The unit vectors of t's shape."""
    eye = np.eye(t._a.size, dtype=t._a.dtype)
    return [wrap(row.reshape(t._a.shape)) for row in eye]


def jacrev(func: Function, argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None,
           _preallocate_and_copy: bool = False) -> Function:  # fmt: skip
    """The Jacobian of `func`, row by row in reverse mode: shape (*output, *input), nested as outputs and inputs are."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        with _transforming():
            chosen, replaced = _pick(args, argnums)
            out, aux = _split(func(*replaced, **kwargs), has_aux, "vjp(f, *primals)")
            fresh = leaves(chosen)
            blocks = []
            for o in _all_tensors(out, "vjp(f, *primals)"):
                rows = [_gradients([o], [e], fresh) for e in _basis(o)]
                per_input = [
                    _block(column, o, t, 0) for column, t in zip(_columns(rows, len(fresh)), fresh, strict=True)
                ]
                blocks.append(rebuild(chosen, per_input))
        found = _settled(rebuild(out, blocks), fresh)
        return (found, _settled(aux, fresh)) if has_aux else found

    return jacobian


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [[row[i] for row in rows] for i in range(width)]


def _block(parts: list[Any], out: Tensor, x: Tensor, dim: int) -> Any:
    """Rows (dim 0) or columns (dim -1) of one Jacobian, as one tensor."""
    shape = (*out._a.shape, *x._a.shape)
    return stack(parts, dim).reshape(shape) if parts else wrap(np.zeros(shape, out._a.dtype))
