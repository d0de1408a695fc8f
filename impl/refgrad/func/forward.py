"""Transforms in forward mode: `jvp`, `jacfwd`, `linearize`; and `hessian`, forward over reverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import forward_ad
from ..modes import state
from ..tensor import Tensor, wrap
from ..trees import leaves, rebuild, spec
from .reverse import _basis, _block, jacrev
from .stand_ins import Argnums, Function, _all_tensors, _pick, _split


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
