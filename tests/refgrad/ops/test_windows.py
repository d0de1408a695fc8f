"""Convolutions, poolings and windows: torch's values, gradients and second derivatives."""

from __future__ import annotations

import pytest
from against_torch import Case, assert_agrees

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

IMAGE, SIGNAL, VOLUME = ((1, 2, 4, 5),), ((2, 3, 6),), ((1, 2, 3, 4, 3),)
CASES = [
    Case("F.conv1d(x, y, z, stride=2, padding=1)", ((2, 3, 6), (4, 3, 3), (4,))),
    Case("F.conv1d(x, y, dilation=2)", ((3, 7), (2, 3, 3))),
    Case("F.conv2d(x, y, padding=1, groups=2)", ((1, 4, 4, 3), (2, 2, 3, 2))),
    Case("F.conv2d(x, y, padding='same')", ((1, 2, 4, 3), (2, 2, 3, 2))),
    Case("F.conv2d(x, y, padding=(2,1), stride=(1,2),dilation=(2,1))", ((2, 2, 4, 3), (2, 2, 3, 2))),
    Case("F.conv2d(x, y)", ((2, 2, 4, 3), (2, 2, 3, 2)), dtype="complex128"),
    Case("F.conv3d(x, y)", ((1, 2, 3, 3, 3), (2, 2, 2, 2, 2))),
    Case("F.conv_transpose1d(x, y, z, stride=2, padding=1, output_padding=1)", ((2, 3, 4), (3, 2, 3), (2,))),
    Case("F.conv_transpose2d(x, y, stride=2, groups=2, dilation=2)", ((1, 4, 3, 2), (4, 1, 2, 3))),
    Case("F.conv_transpose2d(x, y)", ((1, 2, 3, 2), (2, 1, 2, 3)), dtype="complex128"),
    Case("F.conv_transpose3d(x, y)", ((1, 2, 2, 2, 2), (2, 2, 2, 2, 2))),
    Case("torch.nn.functional.conv_tbc(x, y, z)", ((5, 2, 3), (2, 3, 4), (4,))),
    Case("F.unfold(x, 2)", IMAGE),
    Case("F.unfold(x, (2,3), dilation=(1,2), padding=1, stride=2)", IMAGE),
    Case("F.fold(x, (4,5), 2)", ((1, 8, 12),)),
    Case("F.fold(x, (4,5), (2,3), dilation=(1,2), padding=1, stride=2)", ((1, 12, 6),)),
    Case("F.avg_pool1d(x,3,2,1)", SIGNAL),
    Case("F.avg_pool2d(x,(2,3),stride=(2,1),padding=(1,1),ceil_mode=True)", IMAGE),
    Case("F.avg_pool2d(x,3,stride=2,padding=1,ceil_mode=True,count_include_pad=False)", IMAGE),
    Case("F.avg_pool2d(x,2,divisor_override=3)", IMAGE),
    Case("F.avg_pool3d(x,2,padding=1,stride=1)", VOLUME),
    Case("F.max_pool1d(x,2,ceil_mode=True)", ((2, 3, 5),)),
    Case("F.max_pool2d(x,3,2,1,dilation=1,ceil_mode=True,return_indices=True)", IMAGE),
    Case("F.max_pool2d(x,2,1,1,2)", IMAGE),
    Case("F.max_pool3d(x,2,1,1)", VOLUME),
    Case("F.lp_pool1d(x,2.0,2)", SIGNAL, low=0.1),
    Case("F.lp_pool2d(x,3,2)", IMAGE, low=0.1),
    Case("F.lp_pool3d(x,2.0,2)", VOLUME, low=0.1),
    Case("F.adaptive_avg_pool1d(x,4)", SIGNAL),
    Case("F.adaptive_avg_pool2d(x,(3,None))", IMAGE),
    Case("F.adaptive_avg_pool3d(x,(2,3,2))", VOLUME),
    Case("F.adaptive_avg_pool2d(x,(6,7))", IMAGE),
    Case("F.adaptive_max_pool1d(x,4)", SIGNAL),
    Case("F.adaptive_max_pool2d(x,(3,None),return_indices=True)", IMAGE),
    Case("F.adaptive_max_pool3d(x,(2,3,2))", VOLUME),
    Case(
        "F.fractional_max_pool2d(x,2,output_size=(2,3),_random_samples=torch.tensor([[[.3,.8],[.1,.6]]]).double())",
        IMAGE,
    ),
    Case(
        "F.fractional_max_pool3d(x,2,output_size=(2,2,2),_random_samples=torch.tensor([[[.3,.8,.95],[.1,.6,.99]]]).double(),return_indices=True)",
        ((1, 2, 5, 6, 7),),
    ),
    Case("F.max_unpool2d(*F.max_pool2d(x,2,return_indices=True),2)", ((1, 2, 4, 6),)),
    Case("F.max_unpool1d(*F.max_pool1d(x,2,return_indices=True),2,output_size=(1,2,7))", ((1, 2, 7),)),
    Case("F.max_unpool3d(*F.max_pool3d(x,2,return_indices=True),2)", ((1, 2, 2, 4, 2),)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)
