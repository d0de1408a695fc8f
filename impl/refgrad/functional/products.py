"""Products with Jacobians (`vjp`, `jvp`) and with Hessians (`vhp`, `hvp`), which need no matrix.

Multiplying from the left is one backward pass; from the right it is the gradient of that pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..modes import enable_grad, set_grad_enabled, state
from ..tensor import Tensor, wrap
from .call import NOT_STRICT, Call, Function, _call, _filled, _given_back, _present, _pull, _tuple, _vector


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
