"""Functions of a matrix: whole powers, and the exponential."""

from __future__ import annotations

from typing import Any

from ..op import GENERAL, method, op
from .determinant import _identity_like
from .inverse import _square, inverse
from .join import cat
from .linalg import _matmul, _turned
from .reduce import _wide
from .split import narrow


@method
def matrix_power(A: Any, n: int) -> Any:
    """A times itself n times; the inverse's powers for negative n."""
    _square("linalg.matrix_power", A, low=True)
    if n < 0:
        return matrix_power(inverse(A), -n)
    if n == 0:
        return _identity_like(A)
    out, power = None, A
    while True:
        if n % 2:
            out = power if out is None else _matmul(out, power)
        n //= 2
        if not n:
            return out
        power = _matmul(power, power)


@op(kind=GENERAL, method=False, node="LinalgMatrixExpBackward0")
def _matrix_exp(x):
    """The exponential of every matrix."""
    from scipy.linalg import expm

    return expm(_wide(x)).astype(x.dtype) if x.size else x.copy()


_matrix_exp.grads(x=lambda g, x: _exp_derivative(_turned(x), g))
_matrix_exp.jvp(lambda dx, x: _exp_derivative(x, dx))  # the rule is linear in g, though not by its form


def _exp_derivative(x: Any, direction: Any) -> Any:
    """How exp(x) moves in a direction: the upper right block of exp of [[x, direction], [0, x]]."""
    n = x.shape[-1]
    blocks = cat([cat([x, direction], -1), cat([direction * 0, x], -1)], -2)
    return narrow(narrow(_matrix_exp(blocks), -2, 0, n), -1, n, n)


@method
def matrix_exp(A: Any) -> Any:
    """The exponential of every matrix."""
    _square("linalg.matrix_exp", A, low=True)
    return _matrix_exp(A)
