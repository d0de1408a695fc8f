"""What the facade offers besides the catalogue: factories, torch.func, and a few functions every check may use.

`namespace` puts them together. The derivative transforms follow torch: `grad` refuses what is not a
scalar, complex gradients are the conjugates of JAX's.
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
from .jax_facade import ALIASES, DTYPES, DType, Space, Tensor, guarded, lifted, unwrap, wrap
from .jax_words import signatures

DEFAULT = MappingProxyType({"f": jnp.float32, "c": jnp.complex64, "i": jnp.int64, "u": jnp.int64, "b": jnp.bool_})
"""torch's default dtype for a kind of Python number."""


def tensor(data: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of Python numbers (of torch's default dtype), of an array, or of another tensor."""
    _plain(device, requires_grad)
    if isinstance(data, Tensor):
        return data if dtype is None else Tensor(data.array.astype(dtype.numpy))
    data = jax.tree.map(lambda x: np.asarray(x.array) if isinstance(x, Tensor) else x, data)
    array = np.asarray(data)
    kind = (
        dtype.numpy
        if dtype
        else array.dtype
        if isinstance(data, np.ndarray | np.generic)
        else DEFAULT[array.dtype.kind]
    )
    return Tensor(jnp.asarray(array, dtype=kind if array.size or dtype else jnp.float32))


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


def real(x: Tensor) -> Tensor:
    """torch.real: a real tensor is its own real part."""
    return Tensor(x.array.real) if jnp.iscomplexobj(x.array) else x


def expanded(x: jax.Array, sizes: tuple[int, ...]) -> jax.Array:
    """As torch expands: new dimensions go in front, and -1 keeps a size."""
    old = (1,) * (len(sizes) - x.ndim) + x.shape
    return jnp.broadcast_to(x, tuple(have if n == -1 else n for n, have in zip(sizes, old, strict=True)))


def transposed(x: jax.Array) -> jax.Array:
    """torch.t, of vectors and matrices."""
    if x.ndim > 2:
        raise Unsupported("the jax facade has torch.t of one or two dimensions only")
    return x.T


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """(gradient, value) of a function whose value is one number."""

    def call(*args: Any, **kwargs: Any) -> Any:
        which = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        moving = [unwrap(args[n]) for n in which]
        _differentiable(moving)

        def of(*moved: Any) -> Any:
            full = list(args)
            for n, value in zip(which, moved, strict=True):
                full[n] = wrap(value)
            return unwrap(func(*full, **kwargs))

        value, pull, *aux = jax.vjp(of, *moving, has_aux=has_aux)
        if not isinstance(value, jax.Array) or value.shape:
            shape = getattr(value, "shape", None)
            raise RuntimeError(f"Expected f(*args) to return a scalar tensor, got a value of shape {shape}")
        if not jnp.issubdtype(value.dtype, jnp.floating):
            raise RuntimeError("the function's value must be a real number")
        grads = wrap(_conj(pull(jnp.ones_like(value))))
        value = wrap((value, aux[0]) if has_aux else value)
        return grads[0] if isinstance(argnums, int) else grads, value

    return call


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function whose value is one number (and what it returns besides, with `has_aux`)."""
    both = grad_and_value(func, argnums, has_aux)

    def call(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return call


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """(value, the function from cotangents to the tuple of gradients)."""
    moving = unwrap(primals)
    _differentiable(moving)
    value, pull, *aux = jax.vjp(lambda *xs: unwrap(func(*wrap(xs))), *moving, has_aux=has_aux)

    def back(*cotangents: Any) -> Any:
        given = _conj(unwrap(cotangents))
        grads = wrap(_conj(pull(given[0] if len(given) == 1 else given)))
        return grads

    return (wrap(value), back, *wrap(tuple(aux)))


def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False) -> Any:
    """(value, its tangent)."""
    return wrap(jax.jvp(lambda *xs: unwrap(func(*wrap(xs))), unwrap(primals), unwrap(tangents), has_aux=has_aux))


def transform(make: Callable[..., Any]) -> Callable[..., Any]:
    """jacrev, jacfwd, hessian: of real functions, whose conventions no two engines differ in."""

    def of(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            arrays = unwrap(args)
            if any(jnp.iscomplexobj(x) for x in jax.tree.leaves(arrays)):
                raise Unsupported("the jax facade has no jacobians of complex functions")
            return wrap(make(lambda *xs: unwrap(func(*wrap(xs))), argnums)(*arrays))

        return call

    return of


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0) -> Callable[..., Any]:
    """`func` over one more dimension."""
    return lambda *args: wrap(jax.vmap(lambda *xs: unwrap(func(*wrap(xs))), in_dims, out_dims)(*unwrap(args)))


def linearize(func: Callable[..., Any], *primals: Any) -> Any:
    """(value, the linear map from tangents to the value's tangent)."""
    value, push = jax.linearize(lambda *xs: unwrap(func(*wrap(xs))), *unwrap(primals))
    return wrap(value), lifted(push)


MAKERS: dict[str, Callable[..., Any]] = {
    "tensor": tensor, "as_tensor": tensor, "asarray": tensor, "full": full, "arange": arange, "linspace": linspace,
    "eye": eye, "empty": filled(0), "empty_like": filled_like(0), "zeros": filled(0), "ones": filled(1),
    "zeros_like": filled_like(0), "ones_like": filled_like(1),
    "full_like": lambda x, value, dtype=None: filled_like(value)(x, dtype),
}  # fmt: skip

PLAIN: dict[str, Callable[..., Any]] = {
    name: lifted(call)
    for name, call in {
        "detach": lax.stop_gradient, "relu": jax.nn.relu, "where": jnp.where,
        "equal": lambda a, b: bool(jnp.array_equal(a, b)), "cat": lambda tensors, dim=0: jnp.concatenate(tensors, dim),
        "stack": lambda tensors, dim=0: jnp.stack(tensors, dim),
        "isnan": jnp.isnan, "isinf": jnp.isinf, "isfinite": jnp.isfinite, "all": jnp.all, "any": jnp.any,
        "imag": jnp.imag, "conj": jnp.conj, "complex": lax.complex, "angle": jnp.angle,
        "sgn": jnp.sign,
        "argmax": lambda x, dim=None: jnp.argmax(x, dim), "argmin": lambda x, dim=None: jnp.argmin(x, dim),
        "is_complex": jnp.iscomplexobj, "numel": lambda x: x.size, "t": transposed, "abs": jnp.abs,
        "logical_not": jnp.logical_not, "floor_divide": jnp.floor_divide,
        "round": lambda x, decimals=0: jnp.round(x, decimals), "argsort": lambda x, dim=-1: jnp.argsort(x, dim),
        "nn.functional.elu": jax.nn.elu, "nn.functional.celu": jax.nn.celu,
        "linalg.det": jnp.linalg.det, "linalg.inv": jnp.linalg.inv, "linalg.solve": jnp.linalg.solve,
        "linalg.eigvalsh": jnp.linalg.eigvalsh, "linalg.cholesky": jnp.linalg.cholesky,
    }.items()
}  # fmt: skip

PLAIN["real"] = guarded(real)

METHODS: dict[str, Callable[..., Any]] = {
    "to": to, "size": lambda x, dim=None: x.shape if dim is None else x.shape[dim], "dim": lambda x: x.ndim,
    "item": lambda x: np.asarray(x.array).item(), "tolist": lambda x: np.asarray(x.array).tolist(),
    "reshape": by_sizes(jnp.reshape), "permute": by_sizes(jnp.transpose), "expand": by_sizes(expanded),
    "repeat": by_sizes(jnp.tile), "new_tensor": lambda x, data: tensor(data, x.dtype),
    "new_ones": new(1), "new_zeros": new(0),
    **{name: lambda x, kind=kind: to(x, DTYPES[kind]) for name, kind in ALIASES.items()},
}  # fmt: skip

FUNC: dict[str, Callable[..., Any]] = {
    "grad": grad, "grad_and_value": grad_and_value, "vjp": vjp, "jvp": jvp, "vmap": vmap, "linearize": linearize,
    "jacrev": transform(jax.jacrev), "jacfwd": transform(jax.jacfwd), "hessian": transform(jax.hessian),
}  # fmt: skip


def namespace() -> Space:
    """`torch` as far as JAX has it."""
    found = {path: lifted(call) for path, call in signatures().items()} | PLAIN
    found["max"] = extreme(jnp.max, jnp.maximum, found["max"])
    found["min"] = extreme(jnp.min, jnp.minimum, found["min"])
    flat = {path: call for path, call in found.items() if "." not in path}
    makers = {name: guarded(call) for name, call in MAKERS.items()}
    Tensor.library = flat | {name: guarded(call) for name, call in METHODS.items()}
    names = flat | makers | DTYPES | {alias: DTYPES[name] for alias, name in ALIASES.items()}
    functional = _below(found, "nn.functional.") | {name: flat[name] for name in ("relu", "softmax", "sigmoid", "tanh")}
    func = {name: guarded(call) for name, call in FUNC.items()}
    return Space("torch", names | {
        "Tensor": Tensor, "vmap": func["vmap"], "nan": float("nan"), "inf": float("inf"), "pi": np.pi, "e": np.e,
        "func": Space("torch.func", func), "linalg": Space("torch.linalg", _below(found, "linalg.")),
        "special": Space("torch.special", {name: flat[name] for name in ("xlogy", "logit", "erf", "erfc", "digamma")}),
        "nn": Space("torch.nn", {"functional": Space("torch.nn.functional", functional)}),
    })  # fmt: skip


def _below(found: dict[str, Any], path: str) -> dict[str, Any]:
    return {name.removeprefix(path): call for name, call in found.items() if name.startswith(path)}


def _plain(device: Any, requires_grad: bool) -> None:
    if requires_grad:
        raise Unsupported("the jax facade has no requires_grad")
    if device not in (None, "cpu"):
        raise Unsupported("the jax facade does not choose devices")


def _differentiable(tree: Any) -> None:
    for x in jax.tree.leaves(tree):
        if not jnp.issubdtype(jnp.result_type(x), jnp.inexact):
            raise RuntimeError("only floating point and complex tensors have gradients")


def _conj(tree: Any) -> Any:
    return jax.tree.map(lambda x: jnp.conj(x) if jnp.iscomplexobj(x) else x, tree)
