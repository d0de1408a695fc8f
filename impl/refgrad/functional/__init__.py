"""torch.autograd.functional: products with Jacobians and Hessians, and these matrices themselves.

vjp and jvp multiply a vector with the Jacobian from the left and from the right; vhp and hvp do so with the
Hessian; jacobian and hessian give the whole. Each takes `func` and its inputs, a tensor or a tuple of them.

`create_graph` lets the result be differentiated again. `strict` refuses a result that is zero because it does
not depend on an input.
"""

from __future__ import annotations

from .matrices import hessian, jacobian
from .products import hvp, jvp, vhp, vjp

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
