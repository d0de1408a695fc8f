"""Streams of random words, and what turns words into uniform, normal and whole numbers, as torch does.

A Generator is one stream of 32-bit words (MT19937). The recipes were found by comparison with torch 2.13
on a CPU. From 16 float32 normals on they differ from torch's in the last place here and there, as torch's
vectorised logarithm and sine round otherwise than NumPy's.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import dtypes
from .description import Device
from .modes import state
from .tensor import Tensor, wrap

DEFAULT_SEED = 67280421310721
"""What torch starts with before anybody seeds."""


class Generator:
    """torch.Generator: a seed, the stream that it starts, and a normal number kept for the next call."""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device if isinstance(device, Device) else Device(device)
        self._bits = np.random.MT19937()
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of `seed`; its lower 32 bits decide. Negative seeds count from 2**64 down."""
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        self._bits._legacy_seeding(self._seed % 2**32)
        self._spare: float | None = None
        return self

    def seed(self) -> int:
        """Start at a seed that nobody knows; returns it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that this stream started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """Where the stream stands, as a tensor of bytes for `set_state`. Its layout is not torch's."""
        state: Any = self._bits.state["state"]
        spare = np.nan if self._spare is None else self._spare
        parts = [state["key"], np.uint32([state["pos"]]), np.uint64([self._seed]), np.float64([spare])]
        return wrap(np.concatenate([part.view(np.uint8) for part in parts]))

    def set_state(self, state: Tensor) -> Generator:
        """Go back to where `get_state` was called."""
        raw = state._a
        if raw.dtype != np.uint8 or raw.size != 624 * 4 + 4 + 8 + 8:
            raise RuntimeError("RNG state must be a torch.ByteTensor that Generator.get_state returned")
        words = raw[: 625 * 4].view(np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": words[:624], "pos": int(words[624])}}
        self._seed = int(raw[2500:2508].copy().view(np.uint64)[0])
        spare = float(raw[2508:].copy().view(np.float64)[0])
        self._spare = None if np.isnan(spare) else spare
        return self

    # Words into numbers

    def words(self, count: int) -> np.ndarray:
        """The next `count` words of 32 bits. Under vmap that may be an error (see vmap.py)."""
        if state.vmaps and state.vmaps[-1] == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )
        return self._bits.random_raw(count)  # type: ignore[no-any-return]

    def long_words(self, count: int) -> np.ndarray:
        """The next `count` words of 64 bits: two short ones each, the higher first."""
        pairs = self.words(2 * count).reshape(count, 2)
        return pairs[:, 0] << np.uint64(32) | pairs[:, 1]

    def uniform(self, count: int, dtype: np.dtype) -> np.ndarray:
        """`count` numbers in [0, 1): multiples of 2**-53 in float64, of 2**-24 in the other dtypes."""
        if dtype == np.float64:
            return (self.long_words(count) & np.uint64(2**53 - 1)) * 2.0**-53
        return ((self.words(count) & np.uint64(2**24 - 1)) * 2.0**-24).astype(np.float32)

    def normal(self, count: int, dtype: np.dtype) -> np.ndarray:
        """`count` standard normal numbers, by Box and Muller's transformation."""
        if count < BLOCK:
            return np.array([self._one_normal() for _ in range(count)])
        drawn = self.uniform(count, dtype)
        whole = count // BLOCK * BLOCK
        result = drawn.copy()
        result[:whole] = _box_muller(drawn[:whole])
        if whole < count:  # the last block begins anew, over numbers that were already there
            result[-BLOCK:] = _box_muller(self.uniform(BLOCK, dtype))
        return result

    def _one_normal(self) -> float:
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        turn, u = self.uniform(2, np.dtype(np.float64)).tolist()
        radius = np.sqrt(-2.0 * np.log1p(-u))
        self._spare = float(radius * np.sin(2.0 * np.pi * turn))
        return float(radius * np.cos(2.0 * np.pi * turn))

    def poisson(self, rate: float) -> int:
        """One Poisson number: by counting arrivals, or from 10 on by Hoermann's transformed rejection (1993)."""
        if rate < 10:
            count, left, end = 0, 1.0, np.exp(-rate)
            while rate and (left := left * self._one_uniform()) > end:
                count += 1
            return count
        b = 0.931 + 2.53 * math.sqrt(rate)
        a = -0.059 + 0.02483 * b
        while True:
            u, v = self._one_uniform() - 0.5, self._one_uniform()
            inside = 0.5 - abs(u)
            k = math.floor((2 * a / inside + b) * u + rate + 0.43)
            if inside >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2):
                return k
            if k < 0 or (inside < 0.013 and v > inside):
                continue
            bound = math.log(v) + math.log(1.1239 + 1.1328 / (b - 3.4)) - math.log(a / inside**2 + b)
            if bound <= -rate + k * math.log(rate) - math.lgamma(k + 1):
                return k

    def _one_uniform(self) -> float:
        return float(self.uniform(1, np.dtype(np.float64))[0])

    def below(self, bound: int, count: int) -> np.ndarray:
        """`count` whole numbers in [0, bound): the remainders of words, of long ones from 2**28 on."""
        words = self.words(count) if bound < 2**28 else self.long_words(count)
        return (words % np.uint64(bound)).astype(np.int64)


BLOCK = 16
"""From so many on, normals are made in blocks: eight radii, then eight angles."""


def _box_muller(uniform: np.ndarray) -> np.ndarray:
    halves = uniform.reshape(-1, 2, BLOCK // 2)
    one = uniform.dtype.type(1)
    radius = np.sqrt(-2 * one * np.log(one - halves[:, 0]))
    angle = 2 * one * uniform.dtype.type(np.pi) * halves[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default stream at `seed`."""
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default stream at a seed that nobody knows; returns it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default stream started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Where the default stream stands."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Go back to where `get_rng_state` was called."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = (), enabled: bool = True) -> Iterator[None]:
    """What is drawn inside the block is not missed outside."""
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)


# Numbers of a shape and a dtype


def _shaped(name: str, shape: tuple[int, ...], dtype: np.dtype, draw: Any) -> np.ndarray:
    """`draw(count, dtype)` in a shape and dtype; a complex number takes two draws."""
    count = int(np.prod(shape, dtype=np.int64))
    if dtype.kind == "c":
        part = np.dtype(f"f{dtype.itemsize // 2}")
        return draw(2 * count, part).astype(part).view(dtype).reshape(shape)  # type: ignore[no-any-return]
    if dtype.kind in "iub":
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtypes.OF_NUMPY[dtype].word}'")
    return draw(count, dtype).astype(dtype).reshape(shape)  # type: ignore[no-any-return]


def uniform_numbers(shape: tuple[int, ...], dtype: np.dtype, generator: Generator | None) -> np.ndarray:
    """Uniform in [0, 1), both parts of complex ones."""
    return _shaped("check_uniform_bounds", shape, dtype, (generator or default_generator).uniform)


def normal_numbers(shape: tuple[int, ...], dtype: np.dtype, generator: Generator | None) -> np.ndarray:
    """Standard normal; each part of complex ones has variance 1/2."""
    numbers = _shaped("normal_kernel_cpu", shape, dtype, (generator or default_generator).normal)
    return numbers / numbers.real.dtype.type(np.sqrt(2)) if dtype.kind == "c" else numbers


def whole_numbers(
    low: int, high: int, shape: tuple[int, ...], dtype: np.dtype, generator: Generator | None
) -> np.ndarray:
    """Whole numbers in [low, high)."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.kind in "iu" and high - 1 > np.iinfo(dtype).max:
        raise RuntimeError(f"to - 1 is out of bounds for {C_NAMES[dtype.name]}")
    count = int(np.prod(shape, dtype=np.int64))
    return (low + (generator or default_generator).below(high - low, count)).astype(dtype).reshape(shape)


C_NAMES = {"uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long"}
"""C's names of the integer dtypes, which torch's errors use."""
