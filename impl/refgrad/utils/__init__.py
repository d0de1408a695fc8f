"""torch.utils: checkpoint, which trades time for memory, and the switches of backcompat."""

from __future__ import annotations

from . import backcompat, checkpoint

__all__ = ["backcompat", "checkpoint"]
