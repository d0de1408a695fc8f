"""The discrete Fourier transform, of complex numbers, of real ones, and back to real ones.

    _c2c    y[k] = scale sum over n of x[n] e^(-+ 2 pi i k n / N), of any dimensions
    _r2c    the first half of that for real x: the other half mirrors it
    _c2r    real numbers from such a half

All three are linear, and the transpose of each is one of them; what stands for two mirrored halves counts twice. The
transforms themselves are SciPy's (pocketfft), which stay in single precision where they begin there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import LINEAR, op


def _pocketfft() -> Any:
    import scipy.fft

    return scipy.fft


def _scaled(y: np.ndarray, scale: Any) -> np.ndarray:
    """y times real numbers, each part by itself: a complex product would send NaN from one part to the other."""
    if y.dtype.kind != "c":
        return np.asarray(y * y.dtype.type(scale))
    parts = y[..., None].view(y.real.dtype) * np.asarray(scale, y.real.dtype)[..., None]
    return np.asarray(parts.view(y.dtype)[..., 0])


@op(kind=LINEAR, method=False, node="FftC2CBackward0")
def _c2c(x, dims=(), scale=1.0, forward=True):
    """The transform along `dims`, with e^-i forwards and e^+i backwards."""
    if forward:
        y = _pocketfft().fftn(x, axes=dims, norm="backward")
    else:
        y = _pocketfft().ifftn(x, axes=dims, norm="forward")
    return y if scale == 1.0 else _scaled(y, scale)


@op(kind=LINEAR, method=False, node="FftR2CBackward0")
def _r2c(x, dim=-1, scale=1.0):
    """The transform of real numbers along `dim`, at the frequencies from 0 to the middle."""
    y = _pocketfft().rfft(x, axis=dim)
    return y if scale == 1.0 else _scaled(y, scale)


@op(kind=LINEAR, method=False, node="FftC2RBackward0")
def _c2r(x, dim=-1, size=0, scale=1.0):
    """`size` real numbers from their frequencies up to the middle; what is imaginary at 0 and in the middle is lost."""
    y = _pocketfft().irfft(x, size, axis=dim, norm="forward")
    return y if scale == 1.0 else _scaled(y, scale)


@op(kind=LINEAR, method=False)
def _weighed(x, dim=-1, size=0, weight=1.0):
    """x times `weight` at the frequencies that stand for two: all but 0 and, of an even size, the middle."""
    factor = np.full(x.shape[dim], weight, x.real.dtype)
    factor[0] = 1.0
    if size % 2 == 0:
        factor[size // 2] = 1.0
    return _scaled(x, factor.reshape((-1,) + (1,) * (x.ndim - 1 - dim % x.ndim)))


_c2c.grads(x=lambda g, dims, scale, forward: _c2c(g, dims, scale, not forward))
_r2c.grads(x=lambda g, x_shape, dim, scale: _c2r(_weighed(g, dim, x_shape[dim], 0.5), dim, x_shape[dim], scale))
_c2r.grads(x=lambda g, dim, size, scale: _weighed(_r2c(g, dim, scale), dim, size, 2.0))
_weighed.grads(x=lambda g, dim, size, weight: _weighed(g, dim, size, weight))
