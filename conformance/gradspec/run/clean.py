"""Give every spec the same starting point, whatever the spec before it left behind.

`restored` puts the engine's global modes, its default dtype and every random seed back, before a
spec and after it, through the engine's own torch-named namespace: what an engine lacks is passed
over. (Programs need none of it: they draw no numbers and set no modes; and torch.manual_seed costs
half a millisecond where a device that it would seed is not there.)
"""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import Unsupported

SEED = 0


@contextlib.contextmanager
def restored(torch: Any) -> Iterator[None]:
    """Run a spec from a clean state, with warnings of its own, and leave a clean state."""
    _restore(torch)
    try:
        with warnings.catch_warnings(), np.errstate():
            yield
    finally:
        _restore(torch)


def _restore(torch: Any) -> None:
    random.seed(SEED)
    np.random.seed(SEED)
    for setter, value in _defaults(torch):
        setting = torch
        with contextlib.suppress(AttributeError, Unsupported):  # an engine without such a state needs no cleaning
            for name in setter.split("."):
                setting = getattr(setting, name)
            setting(value)


def _defaults(torch: Any) -> tuple[tuple[str, Any], ...]:
    """The global state of torch's documentation: what sets it, and what it is in a fresh interpreter."""
    return (
        ("set_grad_enabled", True),
        ("set_default_dtype", getattr(torch, "float32", None)),
        ("autograd.set_detect_anomaly", False),
        ("set_warn_always", True),  # once a process would depend on which case ran first
        ("manual_seed", SEED),
    )
