"""torch.func: derivatives as functions of functions.

`grad`, `vjp`, `jvp`, `jacrev`, `jacfwd`, `hessian`, `linearize` take a function of tensors (or of nested
tuples, lists and dicts of them) and return derivatives of it. They nest: what one makes is a function that
another may differentiate. None of them touches `.grad`, or needs `requires_grad`. `functional_call` makes a module
such a function, of its parameters.
"""

from __future__ import annotations

from ..vmap import vmap
from .forward import hessian, jacfwd, jvp, linearize
from .modules import functional_call, stack_module_state
from .reverse import grad, grad_and_value, jacrev, vjp

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]  # fmt: skip
