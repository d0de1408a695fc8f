"""Losses with margins, layers that draw, bags and attention: torch's values and derivatives."""

from __future__ import annotations

import pytest
from against_torch import Case, assert_agrees

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

IMAGE, SIGNAL, VOLUME = ((1, 2, 4, 5),), ((2, 3, 6),), ((1, 2, 3, 4, 3),)
CASES = [
    Case("F.local_response_norm(x,3)", IMAGE),
    Case("F.local_response_norm(x,2,alpha=.1,k=2.)", SIGNAL),
    Case("F.rrelu(x)", SIGNAL),
    Case("torch.manual_seed(3) and F.rrelu(x,training=True)", SIGNAL),
    Case("torch.manual_seed(3) and F.gumbel_softmax(x)", ((3, 4),)),
    Case("torch.manual_seed(3) and F.gumbel_softmax(x,hard=True,tau=.5)", ((3, 4),)),
    Case("torch.manual_seed(3) and F.dropout1d(x)", SIGNAL),
    Case("torch.manual_seed(3) and F.dropout2d(x)", IMAGE),
    Case("torch.manual_seed(3) and F.dropout3d(x,.3)", VOLUME),
    Case("torch.manual_seed(3) and F.alpha_dropout(x,.3,True)", SIGNAL),
    Case("torch.manual_seed(3) and F.feature_alpha_dropout(x,.3,True)", IMAGE),
    Case("F.multi_margin_loss(x,torch.tensor([0,3,1]))", ((3, 4),), twice=False),
    Case("F.multi_margin_loss(x,torch.tensor([0,3,1]),2,.7,y.detach(),reduction='none')", ((3, 4), (4,)), twice=False),
    Case("F.multi_margin_loss(x,torch.tensor(2),reduction='sum')", ((4,),), twice=False),
    Case("F.multilabel_margin_loss(x,torch.tensor([[3,0,-1,1],[-1,2,2,2],[0,1,2,3]]))", ((3, 4),), twice=False),
    Case("F.multilabel_margin_loss(x,torch.tensor([3,0,-1,1]),reduction='none')", ((4,),), twice=False),
    Case("F.multilabel_soft_margin_loss(x,y)", ((3, 4), (3, 4))),
    Case("F.multilabel_soft_margin_loss(x,y,z.detach(),reduction='none')", ((3, 4), (3, 4), (4,))),
    Case("F.triplet_margin_with_distance_loss(x,y,z,swap=True)", ((3, 4),) * 3),
    Case(
        "F.ctc_loss(x.log_softmax(-1),torch.tensor([[1,2,1],[3,3,0]]),torch.tensor([6,5]),torch.tensor([3,2]))",
        ((6, 2, 4),),
        twice=False,
    ),
    Case(
        "F.ctc_loss(x.log_softmax(-1),torch.tensor([1,2,1,3,3]),(6,5),(3,2),reduction='none')",
        ((6, 2, 4),),
        twice=False,
    ),
    Case(
        "F.ctc_loss(x.log_softmax(-1),torch.tensor([[1,1,1],[3,3,0]]),torch.tensor([3,5]),torch.tensor([3,0]),blank=1,reduction='sum',zero_infinity=True)",
        ((6, 2, 4),),
        twice=False,
    ),
    Case("F.ctc_loss(x.log_softmax(-1),torch.tensor([1,2]),torch.tensor(4),torch.tensor(2))", ((4, 4),), twice=False),
    Case("F.embedding_bag(torch.tensor([[1,0],[1,2]]), x)", ((3, 4),)),
    Case("F.embedding_bag(torch.tensor([1,0,1,2]), x, torch.tensor([0,3]),mode='max')", ((3, 4),), twice=False),
    Case(
        "F.embedding_bag(torch.tensor([1,0,1,2]), x, torch.tensor([0,1,1]),mode='sum',per_sample_weights=y)",
        ((3, 4), (4,)),
        twice=False,
    ),
    Case("F.embedding_bag(torch.tensor([1,0,1,2]), x, torch.tensor([0,1,1]),padding_idx=1)", ((3, 4),)),
    Case("F.scaled_dot_product_attention(x, y, z, attn_mask=w, scale=.3)", ((2, 3, 4), (2, 5, 4), (2, 5, 3), (3, 5))),
    Case("F.scaled_dot_product_attention(x, y, z, enable_gqa=True)", ((1, 4, 3, 4), (1, 2, 5, 4), (1, 2, 5, 3))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)
