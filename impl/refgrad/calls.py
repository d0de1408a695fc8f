"""The way from a call to its kernel, by how many tensors the op takes.

`dispatch` is right for every call, and its loops and questions cost more than a small kernel does.
Most calls are plain: one tensor, or two of one floating dtype, or one and a number; the settings
left as they are, no view, no tangent. `unary` and `binary` make for an op the function that runs
plain calls without a loop, and hands every other call to dispatch. tests/refgrad/test_calls.py
holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dispatch as general
from . import errors
from .modes import state
from .promotion import COMPUTED
from .tensor import Tensor, wrap

if TYPE_CHECKING:  # declared further right
    from .op import Op

Run = Callable[..., Any]
ARRAY = (np.ndarray, np.generic)


ABSENT: Any = object()


def caller(op: Op) -> Run:
    """The function that the user calls, with tensors and settings by position or by name."""
    bind, plain = op.bind, op.run

    # Two and one again, because `plain(*args)` costs as much as all else that a plain call does here.
    if len(op.tensor_names) == 1 and not op.variadic:

        def call(x: Any = ABSENT, /, *rest: Any, **named: Any) -> Any:
            if rest or named or x is ABSENT:
                return run(op, *bind(rest if x is ABSENT else (x, *rest), named))
            return plain(x)

    elif len(op.tensor_names) == 2 and not op.variadic:

        def call(x: Any = ABSENT, y: Any = ABSENT, /, *rest: Any, **named: Any) -> Any:
            if rest or named or y is ABSENT:
                return run(op, *bind(tuple([t for t in (x, y) if t is not ABSENT]) + rest, named))
            return plain(x, y)

    else:

        def call(*args: Any, **named: Any) -> Any:
            return run(op, *bind(args, named))

    return call


def runner(op: Op) -> Run:
    """The function that runs `op` on all its tensors and the defaults of its settings."""
    if op.outputs == 1 and not op.view and not op.variadic:
        if len(op.tensor_names) == 1:
            return unary(op)
        if len(op.tensor_names) == 2:
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
    """The runner of an op of one tensor."""
    as_it_is = op.promote is None

    def run_one(x: Any) -> Any:
        if type(x) is np.ndarray:
            return op.kernel(x)
        if type(x) is not Tensor or x._view is not None or x._rare is not None:
            return run(op, (x,), op.defaults)
        mode = state.__dict__  # one look-up in the thread's own record instead of one per mode
        if mode["inference"] or not (as_it_is or x._a.dtype in COMPUTED):
            return general.dispatch(op, (x,), op.defaults)
        try:
            out = mode["quiet"](op.kernel, x._a)
        except ValueError as error:
            raise general.in_torchs_words(error, [x._a]) from None
        result = wrap(out if type(out) is np.ndarray else np.asarray(out))
        if x._rg and mode["grad"] and op.kind is not None:
            general.record(op, (x,), op.defaults, (result,), (x._fn or x,), (x._nr,) if x._nr else FIRST, 1)
        return result

    return run_one


FIRST = (0,)
FIRST_TWO = (0, 0)


def binary(op: Op) -> Run:
    """The runner of an op of two tensors, of which one may be a number."""
    as_it_is = op.promote is None

    def run_two(x: Any, y: Any) -> Any:
        if type(x) is not Tensor or x._view is not None or x._rare is not None:
            return run(op, (x, y), op.defaults)
        mode = state.__dict__
        a = x._a
        if type(y) is Tensor:
            b = y._a
            plain = y._view is None and y._rare is None and (as_it_is or (b.dtype is a.dtype and b.dtype in COMPUTED))
            tensor = True
        else:
            b = y
            plain = (type(y) is float or type(y) is int) and (as_it_is or a.dtype in COMPUTED)
            tensor = False
        if not plain or mode["inference"]:
            return general.dispatch(op, (x, y), op.defaults)
        try:
            out = mode["quiet"](op.kernel, a, b)
        except ValueError as error:
            raise general.in_torchs_words(error, [a, b]) from None
        result = wrap(out if type(out) is np.ndarray else np.asarray(out))
        if mode["grad"] and op.kind is not None:
            if tensor and y._rg:
                before = (x._fn or x) if x._rg else None
                nrs = (x._nr, y._nr) if x._nr or y._nr else FIRST_TWO
                general.record(op, (x, y), op.defaults, (result,), (before, y._fn or y), nrs, 3 if x._rg else 2)
            elif x._rg:
                nrs = (x._nr, 0) if x._nr else FIRST_TWO
                general.record(op, (x, y), op.defaults, (result,), (x._fn or x, None), nrs, 1)
        return result

    return run_two
