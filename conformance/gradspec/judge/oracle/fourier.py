"""What a Fourier transform means: the sum itself, of numbers given by their parts, dimension after dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import acb, arb

from .balls import Balls, Rule, balls

INVERSE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def turn(k: int, size: int) -> acb:
    """e^(2 pi i k / size)."""
    angle = arb(2 * k) / size
    return acb(angle.cos_pi(), angle.sin_pi())


def row(numbers: Sequence[acb], sign: int) -> list[acb]:
    """The sum over n of x[n] e^(sign 2 pi i k n / N), for each k."""
    size = len(numbers)
    return [sum((x * turn(sign * k * n % size, size) for n, x in enumerate(numbers)), acb(0)) for k in range(size)]


def along(z: Balls, dims: Sequence[int], sign: int, norm: str) -> Balls:
    """The transform along each of `dims`; `norm` says whether it is divided by the size, by its root, or not."""
    for dim in dims:
        rows = np.moveaxis(z, dim, -1)
        made = np.empty(rows.shape, object)
        for place in np.ndindex(rows.shape[:-1]):
            made[place] = row(list(rows[place]), sign)
        size = arb(rows.shape[-1])
        z = np.moveaxis(made, -1, dim) / {"backward": arb(1), "ortho": size.sqrt(), "forward": size}[norm]
    return z


def joined(x: Balls, y: Balls | None = None) -> Balls:
    """Complex numbers of their parts."""
    return np.frompyfunc(lambda a, b: acb(a, b), 2, 1)(x, balls(np.zeros(x.shape)) if y is None else y)


def apart(z: Balls) -> Balls:
    """The parts, in a last dimension of 2."""
    return np.stack([real(z), balls(np.frompyfunc(lambda a: a.imag, 1, 1)(z))], -1)


def real(z: Balls) -> Balls:
    """The real parts."""
    return balls(np.frompyfunc(lambda a: a.real, 1, 1)(z))


def whole(dims: int, sign: int) -> Rule:
    """Of complex numbers to complex numbers, along the last `dims` dimensions (0: all)."""

    def rule(x: Balls, y: Balls, norm: str) -> Balls:
        return apart(along(joined(x, y), _last(x, dims), sign, norm if sign < 0 else INVERSE[norm]))

    return rule


def halved(dims: int, sign: int) -> Rule:
    """Of real numbers, the frequencies up to the middle of the last dimension."""

    def rule(x: Balls, norm: str) -> Balls:
        z = along(joined(x), _last(x, dims), sign, norm if sign < 0 else INVERSE[norm])
        return apart(z[..., : x.shape[-1] // 2 + 1])

    return rule


def mirrored(dims: int, sign: int) -> Rule:
    """To real numbers, from the frequencies up to the middle: the others are the conjugates of these, mirrored.

    The other dimensions come first; what is imaginary at 0 and in the middle of the last is lost.
    """

    def rule(x: Balls, y: Balls, norm: str) -> Balls:
        norm = norm if sign < 0 else INVERSE[norm]
        z = along(joined(x, y), _last(x, dims)[:-1], sign, norm)
        z[..., [0, -1]] = joined(real(z[..., [0, -1]]))
        other = np.frompyfunc(acb.conjugate, 1, 1)(z[..., -2:0:-1])
        return real(along(np.concatenate([z, other], -1), [z.ndim - 1], sign, norm))

    return rule


def _last(x: Balls, dims: int) -> list[int]:
    return list(range(x.ndim - (dims or x.ndim), x.ndim))


def stft(x: Balls, window: Balls, hop: int, center: bool) -> Balls:
    """The frequencies of each four numbers, a hop apart, times the window; `center` reflects two at each end."""
    if center:
        x = np.concatenate([x[2:0:-1], x, x[-2:-4:-1]])
    frames = [x[start : start + 4] * window for start in range(0, len(x) - 3, hop)]
    return apart(np.stack([np.array(row(list(joined(balls(frame))), -1)[:3]) for frame in frames], -1))


def shifted(by: int) -> Rule:
    """Every dimension rolled by half its size."""
    return lambda x: np.roll(x, [by * n // 2 if by > 0 else -(n // 2) for n in x.shape], tuple(range(x.ndim)))


RULES: dict[str, Rule] = {
    **{f"fft.{name}": whole(dims, -1) for name, dims in (("fft", 1), ("fft2", 2), ("fftn", 0))},
    **{f"fft.{name}": whole(dims, 1) for name, dims in (("ifft", 1), ("ifft2", 2), ("ifftn", 0))},
    **{f"fft.{name}": halved(dims, -1) for name, dims in (("rfft", 1), ("rfft2", 2), ("rfftn", 0))},
    "fft.ihfft": halved(1, 1),
    **{f"fft.{name}": mirrored(dims, 1) for name, dims in (("irfft", 1), ("irfft2", 2), ("irfftn", 0))},
    "fft.hfft": mirrored(1, -1),
    "fft.fftshift": shifted(1),
    "fft.ifftshift": shifted(-1),
    "stft": stft,
}
