"""What only few tensors have, kept apart so that the others cost nothing: a View, and a Rare record.

A View says whose memory a tensor shows. A Rare record holds hooks, tangents, a name and other things that are made
when somebody first asks for them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .graph import AccumulateGrad, NodeRecord, _Hooks

if TYPE_CHECKING:  # a tensor knows its records; they only hold tensors
    from .tensor import Tensor


class View:
    """This tensor shows part of `base`'s memory, and gradients know it.

    base      the root tensor, never itself a View
    version   the storage's version for which the tensor's grad_fn was right: after an in-place
              write elsewhere it is made anew (see views.py)
    carrier   whose tangents this one shows part of: the base, or a dual tensor on the way to it; None: it has its own
    carried   the storage's version for which its tangents were right
    creation  why an in-place write through it is refused: "" (it is not), "no_grad", "multi",
              "function", "inference"
    """

    __slots__ = ("base", "carried", "carrier", "creation", "version")

    regenerate: Callable[[Tensor, View], None]  # views.py knows how; it stands further right

    def __init__(self, base: Tensor, version: int, creation: str, carrier: Tensor | None) -> None:
        self.base = base
        self.carrier = carrier
        self.version = self.carried = version
        self.creation = creation


ANY = object()
"""`grad_dtype` of a leaf whose gradients keep the dtype they arrive in."""


class Rare:
    """What few tensors have; made when first needed."""

    __slots__ = (
        "accumulate", "grad_dtype", "inference", "name", "node_record", "post_accumulate", "retains", "tangents",
    )  # fmt: skip

    def __init__(self) -> None:
        self.accumulate: weakref.ref[AccumulateGrad] | None = None
        self.grad_dtype: Any = None
        """The NumPy dtype of `.grad`, where it is not the tensor's own; ANY where it may be any."""
        self.node_record: NodeRecord | None = None
        self.post_accumulate: _Hooks | None = None
        self.retains = False
        self.tangents: dict[int, Tensor] | None = None
        """Forward-mode level -> tangent."""
        self.inference = False
        self.name: str | None = None

    def leaf_record(self) -> NodeRecord:
        """A leaf's hooks."""
        if self.node_record is None:
            self.node_record = NodeRecord()
        return self.node_record


__all__ = ["ANY", "Rare", "View"]
