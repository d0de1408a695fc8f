"""Fourier transforms of one and two dimensions, and their relatives for signals with half of their frequencies.

Complex signals come as two real tensors, and complex results as their parts, in a last dimension of 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import shapes
from .intervals import farthest, rule, same
from .model import Interval, Op, Shape, Slot

NORMS = ("backward", "ortho", "forward")

Size = Callable[[int], int]


def transform(name: str, rank: int, before: str, after: str, last: Size) -> Op:
    """An entry; `before` and `after` say "complex" or "real", `last` what becomes of the last dimension's size."""
    z = ("torch.complex({0}, {1})", "lax.complex({0}, {1})") if before == "complex" else ("{0}", "{0}")
    call, jax = f"torch.fft.{name}({z[0]}, norm={{norm}})", f"jnp.fft.{name}({z[1]}, norm={{norm}})"
    call = f"{call}.resolve_conj()" if name == "ihfft" else call
    parts = after == "complex"

    def shape(s: Any, k: Any) -> Shape | None:
        if len(s[0]) < rank or any(other != s[0] for other in s) or 0 in s[0] or last(s[0][-1]) < 1:
            return None
        return (*s[0][:-1], last(s[0][-1]), *(2,) * parts)

    def bounds(i: Any, s: Any, k: Any) -> Interval:
        lead = s[0][:-1] if name.endswith("n") else s[0][-rank:-1]
        count = math.prod(lead) * max(s[0][-1], last(s[0][-1]))
        most = 2 * count * sum(map(farthest, i))
        return -most, most

    starts: tuple[Shape, ...] = ((3,), (2, 3), (4,)) if rank == 1 else ((2, 3), (3, 2))
    arity = 2 if before == "complex" else 1
    return Op(
        f"fft.{name}",
        f"torch.view_as_real({call})" if parts else call,
        (Slot("real"), Slot("imag"))[:arity],
        shape,
        shapes.choices(norm=NORMS),
        rule(bounds),
        starts=tuple((start,) * arity for start in starts),
        jax=f"(lambda w: jnp.stack([w.real, w.imag], -1))({jax})" if parts else jax,
        family="fourier",
        halves=False,
        ulps=16.0,
        laws=("f(2 * x) == 2 * f(x)",) if arity == 1 else ("f(2 * x, 2 * y) == 2 * f(x, y)",),
    )


def one(n: int) -> int:
    """As many as before."""
    return n


def half(n: int) -> int:
    """Frequencies from 0 to the middle."""
    return n // 2 + 1


def double(n: int) -> int:
    """The even size that has so many frequencies from 0 to the middle."""
    return 2 * (n - 1)


def shift(name: str) -> Op:
    """fftshift and its inverse."""
    return Op(
        f"fft.{name}", f"torch.fft.{name}({{0}})", (Slot("input"),), lambda s, k: s[0] or None,
        shapes.none, same,
        jax=f"jnp.fft.{name}({{0}})", family="fourier",
        halves=False,
    )  # fmt: skip


OPS = (
    transform("fft", 1, "complex", "complex", one),
    transform("ifft", 1, "complex", "complex", one),
    transform("rfft", 1, "real", "complex", half),
    transform("irfft", 1, "complex", "real", double),
    transform("hfft", 1, "complex", "real", double),
    transform("ihfft", 1, "real", "complex", half),
    transform("fft2", 2, "complex", "complex", one),
    transform("ifft2", 2, "complex", "complex", one),
    transform("rfft2", 2, "real", "complex", half),
    transform("irfft2", 2, "complex", "real", double),
    transform("fftn", 2, "complex", "complex", one),
    transform("ifftn", 2, "complex", "complex", one),
    transform("rfftn", 2, "real", "complex", half),
    transform("irfftn", 2, "complex", "real", double),
    shift("fftshift"),
    shift("ifftshift"),
    Op(
        "stft",
        "torch.view_as_real(torch.stft({0}, 4, {hop}, center={center}, window={1}, return_complex=True))",
        (Slot("input"), Slot("window")),
        lambda s, k: (
            (3, (s[0][0] + (4 if k["center"] else 0) - 4) // k["hop"] + 1, 2)
            if len(s[0]) == 1 and s[0][0] >= 4 and s[1] == (4,)
            else None
        ),
        shapes.choices(hop=(1, 2), center=(False, True)),
        rule(lambda i, s, k: (-4 * farthest(i[0]) * farthest(i[1]), 4 * farthest(i[0]) * farthest(i[1]))),
        starts=(((6,), (4,)),),
        family="fourier",
        halves=False,
        ulps=16.0,
        laws=("f(2 * x, y) == f(x, 2 * y)",),
        notes="jax.scipy.signal.stft has other scales and other padding",
    ),
)
