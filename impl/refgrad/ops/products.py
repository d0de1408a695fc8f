"""Products of matrices that are part of something larger: added to a tensor (`addmm` and its kin), in blocks (`kron`);
and `trace` and `cross`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dims as _dims
from ..op import ADDED_PRODUCT, LINEAR, method, op
from .arithmetic import mul, zeros_times
from .broadcast import expand
from .complex import conj
from .diagonal import _undiagonal
from .linalg import _mm, _turned, bmm, matmul, mm, mv, outer
from .permute import transpose
from .rearrange import roll
from .shape import reshape


def _added(x: np.ndarray, product: np.ndarray, beta: Any, alpha: Any) -> np.ndarray:
    """beta x + alpha product; x does not count, not even its NaN, where beta is 0."""
    scaled = product if alpha == 1 else product * alpha
    if x.shape != product.shape[-x.ndim :] or not x.ndim:  # else NumPy broadcasts it as it is
        x = expand(x, product.shape)
    return scaled if beta == 0 else (x if beta == 1 else x * beta) + scaled


def _scaled(g: Any, factor: Any) -> Any:
    return g if factor == 1 else zeros_times(g) if factor == 0 else g * conj(factor)


@op(kind=ADDED_PRODUCT, inplace=True)
def addmm(x, mat1, mat2, beta=1, alpha=1):
    """beta x + alpha mat1 @ mat2."""
    return _added(x, mm(mat1, mat2), beta, alpha)


@op(kind=ADDED_PRODUCT, inplace=True)
def addmv(x, mat, vec, beta=1, alpha=1):
    """beta x + alpha mat @ vec."""
    return _added(x, mv(mat, vec), beta, alpha)


@op(kind=ADDED_PRODUCT, inplace=True)
def addr(x, vec1, vec2, beta=1, alpha=1):
    """beta x + alpha outer(vec1, vec2)."""
    return _added(x, outer(vec1, vec2), beta, alpha)


@op(kind=ADDED_PRODUCT, inplace=True)
def baddbmm(x, batch1, batch2, beta=1, alpha=1):
    """beta x + alpha bmm(batch1, batch2)."""
    return _added(x, bmm(batch1, batch2), beta, alpha)


@op(kind=ADDED_PRODUCT, inplace=True)
def addbmm(x, batch1, batch2, beta=1, alpha=1):
    """beta x + alpha times the sum of the products of two batches."""
    return _added(x, np.add.reduce(bmm(batch1, batch2), 0), beta, alpha)


addmm.grads(
    x=lambda g, beta: _scaled(g, beta),
    mat1=lambda g, mat2, alpha: _mm(_scaled(g, alpha), _turned(mat2)),
    mat2=lambda g, mat1, alpha: _mm(_turned(mat1), _scaled(g, alpha)),
)
addmv.grads(
    x=lambda g, beta: _scaled(g, beta),
    mat=lambda g, vec, alpha: outer(_scaled(g, alpha), conj(vec)),
    vec=lambda g, mat, alpha: mv(_turned(mat), _scaled(g, alpha)),
)
addr.grads(
    x=lambda g, beta: _scaled(g, beta),
    vec1=lambda g, vec2, alpha: mv(_scaled(g, alpha), conj(vec2)),
    vec2=lambda g, vec1, alpha: mv(transpose(_scaled(g, alpha), 0, 1), conj(vec1)),
)
baddbmm.grads(
    x=lambda g, beta: _scaled(g, beta),
    batch1=lambda g, batch2, alpha: matmul(_scaled(g, alpha), _turned(batch2)),
    batch2=lambda g, batch1, alpha: matmul(_turned(batch1), _scaled(g, alpha)),
)
addbmm.grads(  # g is broadcast to every product of the batch
    x=lambda g, beta: _scaled(g, beta),
    batch1=lambda g, batch2, alpha: matmul(_scaled(g, alpha), _turned(batch2)),
    batch2=lambda g, batch1, alpha: matmul(_turned(batch1), _scaled(g, alpha)),
)


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
