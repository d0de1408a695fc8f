"""refgrad: automatic differentiation in NumPy, with torch's names and semantics.

``import refgrad as torch`` runs torch programs that compute on the CPU. Small enough to read: start
with op.py (what an op is), then engine.py (backward), views.py (what writing does to a graph).
"""

from __future__ import annotations

from . import (
    applying,
    autograd,
    convert,
    dtypes,
    fft,
    func,
    function_tangents,
    inplace_views,
    linalg,
    nn,
    optim,
    outs,
    random,
    special,
    syntax,
    tangents,
    utils,
)
from .anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .create import *  # noqa: F403 - the factories, listed in create.__all__
from .description import Device as device
from .description import Size
from .dtypes import DType as dtype
from .dtypes import get_default_dtype, set_default_dtype
from .equality import allclose, equal, isclose
from .exchange import *  # noqa: F403 - DLPack and buffers, listed in exchange.__all__
from .func import vmap
from .memory import is_same_size, strided
from .modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .notices import is_warn_always_enabled, set_warn_always
from .ops import public as _public
from .ops.older import lu, qr, svd  # linalg has others of these names
from .overloads import *  # noqa: F403 - arithmetic with alpha, listed in overloads.__all__
from .printing import get_printoptions, printoptions, set_printoptions
from .random import *  # noqa: F403 - random tensors and the stream they come from, listed in random.__all__
from .spellings import attach as _spellings
from .tensor import Tensor
from .tensor_types import *  # noqa: F403 - FloatTensor and its kin, and cuda, listed in tensor_types.__all__
from .typeinfo import *  # noqa: F403 - finfo and what is asked of dtypes, listed in typeinfo.__all__
from .views import detach, detach_

__version__ = "0.1.0"

globals().update(dtypes.NAMED)  # float32, float, int64, long, bool, ...
globals().update({k: v for k, v in _public().items() if k not in globals()})
globals().update({k: v for k, v in _spellings().items() if k not in globals()})
globals().update({k: outs.accepts_out(v) for k, v in globals().items() if k in outs.NAMES and not hasattr(v, "op")})


def __getattr__(name: str) -> object:
    """The old interface is loaded when it is first asked for; a dtype that is missing says why."""
    if name in dtypes.REFUSED:
        raise AttributeError(f"refgrad has no {name}: {dtypes.REFUSED[name]}")
    if name != "legacy":
        raise AttributeError(f"module 'refgrad' has no attribute '{name}'")
    import importlib

    return importlib.import_module("refgrad.legacy")
