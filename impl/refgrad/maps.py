"""How new elements are made of old ones along a dimension: straight lines, cubics, means, smoothing filters.

A Map is the weights for one dimension, a sparse matrix with a row for each new element. Source of the weights:
torch.nn.functional.interpolate; the cubic is Keys' (1981) with a = -3/4, or -1/2 where it smooths.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Map:
    """New elements from old ones along one dimension: new[i] = sum over t of weights[i, t] old[places[i, t]]."""

    old: int
    places: np.ndarray
    weights: np.ndarray

    @functools.cached_property
    def matrix(self) -> Any:
        """The weights as a sparse matrix (new, old)."""
        from scipy.sparse import csr_array

        rows = np.repeat(np.arange(len(self.places)), self.places.shape[1])
        made = csr_array((self.weights.ravel(), (rows, self.places.ravel())), shape=(len(self.places), self.old))
        made.sum_duplicates()
        return made

    @functools.cached_property
    def transpose(self) -> Any:
        """The matrix (old, new) that sends gradients back."""
        return self.matrix.T.tocsr()

    def applied(self, x: np.ndarray, axis: int, transposed: bool) -> np.ndarray:
        """x with the matrix (or its transpose) along one dimension."""
        matrix = self.transpose if transposed else self.matrix
        first = np.moveaxis(x, axis, 0)
        flat = np.ascontiguousarray(first).reshape(len(first), -1)
        made = matrix.astype(x.real.dtype, copy=False) @ flat
        return np.moveaxis(np.asarray(made, x.dtype).reshape(matrix.shape[0], *first.shape[1:]), 0, axis)


def edges(old: int, new: int) -> tuple[np.ndarray, np.ndarray]:
    """Where `new` bins over `old` elements begin and end, as even as they go; they overlap where they do not divide."""
    at = np.arange(new)
    return at * old // max(new, 1), -(-(at + 1) * old // max(new, 1))


@functools.lru_cache(maxsize=256)
def bins(old: int, new: int) -> Map:
    """The means of such bins."""
    start, end = edges(old, new)
    taps = np.arange(max((end - start).max(initial=1), 1))
    inside = taps < (end - start)[:, None]
    places = np.minimum(start[:, None] + taps, old - 1)
    return _within(old, places, np.where(inside, 1.0, 0.0) / (end - start)[:, None], inside)


def _within(old: int, places: np.ndarray, weights: np.ndarray, inside: np.ndarray) -> Map:
    """The map of those taps that are inside: a place outside is not even multiplied by 0."""
    first = places[:, :1]
    return Map(old, np.where(inside, places, first), np.where(inside, weights, 0.0))


def _sources(old: int, new: int, scale: float | None, align_corners: bool) -> np.ndarray:
    """Where the new elements lie among the old ones: corners on corners, or cells on cells."""
    at = np.arange(new, dtype=np.float64)
    if align_corners:
        return at * ((old - 1) / (new - 1) if new > 1 else 0.0)
    return (at + 0.5) * step(old, new, scale) - 0.5


def step(old: int, new: int, scale: float | None) -> float:
    """How many old elements a new one stands for: by the factor that was asked for, else by the sizes."""
    return 1.0 / scale if scale is not None and scale > 0 else old / new


@functools.lru_cache(maxsize=256)
def nearest(old: int, new: int, scale: float | None, exact: bool) -> Map:
    """The old element at each new one's beginning, or (exact) at its middle."""
    at = (np.arange(new) + (0.5 if exact else 0.0)) * step(old, new, scale)
    return Map(old, np.minimum(np.floor(at), old - 1).astype(np.int64)[:, None], np.ones((new, 1)))


@functools.lru_cache(maxsize=256)
def linear(old: int, new: int, scale: float | None, align_corners: bool) -> Map:
    """Between the two old elements on either side; beyond the first and the last, those."""
    at = np.maximum(_sources(old, new, scale, align_corners), 0.0)
    low = np.minimum(np.floor(at).astype(np.int64), old - 1)
    part = np.clip(at - low, 0.0, 1.0)
    return Map(old, np.stack([low, np.minimum(low + 1, old - 1)], 1), np.stack([1 - part, part], 1))


def keys(t: Any, a: float) -> Any:
    """Keys' cubic: 1 at 0, 0 at the other integers, smooth, and 0 beyond 2."""
    t = np.abs(t)
    near = (1 - t) * (1 + t - (a + 2) * t * t)
    far = (t - 1) * (t - 2) ** 2
    return np.where(t <= 1, near, np.where(t < 2, a * far, 0.0))


@functools.lru_cache(maxsize=256)
def cubic(old: int, new: int, scale: float | None, align_corners: bool) -> Map:
    """The cubic through the four old elements around; beyond the first and the last stand those again."""
    at = _sources(old, new, scale, align_corners)
    low = np.floor(at)
    taps = np.arange(-1, 3)
    weights = keys(taps - (at - low)[:, None], -0.75)
    return Map(old, np.clip(low[:, None] + taps, 0, old - 1).astype(np.int64), weights)


FILTERS: dict[str, tuple[float, Callable[[Any], Any]]] = {
    "linear": (1.0, lambda t: np.maximum(1 - np.abs(t), 0.0)),
    "cubic": (2.0, lambda t: keys(t, -0.5)),
    "lanczos": (3.0, lambda t: np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0)),
}
"""Half the width of each filter that smooths, and its shape."""


@functools.lru_cache(maxsize=256)
def smoothed(kind: str, old: int, new: int, scale: float | None, align_corners: bool) -> Map:
    """The filter, stretched where the picture shrinks, over all old elements under it; weights add up to 1."""
    half, shape = FILTERS[kind]
    width = ((old - 1) / (new - 1) if new > 1 else 0.0) if align_corners else step(old, new, scale)
    stretch = max(width, 1.0)
    middle = width * (np.arange(new) + 0.5)
    start = np.maximum((middle - half * stretch + 0.5).astype(np.int64), 0)
    end = np.minimum((middle + half * stretch + 0.5).astype(np.int64), old)
    taps = np.arange(math.ceil(half * stretch) * 2 + 1)
    inside = taps < (end - start)[:, None]
    places = np.minimum(start[:, None] + taps, old - 1)
    weights = np.where(inside, shape((start[:, None] + taps - middle[:, None] + 0.5) / stretch), 0.0)
    return _within(old, places, weights / weights.sum(1, keepdims=True), inside)
