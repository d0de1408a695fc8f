"""PyTorch, eager, on one device: "torch", "torch:cpu", "torch:cuda", "torch:cuda:1", "torch:mps".

Settings that trade accuracy for speed are off, so that what differs is the engine, not its mode.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..errors import DeviceMissing, EngineMissing
from ..outcome import Answers
from ..programs.model import Program
from .protocol import CAPABILITIES
from .tape import TapeBackend


class Torch(TapeBackend):
    """torch itself; its error classes and texts are the ones that the specs quote."""

    name = "torch"
    capabilities = frozenset(CAPABILITIES) - {"legacy"}
    torch_messages = True

    def __init__(self, device: str = "") -> None:
        torch = _engine()
        _require(torch, device or "cpu")
        _exact(torch)
        _warm(torch)
        super().__init__(torch, device or "cpu")

    def versions(self) -> dict[str, str]:
        """The version of torch, the device, and which card that is."""
        found = {"torch": str(self.torch.__version__), "device": self.device}
        if self.device.startswith("cuda"):
            found["card"] = self.torch.cuda.get_device_name(self.device)
            found["cuda"] = str(self.torch.version.cuda)
        return found

    def namespace(self, needs: frozenset[str]) -> Any:
        """torch, whose factories make tensors on this backend's device."""
        self.torch.set_default_device(None if self.device == "cpu" else self.device)
        return self.torch

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """As for any engine; what a template makes (an index, an identity) is made on the device as well."""
        if self.device == "cpu":
            return super().answer(program, steps=steps)
        with self.torch.device(self.device):
            return super().answer(program, steps=steps)

    def tensor(self, array: np.ndarray, dtype: str) -> Any:
        """`array` as a fresh, contiguous tensor on the device."""
        made = super().tensor(array, dtype)
        return made if self.device == "cpu" else made.to(self.device)

    def numpy(self, value: Any) -> np.ndarray | None:
        """A tensor's value, fetched from the device; lazy conjugation and negation carried out."""
        if isinstance(value, self.torch.Tensor):
            value = value.detach()
            value = value if self.device == "cpu" else value.cpu()
            if value.is_conj() or value.is_neg():
                value = value.resolve_conj().resolve_neg()
            if value._is_zerotensor():  # zeros that torch has not stored: the second derivative of abs
                value = value.clone()
        return super().numpy(value)


def _engine() -> Any:
    try:
        import torch
    except ImportError as error:
        raise EngineMissing(f"torch is not installed here ({error}). pip install 'gradspec[torch]'.") from None
    return torch


def _require(torch: Any, device: str) -> None:
    """DeviceMissing with what there is instead, unless `device` can hold a tensor."""
    kind = device.partition(":")[0]
    there = {"cpu": ["cpu"], "cuda": [f"cuda:{n}" for n in range(torch.cuda.device_count())],
             "mps": ["mps"] if torch.backends.mps.is_available() else []}  # fmt: skip
    names = there.get(kind, [])
    if device not in names and not (device == "cuda" and names):
        have = ", ".join(name for kind in there.values() for name in kind)
        raise DeviceMissing(f"torch {torch.__version__} sees no device {device!r} here. It sees: {have}.")


def _exact(torch: Any) -> None:
    """Full precision, one thread, and deterministic kernels where they cost nothing."""
    torch.set_num_threads(1)  # a second thread changes the order of sums, and steals the other workers' cores
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


def _warm(torch: Any) -> None:
    """Make the first dual number here: torch then compiles its own rules, with a DeprecationWarning for each."""
    with warnings.catch_warnings(), torch.autograd.forward_ad.dual_level():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.autograd.forward_ad.make_dual(torch.ones(()), torch.ones(()))
