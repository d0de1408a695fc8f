"""Resizing, sampling and shuffling pictures: torch's values and derivatives, in all modes."""

from __future__ import annotations

import pytest
from against_torch import Case, assert_agrees

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

IMAGE, SIGNAL, VOLUME = ((1, 2, 4, 5),), ((2, 3, 6),), ((1, 2, 3, 4, 3),)
CASES = [
    *[
        Case(f"F.interpolate(x,{s},mode='{m}'{a})", sh)
        for m, sh in (
            ("nearest", IMAGE),
            ("nearest", SIGNAL),
            ("nearest-exact", VOLUME),
            ("area", IMAGE),
            ("bilinear", IMAGE),
            ("bicubic", IMAGE),
            ("linear", SIGNAL),
            ("trilinear", VOLUME),
        )
        for s in (
            "scale_factor=2",
            "scale_factor=1.7",
            "size=" + str((3, 7, 2)[: len(sh[0]) - 2]),
            "scale_factor=0.6, recompute_scale_factor=True",
        )
        for a in (("", ", align_corners=True") if "linear" in m or "cubic" in m else ("",))
    ],
    Case("F.interpolate(x,size=(2,3),mode='bilinear',antialias=True)", ((1, 1, 7, 9),)),
    Case("F.interpolate(x,size=(2,12),mode='bicubic',antialias=True)", ((1, 1, 7, 9),)),
    Case("F.interpolate(x,size=(3,4),mode='bicubic',antialias=True,align_corners=True)", ((1, 1, 7, 9),)),
    Case("F.interpolate(x,size=(3,4),mode='lanczos',antialias=True)", ((1, 1, 7, 9),)),
    Case("F.pixel_shuffle(x,2)", ((2, 8, 2, 3),)),
    Case("F.pixel_unshuffle(x,2)", ((3, 4, 6),)),
    Case("F.channel_shuffle(x,2)", ((2, 4, 3),)),
    *[
        Case(
            f"F.grid_sample(x,y,mode='{m}',padding_mode='{p}',align_corners={c})",
            ((2, 2, 4, 3), (2, 3, 2, 2)),
            twice=False,
        )
        for m in ("bilinear", "nearest", "bicubic")
        for p in ("zeros", "border", "reflection")
        for c in (True, False)
    ],
    *[
        Case(
            f"F.grid_sample(x,y,mode='{m}',padding_mode='{p}',align_corners={c})",
            ((2, 2, 4, 3, 2), (2, 3, 2, 2, 3)),
            twice=False,
        )
        for m in ("bilinear", "nearest")
        for p in ("zeros", "border", "reflection")
        for c in (True, False)
    ],
    Case("F.affine_grid(x,(2,1,3,4))", ((2, 2, 3),)),
    Case("F.affine_grid(x,(2,1,3,4,2),align_corners=True)", ((2, 3, 4),)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)
