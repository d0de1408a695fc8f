"""What a tensor answers when it is asked for its shape and its device: a Size and a Device."""

from __future__ import annotations

from typing import Any


class Size(tuple[int, ...]):
    """torch.Size: a tuple of ints that knows its product."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements."""
        count = 1
        for n in self:
            count *= n
        return count

    def __getitem__(self, key: Any) -> Any:
        got = tuple.__getitem__(self, key)
        return Size(got) if isinstance(key, slice) else got

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


KINDS = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
"""The devices that torch knows."""


class Device:
    """torch.device: refgrad computes on the CPU and says so."""

    __slots__ = ("index", "type")

    def __init__(self, name: Any = "cpu", index: int | None = None) -> None:
        kind, _, number = str(name).partition(":")
        if kind not in KINDS and isinstance(name, str):
            raise RuntimeError(f"Expected one of {', '.join(KINDS)} device type at start of device string: {kind}")
        if number and not number.isdigit():
            raise RuntimeError(f"Invalid device string: '{name}'")
        if kind != "cpu":
            raise RuntimeError(f"refgrad computes on the CPU; there is no device {str(name)!r} here")
        self.type = kind
        self.index = int(number) if number else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        inside = f"type='{self.type}'" + ("" if self.index is None else f", index={self.index}")
        return f"device({inside})"


CPU = Device()
"""Where all of refgrad's tensors are."""

__all__ = ["CPU", "Device", "Size"]
