"""A torch-named namespace over JAX, for the checks of specs that ask for pure functions and torch.func.

A Tensor is a JAX array with torch's operators and methods; a Space is a part of the namespace
(`torch`, `torch.func`, `torch.linalg`). Whatever is not here raises Unsupported, so that a check which asks
for more is reported as such: a facade must never be the reason why an engine looks wrong.

Functions of the catalogue are found through it (jax_words.py); jax_library.py holds the rest.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import Unsupported


class DType:
    """A dtype under torch's name: `torch.float32`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.numpy = jnp.dtype(name)
        self.is_floating_point = jnp.issubdtype(self.numpy, jnp.floating)
        self.is_complex = jnp.issubdtype(self.numpy, jnp.complexfloating)

    def __repr__(self) -> str:
        return f"torch.{self.name}"


NAMES = ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16",
         "float32", "float64", "complex64", "complex128")  # fmt: skip
DTYPES = {name: DType(name) for name in NAMES}
ALIASES = {"half": "float16", "float": "float32", "double": "float64", "short": "int16", "int": "int32",
           "long": "int64", "cfloat": "complex64", "cdouble": "complex128"}  # fmt: skip


class Tensor:
    """A JAX array with torch's names. It is never written to: what would, raises Unsupported."""

    __slots__ = ("array", "hooks")
    methods: ClassVar[dict[str, Callable[..., Any]]] = {}
    """torch.<name> for every function there is; a method is the function with the tensor first."""

    def __init__(self, *array: Any) -> None:
        if len(array) != 1 or not isinstance(array[0], jax.Array):
            raise Unsupported("the jax facade has no torch.Tensor constructor; use torch.tensor")
        self.array = array[0]
        self.hooks: list[Callable[[Any], Any]] = []

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(self.array.shape)

    @property
    def ndim(self) -> int:
        """How many dimensions."""
        return int(self.array.ndim)

    @property
    def dtype(self) -> DType:
        """The dtype, an object that is the same for the same dtype."""
        return DTYPES[str(self.array.dtype)]

    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order."""
        return Tensor(self.array.T)

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged."""
        return Tensor(self.array.mT)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self.methods:
            raise Unsupported(f"the jax facade has no Tensor.{name}")
        return lambda *args, **kwargs: self.methods[name](self, *args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__slots__:
            raise Unsupported(f"the jax facade cannot set Tensor.{name}")
        object.__setattr__(self, name, value)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise Unsupported("the jax facade cannot write into a tensor")

    def __getitem__(self, key: Any) -> Tensor:
        return Tensor(self.array[unwrap(key)])

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        return (Tensor(row) for row in self.array)

    def __bool__(self) -> bool:
        return bool(self.array)

    def __int__(self) -> int:
        return int(self.array)

    def __float__(self) -> float:
        return float(self.array)

    def __repr__(self) -> str:
        return f"tensor({np.asarray(self.array).tolist()}, dtype={self.dtype})"

    __hash__ = object.__hash__


def _operate(name: str) -> None:
    """Give Tensor the operator `name` of the module operator, plain and, where there is one, reflected."""
    plain = getattr(operator, f"__{name}__")

    def method(self: Tensor, *others: Any) -> Tensor:
        return Tensor(plain(self.array, *unwrap(others)))

    def reflected(self: Tensor, other: Any) -> Tensor:
        return Tensor(plain(unwrap(other), self.array))

    def written(self: Tensor, other: Any) -> NoReturn:
        raise Unsupported("the jax facade cannot write into a tensor")

    setattr(Tensor, f"__{name}__", method)
    if name in BINARY:
        setattr(Tensor, f"__r{name}__", reflected)
        setattr(Tensor, f"__i{name}__", written)


BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
for _name in (*BINARY, "neg", "pos", "abs", "invert", "eq", "ne", "lt", "le", "gt", "ge"):
    _operate(_name)


class Space:
    """A part of the namespace: named things, and Unsupported for all others."""

    def __init__(self, path: str, names: dict[str, Any]) -> None:
        self.__dict__.update(names)
        self.__dict__["__name__"] = path

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"the jax facade has no {self.__name__}.{name}")

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise Unsupported(f"the jax facade cannot set {self.__name__}.{name}")


def unwrap(tree: Any) -> Any:
    """Every Tensor in a tree of containers as its array, every DType as NumPy's."""
    return jax.tree.map(_bare, tree, is_leaf=lambda x: x is None)


def wrap(tree: Any) -> Any:
    """Every array in a tree of containers as a Tensor."""
    return jax.tree.map(lambda x: Tensor(x) if isinstance(x, jax.Array) else x, tree)


def lifted(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays as a function of Tensors."""
    return guarded(lambda *args, **kwargs: wrap(call(*unwrap(args), **unwrap(kwargs))), call)


def guarded(call: Callable[..., Any], like: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """`call`, but Unsupported where its own parameters (or those of `like`) do not take the arguments: torch's may."""
    signature = inspect.signature(like or call)

    @functools.wraps(call)
    def guard(*args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise Unsupported(f"the jax facade cannot be called so: {error}") from None
        return call(*args, **kwargs)

    return guard


def _bare(x: Any) -> Any:
    return x.array if isinstance(x, Tensor) else x.numpy if isinstance(x, DType) else x
