"""torch's random numbers over JAX's keys, for the facade: every draw splits the one key that `manual_seed` sets.

The numbers are JAX's, not torch's; what is promised of their ranges, shapes and derivatives is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .jax_facade import DType, Tensor

_state = {"key": jax.random.key(0)}


def manual_seed(seed: int) -> None:
    """Begin again, from a key made of `seed`."""
    _state["key"] = jax.random.key(seed)


def _key() -> jax.Array:
    """A key that nobody has drawn from."""
    _state["key"], fresh = jax.random.split(_state["key"])
    return fresh


def drawn(draw: Callable[..., jax.Array]) -> Callable[..., Tensor]:
    """torch.rand, torch.randn: sizes as a tuple or one by one."""

    def make(*size: Any, dtype: DType | None = None) -> Tensor:
        shape = size[0] if len(size) == 1 and isinstance(size[0], tuple | list) else size
        return Tensor(draw(_key(), tuple(shape), dtype.numpy if dtype else jnp.float32))

    return make


def drawn_like(draw: Callable[..., jax.Array]) -> Callable[..., Tensor]:
    """torch.rand_like, torch.randn_like."""
    return lambda x, dtype=None: Tensor(draw(_key(), x.shape, dtype.numpy if dtype else x.array.dtype))


def bernoulli(p: Tensor) -> Tensor:
    """1 with the probability `p`, else 0."""
    return Tensor(jax.random.bernoulli(_key(), p.array).astype(p.array.dtype))


def poisson(rate: Tensor) -> Tensor:
    """Numbers of events at the rate `rate`."""
    return Tensor(jax.random.poisson(_key(), rate.array).astype(rate.array.dtype))


def multinomial(weights: Tensor, num_samples: int) -> Tensor:
    """Places, drawn with the probabilities that `weights` are in proportion to."""
    return Tensor(jax.random.categorical(_key(), jnp.log(weights.array), shape=(num_samples,)))


RANDOM: dict[str, Callable[..., Any]] = {
    "manual_seed": manual_seed, "rand": drawn(jax.random.uniform), "randn": drawn(jax.random.normal),
    "rand_like": drawn_like(jax.random.uniform), "randn_like": drawn_like(jax.random.normal),
    "bernoulli": bernoulli, "poisson": poisson, "multinomial": multinomial,
}  # fmt: skip
