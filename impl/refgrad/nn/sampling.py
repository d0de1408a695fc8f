"""Pictures looked up at places of one's own choice: `grid_sample`, and `affine_grid`, which makes such places.

A grid holds coordinates from -1 to 1, the last dimension of the picture first. Everything is made of refgrad's own
ops, so that both the picture and the grid have derivatives of every order; what torch makes of the seams between
elements is written at its place.
"""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..ops.arithmetic import add, div, mul, remainder, sub, zeros_times
from ..ops.choose import _where, chosen
from ..ops.complex import abs
from ..ops.linalg import matmul
from ..ops.permute import transpose
from ..ops.sampling import _looked_at
from ..ops.shape import reshape, unsqueeze
from ..tensor import Tensor, wrap

MOVED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """What the input (batch, channel, space...) shows at the places of the grid (batch, out..., coordinates).

    mode            "bilinear", "nearest", or "bicubic" (pictures of two dimensions alone)
    padding_mode    what is beyond: "zeros", the "border", or its "reflection"
    align_corners   are -1 and 1 the middles of the outermost elements, or their outer edges?
    """
    rank = len(input.shape) - 2
    _check(rank, input, grid, mode, padding_mode)
    if align_corners is None:
        warnings.warn(MOVED, UserWarning, stacklevel=2)
    corners = bool(align_corners)
    sizes = tuple(input.shape[2:])
    at = [_element(grid[..., rank - 1 - d], n, corners) for d, n in enumerate(sizes)]
    if mode == "bicubic":
        taps = [_cubic(x) for x in at]
    else:
        at = [_brought_in(x, n, padding_mode, corners) for x, n in zip(at, sizes, strict=True)]
        taps = [(_near if mode == "nearest" else _linear)(x) for x in at]
    if mode == "bicubic" and padding_mode != "zeros":
        taps = [[(_whole(p, n, padding_mode, corners), w) for p, w in tap] for tap, n in zip(taps, sizes, strict=True)]
    indexed = [[(*_indexed(p, n), w) for p, w in tap] for tap, n in zip(taps, sizes, strict=True)]
    total: Any = None
    for choice in itertools.product(*indexed):
        indices, within, weights = zip(*choice, strict=True)
        term = _looked_up(input, indices, within)
        for weight in weights:
            term = mul(term, unsqueeze(weight, 1))
        total = term if total is None else add(total, term)
    return total


def _check(rank: int, x: Any, grid: Any, mode: str, padding_mode: str) -> None:
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if rank not in (2, 3) or len(grid.shape) != rank + 2:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(x.shape)} and grid with sizes {list(grid.shape)}"
        )
    if x.shape[0] != grid.shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(x.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != rank:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {rank} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    dtypes.refuse("grid_sampler_2d_cpu_kernel_impl" if rank == 2 else "grid_sampler3d_cpu", dtypes.WHOLE + "c", x._a)
    if x.dtype is not grid.dtype:
        raise RuntimeError(f"expected scalar type {x.dtype.word} but found {grid.dtype.word}")
    if mode == "bicubic" and rank != 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _element(coordinate: Any, size: int, corners: bool) -> Any:
    """A coordinate as a place among elements, of which the first is at 0."""
    if corners:
        return mul(add(coordinate, 1.0), (size - 1) / 2)
    return div(sub(mul(add(coordinate, 1.0), float(size)), 1.0), 2.0)


def _clipped(x: Any, high: int) -> Any:
    """x between 0 and `high`; flat at the ends too, and 0 for NaN."""
    return _where(x > 0, _where(x < high, x, float(high)), 0.0)


def _reflected(x: Any, low: float, span: float) -> Any:
    """x thrown back at `low` and at `low + span`, as often as it takes."""
    if span == 0:
        return mul(x, 0.0)
    away = abs(sub(x, low))
    inside = remainder(away, span)
    with np.errstate(invalid="ignore"):  # a place at infinity is thrown back nowhere
        turned = np.floor((away._a if isinstance(away, Tensor) else away) / span) % 2 == 1
    return _where(wrap(turned), sub(span + low, inside), add(inside, low))


def _brought_in(x: Any, size: int, padding_mode: str, corners: bool) -> Any:
    """A place beyond the picture, brought inside."""
    if padding_mode == "reflection":
        x = _reflected(x, 0.0, size - 1.0) if corners else _reflected(x, -0.5, float(size))
    return x if padding_mode == "zeros" else _clipped(x, size - 1)


def _whole(place: np.ndarray, size: int, padding_mode: str, corners: bool) -> np.ndarray:
    """The same for a whole number, which has no derivative."""
    inside = _brought_in(wrap(place), size, padding_mode, corners)
    return np.asarray(np.trunc(inside._a))


def _near(x: Any) -> list[tuple[np.ndarray, Any]]:
    """The nearest element, the even one of two; where it is has no influence, and so a derivative of 0."""
    return [(np.rint(x._a), add(zeros_times(x), 1.0))]


def _linear(x: Any) -> list[tuple[np.ndarray, Any]]:
    """The two elements around, and their weights."""
    low = np.floor(x._a)
    return [(low, sub(wrap(low + 1), x)), (low + 1, sub(x, wrap(low)))]


def _cubic(x: Any) -> list[tuple[np.ndarray, Any]]:
    """The four elements around, and their weights by Keys' cubic with a = -3/4."""
    low = np.floor(x._a)
    t = sub(x, wrap(low))
    a = -0.75

    def outer(s: Any) -> Any:
        return (s - 1) * (s - 2) * (s - 2) * a

    def inner(s: Any) -> Any:
        return (1 - s) * (1 + s - s * s * (a + 2))

    return [(low - 1, outer(t + 1)), (low, inner(t)), (low + 1, inner(1 - t)), (low + 2, outer(2 - t))]


def _indexed(place: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A whole place as an index, which is 0 beyond the picture and at NaN; and where it is neither."""
    within = (place >= 0) & (place < size)
    return chosen(within, place, 0.0).astype(np.int64), within


def _looked_up(x: Any, indices: Sequence[np.ndarray], within: Sequence[np.ndarray]) -> Any:
    """The elements at the indices (batch, out...), an array for each dimension; 0 where one of them is not within."""
    flat, *further = indices
    for index, n in zip(further, x.shape[3:], strict=True):
        flat = flat * n + index
    inside = functools.reduce(np.logical_and, within)
    found = _looked_at(x, wrap(flat), len(indices))
    return found if inside.all() else _where(wrap(inside[:, None]), found, 0.0)


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Any:
    """The places (batch, out..., coordinates) that theta (batch, d, d + 1) makes of an even grid for `size`."""
    if align_corners is None:
        warnings.warn(MOVED, UserWarning, stacklevel=2)
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    space = tuple(size)[2:]
    rank = len(space)
    if rank not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {size}."
        )
    if tuple(theta.shape[1:]) != (rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. Got "
            f"{theta.shape}."
        )
    axes = [np.linspace(-1, 1, n) * (1 if align_corners else (n - 1) / n) if n > 1 else np.zeros(1) for n in space]
    even = np.stack([*reversed(np.meshgrid(*axes, indexing="ij")), np.ones(space)], -1).reshape(-1, rank + 1)
    places = matmul(wrap(even.astype(theta._a.dtype)), transpose(theta, 1, 2))
    return reshape(places, (theta.shape[0], *space, rank))
