"""How an op carries tangents: by its kind, so that no op needs a second derivative rule.

    LINEAR        the op on the tangent                                    sum(x) -> sum(t)
    MULTILINEAR   the op with one argument replaced, added up              x @ y -> t @ y + x @ u
    ADDED_PRODUCT both: the first argument is only multiplied by a number  x + a @ b -> t + (u @ b + a @ v)
    ELEMENTWISE   conj(rule(conj t)): the rule multiplies by conj f'       sin(x) -> t cos(x)
    GENERAL       a rule is linear in g, so the tangent is its transpose, which backward computes:

        rule: u -> J^H u, recorded from a u that is all zeros, since only how the rule depends on it counts;
        backward from there with the cotangent t gives J t.

An op whose tangent is better written out declares it (`op.jvp`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import dispatch as calls
from . import engine, write
from .dispatch import dispatch
from .forward_ad import give, hidden, tangent_at
from .graph import Node
from .modes import enable_grad, state
from .op import ADDED_PRODUCT, ELEMENTWISE, LINEAR, MULTILINEAR, Op
from .ops.arithmetic import zeros_times
from .ops.complex import conj
from .ops.fit import cast, expand_copy, fitted
from .rare import View
from .recipe import DerivativeRule, Missing, array_of, finder
from .roots import key_of
from .saved import hold_tangents
from .tensor import Tensor, storage, wrap
from .window import Window, _pasted


def carry(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Any:
    """Run `op` on tensors of which some carry tangents: the innermost level first, the others inside it."""
    levels = [n for t in tensors if isinstance(t, Tensor) and t._rare and t._rare.tangents for n in t._rare.tangents]
    open_levels = [n for n in levels if n in state.forward]
    if not open_levels:
        with hidden(tensors, 0):
            return dispatch(op, tensors, settings)
    number = max(open_levels)
    tangents = [tangent_at(t, number) for t in tensors]
    with hidden(tensors, number):
        out = dispatch(op, tensors, settings)
        if op.kind is None:
            return out
        results = (out,) if op.outputs == 1 else out
        moved = push(op, tensors, settings, results, tangents)
    for result, tangent in zip(results, moved, strict=True):
        if tangent is not None and result._a.dtype.kind in "fcV":
            like = tangent._a.dtype == result._a.dtype  # beside integers a rule may come to a wider dtype
            give(result, number, tangent if like else cast(tangent, result._a.dtype))
    return out


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
    if op.kind == ADDED_PRODUCT:
        return [_added_product(op, tensors, settings, results, tangents)]
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
    for name, x in zip(op.tensor_names, tensors, strict=False):
        array = array_of(x)
        names[f"{name}_shape"], names[f"{name}_dtype"] = array.shape, array.dtype
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


def _added_product(op: Op, tensors: Any, settings: Any, results: Any, tangents: Any) -> Any:
    """The tangent of what is added, where it has one; and the op on each factor's tangent, with nothing added."""
    added, *factors = tangents
    terms = [] if added is None else [_elementwise(op, tensors, settings, results, [added])]
    bare, unscaled = (wrap(tensors[0]._a), *tensors[1:]), (0, *settings[1:])
    terms += [dispatch(op, _with(bare, i, t), unscaled) for i, t in enumerate(factors, 1) if t is not None]
    return _total(terms)


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


def carry_into(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Callable[[Node | None], None]:
    """What the first argument's tangents become when `op` is written into it: call the answer after the write.

    It takes the node of the write, or None, and gives the tangents to the argument, to what the node saved of it, and
    to the tensor that the argument shows part of.
    """
    x = tensors[0]
    out = carry(op, tensors, settings)
    tangents = {
        number: _shaped(fitted(t, t._a.shape, x._a.dtype, op.name, 0), x._a.shape)
        for number, t in ({} if out._rare is None else out._rare.tangents or {}).items()
    }

    def put(node: Node | None) -> None:
        x._record().tangents = tangents or None
        if x._view is not None and x._view.carrier is not None:
            _put_in_carrier(x, x._view, tangents)
        hold_tangents(node, 0, tangents)

    return put


def _put_in_carrier(x: Tensor, view: View, tangents: dict[int, Tensor]) -> None:
    """Write the tangents of `x` into those of the tensor that it shows part of."""
    view.carried = storage(x).version
    carrier = view.carrier
    assert carrier is not None
    before = dict(carrier._record().tangents or {})
    window = Window(carrier._a, x._a)
    for level in before.keys() | tangents.keys():
        whole = before[level] if level in before else wrap(np.zeros_like(carrier._a))
        before[level] = _pasted(whole, tangents.get(level, 0.0), window)
    carrier._record().tangents = before


def _shaped(t: Tensor, shape: tuple[int, ...]) -> Any:
    return t if t._a.shape == shape else expand_copy(t, shape)


calls.forward_hook = carry
write.carry_hook = carry_into

__all__ = ["carry", "carry_into", "push"]
