"""torch.func: derivatives as functions of functions.

`grad`, `vjp`, `jvp`, `jacrev`, `jacfwd`, `hessian`, `linearize` take a function of tensors (or of nested
tuples, lists and dicts of them) and return derivatives of it. They nest: what one makes is a function that
another may differentiate. None of them touches `.grad`, or needs `requires_grad`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from . import engine, errors, forward_ad
from .graph import Node
from .modes import enable_grad, state
from .ops.join import stack
from .tensor import Tensor, wrap
from .trees import leaves, rebuild, spec
from .vmap import vmap

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


# Tensors of one's own


@contextlib.contextmanager
def _transforming() -> Iterator[None]:
    """While a function of the user's is run to be differentiated: it records, and may not call `backward`."""
    state.transforms += 1
    try:
        with enable_grad():
            yield
    finally:
        state.transforms -= 1


def _fresh(t: Any) -> Tensor:
    """A stand-in for `t` that gradients are taken to, connected to what t itself was computed from."""
    if not isinstance(t, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(t)}")
    if t._a.dtype.kind not in "fcV":
        raise errors.not_floating()
    connected = t.requires_grad or (t._rare is not None and t._rare.tangents)
    twin: Tensor = forward_ad.alias(t) if connected else wrap(t._a)
    twin._rg = True
    return twin


def _settled(results: Any, fresh: Sequence[Tensor]) -> Any:
    """The results without their graph, unless it leads to somebody else's tensors."""
    own = {id(t) for t in fresh}
    return rebuild(results, [_cut(r, own) for r in leaves(results)])


def _cut(result: Any, own: set[int]) -> Any:
    if not isinstance(result, Tensor) or not result.requires_grad or _leads_out(result, own):
        return result
    bare: Tensor = wrap(result._a)
    if result._rare is not None and result._rare.tangents:
        bare._record().tangents = {k: _cut(t, own) for k, t in result._rare.tangents.items()}
    return bare


def _leads_out(result: Tensor, own: set[int]) -> bool:
    """Was `result` computed from a variable that is not ours?"""
    ahead: list[Any] = [result._fn or result]
    seen = set()
    while ahead:
        target = ahead.pop()
        if id(target) in seen:
            continue
        seen.add(id(target))
        if isinstance(target, Node):
            ahead.extend(t for t in target.nexts if t is not None)
        elif id(target) not in own:
            return True
    return False


def _pick(args: tuple[Any, ...], argnums: Argnums) -> tuple[Any, list[Any]]:
    """The arguments to differentiate, as a tree of fresh tensors, and all arguments with these in their place."""
    if not isinstance(argnums, int | tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise RuntimeError(f"Got argnum={n}, but only {len(args)} positional inputs")
    places = [n % len(args) for n in numbers]
    if len(set(places)) < len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    replaced = list(args)
    for n in places:
        replaced[n] = rebuild(args[n], [_fresh(t) for t in leaves(args[n])])
    chosen = tuple(replaced[n] for n in places)
    return (chosen[0] if isinstance(argnums, int) else chosen), replaced


def _split(result: Any, has_aux: bool, api: str) -> tuple[Any, Any]:
    """(output, aux)."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for t in leaves(result[1]):
        if not isinstance(t, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(t)}")
    return result


def _all_tensors(result: Any, api: str) -> list[Tensor]:
    ends = leaves(result)
    for t in ends:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"{api}: expected f(*primals) to return only tensors, got unsupported type {type(t)}")
    return ends


def _gradients(outputs: Sequence[Tensor], seeds: Sequence[Tensor | None], inputs: Sequence[Tensor]) -> list[Tensor]:
    """d<seeds, outputs>/dinputs, recorded; zeros where nothing flows."""
    pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
    keys = [engine.key_of(t) for t in inputs]
    found: dict[Any, Tensor] = {}
    if pairs:
        given = engine.seeds_for([o for o, _ in pairs], [s for _, s in pairs])
        found = engine.walk([engine.key_of(o) for o, _ in pairs], given, keys, True, True, False)
    return [found[k] if k in found else wrap(np.zeros_like(t._a)) for k, t in zip(keys, inputs, strict=True)]


# Reverse mode


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


# Forward mode


def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """(func(*primals), how the result moves when the primals move along `tangents`).

    With `strict`, a result that does not depend on the primals is an error. With `has_aux`, func
    returns (result, aux), and aux comes third.
    """
    api = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{api}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    if spec(primals) != spec(tangents):
        raise RuntimeError(
            f"{api}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {spec(primals)} and tangents "
            f"with structure {spec(tangents)}"
        )
    ends, directions = leaves(primals), leaves(tangents)
    if not ends:
        raise RuntimeError(f"{api}: Expected primals to contain at least one Tensor.")
    state.transforms += 1
    try:
        with forward_ad.level() as number:
            duals = [forward_ad.attach(p, t, number) for p, t in zip(ends, directions, strict=True)]
            out, aux = _split(func(*rebuild(primals, duals)), has_aux, api)
            results = _all_tensors(out, api)
            moved = [_moved(o, number, strict) for o in results]
            still = [forward_ad.without(o, number) for o in results]
            aux = rebuild(aux, [forward_ad.without(a, number) for a in leaves(aux)]) if has_aux else None
    finally:
        state.transforms -= 1
    answer = rebuild(out, still), rebuild(out, moved)
    return (*answer, aux) if has_aux else answer


def _moved(out: Tensor, number: int, strict: bool) -> Tensor:
    tangent = forward_ad.tangent_at(out, number)
    if tangent is None and strict:
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
            "allowed with strict=True."
        )
    return wrap(np.zeros_like(out._a)) if tangent is None else tangent


def jacfwd(func: Function, argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """The Jacobian of `func`, column by column in forward mode: shape (*output, *input), nested as these are."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        chosen, _ = _pick(args, argnums)
        numbers = (argnums,) if isinstance(argnums, int) else argnums
        picked = tuple(args[n] for n in numbers)
        ends = leaves(picked)

        def of_ends(*moving: Tensor) -> Any:
            replaced = list(args)
            for n, arg in zip(numbers, rebuild(picked, moving), strict=True):
                replaced[n] = arg
            return func(*replaced, **kwargs)

        out, aux, columns = None, None, [[] for _ in ends]
        still = [wrap(np.zeros_like(t._a)) for t in ends]
        for i, t in enumerate(ends):
            for e in _basis(t):
                answer = jvp(of_ends, tuple(ends), (*still[:i], e, *still[i + 1 :]), has_aux=has_aux)
                out, aux = answer[0], answer[-1]
                columns[i].append(leaves(answer[1]))
        blocks = [
            rebuild(chosen, [_block([c[k] for c in columns[i]], o, t, -1) for i, t in enumerate(ends)])
            for k, o in enumerate(leaves(out))
        ]
        found = rebuild(out, blocks)
        return (found, aux) if has_aux else found

    return jacobian


def hessian(func: Function, argnums: Argnums = 0) -> Function:
    """Second derivatives: forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """(func(*primals), the linear function of tangents that touches it there)."""

    def push(*tangents: Any) -> Any:
        for i, (p, t) in enumerate(zip(leaves(primals), leaves(tangents), strict=True)):
            if p.shape != t.shape:
                raise RuntimeError(
                    f"tangent:{i} with shape {t.shape} in flattened pytree doesn't match the shape {p.shape} of the "
                    "corresponding primal."
                )
        return jvp(func, primals, tangents)[1]

    return func(*primals), push


__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]
