"""What gradspec asks of an engine: a torch-named namespace, a set of capabilities, a way in and out.

A Backend is our adapter for one engine on one device. Write a class with the attributes of
`Backend`, usually by subclassing `TapeBackend` (backends/tape.py), register it under the entry
point group `gradspec.backends`, or name it: `--backend my_pkg.adapter:Engine`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from ..outcome import Answers
from ..programs.model import Program

CAPABILITIES: dict[str, str] = {
    "ops": "pure functions under torch's names",
    "func": "func.grad, vjp, jvp, jacrev, jacfwd, hessian",
    "tape": "requires_grad, backward, .grad, autograd.grad",
    "in-place": "methods with a trailing underscore, assignment to a slice, out=",
    "views": "views that share memory and a version with their base",
    "hooks": "hooks on tensors, nodes and saved tensors",
    "function": "custom autograd.Function",
    "modes": "no_grad, enable_grad, set_grad_enabled, inference_mode, detach",
    "forward-ad": "autograd.forward_ad: dual numbers",
    "complex": "complex dtypes and their gradients",
    "numpy": "sharing memory with NumPy",
    "random": "manual_seed and the random factories",
    "print": "printing tensors as torch prints them",
    "sparse": "sparse tensors, and gradients that are sparse",
    "bfloat16": "the dtypes that NumPy lacks: bfloat16 and the kinds of float8",
    "legacy": "the 2017-2019 interface: Variable(volatile=), instance-style Function",
}
"""The closed vocabulary of what may be asked. A backend that lacks one is `unsupported` there, never wrong."""


class Backend(Protocol):
    """One engine on one device. Constructed with the device's name ("" means the engine's default)."""

    name: str
    """The engine: "torch". `name:device` is the backend's id."""
    device: str
    capabilities: frozenset[str]
    torch: Any
    """The torch-named namespace under test."""
    questions: frozenset[str]
    """The questions to programs that it answers; an adapter without this attribute answers all."""
    torch_messages: bool
    """Does it promise torch's error classes and texts? (Else any error satisfies `raises`.)"""

    def __init__(self, device: str = "") -> None: ...

    def versions(self) -> dict[str, str]:
        """What decides its behaviour: {"torch": "2.13.0", "device": "cpu"}."""

    def namespace(self, needs: frozenset[str]) -> Any:
        """The namespace for a check with these needs: `torch`, but for an engine whose old interface lives apart."""

    def has_op(self, name: str) -> bool:
        """Does it have the catalogue's op of this name?"""

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """Run `program` and answer its questions; an engine's error becomes `refused`."""

    def numpy(self, value: Any) -> np.ndarray | None:
        """The value of one of the engine's tensors as an array (None if `value` is not a tensor)."""

    def dtype_name(self, value: Any) -> str:
        """The name in torch of a tensor's dtype, or of a dtype object: "float32"."""
