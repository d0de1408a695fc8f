"""torch.autograd.functional: products with Jacobians and Hessians, and these matrices themselves.

vjp and jvp multiply a vector with the Jacobian from the left and from the right; vhp and hvp do so with the
Hessian; jacobian and hessian give the whole. Each takes `func` and its inputs, a tensor or a tuple of them.

`create_graph` lets the result be differentiated again. `strict` refuses a result that is zero because it does
not depend on an input. A Call is one evaluation of `func` on inputs of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import backward, forward_ad
from .modes import enable_grad, set_grad_enabled, state
from .ops.join import stack
from .tensor import Tensor, wrap

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


def vjp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), v @ J): one backward pass. `v` looks like the outputs."""
    with enable_grad():
        call = _call(func, inputs, "vjp", create_graph, strict)
        v = _vector(v, call.outputs, call.outputs_in_tuple, "vjp", create_graph, "the user-provided function returns")
    with set_grad_enabled(create_graph or state.grad):
        found = _pull(call.outputs, call.inputs, v, create_graph)
    missing = f"The output of the user-provided function is independent of input {{}}. {NOT_STRICT}."
    product = _filled(found, call.inputs, strict, create_graph, missing, "The jacobian")
    return (
        _given_back(call.outputs, call.outputs_in_tuple, create_graph),
        _given_back(product, call.inputs_in_tuple, create_graph),
    )


def jvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), J @ v): u -> u @ J is linear, and its pullback multiplies from the right."""
    with enable_grad():
        in_tuple, given = _tuple(inputs, "inputs", "jvp")
        v = _vector(v, given, in_tuple, "jvp", create_graph, "the input to the user-provided function is")
        call = _call(func, inputs, "jvp", create_graph, strict)
        u = tuple([wrap(np.zeros_like(o._a)).requires_grad_() for o in call.outputs])
        pulled = _pull(call.outputs, call.inputs, u, True)
        if strict:
            _require_dependence(
                pulled,
                "The gradient with respect to input {} is independent of the inputs of the user-provided function.",
            )
        found = _pull(tuple([g for g in pulled if g is not None]), u, _present(v, pulled), create_graph)
    missing = (
        "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double "
        f"backward trick to compute forward mode gradients. {NOT_STRICT}."
    )
    product = _filled(found, call.outputs, strict, create_graph, missing, "The jacobian")
    return (
        _given_back(call.outputs, call.outputs_in_tuple, create_graph),
        _given_back(product, call.outputs_in_tuple, create_graph),
    )


def _present(v: Tensors | None, found: Sequence[Tensor | None]) -> Tensors | None:
    """The entries of `v` for the gradients that are there."""
    return None if v is None else tuple([t for t, g in zip(v, found, strict=True) if g is not None])


def _require_dependence(found: Sequence[Tensor | None], constant: str, advice: str = "") -> None:
    for i, g in enumerate(found):
        if g is None:
            raise RuntimeError(f"The output of the user-provided function is independent of input {i}. {NOT_STRICT}.")
        if not g.requires_grad:
            raise RuntimeError(f"{constant.format(i)} {NOT_STRICT}.{advice}")


def _slope(
    func: Function, inputs: Any, function: str, create_graph: bool, strict: bool
) -> tuple[Call, Sequence[Tensor | None]]:
    """A call of a function with a single element, and its gradient, which can be differentiated again."""
    call = _call(func, inputs, function, create_graph, strict)
    if call.outputs_in_tuple:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if call.outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")
    slope = _pull(call.outputs, call.inputs, None, True)
    if strict:
        _require_dependence(slope, *TWICE)
    return call, slope


TWICE = (
    (
        "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} "
        "is independent of the input."
    ),
    (
        " You should ensure that your function is twice differentiable and that the jacobian depends on the inputs "
        "(this would be violated by a linear function for example)."
    ),
)


def vhp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), v @ H) for a function with a single element: the gradient of <v, gradient>."""
    with enable_grad():
        in_tuple, given = _tuple(inputs, "inputs", "vhp")
        v = _vector(v, given, in_tuple, "vhp", create_graph, "the input to the user-provided function is")
        call, slope = _slope(func, inputs, "vhp", create_graph, strict)
    with set_grad_enabled(create_graph or state.grad):
        found = _pull(tuple([g for g in slope if g is not None]), call.inputs, _present(v, slope), create_graph)
    missing = f"The jacobian of the user-provided function is independent of input {{}}. {NOT_STRICT}."
    product = _filled(found, call.inputs, strict, create_graph, missing, "The hessian")
    return _given_back(call.outputs, False, create_graph), _given_back(product, call.inputs_in_tuple, create_graph)


def hvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func(inputs), H @ v): as jvp, of the gradient. One pass more than vhp, and the same where H is symmetric."""
    with enable_grad():
        in_tuple, given = _tuple(inputs, "inputs", "hvp")
        v = _vector(v, given, in_tuple, "hvp", create_graph, "the input to the user-provided function is")
        call, slope = _slope(func, inputs, "hvp", create_graph, strict)
        u = tuple([wrap(np.zeros_like(t._a)).requires_grad_() for t in call.inputs])
        pulled = _pull(tuple([g for g in slope if g is not None]), call.inputs, _present(u, slope), True)
        found = _pull(tuple([g for g in pulled if g is not None]), u, _present(v, pulled), create_graph)
    missing = (
        "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. "
        f"{NOT_STRICT} as it prevents from using the double backward trick to replace forward mode AD."
    )
    product = _filled(found, call.inputs, strict, create_graph, missing, "The hessian")
    return _given_back(call.outputs, False, create_graph), _given_back(product, call.inputs_in_tuple, create_graph)


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


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
