"""Whole Jacobians and Hessians: by rows in reverse mode, by columns in forward mode."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import forward_ad
from ..modes import enable_grad
from ..ops.join import stack
from ..tensor import Tensor, wrap
from .call import NOT_STRICT, OUTPUTS, Function, Tensors, _call, _filled, _given_back, _pull, _tuple
from .products import _slope


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of every output by every input: shape (*output, *input), nested as outputs and inputs are.

    Reverse mode makes it row by row, forward mode column by column. `vectorize` only says which strategies
    and modes torch allows together: here a batch is a loop.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            "than "
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _by_columns(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        call = _call(func, inputs, "jacobian", create_graph, strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        rows = [_rows(out, i, call.inputs, create_graph, strict) for i, out in enumerate(call.outputs)]
    return _nested(rows, call.outputs_in_tuple, call.inputs_in_tuple, create_graph)


def _rows(out: Tensor, number: int, inputs: Tensors, create_graph: bool, strict: bool) -> list[Tensor]:
    """The Jacobians of one output."""
    missing = f"Output {number} of the user-provided function is independent of input {{}}. {NOT_STRICT}."
    flat = out.reshape(-1)  # type: ignore[attr-defined]  # the ops are methods, too
    found = [
        _filled(
            _pull((flat[j],), inputs, None, create_graph, True), inputs, strict, create_graph, missing, "The jacobian"
        )
        for j in range(out.numel())
    ]
    if not found:
        return [wrap(np.zeros((*out.shape, *t.shape), t._a.dtype)) for t in inputs]
    return [
        stack(list(column)).reshape((*out.shape, *t.shape))
        for column, t in zip(zip(*found, strict=True), inputs, strict=True)
    ]


def _nested(blocks: list[list[Tensor]], outputs_in_tuple: bool, inputs_in_tuple: bool, create_graph: bool) -> Any:
    nested = tuple([_given_back(tuple(row), inputs_in_tuple, create_graph) for row in blocks])
    return nested if outputs_in_tuple else nested[0]


def _by_columns(func: Function, inputs: Any, create_graph: bool, strict: bool, vectorize: bool) -> Any:
    """The Jacobian in forward mode: one column for each element of the inputs."""
    if create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not '
            'supported together (yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
        )
    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are not supported '
            'together (yet). Please either set `strict=False` or `strategy="reverse-mode"`.'
        )
    in_tuple, given = _tuple(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
            "`vectorize=True`."
        )
    out_tuple, columns = False, []
    for i, t in enumerate(given):
        for row in np.eye(t.numel(), dtype=t._a.dtype):
            moving = (*given[:i], (t, wrap(row.reshape(t.shape))), *given[i + 1 :])
            out_tuple, tangents = _moved(func, moving)
            columns.append(tangents)
    blocks = []
    for per_output in zip(*columns, strict=True):
        shape, rest = per_output[0].shape, list(per_output)
        block = []
        for t in given:
            block.append(stack(rest[: t.numel()], -1).reshape((*shape, *t.shape)))
            rest = rest[t.numel() :]
        blocks.append(block)
    return _nested(blocks, out_tuple, in_tuple, True)


def _moved(func: Function, inputs: tuple[Any, ...]) -> tuple[bool, Tensors]:
    """How the outputs move, when the input that comes with a tangent moves along it."""
    with forward_ad.dual_level():
        duals = [forward_ad.make_dual(*t) if isinstance(t, tuple) else t for t in inputs]
        out_tuple, outputs = _tuple(func(*duals), OUTPUTS, "jacobian")
        moved = [forward_ad.unpack_dual(out).tangent for out in outputs]
    return out_tuple, tuple(
        [wrap(np.zeros_like(o._a)) if t is None else t for o, t in zip(outputs, moved, strict=True)]
    )


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with a single element: the Jacobian of its gradient, nested input by input."""
    in_tuple, given = _tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    forward = outer_jacobian_strategy == "forward-mode"

    def slope(*inner: Tensor) -> Any:
        if forward:
            inner = tuple([t.requires_grad_() for t in inner])
        with enable_grad():
            _, gradient = _slope(func, inner, "hessian", True, strict)
        return tuple([wrap(np.zeros_like(t._a)) if g is None else g for g, t in zip(gradient, inner, strict=True)])

    blocks = jacobian(slope, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return blocks if in_tuple else blocks[0][0]
