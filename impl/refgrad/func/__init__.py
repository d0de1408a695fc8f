"""torch.func: derivatives as functions of functions.

`grad`, `vjp`, `jvp`, `jacrev`, `jacfwd`, `hessian`, `linearize` take a function of tensors (or of nested
tuples, lists and dicts of them) and return derivatives of it. They nest: what one makes is a function that
another may differentiate. None of them touches `.grad`, or needs `requires_grad`.
"""

from __future__ import annotations

from ..vmap import vmap
from .forward import hessian, jacfwd, jvp, linearize
from .reverse import grad, grad_and_value, jacrev, vjp

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]
