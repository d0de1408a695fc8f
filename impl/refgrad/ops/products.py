"""Products of matrices that are part of something larger: added to a tensor (`addmm` and its kin), in blocks (`kron`);
and `trace` and `cross`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims as _dims
from ..op import LINEAR, method, op
from .arithmetic import add, mul
from .broadcast import expand
from .diagonal import _undiagonal
from .linalg import bmm, mm, mv, outer
from .rearrange import roll
from .reduce import sum
from .shape import reshape


def _added(x: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """beta x + alpha product; x does not count, not even its NaN, where beta is 0."""
    scaled = product if alpha == 1 else mul(product, alpha)
    if beta == 0:
        return expand(scaled, product.shape)
    return add(x if beta == 1 else mul(x, beta), scaled)


@method
def addmm(x: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta x + alpha mat1 @ mat2."""
    return _added(x, mm(mat1, mat2), beta, alpha)


@method
def addmv(x: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta x + alpha mat @ vec."""
    return _added(x, mv(mat, vec), beta, alpha)


@method
def addr(x: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta x + alpha outer(vec1, vec2)."""
    return _added(x, outer(vec1, vec2), beta, alpha)


@method
def baddbmm(x: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta x + alpha bmm(batch1, batch2)."""
    return _added(x, bmm(batch1, batch2), beta, alpha)


@method
def addbmm(x: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta x + alpha times the sum of the products of two batches."""
    return _added(x, sum(bmm(batch1, batch2), 0), beta, alpha)


@method
def kron(x: Any, other: Any) -> Any:
    """Every element of x times the whole of other, as blocks."""
    rank = max(len(x.shape), len(other.shape))
    a, b = ((1,) * (rank - len(t.shape)) + tuple(t.shape) for t in (x, other))
    product = mul(
        reshape(x, [n for size in a for n in (size, 1)]), reshape(other, [n for size in b for n in (1, size)])
    )
    return reshape(product, [n * m for n, m in zip(a, b, strict=True)])


@op(kind=LINEAR)
def trace(x):
    """The sum of a matrix's diagonal."""
    if x.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x.ndim}")
    return np.trace(x)


trace.grads(x=lambda g, x_shape: _undiagonal(expand(g, (min(x_shape),)), x_shape))


@method
def cross(x: Any, other: Any, dim: int | None = None) -> Any:
    """The vector product along a dimension of size 3: the first such one, unless `dim` says."""
    if dim is None:
        sizes = [d for d, n in enumerate(x.shape) if n == 3]
        if not sizes:
            raise RuntimeError("no dimension of size 3 in input")
        dim = sizes[0]
    at = _dims.one(dim, len(x.shape))
    if x.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {x.shape[at]} and {other.shape[at]}"
        )
    return mul(roll(x, -1, at), roll(other, -2, at)) - mul(roll(x, -2, at), roll(other, -1, at))
