"""The way from a call to its kernel, by how many tensors the op takes.

`dispatch` is right for every call, and its loops and questions cost more than a small kernel does.
Most calls are plain: one tensor, or two of one floating dtype, or one and a number; the settings
left as they are, no argument a view, no tangent. `unary` and `binary` make for an op the function that runs
plain calls without a loop, and hands every other call to dispatch. tests/refgrad/test_calls.py
holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dispatch as general
from . import errors
from .arguments import bind
from .modes import state
from .node import make_node
from .promotion import COMPUTED, FLOATING
from .tensor import Tensor, wrap

if TYPE_CHECKING:  # declared further right
    from .op import Op

Run = Callable[..., Any]
ndarray = np.ndarray
ARRAY = (np.ndarray, np.generic)


ABSENT: Any = object()


def caller(op: Op) -> Run:
    """The function that the user calls, with tensors and settings by position or by name."""
    plain = op.run

    # `plain(*args)` would cost as much as all else that a plain call of two tensors does here.
    if plain.__name__ == "run_one":
        return plain
    if len(op.tensor_names) == 2 and not op.variadic:

        def call(x: Any = ABSENT, y: Any = ABSENT, /, *rest: Any, **named: Any) -> Any:
            if type(x) is ndarray and type(y) is ndarray and not named:
                return op.kernel(x, y, *rest)
            if rest or named or y is ABSENT:
                given = tuple([t for t in (x, y) if t is not ABSENT]) + rest
                if named.get("out") is not None:
                    return out_hook(call, named.pop("out"), given, named)
                return run(op, *bind(op, given, named))
            return plain(x, y)

    else:

        def call(*args: Any, **named: Any) -> Any:
            if named.get("out") is not None:
                return out_hook(call, named.pop("out"), args, named)
            return run(op, *bind(op, args, named))

    return call


def runner(op: Op) -> Run:
    """The function that runs `op` on all its tensors and the defaults of its settings."""
    if op.outputs == 1 and not op.variadic:
        if len(op.tensor_names) == 1:
            return unary(op)
        if len(op.tensor_names) == 2 and not op.view:
            return binary(op)
    return lambda *tensors: run(op, tensors, op.defaults)


def run(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Any:
    """Dispatch a call with a tensor; with arrays it is a rule at work, and its kernel; refuse anything else."""
    for t in tensors:
        if isinstance(t, Tensor):
            return general.dispatch(op, tensors, settings)
    for t in tensors:
        if isinstance(t, ARRAY):
            return op.kernel(*tensors, *settings)
    if not tensors:
        raise TypeError(f"{op.name}() expected a non-empty list of Tensors")
    raise errors.not_a_tensor(op.name, "input", 1, tensors[0])


def unary(op: Op) -> Run:
    """The function that runs an op of one tensor, with whatever settings."""
    as_it_is, view, recorded, recipes = op.promote is None, op.view, op.kind is not None, op.recipes

    def run_one(x: Any = ABSENT, /, *rest: Any, **named: Any) -> Any:
        settings = op.defaults
        if rest or named or x is ABSENT:
            if type(x) is ndarray and not named:
                return op.kernel(x, *rest)
            if named.get("out") is not None:
                return out_hook(run_one, named.pop("out"), rest if x is ABSENT else (x, *rest), named)
            (x,), settings = bind(op, rest if x is ABSENT else (x, *rest), named)
        if type(x) is ndarray:
            return op.kernel(x, *settings)
        if type(x) is not Tensor or x._view is not None or x._rare is not None:
            return run(op, (x,), settings)
        mode = state.__dict__  # one look-up in the thread's own record instead of one per mode
        a = x._a
        if mode["inference"] or not (a.dtype in COMPUTED or (as_it_is and a.dtype.kind != "V")):
            return general.dispatch(op, (x,), settings)
        try:
            out = mode["quiet"](op.kernel, a, *settings)
        except ValueError as error:
            raise general.in_torchs_words(error, [a]) from None
        result = wrap(out if type(out) is ndarray else np.asarray(out))
        if x._rg and recorded and mode["grad"] and result._a.dtype.kind in FLOATING:
            recipe = recipes.get(1) or op.recipe(1)
            result._fn = make_node(op, recipe, (x,), settings, (result,))
            result._rg = True
        if view:
            general.link_view(op, x, (result,))
        return result

    return run_one


def binary(op: Op, otherwise: Callable[[Any, Any], Any] | None = None) -> Run:
    """The function that runs an op of two tensors, of which the second may be a number.

    otherwise   what is done with a second argument of any other type; None: dispatch knows
    """
    as_it_is, recorded, recipes = op.promote is None, op.kind is not None, op.recipes

    def run_two(x: Any, y: Any) -> Any:
        if type(x) is not Tensor or x._view is not None or x._rare is not None:
            return run(op, (x, y), op.defaults) if otherwise is None else otherwise(x, y)
        mode = state.__dict__
        a = x._a
        needed = 1 if x._rg else 0
        if type(y) is Tensor:
            b = y._a
            plain = y._view is None and y._rare is None
            if plain:
                plain = a.dtype.kind != "V" != b.dtype.kind if as_it_is else b.dtype is a.dtype and b.dtype in COMPUTED
            if y._rg:
                needed += 2
        elif type(y) is float or type(y) is int:
            b = y
            plain = a.dtype in COMPUTED or (as_it_is and a.dtype.kind != "V")
        else:
            return run(op, (x, y), op.defaults) if otherwise is None else otherwise(x, y)
        if not plain or mode["inference"]:
            return general.dispatch(op, (x, y), op.defaults)
        try:
            out = mode["quiet"](op.kernel, a, b)
        except ValueError as error:
            raise general.in_torchs_words(error, [a, b]) from None
        result = wrap(out if type(out) is ndarray else np.asarray(out))
        if needed and recorded and mode["grad"] and result._a.dtype.kind in FLOATING:
            recipe = recipes.get(needed) or op.recipe(needed)
            result._fn = make_node(op, recipe, (x, y), op.defaults, (result,))
            result._rg = True
        return result

    return run_two


out_hook: Callable[..., Any]  # outs.py: write what a function returns into a tensor that exists already
