"""Run a declared op on tensors: the one place that every call comes through.

`dispatch` takes the arrays out, has the kernel compute, wraps the result, and records a node where
somebody may ask for a gradient. `link_view` ties a view to the tensor whose memory it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import errors
from .half import compute
from .modes import state
from .node import make_node, recipe_for
from .promotion import FLOATING, promoted
from .rare import View
from .tensor import Tensor, refresh, storage, wrap

if TYPE_CHECKING:  # declared further right
    from .op import Op


def dispatch(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...]) -> Any:
    """Run `op`: promote, compute, wrap, and record if somebody may ask for a gradient.

    tensors     Tensors and Python numbers, in the kernel's order
    settings    the kernel's settings, in order
    """
    arrays = []
    records = False
    tangents = False
    half = False
    for t in tensors:
        if isinstance(t, Tensor):
            if t._view is not None and op.kind is not None:
                refresh(t)
                records = records or t._view.base._rg
            if t._rg:
                records = True
            if t._rare is not None and t._rare.tangents:
                tangents = True
            if t._a.dtype.kind == "V":
                half = True
            arrays.append(t._a)
        else:
            arrays.append(t)
    mode = state
    if tangents and mode.forward:
        return forward_hook(op, tensors, settings)
    if op.promote is not None:
        arrays = promoted(op, arrays)
    try:
        if half:
            out = compute(op, arrays, settings)
        else:
            out = mode.quiet(op.kernel, *arrays, *settings) if settings else mode.quiet(op.kernel, *arrays)
    except ValueError as error:
        raise in_torchs_words(error, arrays) from None
    if op.outputs == 1:
        result: Any = wrap(out if type(out) is np.ndarray else np.asarray(out))
        results: tuple[Tensor, ...] = (result,)
    else:
        result = results = tuple(wrap(np.asarray(o)) for o in out)
    if records and mode.grad and op.kind is not None and not mode.inference:
        record(op, tensors, settings, results)
    if op.view:
        link_view(op, tensors[0], results)
    elif mode.inference:
        for r in results:
            r._record().inference = True
    return result


def in_torchs_words(error: ValueError, arrays: list[Any]) -> Exception:
    """NumPy's refusal to broadcast becomes torch's; anything else stays what it is."""
    if "broadcast" in str(error):
        try:
            errors.broadcast(*(a.shape for a in arrays if isinstance(a, np.ndarray)))
        except RuntimeError as told:
            return told
    return error


def record(op: Op, tensors: tuple[Any, ...], settings: tuple[Any, ...], results: tuple[Tensor, ...]) -> None:
    """Put a node behind those of `results` that can have a gradient."""
    differentiable = [(nr, r) for nr, r in enumerate(results) if r._a.dtype.kind in FLOATING]
    if differentiable:
        node = make_node(op, recipe_for(op, tensors), tensors, settings, results)
        for nr, r in differentiable:
            r._rg, r._fn, r._nr = True, node, nr


def link_view(op: Op, source: Tensor, results: tuple[Tensor, ...]) -> None:
    """Let `results` share `source`'s version counter, and know whose memory they show."""
    store = storage(source)
    base = source if source._view is None else source._view.base
    carrier = source if source._view is None or source._view.carrier is None else source._view.carrier
    creation = "inference" if state.inference else "" if state.grad else "no_grad"
    if not creation:
        creation = "multi" if op.multi_view else source._view.creation if source._view is not None else ""
    for r in results:
        r._store = store
        if source._rare is not None and source._rare.inference:
            r._record().inference = True
        if op.kind is not None:
            r._view = View(base, store.version, creation, carrier)


forward_hook: Callable[..., Any]  # tangents.py: run the op on tensors that carry tangents
