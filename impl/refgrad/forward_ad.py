"""Forward mode: a tensor may carry tangents, and every op carries them on.

A level is one question of the form "what if the input moved along t?". A dual tensor holds a
tangent per open level; nested levels give higher derivatives. How an op carries tangents follows
from its kind; an op of no special kind uses that its rule is linear in g: the tangent is the
transpose of the rule, which backward can compute. So no op needs a second derivative rule.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import dispatch as calls
from . import engine, errors, function, graph, write
from .dispatch import dispatch
from .modes import Mode, enable_grad, state
from .node import hold_tangents
from .op import ELEMENTWISE, GENERAL, LINEAR, MULTILINEAR, Op, op
from .ops.arithmetic import clone, zeros_times
from .ops.complex import conj
from .ops.fit import expand_copy, fitted
from .recipe import DerivativeRule, Missing, finder
from .roots import key_of
from .tensor import Tensor, refresh, wrap


class UnpackedDualTensor(NamedTuple):
    """What a dual tensor is made of; `tangent` is None for a tensor that carries none."""

    primal: Any
    tangent: Any


@contextlib.contextmanager
def level() -> Iterator[int]:
    """Open a forward-mode level; tangents of that level end with it, since no later one has its number."""
    number = _open()
    try:
        yield number
    finally:
        _close(number)


def _open() -> int:
    number = graph.number() + 1
    state.forward = (*state.forward, number)
    return number


def _close(number: int) -> None:
    state.forward = tuple(n for n in state.forward if n != number)
    for saved in state.carried.pop(number, ()):  # else the tangents and the graph could hold each other
        saved.tangents.pop(number, None)


class dual_level(Mode):
    """torch.autograd.forward_ad.dual_level: forward mode for the length of a `with` block. It does not nest."""

    def enter(self) -> None:
        enter_dual_level()

    def leave(self, old: None) -> None:
        exit_dual_level()

    def __enter__(self) -> int:  # type: ignore[override]  # torch's gives the level, which is always 0
        super().__enter__()
        return 0


def enter_dual_level() -> int:
    """Open the level that `make_dual` uses; leave it with `exit_dual_level`."""
    if state.dual:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    state.dual = _open()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Close the level that `enter_dual_level` opened."""
    if level is None and not state.dual:
        raise RuntimeError("Dual level must be a positive number.")
    if level is not None and (level != 0 or not state.dual):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    _close(state.dual)
    state.dual = 0


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of `tensor` that carries `tangent`."""
    number = state.dual
    if not number:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    return attach(tensor, tangent, number)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal, without its tangent, and the tangent."""
    number = state.dual
    if not number:
        return UnpackedDualTensor(tensor, None)
    found = tangent_at(tensor, number)
    return UnpackedDualTensor(alias(tensor) if found is None else without(tensor, number), found)


@op(kind=LINEAR, view=True, method=False)
def alias(x):
    """The same memory under another name."""
    return x.view()


alias.grads(x=lambda g: g)


def attach(tensor: Tensor, tangent: Tensor, number: int) -> Tensor:
    """A view of `tensor` with `tangent` at level `number`, besides the tangents that it has.

    The tangent is kept as it is where it lies in memory as the tensor does, and copied else.
    """
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if t._a.dtype.kind not in "fcV":
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {t.dtype}")
    if tensor._a.shape != tangent._a.shape:
        raise errors.tangent_shape(tensor._a.shape, tangent._a.shape)
    if tensor._a.strides != tangent._a.strides and tensor._a.itemsize == tangent._a.itemsize:
        tangent = clone(tangent)
    dual: Tensor = alias(tensor)
    assert dual._view is not None
    dual._view.carrier = None
    give(dual, number, tangent)
    return dual


def tangent_at(t: Any, number: int) -> Tensor | None:
    """The tangent of `t` at level `number`, if that level is open and t carries one."""
    if not isinstance(t, Tensor) or number not in state.forward:
        return None
    if t._view is not None:
        refresh(t)
    return None if t._rare is None or not t._rare.tangents else t._rare.tangents.get(number)


def without(t: Tensor, number: int) -> Tensor:
    """A view of `t` that lacks the tangent of level `number`."""
    with _hidden([t], number):
        bare: Tensor = alias(t)
    return bare


@contextlib.contextmanager
def _hidden(tensors: Any, number: int) -> Iterator[None]:
    """Take the tangents of level `number` (and of levels that have ended) off, and put them back."""
    taken = []
    for t in tensors:
        if isinstance(t, Tensor) and t._rare is not None and t._rare.tangents:
            all_of_them = t._rare.tangents
            taken.append((t._rare, all_of_them))
            t._rare.tangents = {k: v for k, v in all_of_them.items() if k < number} or None
    try:
        yield
    finally:
        for rare, tangents in reversed(taken):
            rare.tangents = tangents


def carry(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Any:
    """Run `op` on tensors of which some carry tangents: the innermost level first, the others inside it."""
    levels = [n for t in tensors if isinstance(t, Tensor) and t._rare and t._rare.tangents for n in t._rare.tangents]
    open_levels = [n for n in levels if n in state.forward]
    if not open_levels:
        with _hidden(tensors, 0):
            return dispatch(op, tensors, settings)
    number = max(open_levels)
    tangents = [tangent_at(t, number) for t in tensors]
    with _hidden(tensors, number):
        out = dispatch(op, tensors, settings)
        if op.kind is None:
            return out
        results = (out,) if op.outputs == 1 else out
        moved = push(op, tensors, settings, results, tangents)
    for result, tangent in zip(results, moved, strict=True):
        if tangent is not None and result._a.dtype.kind in "fcV":
            give(result, number, tangent)
    return out


def give(t: Tensor, number: int, tangent: Tensor) -> None:
    """Let `t` carry `tangent` at level `number`, and let backward find it where its node saved `t`."""
    rare = t._record()
    rare.tangents = {**(rare.tangents or {}), number: tangent}
    hold_tangents(t._fn, t._nr, rare.tangents)


def push(
    op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...], results: tuple[Tensor, ...], tangents: list[Any]
) -> list[Any]:
    """The tangents of the results, by the op's kind."""
    if op.tangent is not None:
        names = _names(op, tensors, settings, results)
        for name, t, x in zip(op.tensor_names, tangents, tensors, strict=True):
            names[f"d{name}"] = t if t is not None else zeros_times(x) if isinstance(x, Tensor) else 0.0
        return [op.tangent.function(*[names[n] for n in op.tangent.wants])]
    if op.kind == LINEAR:
        pairs = enumerate(zip(tensors, tangents, strict=True))
        moved = dispatch(op, tuple(_linear_part(op, i, x, t) for i, (x, t) in pairs), settings)
        return [moved] if op.outputs == 1 else list(moved)
    if op.kind == MULTILINEAR:
        return [_total([dispatch(op, _with(tensors, i, t), settings) for i, t in enumerate(tangents) if t is not None])]
    if op.kind == ELEMENTWISE:
        return [_elementwise(op, tensors, settings, results, tangents)]
    return _transposed(op, tensors, settings, results, tangents)


def _linear_part(op: Op, position: int, x: Any, tangent: Any) -> Any:
    """What a linear op is applied to: the tangent, nothing at all, or an index that has no tangent."""
    if tangent is not None:
        return tangent
    if isinstance(x, Tensor):
        return zeros_times(x) if op.differentiable(position) else x
    return 0 if op.differentiable(position) else x


def _with(tensors: tuple[Any, ...], position: int, tangent: Any) -> tuple[Any, ...]:
    return (*tensors[:position], tangent, *tensors[position + 1 :])


def _total(terms: list[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _names(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...], results: tuple[Tensor, ...]) -> dict[str, Any]:
    """Everything a rule may ask for, but the gradients."""
    names = dict(zip(op.tensor_names, tensors, strict=False)) | dict(zip(op.setting_names, settings, strict=True))
    names |= {name: results[nr] for name, nr in op.out_names.items()}
    for name in op.tensor_names:
        for what in (f"{name}_shape", f"{name}_dtype"):
            names[what] = finder(op, what)(tensors, settings)
    if op.variadic:
        names |= {"shapes": finder(op, "shapes")(tensors, settings)}
    return names


def _rule(op: Op, position: int) -> DerivativeRule:
    """The rule of an argument with a tangent; raises NotImplementedError where torch has none."""
    rule = op.rule(position)
    if isinstance(rule.function, Missing):
        raise rule.function.forward()
    return rule


def _elementwise(op: Op, tensors: Any, settings: Any, results: Any, tangents: Any) -> Any:
    """conj(rule(conj t)) for each argument: the rule multiplies by conj f', the tangent by f'."""
    names = _names(op, tensors, settings, results)
    terms = []
    for i, t in enumerate(tangents):
        if t is not None:
            rule = _rule(op, i)
            terms.append(conj(rule.function(*[conj(t) if n == "g" else names[n] for n in rule.wants])))
    moved = _total(terms)
    shape = results[0]._a.shape
    return _shaped(moved, shape)


def _transposed(op: Op, tensors: Any, settings: Any, results: Any, tangents: Any) -> list[Any]:
    """The transpose of the rule. For u -> rule(u), backward from `rule(u)` with cotangent t is J t."""
    names = _names(op, tensors, settings, results)
    with enable_grad():
        cotangents = []
        for r in results:
            u = wrap(np.zeros_like(r._a))
            u._rg = r._a.dtype.kind in "fcV"
            cotangents.append(u)
        names |= {f"g{i}": u for i, u in enumerate(cotangents)}
        names["g"] = cotangents if op.variadic_out else cotangents[0]
        roots, seeds = [], []
        for i, t in enumerate(tangents):
            if t is None:
                continue
            rule = _rule(op, i)
            pulled = rule.at(i)(*[names[n] for n in rule.wants])
            if isinstance(pulled, Tensor) and pulled.requires_grad:
                pulled = fitted(pulled, t._a.shape, t._a.dtype, op.name, i)
                roots.append(key_of(pulled))
                seeds.append(t)
        found = engine.walk(roots, seeds, [(u, 0) for u in cotangents if u._rg], True, True, False) if roots else {}
    return [found.get((u, 0), zeros_times(r)) for u, r in zip(cotangents, results, strict=True)]


def carry_into(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> dict[int, Tensor]:
    """The tangents that the first argument will have when `op` was written into it."""
    x = tensors[0]
    out = carry(op, tensors, settings)
    tangents = {} if out._rare is None else out._rare.tangents or {}
    return {
        number: _shaped(fitted(t, t._a.shape, x._a.dtype, op.name, 0), x._a.shape) for number, t in tangents.items()
    }


def _shaped(t: Tensor, shape: tuple[int, ...]) -> Any:
    return t if t._a.shape == shape else expand_copy(t, shape)


def carry_function(cls: Any, ctx: Any, args: tuple[Any, ...], results: list[Any]) -> None:
    """Let a custom Function's own `jvp` move its outputs, one level at a time."""
    levels = {n for a in args if isinstance(a, Tensor) and a._rare and a._rare.tangents for n in a._rare.tangents}
    for number in sorted(n for n in levels if n in state.forward):
        given = [_tangent_for(ctx, a, number) for a in args]
        moved = cls._push(ctx, given)
        if len(moved) != len(results):
            raise errors.jvp_count(len(results), len(moved))
        for result, tangent in zip(results, moved, strict=True):
            if not isinstance(result, Tensor) or tangent is None:
                continue
            _check_moved(ctx, result, tangent, args, given)
            if tangent._a.shape != result._a.shape:
                raise errors.tangent_shape(result._a.shape, tangent._a.shape)
            give(result, number, tangent)


def _tangent_for(ctx: Any, argument: Any, number: int) -> Any:
    """What `jvp` is given for an argument: its tangent, or zeros unless the Function declined them."""
    tangent = tangent_at(argument, number)
    if tangent is None and isinstance(argument, Tensor) and ctx.materialize_grads and argument._a.dtype.kind in "fcV":
        return wrap(np.zeros_like(argument._a))
    return tangent


def _check_moved(ctx: Any, result: Tensor, tangent: Tensor, args: tuple[Any, ...], given: list[Any]) -> None:
    """A tangent must alias what its output aliases: one written in place, a view a view."""
    for a, t in zip(args, given, strict=True):
        if a is result and any(d is a for d in ctx.dirty_tensors) and tangent is not t:
            raise RuntimeError(
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
                "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace."
            )
        shown = isinstance(a, Tensor) and a is not result and result._view is not None
        if shown and np.may_share_memory(a._a, result._a):
            if t is not None and not np.may_share_memory(t._a, tangent._a):
                raise RuntimeError(
                    "A custom Function's forward is returning a view (or an input as-is) but the jvp is not "
                    "returning a view."
                )


calls.forward_hook = carry
function.forward_hook = carry_function
write.carry_hook = carry_into

__all__ = [
    "GENERAL", "UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual",
]  # fmt: skip
