"""Stand-ins: tensors that gradients are taken to, in the place of those that the caller gave.

A function of the user's is run on stand-ins, so that the caller's tensors are left alone; its results are settled,
which is to be cut from the stand-ins again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import errors, forward_ad
from ..graph import Node
from ..modes import enable_grad, state
from ..tensor import Tensor, wrap
from ..trees import leaves, rebuild

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


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
            ahead.extend(t for t in target._edges()[0] if t is not None)
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
