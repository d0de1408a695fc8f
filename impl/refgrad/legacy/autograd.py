"""torch.autograd of the old interface."""

from __future__ import annotations

from typing import Any

from .. import autograd
from .function import Function
from .variable import Variable, old

grad = old(autograd.grad)


def backward(
    variables: Any, grad_variables: Any = None, retain_graph: bool | None = None, create_graph: bool | None = None,
    retain_variables: bool | None = None,
) -> None:  # fmt: skip
    """Add gradients to the leaves. `retain_variables` is the first name of `retain_graph`."""
    retain = retain_variables if retain_graph is None else retain_graph
    autograd.backward(variables, grad_variables, retain, bool(create_graph))


def __getattr__(name: str) -> Any:
    return getattr(autograd, name)


__all__ = ["Function", "Variable", "backward", "grad"]
