"""What torch calls by several names: layers that are also `torch.conv1d`, and `torch.sin_(x)` for `x.sin_()`.

The names here are those whose parameters are the same in both places.
"""

from __future__ import annotations

from typing import Any

from .nn import functional
from .op import inplace_method
from .ops import clamp, explog, special
from .tensor import Tensor

LAYERS = (
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "avg_pool1d", "bilinear", "celu", "celu_",
    "channel_shuffle", "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "cosine_similarity", "dropout", "feature_alpha_dropout", "max_pool1d", "max_pool2d",
    "max_pool3d", "pairwise_distance", "pixel_shuffle", "pixel_unshuffle", "rms_norm", "rrelu", "rrelu_", "selu",
    "selu_", "threshold_",
)  # fmt: skip

IN_PLACE = (
    "abs_", "acos_", "acosh_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_", "arctanh_", "asin_", "asinh_",
    "atan_", "atanh_", "ceil_", "clamp_", "clamp_max_", "clamp_min_", "clip_", "cos_", "cosh_", "deg2rad_", "erf_",
    "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "i0_", "ldexp_", "log10_", "log1p_",
    "log2_", "log_", "logit_", "nan_to_num_", "neg_", "negative_", "rad2deg_", "reciprocal_", "relu_", "round_",
    "rsqrt_", "sigmoid_", "sin_", "sinc_", "sinh_", "sqrt_", "square_", "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
)  # fmt: skip
"""The methods that torch offers as functions too."""

ALIASES = {
    "absolute_": "abs_", "arccos_": "acos_", "arccosh_": "acosh_", "arcsin_": "asin_", "arcsinh_": "asinh_",
    "arctan_": "atan_", "arctan2_": "atan2_", "arctanh_": "atanh_", "fix_": "trunc_", "negative_": "neg_",
    "true_divide_": "div_",
}  # fmt: skip

WRITTEN = {
    "copysign": clamp.copysign, "hypot": explog.hypot, "i0": special.i0, "igamma": special.igamma,
    "igammac": special.igammac,
}  # fmt: skip
"""Functions with one tensor as their first argument, that torch also writes into it."""


def attach() -> dict[str, Any]:
    """Give Tensor the spellings it lacks; the functions for the namespace, by name."""
    for name, function in WRITTEN.items():
        setattr(Tensor, name, function)
        setattr(Tensor, f"{name}_", inplace_method(function.op, f"{name}_"))
    for name, known in ALIASES.items():
        setattr(Tensor, name, getattr(Tensor, known))
    layers = {name: getattr(functional, name) for name in LAYERS}
    return layers | {name: getattr(Tensor, name) for name in IN_PLACE}
