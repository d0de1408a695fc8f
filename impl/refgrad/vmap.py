"""vmap: a function of one sample becomes a function of a batch.

Here it is a loop: the function runs once for each slice, and the results are stacked. The answers are torch's; what
torch refuses because it computes all samples at once works: item(), branching on a value, results whose shape follows
from values, writing to what is not mapped (every sample writes). It is no faster than the loop that it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import function
from .modes import state
from .ops.join import stack
from .random import get_rng_state, set_rng_state
from .tensor import Tensor
from .trees import fits, leaves, rebuild, spec, spread

Mapped = Callable[..., Any]


class VmapInfo(NamedTuple):
    """What a custom Function's `vmap` is told."""

    batch_size: int
    randomness: str


def vmap(
    func: Mapped, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None
) -> Mapped:
    """`func` for every slice of its arguments along `in_dims`; the results are stacked along `out_dims`.

    `in_dims` and `out_dims` are nested as arguments and results are, or end earlier; None: not mapped.
    Raises ValueError for dimensions that do not fit, RuntimeError for an unknown `randomness`.
    """
    name = getattr(func, "__name__", repr(func))
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        ends, dims = leaves(args), _in_dims(name, in_dims, args)
        count = _batch_size(ends, dims)
        cls = getattr(func, "__self__", None)
        if isinstance(cls, type) and issubclass(cls, function.Function) and _has_rule(cls):
            out, found = _by_rule(cls, VmapInfo(count, randomness), tuple(dims), args)
            places = zip(leaves(out), spread(found, out), spread(out_dims, out), strict=True)
            return rebuild(out, [stack([t] * count, to) if d is None else t.movedim(d, to) for t, d, to in places])
        results = []
        state.transforms += 1
        state.vmaps = [*state.vmaps, randomness]
        try:
            begun = get_rng_state() if randomness == "same" else None
            for i in range(count):
                if begun is not None:
                    set_rng_state(begun)
                results.append(func(*rebuild(args, _slice(ends, dims, i)), **kwargs))
            if not count:  # one sample of zeros tells what the results of none look like
                results.append(func(*rebuild(args, _zeros(ends, dims)), **kwargs))
        finally:
            state.transforms -= 1
            state.vmaps = state.vmaps[:-1]
        return _stacked(name, results, out_dims, count)

    return mapped


def _in_dims(name: str, in_dims: Any, args: tuple[Any, ...]) -> list[int | None]:
    """For each leaf of the arguments, the dimension it is mapped along."""
    if not isinstance(in_dims, int | tuple):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) "
            f"tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over "
            "a function with no inputs. The latter is unsupported."
        )
    if not fits(in_dims, args):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of "
            f"`inputs`. in_dims has structure {spec(in_dims)} but inputs has structure {spec(args)}."
        )
    dims = []
    for t, dim in zip(leaves(args), spread(in_dims, args), strict=True):
        got = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for"
        if dim is not None and not isinstance(dim, int):
            raise ValueError(f"{got} an input but in_dim must be either an integer dimension or None.")
        if dim is not None and not isinstance(t, Tensor):
            raise ValueError(
                f"{got} an input but the input is of type {type(t)}. We cannot vmap over non-Tensor arguments, "
                "please use None as the respective in_dim"
            )
        if dim is not None and not -t.ndim <= dim < t.ndim:
            raise ValueError(
                f"{got} some input, but that input is a Tensor of dimensionality {t.ndim} so expected in_dim to "
                f"satisfy -{t.ndim} <= in_dim < {t.ndim}."
            )
        dims.append(dim)
    return dims


def _batch_size(ends: list[Any], dims: list[int | None]) -> int:
    sizes = [t.shape[dim] for t, dim in zip(ends, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return int(sizes[0])


def _slice(ends: Sequence[Any], dims: Sequence[int | None], i: int) -> list[Any]:
    return [t if dim is None else t.select(dim, i) for t, dim in zip(ends, dims, strict=True)]


def _zeros(ends: Sequence[Any], dims: Sequence[int | None]) -> list[Any]:
    """A sample for a batch that has none."""
    return [
        t if dim is None else t.new_zeros([n for d, n in enumerate(t.shape) if d != dim % t.ndim])
        for t, dim in zip(ends, dims, strict=True)
    ]


def _stacked(name: str, results: list[Any], out_dims: Any, count: int) -> Any:
    first = results[0]
    if not fits(out_dims, first):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {spec(out_dims)} but outputs has structure {spec(first)}."
        )
    columns = zip(*[leaves(result) for result in results], strict=True)
    batched = []
    for column, dim in zip(columns, spread(out_dims, first), strict=True):
        if dim is not None and not isinstance(column[0], Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(column[0])}. Did you mean to "
                "set out_dims= to None for output?"
            )
        if dim is None and any(isinstance(t, Tensor) and not _same(t, column[0]) for t in column):
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        batched.append(
            column[0] if dim is None else _of_none(column[0], dim) if not count else stack(list(column), dim)
        )
    return rebuild(first, batched)


def _of_none(sample: Any, dim: int) -> Any:
    """The results of no samples, of which one would look like `sample`."""
    return stack([sample], dim).narrow(dim, 0, 0)


def _same(x: Tensor, y: Tensor) -> bool:
    """Are two samples' results one that does not depend on the sample?"""
    return x is y or (x.shape == y.shape and bool(np.array_equal(x._a, y._a, equal_nan=x._a.dtype.kind in "fc")))


_SEE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"


def apply_mapped(cls: type[function.Function], args: tuple[Any, ...]) -> Any:
    """Run a custom Function for one slice: by its own rule, as for a batch of one, or simply by `forward`."""
    if not _has_rule(cls):
        return cls.run(args)
    dims = tuple(0 if isinstance(a, Tensor) else None for a in args)
    before, state.vmaps = state.vmaps, state.vmaps[:-1]
    try:
        batch = [a.unsqueeze(0) if isinstance(a, Tensor) else a for a in args]  # type: ignore[attr-defined]  # ops are methods
        out, out_dims = _by_rule(cls, VmapInfo(1, before[-1]), dims, batch)
    finally:
        state.vmaps = before
    ends = [t if dim is None else t.select(dim, 0) for t, dim in zip(leaves(out), spread(out_dims, out), strict=True)]
    return rebuild(out, ends)


def _by_rule(
    cls: type[function.Function], info: VmapInfo, dims: tuple[int | None, ...], args: Sequence[Any]
) -> tuple[Any, Any]:
    """What the Function's own `vmap` returns: (output, out_dims), fitting each other."""
    returned = cls.vmap(info, dims, *args)
    if not isinstance(returned, tuple) or len(returned) != 2:
        got = f"{len(returned)} returns" if isinstance(returned, tuple) else f"a {type(returned)}"
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
            f"compatible with the output. Got {got} instead"
        )
    out, out_dims = returned
    if not fits(out_dims, out):
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
            f"out_dims={out_dims} to be compatible with the structure of `output`. out_dims has structure "
            f"{spec(out_dims)} but output has structure {spec(out)}. {_SEE}"
        )
    return out, out_dims


def _has_rule(cls: type[function.Function]) -> bool:
    """Does it have a `vmap` of its own? Raises where it has neither that nor the wish for a generated one, or both."""
    written = cls.vmap is not function.Function.vmap
    if written and cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
            "staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid "
            "ambiguity. " + _SEE
        )
    if not written and not cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and "
            f"implement the vmap staticmethod or set generate_vmap_rule=True. {_SEE}"
        )
    return written


function.vmap_hook = apply_mapped

__all__ = ["VmapInfo", "vmap"]
