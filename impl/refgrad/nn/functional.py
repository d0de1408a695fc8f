"""torch.nn.functional: activations, layers, convolutions, losses, each in its module, under one name."""

from __future__ import annotations

from ..ops.activation import (
    celu,
    elu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    prelu,
    relu,
    relu6,
    selu,
    softshrink,
    threshold,
)
from ..ops.masks import one_hot
from ..ops.norm import pdist
from ..ops.pad import pad
from ..ops.smooth import gelu, glu, logsigmoid, mish, sigmoid, silu, softplus, softsign, tanhshrink
from ..ops.softmax import log_softmax, softmax, softmin
from ..ops.trig import tanh
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cross_entropy,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    nll_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
)  # fmt: skip
from .maps import (
    batch_norm,
    bilinear,
    cosine_similarity,
    dropout,
    embedding,
    group_norm,
    instance_norm,
    layer_norm,
    linear,
    normalize,
    pairwise_distance,
    rms_norm,
    scaled_dot_product_attention,
)  # fmt: skip
from .windows import avg_pool1d, avg_pool2d, conv1d, conv2d, conv3d, lp_pool1d, max_pool1d, max_pool2d

__all__ = [
    "avg_pool1d", "avg_pool2d", "batch_norm", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "celu",
    "conv1d", "conv2d", "conv3d", "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "dropout", "elu",
    "embedding",
    "gaussian_nll_loss", "gelu", "glu", "group_norm", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "hinge_embedding_loss", "huber_loss", "instance_norm", "kl_div", "l1_loss", "layer_norm", "leaky_relu", "linear",
    "log_softmax", "logsigmoid", "lp_pool1d", "margin_ranking_loss", "max_pool1d", "max_pool2d", "mish", "mse_loss",
    "nll_loss",
    "normalize", "one_hot", "pad", "pairwise_distance", "pdist", "poisson_nll_loss", "prelu", "relu", "relu6",
    "rms_norm",
    "scaled_dot_product_attention", "selu", "sigmoid", "silu", "smooth_l1_loss", "soft_margin_loss", "softmax",
    "softmin",
    "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "triplet_margin_loss",
]  # fmt: skip
