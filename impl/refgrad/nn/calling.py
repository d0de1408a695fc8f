"""Modules that call one function of nn.functional: activations, poolings, dropouts, losses.

What such a module adds to its function are settings, given once. A line of CALLING is a module.
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional
from .module import Module

REQUIRED: Any = object()


class Calling(Module):
    """A module that calls one function of nn.functional, with settings instead of parameters.

    function   its name
    settings   name -> default, in the order in which they may be given
    shown      what is printed, with settings in braces
    trains     is the function told whether it is training?
    """

    function: str
    settings: dict[str, Any]
    shown: str
    trains = False

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__()
        settings, kind = self.settings, type(self).__name__
        if len(args) > len(settings):
            raise TypeError(
                f"{kind}.__init__() takes {len(settings) + 1} positional arguments but {len(args) + 1} were given"
            )
        given = dict(zip(settings, args, strict=False))
        for name in named:
            if name in given:
                raise TypeError(f"{kind}.__init__() got multiple values for argument '{name}'")
            if name not in settings:
                raise TypeError(f"{kind}.__init__() got an unexpected keyword argument '{name}'")
        given |= named
        missing = [f"'{name}'" for name, default in settings.items() if default is REQUIRED and name not in given]
        if missing:
            raise TypeError(
                f"{kind}.__init__() missing {len(missing)} required positional argument{'s' * (len(missing) > 1)}: "
                + " and ".join(missing)
            )
        for name, default in settings.items():
            self._set(name, given.get(name, default))

    def _set(self, name: str, value: Any) -> None:
        """Keep a setting; the weights of a loss are part of the state."""
        if name in ("weight", "pos_weight") and (value is None or isinstance(value, Tensor)):
            self.register_buffer(name, value)
        else:
            setattr(self, name, value)

    def forward(self, *input: Any) -> Any:
        """The function of `input`."""
        told = {"training": self.training} if self.trains else {}
        return getattr(functional, self.function)(*input, **{n: getattr(self, n) for n in self.settings}, **told)

    def extra_repr(self) -> str:
        """The settings that change what is computed."""
        told = self.shown.format(**{name: getattr(self, name) for name in self.settings})
        written = "inplace=True" if "{inplace}" not in self.shown and getattr(self, "inplace", False) else ""
        return ", ".join(filter(None, [told, written]))


class _Pooling(Calling):
    """A pooling: where no stride is given, windows lie side by side."""

    def _set(self, name: str, value: Any) -> None:
        value = self.kernel_size if name == "stride" and value is None else value
        if self.function == "avg_pool1d" and isinstance(value, int) and not isinstance(value, bool):
            value = (value,)  # torch's AvgPool1d alone keeps tuples
        setattr(self, name, value)


class _Training(Calling):
    """Noise, which there is only while training."""

    trains = True

    def _set(self, name: str, value: Any) -> None:
        if name == "p" and not 0 <= value <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {value}")
        setattr(self, name, value)


INPLACE = {"inplace": False}
MEAN = {"reduction": "mean"}
CALLING: dict[str, tuple[str, dict[str, Any], str]] = {
    "CELU": ("celu", {"alpha": 1.0, **INPLACE}, "alpha={alpha}"),
    "ELU": ("elu", {"alpha": 1.0, **INPLACE}, "alpha={alpha}"),
    "GELU": ("gelu", {"approximate": "none"}, "approximate={approximate!r}"),
    "GLU": ("glu", {"dim": -1}, "dim={dim}"),
    "Hardshrink": ("hardshrink", {"lambd": 0.5}, "{lambd}"),
    "Hardsigmoid": ("hardsigmoid", INPLACE, ""),
    "Hardswish": ("hardswish", INPLACE, ""),
    "Hardtanh": (
        "hardtanh", {"min_val": -1.0, "max_val": 1.0, **INPLACE}, "min_val={min_val}, max_val={max_val}",
    ),
    "LeakyReLU": ("leaky_relu", {"negative_slope": 0.01, **INPLACE}, "negative_slope={negative_slope}"),
    "LogSigmoid": ("logsigmoid", {}, ""),
    "LogSoftmax": ("log_softmax", {"dim": None}, "dim={dim}"),
    "Mish": ("mish", INPLACE, ""),
    "ReLU": ("relu", INPLACE, ""),
    "ReLU6": ("relu6", INPLACE, ""),
    "SELU": ("selu", INPLACE, ""),
    "SiLU": ("silu", INPLACE, ""),
    "Sigmoid": ("sigmoid", {}, ""),
    "Softmax": ("softmax", {"dim": None}, "dim={dim}"),
    "Softmin": ("softmin", {"dim": None}, "dim={dim}"),
    "Softplus": ("softplus", {"beta": 1.0, "threshold": 20.0}, "beta={beta}, threshold={threshold}"),
    "Softshrink": ("softshrink", {"lambd": 0.5}, "{lambd}"),
    "Softsign": ("softsign", {}, ""),
    "Tanh": ("tanh", {}, ""),
    "Tanhshrink": ("tanhshrink", {}, ""),
    "Threshold": (
        "threshold", {"threshold": REQUIRED, "value": REQUIRED, **INPLACE}, "threshold={threshold}, value={value}",
    ),
    "CosineSimilarity": ("cosine_similarity", {"dim": 1, "eps": 1e-8}, ""),
    "PairwiseDistance": ("pairwise_distance", {"p": 2.0, "eps": 1e-6, "keepdim": False}, ""),
    "PixelShuffle": ("pixel_shuffle", {"upscale_factor": REQUIRED}, "upscale_factor={upscale_factor}"),
    "PixelUnshuffle": ("pixel_unshuffle", {"downscale_factor": REQUIRED}, "downscale_factor={downscale_factor}"),
}  # fmt: skip
"""Module -> the function it calls; its settings, in torch's order, with their defaults; what is printed."""

LOSSES: dict[str, tuple[str, dict[str, Any]]] = {
    "BCELoss": ("binary_cross_entropy", {"weight": None, **MEAN}),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", {"weight": None, **MEAN, "pos_weight": None}),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", {"margin": 0.0, **MEAN}),
    "CrossEntropyLoss": (
        "cross_entropy", {"weight": None, "ignore_index": -100, **MEAN, "label_smoothing": 0.0},
    ),
    "GaussianNLLLoss": ("gaussian_nll_loss", {"full": False, "eps": 1e-6, **MEAN}),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", {"margin": 1.0, **MEAN}),
    "HuberLoss": ("huber_loss", {**MEAN, "delta": 1.0}),
    "KLDivLoss": ("kl_div", {**MEAN, "log_target": False}),
    "L1Loss": ("l1_loss", MEAN),
    "MSELoss": ("mse_loss", MEAN),
    "MarginRankingLoss": ("margin_ranking_loss", {"margin": 0.0, **MEAN}),
    "NLLLoss": ("nll_loss", {"weight": None, "ignore_index": -100, **MEAN}),
    "PoissonNLLLoss": ("poisson_nll_loss", {"log_input": True, "full": False, "eps": 1e-8, **MEAN}),
    "SmoothL1Loss": ("smooth_l1_loss", {**MEAN, "beta": 1.0}),
    "SoftMarginLoss": ("soft_margin_loss", MEAN),
    "TripletMarginLoss": ("triplet_margin_loss", {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False, **MEAN}),
}  # fmt: skip
"""Loss -> the function it calls, and its settings; none are printed."""

WINDOWS = "kernel_size={kernel_size}, stride={stride}, padding={padding}"


def _poolings() -> dict[str, tuple[str, dict[str, Any], str]]:
    found: dict[str, tuple[str, dict[str, Any], str]] = {}
    laid = {"kernel_size": REQUIRED, "stride": None, "padding": 0}
    for d in (1, 2, 3):
        of_max = {**laid, "dilation": 1, "return_indices": False, "ceil_mode": False}
        of_mean = {**laid, "ceil_mode": False, "count_include_pad": True}
        found |= {
            f"MaxPool{d}d": (f"max_pool{d}d", of_max, WINDOWS + ", dilation={dilation}, ceil_mode={ceil_mode}"),
            f"AvgPool{d}d": (f"avg_pool{d}d", of_mean | ({"divisor_override": None} if d > 1 else {}), WINDOWS),
            f"AdaptiveAvgPool{d}d": (
                f"adaptive_avg_pool{d}d", {"output_size": REQUIRED}, "output_size={output_size}",
            ),
            f"AdaptiveMaxPool{d}d": (
                f"adaptive_max_pool{d}d", {"output_size": REQUIRED, "return_indices": False},
                "output_size={output_size}",
            ),
        }  # fmt: skip
    return found


TRAINING = {
    name: (function, {"p": 0.5, **INPLACE}, "p={p}, inplace={inplace}")
    for name, function in (
        ("Dropout", "dropout"), ("Dropout1d", "dropout1d"), ("Dropout2d", "dropout2d"), ("Dropout3d", "dropout3d"),
        ("AlphaDropout", "alpha_dropout"), ("FeatureAlphaDropout", "feature_alpha_dropout"),
    )
} | {"RReLU": ("rrelu", {"lower": 1.0 / 8, "upper": 1.0 / 3, **INPLACE}, "lower={lower}, upper={upper}")}  # fmt: skip

for _base, _table in (
    (Calling, CALLING | {name: (*entry, "") for name, entry in LOSSES.items()}),
    (_Pooling, {n: e for n, e in _poolings().items() if "stride" in e[1]}),
    (Calling, {n: e for n, e in _poolings().items() if "stride" not in e[1]}),
    (_Training, TRAINING),
):
    for _name, (_function, _settings, _shown) in _table.items():
        _body = {"function": _function, "settings": _settings, "shown": _shown, "__module__": __name__}
        _doc = f"`nn.functional.{_function}` as a module."
        globals()[_name] = type(_name, (_base,), {**_body, "__doc__": _doc})

__all__: list[str] = []
__all__ += list(CALLING)
__all__ += list(LOSSES)
__all__ += list(_poolings())
__all__ += list(TRAINING)
