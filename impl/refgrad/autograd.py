"""torch.autograd: everything about gradients under the names that torch gives it.

The work is done elsewhere: backward.py, function.py, hooks.py (`graph`), forward_ad.py, functional/,
gradcheck.py, anomaly.py.
"""

from __future__ import annotations

import sys
from typing import Any

from . import anomaly as anomaly_mode
from . import forward_ad, function, functional
from . import hooks as graph
from . import modes as grad_mode
from .anomaly import detect_anomaly, set_detect_anomaly
from .backward import backward, grad
from .function import Function
from .gradcheck import gradcheck, gradgradcheck
from .hooks import _unsafe_preserve_version_counter
from .modes import (
    enable_grad,
    enforce_grad_layout_policy,
    inference_mode,
    is_multithreading_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from .variable import Variable

# `import refgrad.autograd.forward_ad as fwAD` finds what `refgrad.autograd.forward_ad` is.
for _module, _name in ((anomaly_mode, "anomaly_mode"), (forward_ad, "forward_ad"), (function, "function"),
                       (functional, "functional"), (grad_mode, "grad_mode"), (graph, "graph")):  # fmt: skip
    sys.modules[f"{__name__}.{_name}"] = _module
sys.modules[f"{__name__}.gradcheck"] = sys.modules[gradcheck.__module__]


def variable(*args: Any, **kwargs: Any) -> Any:
    """Refused: the name of a factory that is gone."""
    raise RuntimeError("torch.autograd.variable(...) is deprecated, use torch.tensor(...) instead")


__all__ = [
    "Function", "Variable", "_unsafe_preserve_version_counter", "anomaly_mode", "backward", "detect_anomaly",
    "enable_grad", "enforce_grad_layout_policy", "forward_ad", "function", "functional", "grad", "grad_mode",
    "gradcheck", "gradgradcheck", "graph", "inference_mode", "is_multithreading_enabled", "no_grad",
    "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled",
]  # fmt: skip
