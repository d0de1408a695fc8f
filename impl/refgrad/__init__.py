"""refgrad: automatic differentiation in NumPy, with torch's names and semantics.

``import refgrad as torch`` runs torch programs that compute on the CPU. Small enough to read: start
with op.py (what an op is), then engine.py (backward), views.py (what writing does to a graph).
"""

from __future__ import annotations

from . import autograd, convert, func, syntax
from .anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .create import *  # noqa: F403 - the factories, listed in create.__all__
from .dtypes import (
    DType as dtype,
    bool_ as bool,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from .modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .ops import public as _public
from .printing import get_printoptions, printoptions, set_printoptions
from .random import *  # noqa: F403 - random tensors and the stream they come from, listed in random.__all__
from .tensor import Device as device, Size, Tensor

globals().update({k: v for k, v in _public().items() if k not in globals()})
