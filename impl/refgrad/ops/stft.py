"""The short-time Fourier transform: the frequencies of windows that slide along a signal, and the signal from them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..grids import Grid
from ..op import method
from ..tensor import wrap
from .arithmetic import div, mul
from .complex import complex, conj, view_as_real, zeros_like
from .fourier import _c2c, _c2r, _r2c
from .join import _slice
from .pad import _padded, pad
from .permute import transpose
from .shape import squeeze, unsqueeze
from .windows import _cut, _laid


def _grid(length: int, n_fft: int, hop: int) -> Grid:
    return Grid((length,), (n_fft,), (hop,), (0,), (1,), ((length - n_fft) // hop + 1,))


def _window(window: Any, win_length: int, n_fft: int, dtype: Any) -> Any:
    """The window in the middle of n_fft zeros; ones where none was given."""
    if window is None:
        window = wrap(np.ones(win_length, dtype))
    before = (n_fft - win_length) // 2
    return _padded(window, ((before, n_fft - win_length - before),)) if win_length < n_fft else window


@method
def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    """(..., length) to (..., frequency, frame): the transform of each window of n_fft samples, a hop apart."""
    is_complex = input._a.dtype.kind == "c" or (window is not None and window._a.dtype.kind == "c")
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require that "
            "return_complex=True in a future PyTorch release."
        )
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    x = unsqueeze(input, 0) if len(input.shape) == 1 else input
    if center:
        x = squeeze(pad(unsqueeze(x, 1), (n_fft // 2, n_fft // 2), pad_mode), 1)
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(
            f"stft({_named(input)}, n_fft={n_fft}, hop_length={hop}, win_length={length}, window="
            f"{'None' if window is None else _named(window)}, normalized={int(normalized)}, onesided=, "
            f"return_complex=) : expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}"
        )
    frames = transpose(_cut(x, _grid(x.shape[-1], n_fft, hop)), -1, -2)  # (batch, frame, n_fft)
    frames = mul(frames, _window(window, length, n_fft, x._a.real.dtype))
    scale = 1 / math.sqrt(n_fft) if normalized else 1.0
    half = not is_complex if onesided is None else onesided
    if is_complex:
        y = _c2c(frames, (2,), scale, True)
    elif half:
        y = _r2c(frames, 2, scale)
    else:
        y = _c2c(complex(frames, zeros_like(frames)), (2,), scale, True)
    y = transpose(y, -1, -2)
    y = squeeze(y, 0) if len(input.shape) == 1 else y
    return y if is_complex or return_complex else view_as_real(y)


def _named(x: Any) -> str:
    return f"torch.{x.dtype.tensor_type.removeprefix('torch.')}{list(x.shape)}"


@method
def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """The signal whose stft is nearest (Griffin and Lim 1984): windows laid over each other, over their squares."""
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    z = unsqueeze(input, 0) if len(input.shape) == 2 else input
    half = z.shape[1] != n_fft if onesided is None else onesided
    frames = transpose(z, 1, 2)
    scale = 1 / math.sqrt(n_fft) if normalized else 1 / n_fft
    if return_complex:
        parts = _c2c(frames, (2,), scale, False)
    else:
        parts = _c2r(frames if half else _slice(frames, 2, 0, n_fft // 2 + 1, 1), 2, n_fft, scale)
    shape = _window(window, width, n_fft, parts._a.real.dtype)
    total = n_fft + hop * (parts.shape[1] - 1)
    laid = _grid(total, n_fft, hop)
    y = _laid(transpose(mul(parts, shape), 1, 2), laid)
    squares = mul(shape, conj(shape))
    envelope = _laid(transpose(mul(squares, wrap(np.ones((1, parts.shape[1], 1), parts._a.real.dtype))), 1, 2), laid)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else total - (n_fft // 2 if center else 0)
    y, envelope = (_slice(t, 1, start, min(end, total), 1) for t in (y, envelope))
    if np.min(np.abs(envelope._a), initial=np.inf) < 1e-11:
        raise RuntimeError("window overlap add min: 1")
    y = div(y, envelope)
    if end > total:
        y = _padded(y, ((0, 0), (0, end - total)))
    return squeeze(y, 0) if len(input.shape) == 2 else y
