"""torch.utils.dlpack: memory shared with other libraries, under its other address."""

from __future__ import annotations

from ..exchange import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
