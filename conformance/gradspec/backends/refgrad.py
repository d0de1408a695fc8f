"""refgrad, the reference engine, as one more engine under test: "refgrad"."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DeviceMissing, EngineMissing
from .protocol import CAPABILITIES
from .tape import TapeBackend


class Refgrad(TapeBackend):
    """refgrad speaks torch's words and torch's error texts, and the 2017-2019 interface in a namespace of its own."""

    name = "refgrad"
    capabilities = frozenset(CAPABILITIES) - {"sparse"}
    torch_messages = True

    def __init__(self, device: str = "") -> None:
        if device not in ("", "cpu"):
            raise DeviceMissing(f'refgrad computes with NumPy on the processor: there is no {device!r}. Use "refgrad".')
        try:
            import refgrad
        except ImportError as error:
            raise EngineMissing(
                f"refgrad cannot be imported ({error}). It comes with gradspec: pip install gradspec."
            ) from None
        super().__init__(refgrad)
        if not hasattr(refgrad, "bfloat16"):  # NumPy has it from ml_dtypes, which need not be installed
            self.capabilities -= {"bfloat16"}

    def versions(self) -> dict[str, str]:
        """The versions of refgrad and of NumPy, which does its arithmetic."""
        return {"refgrad": str(getattr(self.torch, "__version__", "")), "numpy": np.__version__}

    def namespace(self, needs: frozenset[str]) -> Any:
        """`refgrad`, or `refgrad.legacy` for a check of the old interface."""
        return self.torch.legacy if "legacy" in needs else self.torch
