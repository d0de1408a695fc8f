"""torch.nn's functions; modules and optimisers are no business of a reference engine."""

from __future__ import annotations

from . import functional

__all__ = ["functional"]
