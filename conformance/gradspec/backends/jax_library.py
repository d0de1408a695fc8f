"""The facade's whole namespace: what the catalogue gives, factories, methods, torch.func and torch.autograd.

`namespace` puts together what lies in the modules beside this one; the factories are here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..errors import Unsupported
from .jax_facade import ALIASES, DTYPES, DType, Space, Tensor, guarded, lifted
from .jax_function import Function, register_hook
from .jax_functional import FUNCTIONAL
from .jax_plain import PLAIN
from .jax_random import RANDOM
from .jax_transforms import FUNC
from .jax_words import signatures

DEFAULT = MappingProxyType({"f": jnp.float32, "c": jnp.complex64, "i": jnp.int64, "u": jnp.int64, "b": jnp.bool_})
"""torch's default dtype for a kind of Python number."""


def tensor(data: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """`as_tensor`, but of another tensor a copy without its history."""
    return Tensor(lax.stop_gradient(as_tensor(data, dtype, device, requires_grad).array))


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of Python numbers (of torch's default dtype), of an array, or of another tensor."""
    _plain(device, requires_grad)
    if isinstance(data, Tensor):
        return Tensor(data.array if dtype is None else data.array.astype(dtype.numpy))
    data = jax.tree.map(lambda x: np.asarray(x.array) if isinstance(x, Tensor) else x, data)
    array = np.asarray(data)
    kind = (
        dtype.numpy
        if dtype
        else array.dtype
        if isinstance(data, np.ndarray | np.generic)
        else DEFAULT[array.dtype.kind]
    )
    return Tensor(jnp.array(array, dtype=kind if array.size or dtype else jnp.float32))


def filled(value: float) -> Callable[..., Tensor]:
    """torch.zeros, torch.ones: sizes as a tuple or one by one."""

    def make(*size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        _plain(device, requires_grad)
        shape = size[0] if len(size) == 1 and isinstance(size[0], tuple | list) else size
        return Tensor(jnp.full(tuple(shape), value, dtype.numpy if dtype else jnp.float32))

    return make


def filled_like(value: float) -> Callable[..., Tensor]:
    """torch.zeros_like, torch.ones_like."""
    return lambda x, dtype=None: Tensor(jnp.full(x.shape, value, dtype.numpy if dtype else x.array.dtype))


def new(value: float) -> Callable[..., Tensor]:
    """Tensor.new_zeros, Tensor.new_ones: of the tensor's own dtype, unless another is named."""
    return lambda x, *size, dtype=None: filled(value)(*size, dtype=dtype or x.dtype)


def full(size: Any, fill_value: Any, dtype: DType | None = None) -> Tensor:
    """A tensor of one number."""
    return Tensor(jnp.full(tuple(size), tensor(fill_value, dtype).array))


def arange(*ends: Any, dtype: DType | None = None) -> Tensor:
    """Numbers at equal steps: integers, unless one of the ends is not."""
    return tensor(np.arange(*ends).tolist(), dtype)


def linspace(start: float, end: float, steps: int, dtype: DType | None = None) -> Tensor:
    """`steps` numbers from `start` to `end`, both included."""
    return Tensor(jnp.linspace(start, end, steps, dtype=dtype.numpy if dtype else jnp.float32))


def eye(n: int, m: int | None = None, dtype: DType | None = None) -> Tensor:
    """Ones on the diagonal."""
    return Tensor(jnp.eye(n, m, dtype=dtype.numpy if dtype else jnp.float32))


def to(x: Tensor, dtype: Any) -> Tensor:
    """`x` in another dtype; devices are not the facade's to choose."""
    if not isinstance(dtype, DType):
        raise Unsupported("the jax facade's Tensor.to takes a dtype only")
    return Tensor(x.array.astype(dtype.numpy))


def extreme(reduce: Callable[..., Any], pair: Callable[..., Any], along: Callable[..., Any]) -> Callable[..., Any]:
    """torch.max and torch.min: of a whole tensor, of two, or along a dimension."""

    def call(x: Tensor, *others: Any, **settings: Any) -> Any:
        if settings or any(not isinstance(other, Tensor) for other in others):
            return along(x, *others, **settings)
        return Tensor(pair(x.array, others[0].array) if others else reduce(x.array))

    return call


def by_sizes(call: Callable[..., Any]) -> Callable[..., Tensor]:
    """A function whose last argument is sizes or dimensions, as a tuple or one by one."""

    def method(x: Tensor, *sizes: Any) -> Tensor:
        return Tensor(
            call(x.array, tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes)
        )

    return method


def expanded(x: jax.Array, sizes: tuple[int, ...]) -> jax.Array:
    """As torch expands: new dimensions go in front, and -1 keeps a size."""
    old = (1,) * (len(sizes) - x.ndim) + x.shape
    return jnp.broadcast_to(x, tuple(have if n == -1 else n for n, have in zip(sizes, old, strict=True)))


MAKERS: dict[str, Callable[..., Any]] = {
    "tensor": tensor, "as_tensor": as_tensor, "asarray": as_tensor, "full": full, "arange": arange,
    "linspace": linspace, "eye": eye, "empty": filled(0), "empty_like": filled_like(0), "zeros": filled(0),
    "ones": filled(1), "zeros_like": filled_like(0), "ones_like": filled_like(1),
    "full_like": lambda x, value, dtype=None: filled_like(value)(x, dtype),
}  # fmt: skip

METHODS: dict[str, Callable[..., Any]] = {
    "to": to, "size": lambda x, dim=None: x.shape if dim is None else x.shape[dim], "dim": lambda x: x.ndim,
    "item": lambda x: np.asarray(x.array).item(), "tolist": lambda x: np.asarray(x.array).tolist(),
    "reshape": by_sizes(jnp.reshape), "permute": by_sizes(jnp.transpose), "expand": by_sizes(expanded),
    "repeat": by_sizes(jnp.tile), "new_tensor": lambda x, data: tensor(data, x.dtype),
    "register_hook": register_hook,
    "new_ones": new(1), "new_zeros": new(0),
    **{name: lambda x, kind=kind: to(x, DTYPES[kind]) for name, kind in ALIASES.items()},
}  # fmt: skip


def namespace() -> Space:
    """`torch` as far as JAX has it."""
    found = {path: lifted(call) for path, call in signatures().items()} | PLAIN
    found["max"] = extreme(jnp.max, jnp.maximum, found["max"])
    found["min"] = extreme(jnp.min, jnp.minimum, found["min"])
    flat = {path: call for path, call in found.items() if "." not in path}
    makers = {name: guarded(call) for name, call in {**MAKERS, **RANDOM}.items()}
    Tensor.methods = flat | {name: guarded(call) for name, call in METHODS.items()}
    names = flat | makers | DTYPES | {alias: DTYPES[name] for alias, name in ALIASES.items()}
    functional = _below(found, "nn.functional.") | {name: flat[name] for name in ("relu", "softmax", "sigmoid", "tanh")}
    func = {name: guarded(call) for name, call in FUNC.items()}
    whole = {name: guarded(call) for name, call in FUNCTIONAL.items()}
    return Space("torch", names | {
        "Tensor": Tensor, "vmap": func["vmap"], "nan": float("nan"), "inf": float("inf"), "pi": np.pi, "e": np.e,
        "func": Space("torch.func", func), "linalg": Space("torch.linalg", _below(found, "linalg.")),
        "special": Space("torch.special", _below(found, "special.") | {
            name: flat[name] for name in ("xlogy", "logit", "erf", "erfc", "digamma")
        }),
        "autograd": Space("torch.autograd", {
            "Function": Function, "functional": Space("torch.autograd.functional", whole),
        }),
        "fft": Space("torch.fft", _below(found, "fft.")),
        "nn": Space("torch.nn", {"functional": Space("torch.nn.functional", functional)}),
    })  # fmt: skip


def _below(found: dict[str, Any], path: str) -> dict[str, Any]:
    return {name.removeprefix(path): call for name, call in found.items() if name.startswith(path)}


def _plain(device: Any, requires_grad: bool) -> None:
    if requires_grad:
        raise Unsupported("the jax facade has no requires_grad")
    if device not in (None, "cpu"):
        raise Unsupported("the jax facade does not choose devices")
