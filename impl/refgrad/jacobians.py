"""The Jacobian of a function in three ways: by central differences, by backward, by dual numbers.

A Probe says where a Jacobian is looked at: along which directions u of the inputs, and against which cotangents
v of the outputs. With all unit vectors it is the whole matrix; with one random vector each, a single number.
A matrix has one row for each direction and one column for each cotangent; found are lists [input][output].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import backward, forward_ad
from .errors import GradcheckError
from .tensor import Tensor, wrap

Matrix = np.ndarray
Function = Callable[..., Any]


@dataclass(frozen=True)
class Probe:
    """Where a Jacobian is looked at.

    directions   per input that is checked: rows u
    cotangents   per output that is checked: rows v
    """

    directions: list[Matrix]
    cotangents: list[Matrix]


def all_directions(xs: Sequence[Tensor], ys: Sequence[Tensor]) -> Probe:
    """Every unit vector of every input and output: the whole Jacobian."""
    return Probe([np.eye(x.numel()) for x in xs], [np.eye(y.numel()) for y in ys])


def random_directions(xs: Sequence[Tensor], ys: Sequence[Tensor], forward: bool) -> Probe:
    """One positive unit vector each; forward mode sees every element of the outputs at no cost."""
    rng = np.random.default_rng(0)

    def unit(t: Tensor) -> Matrix:
        v = rng.random((1, t.numel()))
        return v / np.linalg.norm(v)

    return Probe([unit(x) for x in xs], [np.eye(y.numel()) if forward else unit(y) for y in ys])


def as_tuple(x: Any) -> tuple[Any, ...]:
    """One tensor or several, as a tuple."""
    return tuple(x) if isinstance(x, tuple | list) else (x,)


def checked(inputs: Sequence[Any]) -> list[int]:
    """Which inputs require grad."""
    return [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]


def floating(out: Any) -> list[Tensor]:
    """The outputs that can move."""
    return [o for o in as_tuple(out) if isinstance(o, Tensor) and o._a.dtype.kind in "fc"]


def differentiable(out: Any) -> list[Tensor]:
    """The outputs that backward can start from."""
    return [o for o in as_tuple(out) if isinstance(o, Tensor) and o.requires_grad]


def numerical(func: Function, inputs: Sequence[Any], directions: Sequence[Matrix], eps: float) -> list[list[Matrix]]:
    """How every floating output moves, by central differences."""
    found = []
    for i, rows in zip(checked(inputs), directions, strict=True):
        x = inputs[i]._a
        along = [_difference(func, inputs, x, u.reshape(x.shape), eps) for u in rows]
        if x.dtype.kind == "c":
            across = [_difference(func, inputs, x, 1j * u.reshape(x.shape), eps) for u in rows]
            along = [
                [a + 1j * b for a, b in zip(real, imag, strict=True)] for real, imag in zip(along, across, strict=True)
            ]
        found.append([np.array(columns) for columns in zip(*along, strict=True)])
    return found


def _difference(func: Function, inputs: Sequence[Any], x: np.ndarray, u: np.ndarray, eps: float) -> list[np.ndarray]:
    """Move the memory of one input by -eps u and +eps u, and put it back."""
    before, ends = x.copy(), []
    try:
        for sign in (-1, 1):
            x[...] = before + sign * eps * u
            ends.append([o._a.copy() for o in floating(func(*inputs))])
    finally:
        x[...] = before
    for low, high in zip(*ends, strict=True):
        for what, a, b in (("shape", low.shape, high.shape), ("dtype", low.dtype, high.dtype)):
            if a != b:
                raise AssertionError(
                    f"Expected `func` to return outputs with the same {what} when inputs are perturbed by {eps}, but "
                    f"got: {what}s {a} and {b}."
                )
    return [((high - low) / (2 * eps)).reshape(-1) for low, high in zip(*ends, strict=True)]


def by_backward(out: Tensor, inputs: Sequence[Any], probe: Probe, v_rows: Matrix) -> list[Matrix]:
    """The Jacobians of one output: backward from every cotangent."""
    xs = [inputs[i] for i in checked(inputs)]
    columns: list[list[Any]] = [[] for _ in xs]
    for v in v_rows:
        seed = wrap(v.reshape(out.shape).astype(out._a.dtype))
        for column, x, g in zip(
            columns, xs, backward.grad(out, xs, seed, retain_graph=True, allow_unused=True), strict=True
        ):
            column.append(np.zeros(x.numel(), x._a.dtype) if g is None else g._a.reshape(-1))
    return [
        u_rows @ np.array(column).T if column else np.zeros((len(u_rows), 0))
        for column, u_rows in zip(columns, probe.directions, strict=True)
    ]


def by_forward(
    func: Function, inputs: Sequence[Any], directions: Sequence[Matrix], strict_dtype: bool
) -> list[list[Matrix]]:
    """How every floating output moves, by dual numbers."""
    found = []
    for i, rows in zip(checked(inputs), directions, strict=True):
        moved = [tangents_of(func, inputs, {i: u.reshape(inputs[i].shape)}, strict_dtype) for u in rows]
        found.append([np.array(columns) for columns in zip(*moved, strict=True)])
    return found


def tangents_of(
    func: Function, inputs: Sequence[Any], along: dict[int, Any], strict_dtype: bool = False
) -> list[np.ndarray]:
    """The tangents of the outputs, flat; inputs in `along` move, the other checked ones have a tangent of zero."""
    with forward_ad.dual_level():
        duals = list(inputs)
        for i in checked(inputs):
            x = wrap(inputs[i]._a)
            direction = np.broadcast_to(along[i], x.shape) if i in along else np.zeros(x.shape)
            duals[i] = (
                x if i in along and along[i] is None else forward_ad.make_dual(x, wrap(direction.astype(x._a.dtype)))
            )
        tangents = []
        for out in floating(func(*duals)):
            value, tangent = forward_ad.unpack_dual(out)
            if strict_dtype and tangent is not None and (tangent._a.dtype.kind == "c") != (value._a.dtype.kind == "c"):
                raise GradcheckError("Forward AD gradient has dtype mismatch.")
            tangents.append(np.zeros(out.numel(), out._a.dtype) if tangent is None else tangent._a.reshape(-1))
    return tangents


__all__ = [
    "Probe", "all_directions", "as_tuple", "by_backward", "by_forward", "checked", "differentiable", "floating",
    "numerical", "random_directions", "tangents_of",
]  # fmt: skip
