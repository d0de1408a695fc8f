"""torch.func: derivatives as functions of functions.

`grad`, `vjp`, `jvp`, `jacrev`, `jacfwd`, `hessian`, `vmap` take a function of tensors (or of nested
tuples, lists and dicts of them) and return another. They nest. `vmap` here is a loop: it gives what
torch's gives, one sample after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import engine, forward_ad
from .graph import Node
from .modes import enable_grad
from .ops.join import stack
from .tensor import Tensor, wrap

Function = Callable[..., Any]


def leaves(tree: Any) -> list[Any]:
    """The tensors and other ends of nested tuples, lists and dicts, in order."""
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves(tree[key])]
    if isinstance(tree, tuple | list) and not hasattr(tree, "numel"):
        return [leaf for item in tree for leaf in leaves(item)]
    return [tree]


def rebuild(tree: Any, ends: Sequence[Any]) -> Any:
    """`tree` with its ends replaced, in order."""
    return _rebuild(tree, iter(ends))


def _rebuild(tree: Any, ends: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _rebuild(item, ends) for key, item in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[_rebuild(item, ends) for item in tree])
    if isinstance(tree, tuple | list) and not hasattr(tree, "numel"):
        return type(tree)(_rebuild(item, ends) for item in tree)
    return next(ends)


def _fresh(t: Any) -> Any:
    """A stand-in for `t` that gradients are taken to, connected to what t itself was computed from."""
    if not isinstance(t, Tensor):
        return t
    if t.requires_grad or (t._rare is not None and t._rare.tangents):
        twin: Tensor = forward_ad.alias(t)
        if twin._rg:
            return twin
    else:
        twin = wrap(t._a)
    if t._a.dtype.kind in "fcV":
        twin._rg = True
    return twin


def _settled(results: Any, fresh: Sequence[Any]) -> Any:
    """The results without their graph, unless it leads to somebody else's tensors."""
    own = {id(t) for t in fresh}
    return rebuild(results, [_cut(r, own) for r in leaves(results)])


def _cut(result: Any, own: set[int]) -> Any:
    if not isinstance(result, Tensor) or not result.requires_grad:
        return result
    stack_: list[Any] = [result._fn or result]
    seen = set()
    while stack_:
        target = stack_.pop()
        if id(target) in seen:
            continue
        seen.add(id(target))
        if isinstance(target, Node):
            stack_.extend(t for t in target.nexts if t is not None)
        elif id(target) not in own:
            return result
    bare: Tensor = wrap(result._a)
    if result._rare is not None and result._rare.tangents:
        bare._record().tangents = {k: _cut(t, own) for k, t in result._rare.tangents.items()}
    return bare


def _pick(args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> tuple[Any, list[Any]]:
    """The arguments to differentiate: as a tree, and all arguments with fresh ones in their place."""
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise RuntimeError(f"Got argnum={n}, but only {len(args)} positional inputs")
    places = [n % len(args) for n in numbers]
    chosen = tuple(rebuild(args[n], [_fresh(t) for t in leaves(args[n])]) for n in places)
    replaced = list(args)
    for n, new in zip(places, chosen, strict=True):
        replaced[n] = new
    return (chosen[0] if isinstance(argnums, int) else chosen), replaced


def _gradients(outputs: list[Tensor], seeds: list[Tensor], inputs: list[Any]) -> list[Any]:
    """d<seeds, outputs>/dinputs, recorded; zeros where nothing flows."""
    pairs = [(engine.key_of(o), s) for o, s in zip(outputs, seeds, strict=True) if isinstance(o, Tensor) and o.requires_grad]
    keys = [engine.key_of(t) for t in inputs]
    found = engine.walk([k for k, _ in pairs], [s for _, s in pairs], keys, True, True, False) if pairs else {}
    return [found[k] if k in found else wrap(np.zeros_like(t._a)) for k, t in zip(keys, inputs, strict=True)]


def grad_and_value(func: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """A function that returns (gradient of `func`'s scalar result, that result)."""

    def both(*args: Any, **kwargs: Any) -> Any:
        with enable_grad():
            chosen, replaced = _pick(args, argnums)
            out = func(*replaced, **kwargs)
            aux = None
            if has_aux:
                if not (isinstance(out, tuple) and len(out) == 2):
                    raise RuntimeError(
                        "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True"
                    )
                out, aux = out
            if not isinstance(out, Tensor):
                raise RuntimeError("Expected f(*args) to return tensor(s), got unsupported type " + type(out).__name__)
            if out._a.ndim:
                raise RuntimeError(
                    f"Expected f(*args) to return a scalar tensor, got tensor with {out._a.ndim} dims. Maybe you wanted to use "
                    "the vjp or jacrev APIs instead?"
                )
            fresh = leaves(chosen)
            found = _gradients([out], [wrap(np.ones_like(out._a))], fresh)
            gradient = _settled(rebuild(chosen, found), fresh)
            value = _settled((out, aux) if has_aux else out, fresh)
        return gradient, value

    return both


def grad(func: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The gradient of `func`, which returns a scalar, with respect to its arguments `argnums`."""
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """(func(*primals), the function that takes cotangents of the result to gradients of the primals)."""
    with enable_grad():
        chosen = tuple(rebuild(p, [_fresh(t) for t in leaves(p)]) for p in primals)
        out = func(*chosen)
        aux = None
        if has_aux:
            out, aux = out
    fresh = leaves(chosen)

    def pull(*cotangents: Any, **_: Any) -> Any:
        given = leaves(cotangents[0] if len(cotangents) == 1 else cotangents)
        outputs = leaves(out)
        if len(given) != len(outputs):
            raise RuntimeError(
                f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. "
                f"cotangents: {len(given)} leaves, primal output: {len(outputs)} leaves"
            )
        for g, o in zip(given, outputs, strict=True):
            if g._a.shape != o._a.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[0] has a shape of {g.shape} and output[0] has a shape of {o.shape}."
                )
        with enable_grad():
            found = _settled(rebuild(chosen, _gradients(outputs, given, fresh)), fresh)
        return found[0] if len(primals) == 1 and not isinstance(found[0], dict | list) else found

    pulled = (_settled(out, fresh), pull)
    return (*pulled, _settled(aux, fresh)) if has_aux else pulled


def jvp(func: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...], *, strict: bool = False, has_aux: bool = False) -> Any:
    """(func(*primals), how the result moves when the primals move along `tangents`)."""
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError(f"jvp(f, primals, tangents): Expected primals and tangents to be tuples, got {type(primals).__name__}")
    if len(leaves(primals)) != len(leaves(tangents)):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. "
            f"Got primals with {len(leaves(primals))} leaves and tangents with {len(leaves(tangents))} leaves."
        )
    with forward_ad.level() as number:
        duals = [forward_ad.attach(p, t, number) for p, t in zip(leaves(primals), leaves(tangents), strict=True)]
        out = func(*rebuild(primals, duals))
        aux = None
        if has_aux:
            out, aux = out
        ends = leaves(out)
        moved = [forward_ad.tangent_at(o, number) for o in ends]
        still = [forward_ad.without(o, number) if t is not None else o for o, t in zip(ends, moved, strict=True)]
        zeros = [wrap(np.zeros_like(o._a)) if t is None else t for o, t in zip(ends, moved, strict=True)]
    answer = rebuild(out, still), rebuild(out, zeros)
    return (*answer, aux) if has_aux else answer


def _basis(t: Tensor) -> list[Tensor]:
    """The unit vectors of t's shape."""
    eye = np.eye(t._a.size, dtype=t._a.dtype)
    return [wrap(row.reshape(t._a.shape)) for row in eye]


def _stacked(rows: list[Any], shape: tuple[int, ...], rest: tuple[int, ...]) -> Any:
    return stack(rows).reshape(*shape, *rest) if rows else wrap(np.zeros((*shape, *rest)))


def jacrev(func: Function, argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False, **_: Any) -> Function:
    """The Jacobian of `func`, row by row in reverse mode: shape (*output, *input)."""

    def jacobian(*args: Any) -> Any:
        with enable_grad():
            chosen, replaced = _pick(args, argnums)
            out = func(*replaced)
            aux = None
            if has_aux:
                out, aux = out
            fresh = leaves(chosen)
            blocks = []
            for o in leaves(out):
                rows = [_gradients([o], [e], fresh) for e in _basis(o)]
                per_input = [
                    _stacked([row[i] for row in rows], o._a.shape, t._a.shape) for i, t in enumerate(fresh)
                ]
                blocks.append(rebuild(chosen, per_input))
            found = _settled(_nest(out, blocks), fresh)
        return (found, _settled(aux, fresh)) if has_aux else found

    return jacobian


def _nest(out: Any, blocks: list[Any]) -> Any:
    """One block per output, in the outputs' structure."""
    return blocks[0] if isinstance(out, Tensor) else rebuild(out, blocks)


def jacfwd(func: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, **_: Any) -> Function:
    """The Jacobian of `func`, column by column in forward mode: shape (*output, *input)."""

    def jacobian(*args: Any) -> Any:
        numbers = (argnums,) if isinstance(argnums, int) else argnums
        per_argument: list[Any] = []
        out: Any = None
        aux: Any = None
        for n in numbers:

            def alone(x: Any, n: int = n) -> Any:
                return func(*args[:n], x, *args[n + 1 :])

            columns = []
            for e in _basis(args[n]):
                answer = jvp(alone, (args[n],), (e,), has_aux=has_aux)
                out, aux = answer[0], answer[-1]
                columns.append(leaves(answer[1]))
            shape = args[n]._a.shape
            per_argument.append([_columns(list(c), shape) for c in zip(*columns, strict=True)])
        blocks = [tuple(b) if not isinstance(argnums, int) else b[0] for b in zip(*per_argument, strict=True)]
        found = _nest(out, blocks)
        return (found, aux) if has_aux else found

    return jacobian


def _columns(columns: list[Any], shape: tuple[int, ...]) -> Any:
    stacked = stack(columns, -1)
    return stacked.reshape(*columns[0]._a.shape, *shape)


def hessian(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """Second derivatives: forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """(func(*primals), the linear function of tangents that touches it there)."""
    return func(*primals), lambda *tangents: jvp(func, primals, tangents)[1]


def vmap(func: Function, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None) -> Function:
    """`func` for every slice of its arguments along `in_dims`; the results are stacked along `out_dims`."""

    def mapped(*args: Any, **kwargs: Any) -> Any:
        dims = in_dims if isinstance(in_dims, tuple | list) else (in_dims,) * len(args)
        if len(dims) != len(args):
            raise ValueError(
                f"vmap({getattr(func, '__name__', func)}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the "
                f"structure of inputs. in_dims has {len(dims)} elements but inputs has {len(args)}."
            )
        ends = [(t, d) for a, dim in zip(args, dims, strict=True) for t, d in _with_dims(a, dim)]
        sizes = {t._a.shape[d] for t, d in ends if d is not None}
        if not sizes:
            raise ValueError("vmap: expected at least one Tensor to vmap over, got all-None in_dims")
        if len(sizes) > 1:
            raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sorted(sizes)}")
        outs = []
        for i in range(sizes.pop()):
            picked = iter([t if d is None else t.select(d, i) for t, d in ends])
            outs.append(func(*[_rebuild(a, picked) for a in args], **kwargs))
        columns = zip(*[leaves(o) for o in outs], strict=True)
        out = outs[0]
        places = leaves(out_dims) if isinstance(out_dims, tuple | list) else [out_dims] * len(leaves(out))
        return rebuild(out, [stack(list(c), d) for c, d in zip(columns, places, strict=True)])

    return mapped


def _with_dims(tree: Any, dim: Any) -> list[tuple[Any, Any]]:
    """Every end of an argument with the dimension it is mapped along (None: not at all)."""
    ends = leaves(tree)
    dims = leaves(dim) if isinstance(dim, dict | tuple | list) else [dim] * len(ends)
    return [(t, d if isinstance(t, Tensor) else None) for t, d in zip(ends, dims, strict=True)]


__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]
