"""Activations and layers: torch's values and derivatives, and its slopes at every kink."""

from __future__ import annotations

import numpy as np
import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

M, CUBE = ((3, 4),), ((2, 3, 4),)
PLAIN = [
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "softplus",
    "softsign",
    "hardtanh",
    "hardsigmoid",
    "hardswish",
    "mish",
    "logsigmoid",
    "tanhshrink",
    "softshrink",
    "hardshrink",
    "sigmoid",
    "tanh",
]
CASES = [
    *[Case(f"F.{name}(x * 4)", M) for name in PLAIN if name != "hardsigmoid"],
    # torch multiplies by 1/6 rounded to float32, and has no second derivative
    Case("F.hardsigmoid(x * 4)", M, twice=False, tolerance=1e-7),
    Case("F.gelu(x, approximate='tanh')", M), Case("F.leaky_relu(x, 0.2)", M), Case("F.elu(x, 0.7)", M),
    Case("F.celu(x, 1.25)", M, tolerance=1e-7),
    Case("F.softplus(x, 2.0, 1.5)", M), Case("F.threshold(x, 0.3, 5.0)", M), Case("F.prelu(x, y)", ((2, 3, 4), (3,))),
    Case("F.prelu(x, y)", ((4,), (1,))), Case("F.glu(x, 1)", M), Case("torch.logit(x)", M, 0.1, 0.9),
    Case("x.logit(0.3)", M, 0.1, 0.9),
    Case("F.softmax(x, 0)", M), Case("x.softmax(-1)", CUBE), Case("F.log_softmax(x, 1)", CUBE),
    Case("F.softmin(x, dim=0)", M),
    Case("torch.softmax(x, 0, dtype=torch.float32)", M, twice=False, tolerance=1e-6),
    Case("F.log_softmax(x * 500, 1)", M, twice=False),
    Case("torch.sigmoid(x)", M, dtype="complex128"), Case("F.softmax(x, 0)", ((),)),
    Case("F.linear(x, y, z)", ((2, 3), (4, 3), (4,))), Case("F.linear(x, y)", ((5, 2, 3), (4, 3))),
    Case("F.bilinear(x, y, z)", ((2, 3), (2, 4), (5, 3, 4))),
    Case("F.layer_norm(x, (4,), eps=0.01)", M), Case("F.layer_norm(x, (3, 4), y, z)", ((2, 3, 4), (3, 4), (3, 4))),
    Case("F.rms_norm(x, (4,), eps=0.01)", M),
    Case("F.batch_norm(x, None, None, y, z, training=True)", ((5, 3), (3,), (3,))),
    Case("F.batch_norm(x, y.detach(), z.detach() + 3)", ((5, 3, 2), (3,), (3,))),
    Case("F.group_norm(x, 2)", ((2, 4, 3),)), Case("F.instance_norm(x)", CUBE),
    Case("F.normalize(x)", M), Case("F.normalize(x, p=1, dim=0)", M),
    Case("F.cosine_similarity(x, y)", ((3, 4), (3, 4))),
    Case("F.pairwise_distance(x, y)", ((3, 4), (3, 4))),
    Case("F.embedding(torch.tensor([[1, 0], [1, 2]]), x, padding_idx=2)", M),
    Case("F.scaled_dot_product_attention(x, y, z)", ((2, 3, 4), (2, 5, 4), (2, 5, 3))),
    Case("F.scaled_dot_product_attention(x, y, z, is_causal=True)", ((3, 4), (3, 4), (3, 2))),
    Case("F.conv1d(x, y, z, stride=2, padding=1)", ((2, 3, 6), (4, 3, 3), (4,))),
    Case("F.conv1d(x, y, dilation=2)", ((3, 7), (2, 3, 3))),
    Case("F.conv2d(x, y, padding=1, groups=2)", ((1, 4, 4, 3), (2, 2, 3, 2))),
    Case("F.conv2d(x, y, padding='same')", ((1, 2, 4, 3), (2, 2, 3, 2))),
    Case("F.conv3d(x, y)", ((1, 2, 3, 3, 3), (2, 2, 2, 2, 2))), Case("F.avg_pool1d(x, 2)", ((2, 3, 5),)),
    Case("F.avg_pool2d(x, 2, stride=1, padding=1, count_include_pad=False)", ((1, 2, 3, 4),)),
    Case("F.max_pool1d(x, 2)", ((2, 3, 5),)),
    Case("F.max_pool2d(x, (2, 3), stride=1, padding=1)", ((1, 2, 4, 4),)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


EDGES = [-6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0, 20.0, 25.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("name", PLAIN)
def test_kinks_infinities_and_nan_have_torchs_slope(name: str) -> None:
    answers = []
    for engine in (refgrad, torch):
        x = engine.tensor(EDGES, dtype=engine.float64, requires_grad=True)
        y = getattr(engine.nn.functional, name)(x)
        (g,) = engine.autograd.grad(y.sum(), x)
        answers.append((y.detach().numpy(), g.numpy()))

    for ours, theirs in zip(*answers, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-8 if name == "hardsigmoid" else 1e-15)  # as above


LOSSES = [
    Case("F.mse_loss(x, y)", ((3, 4), (3, 4))), Case("F.l1_loss(x, y, reduction='sum')", ((3, 4), (3, 4))),
    Case("F.smooth_l1_loss(x, y, beta=0.7)", ((3, 4), (3, 4))),
    Case("F.huber_loss(x, y, reduction='none', delta=0.7)", ((3, 4), (3, 4))),
    Case("F.binary_cross_entropy(x, y)", ((3, 4), (3, 4)), 0.1, 0.9),
    Case("F.binary_cross_entropy_with_logits(x, y, pos_weight=z.detach())", ((3, 4), (3, 4), (4,)), 0.1, 0.9),
    Case("F.nll_loss(x, torch.tensor([0, 3, -100]), y.detach())", ((3, 4), (4,))),
    Case("F.nll_loss(x, torch.tensor([[0, 1], [2, 0]]), reduction='none')", ((2, 3, 2),)),
    Case("F.cross_entropy(x, torch.tensor([0, 3, -100]))", M), Case("F.cross_entropy(x, torch.tensor(2))", ((4,),)),
    Case("F.cross_entropy(x, torch.tensor([1, 3, 1]), y.detach(), label_smoothing=0.2)", ((3, 4), (4,)), 0.1, 2.0),
    Case("F.cross_entropy(x, torch.tensor([1, -100, 1]), label_smoothing=0.2, reduction='sum')", M),
    Case("F.cross_entropy(x, y, label_smoothing=0.1)", ((3, 4), (3, 4)), 0.1, 2.0),
    Case("F.cross_entropy(x, y, reduction='none')", ((2, 3, 2), (2, 3, 2))),
    Case("F.kl_div(x, y, reduction='batchmean')", ((3, 4), (3, 4)), 0.1, 2.0),
    Case("F.kl_div(x, y, reduction='sum', log_target=True)", ((3, 4), (3, 4))),
    Case("F.poisson_nll_loss(x, y)", ((3, 4), (3, 4))),
    Case("F.poisson_nll_loss(x, y, False, True)", ((3, 4), (3, 4)), 0.5, 3.0),
    Case("F.gaussian_nll_loss(x, y, z, full=True)", ((3, 4), (3, 4), (3, 4)), 0.1, 2.0),
    Case("F.soft_margin_loss(x, y.detach())", ((3, 4), (3, 4))),
    Case("F.hinge_embedding_loss(x, torch.tensor([1., -1., 1., -1.]))", M),
    Case("F.margin_ranking_loss(x, y, torch.tensor([1., -1., 1., -1.]), 0.3)", ((4,), (4,))),
    Case("F.triplet_margin_loss(x, y, z, swap=True)", ((3, 4), (3, 4), (3, 4))),
    Case("F.cosine_embedding_loss(x, y, torch.tensor([1., -1., 1.]), 0.1)", ((3, 4), (3, 4))),
]  # fmt: skip


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_torch_agrees_on_the_loss(case: Case) -> None:
    assert_agrees(torch, case)


def test_ignoring_every_target_gives_a_nan_loss_and_no_gradient() -> None:
    x = refgrad.ones(2, 3, requires_grad=True)
    loss = refgrad.nn.functional.cross_entropy(x, refgrad.tensor([-100, -100]))
    loss.backward()

    assert np.isnan(loss.item())
    assert not np.any(x.grad.numpy())


def test_a_query_that_sees_nothing_attends_to_nothing() -> None:
    q = refgrad.ones(2, 3)
    seen = refgrad.tensor([[True, False], [False, False]])

    out = refgrad.nn.functional.scaled_dot_product_attention(q, q, q, attn_mask=seen)

    assert out.tolist() == [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
