"""Random tensors, the same ones that torch draws on a CPU from the same seed.

Factories make a tensor of random numbers, methods fill one that there is. All draw from the stream that
`manual_seed` starts unless they are given a Generator. Two things differ from torch: float16 and bfloat16
are float32 draws rounded, which from 16 normals on torch's are not quite; and on Intel's processors
torch fills `bernoulli_(p)` and `exponential_` from a stream of MKL's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .create import _like, _made, _numpy
from .generator import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    normal_numbers,
    seed,
    set_rng_state,
    uniform_numbers,
    whole_numbers,
)
from .op import ELEMENTWISE, op
from .ops.arithmetic import zeros_times
from .sizes import refuse, size_of
from .tensor import Tensor, wrap
from .write import write


def rand(
    *size: Any,
    dtype: Any = None,
    generator: Generator | None = None,
    requires_grad: bool = False,
    device: Any = None,
    **_: Any,
) -> Tensor:
    """Uniform in [0, 1)."""
    refuse("rand", _)
    shape = size_of(size or _.get("size", ()), "rand")
    return _made(uniform_numbers(shape, _numpy(dtype), generator), requires_grad, device)


def randn(
    *size: Any,
    dtype: Any = None,
    generator: Generator | None = None,
    requires_grad: bool = False,
    device: Any = None,
    **_: Any,
) -> Tensor:
    """Standard normal; a complex number has variance 1, half of it in each part."""
    refuse("randn", _)
    shape = size_of(size or _.get("size", ()), "randn")
    return _made(normal_numbers(shape, _numpy(dtype), generator), requires_grad, device)


def randint(
    *args: Any,
    dtype: Any = None,
    generator: Generator | None = None,
    requires_grad: bool = False,
    device: Any = None,
    **named: Any,
) -> Tensor:
    """`randint(high, size)` or `randint(low, high, size)`: whole numbers in [low, high)."""
    bounds = [*args]
    refuse("randint", {name: value for name, value in named.items() if name not in ("low", "high")})
    if len(bounds) + sum(name in named for name in ("low", "high", "size")) < 2:
        raise TypeError("randint() takes (high, size) or (low, high, size)")
    size = named["size"] if "size" in named else bounds.pop()
    high = named["high"] if "high" in named else bounds.pop()
    low = named.get("low", bounds.pop() if bounds else 0)
    kind = dtypes.int64.numpy if dtype is None else dtypes.of(dtype).numpy
    shape = size_of((size,), "randint")
    return _made(whole_numbers(int(low), int(high), shape, kind, generator), requires_grad, device)


def randperm(n: int, *, dtype: Any = None, generator: Generator | None = None, device: Any = None, **_: Any) -> Tensor:
    """The numbers below n in random order, shuffled as Fisher and Yates do."""
    refuse("randperm", _)
    if not hasattr(n, "__index__"):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    (count,) = size_of((n,), "randperm")
    order = list(range(count))
    words = (generator or default_generator).words(max(count - 1, 0)).tolist()
    for i, word in enumerate(words):
        j = i + word % (count - i)
        order[i], order[j] = order[j], order[i]
    return _made(np.array(order, dtypes.int64.numpy if dtype is None else dtypes.of(dtype).numpy), device=device)


def rand_like(
    input: Tensor, *, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None, **_: Any
) -> Tensor:
    """Uniform in [0, 1), in another tensor's shape and dtype."""
    return _made(uniform_numbers(input._a.shape, _like(input, dtype), generator), requires_grad)


def randn_like(
    input: Tensor, *, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None, **_: Any
) -> Tensor:
    """Standard normal, in another tensor's shape and dtype; integers are refused."""
    return _made(normal_numbers(input._a.shape, _like(input, dtype), generator), requires_grad)


def randint_like(
    input: Tensor, *bounds: int, dtype: Any = None, generator: Generator | None = None, **_: Any
) -> Tensor:
    """`randint_like(input, high)` or `randint_like(input, low, high)`, in another tensor's shape and dtype."""
    low, high = bounds if len(bounds) == 2 else (0, *bounds)
    return _made(whole_numbers(low, high, input._a.shape, _like(input, dtype), generator))


# Draws that stand in a graph: they depend on no input, so gradients stop at them as zeros


def _drawing(name: str, node: str) -> Any:
    def kernel(x, values=None):
        return values

    kernel.__name__ = name
    kernel.__doc__ = "Random numbers in the place of x."
    declared = op(kind=ELEMENTWISE, method=False, node=node)(kernel)
    declared.grads(x=lambda g: zeros_times(g))
    return declared


_uniform_drawn = _drawing("uniform", "UniformBackward0")
_normal_drawn = _drawing("normal", "NormalBackward0")
_normal_around = _drawing("normal", "NormalBackward1")
_bernoulli_drawn = _drawing("bernoulli", "BernoulliBackward0")
_poisson_drawn = _drawing("poisson", "PoissonBackward0")
_bernoulli_written = _drawing("bernoulli", "BernoulliBackward2")
_exponential_drawn = _drawing("exponential", "ExponentialBackward0")
_random_drawn = _drawing("random", "RandomBackward0")
_cauchy_drawn = _drawing("cauchy", "CauchyBackward0")
_geometric_drawn = _drawing("geometric", "GeometricBackward0")
_log_normal_drawn = _drawing("log_normal", "LogNormalBackward0")


def _written(declared: Any, x: Tensor, values: np.ndarray) -> Tensor:
    return write(declared.op, (x,), (values,))


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, **options: Any
) -> Tensor:
    """Normal numbers, `size` of one distribution or one for each element of `mean` and `std`."""
    if size is not None:
        return _memory(size, options).normal_(mean, std, generator=generator)  # type: ignore[attr-defined, no-any-return]
    around = mean if isinstance(mean, Tensor) else std
    centre, width = (part._a if isinstance(part, Tensor) else part for part in (mean, std))
    if np.any(np.asarray(width) < 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = np.broadcast_shapes(np.shape(centre), np.shape(width))
    numbers = normal_numbers(shape, around._a.dtype, generator) * width + centre
    return _normal_around(around, numbers) if around._a.shape == shape else wrap(numbers)  # type: ignore[no-any-return]


def _memory(size: Any, options: dict[str, Any]) -> Tensor:
    """Memory to be filled, with a factory's options."""
    return _made(np.empty(size_of((size,)), _numpy(options.get("dtype"))), options.get("requires_grad", False))


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that stands in `input` (or with `p`), else 0. Its gradient is 0."""
    if p is not None:
        return input.clone().bernoulli_(p, generator=generator)  # type: ignore[attr-defined, no-any-return]
    return _bernoulli_drawn(input, _coins(input._a, input._a.shape, generator).astype(input._a.dtype))  # type: ignore[no-any-return]


def _coins(p: np.ndarray, shape: tuple[int, ...], generator: Generator | None) -> np.ndarray:
    if p.dtype.kind in "iub":
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{dtypes.OF_NUMPY[p.dtype].word}'")
    if not np.all((p >= 0) & (p <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)"
        )
    return uniform_numbers(shape, p.dtype, generator) < p


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson numbers of the rates that stand in `input`. Their gradient is 0."""
    if not np.all(input._a >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    draw = (generator or default_generator).poisson
    numbers = np.array([draw(rate) for rate in input._a.astype(np.float64).reshape(-1).tolist()], input._a.dtype)
    return _poisson_drawn(input, numbers.reshape(input._a.shape))  # type: ignore[no-any-return]


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Positions drawn with the weights in the rows of `input`; without replacement each at most once."""
    weights = input._a
    rows = weights if weights.ndim == 2 else weights[None]
    if not replacement and num_samples > rows.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all(np.isfinite(rows)) or np.any(rows < 0):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(rows.sum(-1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if replacement and num_samples > 1:
        turns = uniform_numbers((len(rows), num_samples), np.dtype(np.float64), generator)
        steps = [np.cumsum(row) / np.sum(row) for row in rows]
        found = np.array([np.searchsorted(step, turn) for step, turn in zip(steps, turns, strict=True)], np.int64)
    else:  # the largest of weight / exponential is each position as likely as its weight
        found = np.argsort(-rows / _exponential(1.0, rows.shape, rows.dtype, generator), axis=-1)[:, :num_samples]
    return wrap(found.astype(np.int64) if weights.ndim == 2 else found[0].astype(np.int64))


def _exponential(rate: float, shape: tuple[int, ...], dtype: np.dtype, generator: Generator | None) -> np.ndarray:
    return (-np.log1p(-uniform_numbers(shape, np.dtype(np.float64), generator)) / rate).astype(dtype)


# Methods that fill a tensor


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **named: float
) -> Tensor:
    """Fill with numbers uniform in [from, to)."""
    low, high = named.get("from", from_), to
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    x = self._a
    numbers = uniform_numbers(x.shape, x.dtype, generator)
    low, high = numbers.real.dtype.type(low), numbers.real.dtype.type(high)
    wide = np.complex128 if x.dtype.kind == "c" else np.float64  # torch rounds once: a fused multiply and add
    return _written(_uniform_drawn, self, (numbers.astype(wide) * float(high - low) + float(low)).astype(x.dtype))


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers of this mean and standard deviation."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    numbers = normal_numbers(self._a.shape, self._a.dtype, generator)
    return _written(_normal_drawn, self, (numbers * std + mean).astype(self._a.dtype))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with 1 with probability `p` (a number, or a tensor of them), else with 0."""
    if isinstance(p, Tensor):
        return _written(_bernoulli_written, self, _coins(p._a, self._a.shape, generator).astype(self._a.dtype))
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    heads = uniform_numbers(self._a.shape, np.dtype(np.float64), generator) < p
    return _written(_bernoulli_written, self, heads.astype(self._a.dtype))


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponential numbers of rate `lambd`."""
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    if self._a.dtype.kind in "iub":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {self.dtype.word}"
        )
    return _written(_exponential_drawn, self, _exponential(lambd, self._a.shape, self._a.dtype, generator))


def _uniform_doubles(x: Tensor, generator: Generator | None) -> np.ndarray:
    return uniform_numbers(x._a.shape, np.dtype(np.float64), generator)


SPOKEN = {"int64": "long int", "int32": "int", "int16": "short", "int8": "signed char", "uint8": "unsigned char"}


def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers of Cauchy's distribution about `median`, of half-width `sigma`."""
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if self._a.dtype.kind in "iub":
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {SPOKEN.get(self._a.dtype.name, 'bool')}"
        )
    numbers = median + sigma * np.tan(np.pi * (_uniform_doubles(self, generator) - 0.5))
    return _written(_cauchy_drawn, self, numbers.astype(self._a.dtype))


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with how many tries it takes to succeed, at a chance of `p` each."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    numbers = np.ceil(np.log(_uniform_doubles(self, generator)) / np.log1p(-p))
    return _written(_geometric_drawn, self, numbers.astype(self._a.dtype))


def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normal."""
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    dtypes.refuse("log_normal_cpu", dtypes.WHOLE + "c", self._a)
    draw = (generator or default_generator).normal
    logs = np.array([draw(1, np.dtype(np.float64))[0] for _ in range(self._a.size)])  # one by one, unlike normal_
    return _written(_log_normal_drawn, self, np.exp(logs * std + mean).astype(self._a.dtype).reshape(self._a.shape))


def random_(self: Tensor, *bounds: int, generator: Generator | None = None) -> Tensor:
    """`random_()`, `random_(to)`, `random_(from, to)`: whole numbers; without bounds, as many as the dtype holds."""
    x = self._a
    if bounds:
        low, high = bounds if len(bounds) == 2 else (0, *bounds)
        return _written(_random_drawn, self, whole_numbers(low, high, x.shape, x.dtype, generator))
    source, (bound, long) = generator or default_generator, _span(x.dtype)
    words = source.long_words(x.size) if long else source.words(x.size)
    return _written(_random_drawn, self, (words % np.uint64(bound)).astype(x.dtype).reshape(x.shape))


def _span(dtype: np.dtype) -> tuple[int, bool]:
    """One more than the largest whole number that the dtype holds exactly, and whether it takes long words."""
    if dtype.kind == "b":
        return 2, False
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).max) + 1, dtype.itemsize == 8
    return 2 ** (np.finfo(dtype).nmant + 1) + 1, dtype.itemsize == 8


FILLING = (uniform_, normal_, bernoulli_, exponential_, cauchy_, geometric_, log_normal_, random_)
for _method in (*FILLING, bernoulli, multinomial):
    setattr(Tensor, _method.__name__, _method)

__all__ = [
    "Generator",
    "bernoulli",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]
