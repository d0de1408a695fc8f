"""One evaluation of the user's function, on inputs of its own, and the gradients that are taken of it.

A Call is what the function made of its inputs. The functions here check and connect what goes in, pull gradients
back, and give results in the caller's form: a tensor or a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import backward
from ..tensor import Tensor, wrap

Function = Callable[..., Any]
Tensors = tuple[Tensor, ...]
NOT_STRICT = "This is not allowed in strict mode"
OUTPUTS = "outputs of the user-provided function"


class Call(NamedTuple):
    """What `func` made of `inputs`, and whether the user gave, or gets, a tuple of each."""

    inputs: Tensors
    outputs: Tensors
    inputs_in_tuple: bool
    outputs_in_tuple: bool


def _tuple(given: Any, what: str, function: str) -> tuple[bool, Tensors]:
    """(was it a tuple?, the tensors); raises TypeError for anything else."""
    many = given if isinstance(given, tuple) else (given,)
    for i, t in enumerate(many):
        if not isinstance(t, Tensor):
            which = f"the value at index {i}" if isinstance(given, tuple) else f"the given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but {which} has type "
                f"{type(t)}."
            )
    return isinstance(given, tuple), many


def _own(tensors: Tensors, create_graph: bool, needs: bool) -> Tensors:
    """Stand-ins, so that the caller's tensors are left alone; connected to them where a graph is wanted."""
    return tuple(
        [t.view_as(t) if create_graph and t.requires_grad else wrap(t._a).requires_grad_(needs) for t in tensors]
    )


def _call(func: Function, inputs: Any, function: str, create_graph: bool, strict: bool) -> Call:
    in_tuple, given = _tuple(inputs, "inputs", function)
    own = _own(given, create_graph, True)
    out_tuple, outputs = _tuple(func(*own), OUTPUTS, function)
    if strict:
        for i, out in enumerate(outputs):
            if not out.requires_grad:
                raise RuntimeError(
                    f"Output {i} of the user-provided function does not require gradients. The outputs must be "
                    "computed in a differentiable manner from the input when running in strict mode."
                )
    return Call(own, outputs, in_tuple, out_tuple)


def _vector(v: Any, like: Tensors, in_tuple: bool, function: str, create_graph: bool, source: str) -> Tensors | None:
    """The vector to multiply with, which must look like `like`; it may be left out for one single element."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if {source} a single Tensor with a single element.")
        return None
    _, vector = _tuple(v, "v", function)
    if len(vector) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(vector)}."
            if in_tuple
            else "The given v should contain a single Tensor."
        )
    for i, (t, model) in enumerate(zip(vector, like, strict=True)):
        if t.shape != model.shape:
            entry = f"Entry {i} in " if in_tuple else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {model.shape} but got {t.shape}.")
    return _own(vector, create_graph, False)


def _pull(
    outputs: Tensors, inputs: Tensors, v: Tensors | None, create_graph: bool, keep: bool = False
) -> Sequence[Tensor | None]:
    """The gradients of <v, outputs>; None for an input on which nothing depends."""
    pairs = [(o, None if v is None else v[i]) for i, o in enumerate(outputs) if o.requires_grad]
    if not pairs:
        return [None] * len(inputs)
    roots, seeds = zip(*pairs, strict=True)
    found: Sequence[Tensor | None] = backward.grad(
        roots, inputs, seeds, retain_graph=keep or None, create_graph=create_graph, allow_unused=True
    )
    return found


def _filled(
    found: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, missing: str, constant: str
) -> Tensors:
    """Zeros where nothing depends; in strict mode an error, with the index of the input in it."""
    for i, g in enumerate(found):
        if strict and g is None:
            raise RuntimeError(missing.format(i))
        if strict and create_graph and g is not None and not g.requires_grad:
            raise RuntimeError(
                f"{constant} of the user-provided function is independent of input {i}. {NOT_STRICT} when "
                "create_graph=True."
            )
    return tuple([wrap(np.zeros_like(t._a)) if g is None else g for g, t in zip(found, like, strict=True)])


def _given_back(tensors: Tensors, in_tuple: bool, create_graph: bool) -> Any:
    """A result in the caller's form: a tuple or a tensor, with its graph or without."""
    settled = tensors if create_graph else tuple([wrap(t._a) for t in tensors])
    return settled if in_tuple else settled[0]


def _present(v: Tensors | None, found: Sequence[Tensor | None]) -> Tensors | None:
    """The entries of `v` for the gradients that are there."""
    return None if v is None else tuple([t for t, g in zip(v, found, strict=True) if g is not None])
