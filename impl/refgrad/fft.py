"""torch.fft: Fourier transforms of one, two and more dimensions, their inverses, and the frequencies themselves.

`n` (or `s`, one a dimension) cuts the signal or fills it with zeros first; `norm` says which way is divided by the
size: "backward" the inverse, "forward" the transform, "ortho" both by the root.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dims as _dims
from . import dtypes
from .ops.complex import complex as _complex
from .ops.complex import conj, zeros_like
from .ops.fit import cast
from .ops.fourier import _c2c, _c2r, _r2c
from .ops.pad import _padded
from .ops.rearrange import _roll
from .tensor import Tensor, wrap

SHARE = {"backward": (0.0, 1.0), "ortho": (0.5, 0.5), "forward": (1.0, 0.0)}
"""To which power of 1/size the transform and its inverse are scaled."""


def _scale(norm: str | None, size: int, forward: bool) -> float:
    if norm is not None and norm not in SHARE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    power = SHARE[norm or "backward"][0 if forward else 1]
    return 1.0 if power == 0 else 1.0 / math.sqrt(size) if power == 0.5 else 1.0 / size


def _floating(x: Tensor) -> Tensor:
    """x in a floating dtype that is wide enough for transforms."""
    kind = x._a.dtype.kind
    if kind in "iub":
        return cast(x, dtypes.get_default_dtype().numpy)  # type: ignore[no-any-return]
    if x._a.dtype.itemsize == 2 and kind in "fV":
        raise RuntimeError(f"Unsupported dtype {x.dtype.word}")
    return x


def _complexed(x: Tensor) -> Any:
    x = _floating(x)
    return x if x._a.dtype.kind == "c" else _complex(x, zeros_like(x))


def _real(x: Tensor, name: str) -> Tensor:
    if x._a.dtype.kind == "c":
        raise RuntimeError(f"{name} expects a real input tensor, but got {_title(x)}")
    return _floating(x)


def _title(x: Tensor) -> str:
    return {"complex64": "ComplexFloat", "complex128": "ComplexDouble"}[x._a.dtype.name]


def _resized(x: Any, dims: Sequence[int], sizes: Sequence[int]) -> Any:
    """x cut or filled with zeros at the end of each dimension."""
    for size in sizes:
        if size < 1:
            raise RuntimeError(f"Invalid number of data points ({size}) specified")
    wanted = dict(zip(dims, sizes, strict=True))
    amounts = tuple((0, wanted.get(d, n) - n) for d, n in enumerate(x.shape))
    return _padded(x, amounts) if any(after for _, after in amounts) else x


def _one(x: Tensor, dim: int) -> int:
    if not x.shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return _dims.one(dim, len(x.shape))


def _several(x: Tensor, s: Sequence[int] | None, dim: Any) -> tuple[tuple[int, ...], list[int]]:
    """The dimensions from the left, and the size of each; `s` alone means the last ones."""
    rank = len(x.shape)
    if dim is not None:
        found = tuple(_dims.one(d, rank) for d in ((dim,) if isinstance(dim, int) else dim))
        if len(set(found)) < len(found):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(found):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    elif s is not None:
        if len(s) > rank:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {rank} dimensions.")
        found = tuple(range(rank - len(s), rank))
    else:
        found = tuple(range(rank))
    sizes = [x.shape[d] if n == -1 else n for d, n in zip(found, s or (-1,) * len(found), strict=True)]
    return found, sizes


def _transformed(x: Tensor, s: Any, dim: Any, norm: str | None, forward: bool) -> Any:
    z = _complexed(x)
    dims, sizes = _several(z, s, dim)
    if not dims:
        return z
    return _c2c(_resized(z, dims, sizes), dims, _scale(norm, math.prod(sizes), forward), forward)


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The transform along one dimension."""
    return _transformed(input, None if n is None else (n,), _one(input, dim), norm, True)


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `fft`."""
    return _transformed(input, None if n is None else (n,), _one(input, dim), norm, False)


def fft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The transform along two dimensions, the last unless `dim` says."""
    return _transformed(input, s, dim, norm, True)


def ifft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `fft2`."""
    return _transformed(input, s, dim, norm, False)


def fftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The transform along several dimensions, all of them unless `dim` or `s` says."""
    return _transformed(input, s, dim, norm, True)


def ifftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `fftn`."""
    return _transformed(input, s, dim, norm, False)


def _halved(x: Tensor, s: Any, dim: Any, norm: str | None, forward: bool, name: str) -> Any:
    """Real numbers to half of their frequencies; `forward` is the sign of the exponent."""
    x = _real(x, name)
    dims, sizes = _several(x, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    y = _r2c(_resized(x, dims, sizes), dims[-1], _scale(norm, math.prod(sizes), forward))
    y = y if forward else conj(y)
    return _c2c(y, dims[:-1], 1.0, forward) if len(dims) > 1 else y


def _whole(x: Tensor, s: Any, dim: Any, norm: str | None, forward: bool, name: str) -> Any:
    """Half of the frequencies to real numbers; `forward` is the sign of the exponent."""
    z = _complexed(x)
    dims, sizes = _several(z, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    last = sizes[-1] if s is not None and s[-1] != -1 else 2 * (z.shape[dims[-1]] - 1)
    if last < 1:
        raise RuntimeError(f"Invalid number of data points ({last}) specified")
    z = _resized(z, dims, [*sizes[:-1], last // 2 + 1])
    if len(dims) > 1:
        z = _c2c(z, dims[:-1], 1.0, forward)
    scale = _scale(norm, math.prod([*sizes[:-1], last]), forward)
    return _c2r(conj(z) if forward else z, dims[-1], last, scale)


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The transform of real numbers along one dimension: the frequencies from 0 to the middle."""
    return _halved(input, None if n is None else (n,), _one(input, dim), norm, True, "rfft")


def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `rfft`: `n` real numbers, an even number unless said."""
    return _whole(input, None if n is None else (n,), _one(input, dim), norm, False, "irfft")


def rfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The transform of real numbers along two dimensions, half of the last."""
    return _halved(input, s, dim, norm, True, "rfft2")


def irfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `rfft2`."""
    return _whole(input, s, dim, norm, False, "irfft2")


def rfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The transform of real numbers along several dimensions, half of the last."""
    return _halved(input, s, dim, norm, True, "rfftn")


def irfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `rfftn`."""
    return _whole(input, s, dim, norm, False, "irfftn")


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The real transform of a signal of which half is given, since the other half is its mirrored conjugate."""
    return _whole(input, None if n is None else (n,), _one(input, dim), norm, True, "hfft")


def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `hfft`."""
    return _halved(input, None if n is None else (n,), _one(input, dim), norm, False, "ihfft")


def hfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """`hfft` along the last of two dimensions, `fft` along the other."""
    return _whole(input, s, dim, norm, True, "hfft2")


def ihfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `hfft2`."""
    return _halved(input, s, dim, norm, False, "ihfft2")


def hfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """`hfft` along the last dimension, `fft` along the others."""
    return _whole(input, s, dim, norm, True, "hfftn")


def ihfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `hfftn`."""
    return _halved(input, s, dim, norm, False, "ihfftn")


def _shifted(x: Tensor, dim: Any, way: int) -> Any:
    rank = len(x.shape)
    found = tuple(range(rank)) if dim is None else tuple(_dims.one(d, rank) for d in _listed(dim))
    halves = (x.shape[d] // 2 if way > 0 else -(x.shape[d] // 2) for d in found)
    return _roll(x, tuple(halves), found)


def _listed(dim: Any) -> Sequence[int]:
    return (dim,) if isinstance(dim, int) else dim


def fftshift(input: Tensor, dim: Any = None) -> Any:
    """Frequency 0 into the middle."""
    return _shifted(input, dim, 1)


def ifftshift(input: Tensor, dim: Any = None) -> Any:
    """The inverse of `fftshift`."""
    return _shifted(input, dim, -1)


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies that `fft` of `n` samples, `d` apart, has: from 0 up, then from the most negative."""
    kind = dtypes.of(dtype).numpy if dtype is not None else dtypes.get_default_dtype().numpy
    made = wrap(np.fft.fftfreq(n, d).astype(kind))
    return made.requires_grad_() if requires_grad else made


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies that `rfft` of `n` samples, `d` apart, has."""
    kind = dtypes.of(dtype).numpy if dtype is not None else dtypes.get_default_dtype().numpy
    made = wrap(np.fft.rfftfreq(n, d).astype(kind))
    return made.requires_grad_() if requires_grad else made


__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip
