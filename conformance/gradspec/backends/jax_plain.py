"""Functions of torch's that JAX has under a name or with arguments of its own, for the facade.

The catalogue gives most functions (jax_words.py); PLAIN holds the others, by their path below `torch`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .jax_facade import DTYPES, DType, Tensor, guarded, lifted, unwrap
from .jax_words import Values


def real(x: Tensor) -> Tensor:
    """torch.real: a real tensor is its own real part."""
    return Tensor(x.array.real) if jnp.iscomplexobj(x.array) else x


def transposed(x: jax.Array) -> jax.Array:
    """torch.t, of vectors and matrices; of more dimensions JAX's error, which misses axes."""
    return jnp.transpose(x, range(x.ndim)[1::-1])


def div(x: jax.Array, other: Any, rounding_mode: str | None = None) -> jax.Array:
    """The quotient, or the whole number below it, or the one towards 0."""
    if rounding_mode == "floor":
        return jnp.floor_divide(x, other)
    return jnp.true_divide(x, other) if rounding_mode is None else jnp.trunc(x / other)


def logit(x: jax.Array, eps: float | None = None) -> jax.Array:
    """The logarithm of the odds, of `x` brought into [eps, 1 - eps]."""
    return jax.scipy.special.logit(x if eps is None else jnp.clip(x, eps, 1 - eps))


def median(x: jax.Array, dim: int | None = None) -> Any:
    """jnp.median; along a dimension as the values of a pair."""
    return jnp.median(x) if dim is None else Values(jnp.median(x, axis=dim))


def sort(x: jax.Array, dim: int = -1, descending: bool = False, stable: bool = False) -> Values:
    """jnp.sort, which is stable unless told otherwise."""
    return Values(jnp.sort(x, axis=dim, descending=descending, stable=stable))


def cdist(a: jax.Array, b: jax.Array, p: float = 2.0) -> jax.Array:
    """The norms of all differences between rows of `a` and rows of `b`."""
    return jnp.linalg.norm(a[..., :, None, :] - b[..., None, :, :], ord=p, axis=-1)


def embedding(index: jax.Array, weight: jax.Array, padding_idx: int | None = None) -> jax.Array:
    """Rows of `weight`; the one at `padding_idx` is a constant."""
    if padding_idx is not None:
        weight = weight.at[padding_idx].set(lax.stop_gradient(weight[padding_idx]))
    return jnp.take(weight, index, axis=0)


def scatter(x: jax.Array, dim: int, index: jax.Array, src: jax.Array, method: str = "set") -> jax.Array:
    """Write into a copy of `x`, along `dim`, at the places of `index`, by a method of x.at[...]."""
    where = tuple(index if axis == dim % x.ndim else mesh for axis, mesh in enumerate(jnp.indices(index.shape)))
    made: jax.Array = getattr(x.at[where], method)(src[tuple(map(slice, index.shape))])
    return made


def scatter_reduce(x: jax.Array, dim: int, index: jax.Array, src: jax.Array, reduce: str) -> jax.Array:
    """`scatter`, combining what comes with what is there."""
    return scatter(x, dim, index, src, {"sum": "add", "prod": "multiply", "amax": "max", "amin": "min"}[reduce])


RESIZES = {
    "nearest": "nearest",
    "nearest-exact": "nearest",
    "linear": "linear",
    "bilinear": "linear",
    "bicubic": "cubic",
}
"""torch's modes, and the methods of jax.image.resize that are closest to them."""


def interpolate(x: jax.Array, size: Any, mode: str = "nearest") -> jax.Array:
    """jax.image.resize of all dimensions but the first two."""
    sizes = size if isinstance(size, tuple) else (size,) * (x.ndim - 2)
    return jax.image.resize(x, x.shape[:2] + sizes, RESIZES[mode])


def conv_transpose1d(x: jax.Array, weight: jax.Array, stride: int = 1) -> jax.Array:
    """lax.conv_transpose of (batch, channel, length) by (channel in, channel out, length)."""
    numbers = ("NCH", "OIH", "NCH")
    return lax.conv_transpose(x, weight, (stride,), "VALID", dimension_numbers=numbers, transpose_kernel=True)


def result_type(*tensors: Any) -> DType:
    """The dtype that an operation on all of `tensors` gives."""
    return DTYPES[str(jnp.result_type(*unwrap(tensors)))]


def promote_types(a: DType, b: DType) -> DType:
    """The smallest dtype that holds both."""
    return DTYPES[str(jnp.promote_types(a.numpy, b.numpy))]


def can_cast(a: DType, b: DType) -> bool:
    """Is `b` of the same kind as `a`, or of a wider one?"""
    return bool(np.can_cast(a.numpy, b.numpy, "same_kind"))


PLAIN: dict[str, Callable[..., Any]] = {
    name: lifted(call)
    for name, call in {
        "detach": lax.stop_gradient, "relu": jax.nn.relu, "where": jnp.where,
        "equal": lambda a, b: bool(jnp.array_equal(a, b)), "cat": lambda tensors, dim=0: jnp.concatenate(tensors, dim),
        "stack": lambda tensors, dim=0: jnp.stack(tensors, dim), "clone": jnp.copy,
        "allclose": lambda a, b, rtol=1e-5, atol=1e-8: bool(jnp.allclose(a, b, rtol=rtol, atol=atol)),
        "isnan": jnp.isnan, "isinf": jnp.isinf, "isfinite": jnp.isfinite, "all": jnp.all, "any": jnp.any,
        "imag": jnp.imag, "conj": jnp.conj, "complex": lax.complex, "angle": jnp.angle,
        "view_as_real": lambda x: jnp.stack([x.real, x.imag], -1),
        "view_as_complex": lambda x: lax.complex(x[..., 0], x[..., 1]),
        "sgn": jnp.sign, "heaviside": jnp.heaviside, "div": div, "logit": logit, "median": median, "sort": sort,
        "dist": lambda a, b, p=2.0: jnp.linalg.norm(jnp.ravel(a - b), ord=p), "cdist": cdist,
        "scatter": lambda x, dim, index, src: scatter(x, dim, index, src), "scatter_reduce": scatter_reduce,
        "argmax": lambda x, dim=None: jnp.argmax(x, dim), "argmin": lambda x, dim=None: jnp.argmin(x, dim),
        "is_complex": jnp.iscomplexobj, "numel": lambda x: x.size, "t": transposed, "abs": jnp.abs,
        "logical_not": jnp.logical_not, "floor_divide": jnp.floor_divide,
        "round": lambda x, decimals=0: jnp.round(x, decimals), "argsort": lambda x, dim=-1: jnp.argsort(x, dim),
        "nn.functional.elu": jax.nn.elu, "nn.functional.celu": jax.nn.celu, "nn.functional.embedding": embedding,
        "linalg.det": jnp.linalg.det, "linalg.inv": jnp.linalg.inv, "linalg.solve": jnp.linalg.solve,
        "linalg.eigvalsh": jnp.linalg.eigvalsh, "linalg.cholesky": jnp.linalg.cholesky, "linalg.eigh": jnp.linalg.eigh,
        "linalg.eig": jnp.linalg.eig, "linalg.householder_product": lax.linalg.householder_product,
        "linalg.svd": lambda a, full_matrices=True: jnp.linalg.svd(a, full_matrices),
        "linalg.matrix_norm": lambda a, ord="fro": jnp.linalg.matrix_norm(a, ord=ord),
        "nn.functional.interpolate": interpolate, "nn.functional.conv_transpose1d": conv_transpose1d,
        **{f"fft.{name}": getattr(jnp.fft, name) for name in ("fft", "ifft", "rfft", "irfft")},
        "special.zeta": jax.scipy.special.zeta, "special.xlog1py": jax.scipy.special.xlog1py,
    }.items()
}  # fmt: skip

PLAIN |= {
    "real": guarded(real), "result_type": guarded(result_type), "promote_types": guarded(promote_types),
    "can_cast": guarded(can_cast),
}  # fmt: skip
