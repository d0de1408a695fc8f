"""The modules: Linear, Dropout, and every activation and loss of nn.functional that takes no parameters."""

from __future__ import annotations

import math
from typing import Any

from .. import create
from . import functional, init
from .module import Module
from .parameter import Parameter


class Linear(Module):
    """x A^T + b, with a weight of shape (out_features, in_features)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(create.empty(out_features, in_features, dtype=dtype))
        self.register_parameter("bias", Parameter(create.empty(out_features, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniform within 1/sqrt(in_features)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        """X A^T + b."""
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Identity(Module):
    """x, whatever the module is made with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """X."""
        return input


class Flatten(Module):
    """The dimensions from `start_dim` to `end_dim` as one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        """X with these dimensions made one."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The two dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Dropout(Module):
    """While training, each element is 0 with probability p, and the others grow to make up for it."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Any) -> Any:
        """x, thinned out while training."""
        return functional.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}, inplace={self.inplace}"


class Calling(Module):
    """A module that calls one function of nn.functional, with settings instead of parameters."""

    function: str
    settings: dict[str, Any]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__()
        given = dict(zip(self.settings, args, strict=False)) | named
        if len(args) > len(self.settings) or not given.keys() <= self.settings.keys():
            known = ", ".join(self.settings) or "no settings"
            raise TypeError(f"{type(self).__name__}() takes {known}; it was given {args} {named}")
        for name, default in self.settings.items():
            setattr(self, name, given.get(name, default))

    def forward(self, *input: Any) -> Any:
        """The function of `input`."""
        settings = {name: getattr(self, name) for name in self.settings if name != "inplace"}
        return getattr(functional, self.function)(*input, **settings)

    def extra_repr(self) -> str:
        """The settings that change what is computed."""
        quiet = ("inplace", "reduction")
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.settings if name not in quiet)


MEAN = {"reduction": "mean"}
CALLING: dict[str, tuple[str, dict[str, Any]]] = {
    "CELU": ("celu", {"alpha": 1.0, "inplace": False}),
    "ELU": ("elu", {"alpha": 1.0, "inplace": False}),
    "GELU": ("gelu", {"approximate": "none"}),
    "Hardshrink": ("hardshrink", {"lambd": 0.5}),
    "Hardsigmoid": ("hardsigmoid", {"inplace": False}),
    "Hardswish": ("hardswish", {"inplace": False}),
    "Hardtanh": ("hardtanh", {"min_val": -1.0, "max_val": 1.0, "inplace": False}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": 0.01, "inplace": False}),
    "LogSigmoid": ("logsigmoid", {}),
    "LogSoftmax": ("log_softmax", {"dim": None}),
    "Mish": ("mish", {"inplace": False}),
    "ReLU": ("relu", {"inplace": False}),
    "ReLU6": ("relu6", {"inplace": False}),
    "SELU": ("selu", {"inplace": False}),
    "SiLU": ("silu", {"inplace": False}),
    "Sigmoid": ("sigmoid", {}),
    "Softmax": ("softmax", {"dim": None}),
    "Softmin": ("softmin", {"dim": None}),
    "Softplus": ("softplus", {"beta": 1.0, "threshold": 20.0}),
    "Softshrink": ("softshrink", {"lambd": 0.5}),
    "Softsign": ("softsign", {}),
    "Tanh": ("tanh", {}),
    "Tanhshrink": ("tanhshrink", {}),
    "Threshold": ("threshold", {"threshold": None, "value": None, "inplace": False}),
    "BCELoss": ("binary_cross_entropy", MEAN),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", MEAN),
    "CrossEntropyLoss": ("cross_entropy", MEAN),
    "HuberLoss": ("huber_loss", {"reduction": "mean", "delta": 1.0}),
    "KLDivLoss": ("kl_div", MEAN),
    "L1Loss": ("l1_loss", MEAN),
    "MSELoss": ("mse_loss", MEAN),
    "NLLLoss": ("nll_loss", MEAN),
    "SmoothL1Loss": ("smooth_l1_loss", {"reduction": "mean", "beta": 1.0}),
}
"""Class -> the function it calls, and the settings it takes, in torch's order, with their defaults."""

for _name, (_function, _settings) in CALLING.items():
    _doc = f"`nn.functional.{_function}` as a module."
    globals()[_name] = type(
        _name, (Calling,), {"function": _function, "settings": _settings, "__doc__": _doc, "__module__": __name__}
    )

__all__ = ["Dropout", "Flatten", "Identity", "Linear"]
__all__ += list(CALLING)
