"""Products of vectors and matrices, whole batches at a time: `matmul` and its relatives.

All of them are linear in each factor. `_matmul` is the one kernel; the others are it in other words. Source:
torch.matmul for the shapes that each rank means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dims as _dims
from .. import dtypes, errors
from ..op import MULTILINEAR, method, op
from ..tensor import Tensor
from .arithmetic import mul
from .complex import conj
from .permute import _transpose, permute
from .reduce import sum
from .shape import reshape, unsqueeze


def _kind(x: Any) -> str:
    return dtypes.OF_NUMPY[dtypes.numpy_of(x)].word


def _product(x: np.ndarray, y: np.ndarray, kernel: str) -> Any:
    """np.matmul, half precision added up in float32; refuses bools, as torch's kernel of this name does."""
    if x.dtype.kind == "b":
        dtypes.refuse(kernel, "b", x)
    if x.dtype.itemsize == 2 and x.dtype.kind in "fV":
        return np.matmul(x.astype(np.float32), y.astype(np.float32)).astype(x.dtype)
    return np.matmul(x, y)


@op(kind=MULTILINEAR, method=False, node="BmmBackward0")
def _matmul(x, y):
    """Products of matrices, the leading dimensions broadcast."""
    return _product(x, y, "bmm")


@op(kind=MULTILINEAR, method=False, node="MmBackward0")
def _mm(x, y):
    """The product of two matrices."""
    return _product(x, y, "addmm_impl_cpu_")


@op(kind=MULTILINEAR, method=False, node="MvBackward0")
def _mv(x, y):
    """A matrix times a vector."""
    return _product(x, y, "addmv_impl_cpu")


@op(kind=MULTILINEAR, method=False, node="DotBackward0")
def _dot(x, y):
    """The sum of the products of two vectors."""
    return _product(x, y, "dot")


def _turned(x: Any) -> Any:
    """The adjoint of every matrix."""
    return conj(x.mT if type(x) is np.ndarray else _transpose(x, -2, -1))


_matmul.grads(x=lambda g, y: _matmul(g, _turned(y)), y=lambda g, x: _matmul(_turned(x), g))
_mm.grads(x=lambda g, y: _mm(g, _turned(y)), y=lambda g, x: _mm(_turned(x), g))
_mv.grads(x=lambda g, y: outer(g, conj(y)), y=lambda g, x: _mv(_turned(x), g))
_dot.grads(x=lambda g, y: g * conj(y), y=lambda g, x: g * conj(x))


def _same_dtype(x: Any, y: Any, text: str = "expected m1 and m2 to have the same dtype, but got: {} != {}") -> None:
    if dtypes.numpy_of(x) != dtypes.numpy_of(y):
        kinds = (_kind(x), _kind(y))
        raise RuntimeError(text.format(*(kinds if "!=" not in text else [IN_C.get(k, f"c10::{k}") for k in kinds])))


IN_C = {
    "Float": "float", "Double": "double", "Long": "long int", "Int": "int", "Short": "short int",
    "Char": "signed char", "Byte": "unsigned char", "Bool": "bool", "ComplexFloat": "c10::complex<float>",
    "ComplexDouble": "c10::complex<double>",
}  # fmt: skip
"""What C++ calls the dtypes, as some errors do."""


@method
def matmul(x: Any, y: Any) -> Any:
    """x @ y: vectors, matrices, or batches of matrices; the batches broadcast."""
    a, b = len(x.shape), len(y.shape)
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if a == b == 1:
        return dot(x, y)
    if b == 1 and a == 2:
        return mv(x, y)
    if a == b == 2:
        return mm(x, y)
    left = unsqueeze(x, 0) if a == 1 else x
    right = unsqueeze(y, 1) if b == 1 else y
    if a == 1 and b == 2:
        return reshape(mm(left, y), (y.shape[1],))
    if left.shape[-1] != right.shape[-2]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({left.shape[-2]}x{left.shape[-1]} and "
            f"{right.shape[-2]}x{right.shape[-1]})"
        )
    _same_dtype(x, y)
    errors.broadcast(tuple(left.shape[:-2]), tuple(right.shape[:-2]))
    out = _matmul(left, right)
    if a == 1:
        return reshape(out, (*out.shape[:-2], out.shape[-1]))
    return reshape(out, out.shape[:-1]) if b == 1 else out


@method
def mm(x: Any, mat2: Any) -> Any:
    """The product of two matrices."""
    left, right = getattr(x, "_a", x), getattr(mat2, "_a", mat2)
    if left.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if right.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    a, b = left.shape, right.shape
    if a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})")
    if left.dtype is not right.dtype:
        _same_dtype(left, right)
    return _mm(x, mat2)


@method
def mv(x: Any, vec: Any) -> Any:
    """A matrix times a vector."""
    if len(x.shape) != 2 or len(vec.shape) != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {len(vec.shape)}, {len(x.shape)}, {len(vec.shape)}")
    if x.shape[1] != vec.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({vec.shape[0]})"
        )
    _same_dtype(x, vec)
    return _mv(x, vec)


@method
def dot(x: Any, tensor: Any) -> Any:
    """The sum of the products of two vectors; nothing is conjugated."""
    if len(x.shape) != 1 or len(tensor.shape) != 1:
        raise RuntimeError(f"1D tensors expected, but got {len(x.shape)}D and {len(tensor.shape)}D tensors")
    _same_dtype(x, tensor, "dot : expected both vectors to have same dtype, but found {} and {}")
    if x.shape[0] != tensor.shape[0]:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{x.shape[0]}] and src [{tensor.shape[0]}] to have the same "
            f"number of elements, but got {x.shape[0]} and {tensor.shape[0]} elements respectively"
        )
    return _dot(x, tensor)


@method
def vdot(x: Any, other: Any) -> Any:
    """The sum of the products of two vectors, the first conjugated."""
    return dot(conj(x), other)


@method
def bmm(x: Any, mat2: Any) -> Any:
    """The products of two batches of matrices, of equal length."""
    if len(x.shape) != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if len(mat2.shape) != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if (x.shape[0], x.shape[2]) != tuple(mat2.shape[:2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
            f"[{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    _same_dtype(x, mat2)
    return _matmul(x, mat2)


@method
def outer(x: Any, vec2: Any) -> Any:
    """Every element of one vector times every element of another."""
    if len(x.shape) != 1 or len(vec2.shape) != 1:
        bad = x if len(x.shape) != 1 else vec2
        name = "self" if bad is x else "vec2"
        raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {len(bad.shape)}-D")
    return mul(unsqueeze(x, 1), vec2)


ger = outer
Tensor.ger = outer  # type: ignore[attr-defined]


@method
def inner(x: Any, other: Any) -> Any:
    """The sums of products over the last dimension of both."""
    if not x.shape or not other.shape:
        return mul(x, other)
    if x.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(x.shape)} and "
            f"{list(other.shape)}"
        )
    return tensordot(x, other, ([-1], [-1]))


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sum of the products along one dimension, the first factor conjugated."""
    return sum(mul(conj(x), y), dim)


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sums of products over pairs of dimensions: the last n of a with the first n of b, or those listed."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        of_a, of_b = list(range(len(a.shape) - dims, len(a.shape))), list(range(dims))
    else:
        of_a, of_b = ([d] if isinstance(d, int) else list(d) for d in dims)
    of_a, of_b = [_dims.one(d, len(a.shape)) for d in of_a], [_dims.one(d, len(b.shape)) for d in of_b]
    for i, j in zip(of_a, of_b, strict=True):
        if a.shape[i] != b.shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} and second has size "
                f"{b.shape[j]} in dim {j}"
            )
    free_a = [d for d in range(len(a.shape)) if d not in of_a]
    free_b = [d for d in range(len(b.shape)) if d not in of_b]
    count = int(np.prod([a.shape[d] for d in of_a]))
    left = reshape(permute(a, [*free_a, *of_a]), (int(np.prod([a.shape[d] for d in free_a])), count))
    right = reshape(permute(b, [*of_b, *free_b]), (count, int(np.prod([b.shape[d] for d in free_b]))))
    return reshape(_mm(left, right), [a.shape[d] for d in free_a] + [b.shape[d] for d in free_b])


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices."""
    return multi_dot(matrices)


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of several matrices, in the order that costs least; the ends may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError("multi_dot(): expected at least 2 tensors but got " + str(len(tensors)))
    items = list(tensors)
    while len(items) > 1:
        # The largest inner size goes first: not always the best order, and never far from it.
        at = max(range(len(items) - 1), key=lambda i: items[i].shape[-1])
        items[at : at + 2] = [matmul(items[at], items[at + 1])]
    return items[0]
