"""torch.utils: checkpoint, which trades time for memory; dlpack; and the switches of backcompat."""

from __future__ import annotations

from . import backcompat, checkpoint, dlpack

__all__ = ["backcompat", "checkpoint", "dlpack"]
