"""Fourier transforms: torch's values and derivatives, of real and complex signals."""

from __future__ import annotations

import pytest
from against_torch import Case, assert_agrees

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

FREE, REAL = ["fft", "ifft", "irfft", "hfft"], ["rfft", "ihfft"]
"""What takes complex numbers too, and what takes real ones alone."""
ONE = ["x", "x, n=5", "x, n=3, dim=0, norm='ortho'", "x, norm='forward'"]
MANY = ["x", "x, s=(5, 3)", "x, dim=(2, 0), norm='ortho'", "x, norm='forward'"]
CASES = [
    *[Case(f"torch.fft.{name}({how})", ((4, 6),)) for name in FREE + REAL for how in ONE],
    *[Case(f"torch.fft.{name}({how})", ((4, 6),), dtype="complex128") for name in FREE for how in ONE],
    *[Case(f"torch.fft.{name}{d}({how})", ((2, 4, 3),)) for name in FREE + REAL for d in "2n" for how in MANY],
    *[
        Case(f"torch.fft.{name}{d}({how})", ((2, 4, 3),), dtype="complex128")
        for name in FREE
        for d in "2n"
        for how in MANY
    ],
    Case(
        "torch.fft.fftshift(x), torch.fft.ifftshift(x,dim=1), torch.fft.fftfreq(5,.3), torch.fft.rfftfreq(6)", ((3, 5),)
    ),
    Case("torch.stft(x,8,return_complex=True)", ((20,),)),
    Case(
        "torch.stft(x,8,3,6,y,normalized=True,onesided=False,return_complex=True,pad_mode='constant')",
        (
            (
                2,
                20,
            ),
            (6,),
        ),
    ),
    Case("x.stft(8,center=False,return_complex=False)", ((20,),)),
    Case("torch.stft(x,8,return_complex=True)", ((20,),), dtype="complex128"),
    Case("torch.istft(torch.stft(x,8,window=y,return_complex=True),8,window=y)", ((2, 20), (8,)), low=0.2),
    Case(
        "torch.istft(torch.stft(x,8,window=y,return_complex=True,onesided=False),8,window=y,onesided=False,length=24,return_complex=True)",
        ((20,), (8,)),
        low=0.2,
        twice=False,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)
