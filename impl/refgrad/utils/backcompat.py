"""torch.utils.backcompat: two switches for warnings about changes of long ago, which nothing reads any more.

They asked torch to point at code that meant something else before broadcasting and `keepdim` came. In torch 2.13 they
can still be set, and still say how they were set.
"""

from __future__ import annotations


class Switch:
    """One switch."""

    def __init__(self) -> None:
        self.enabled = False


broadcast_warning = Switch()
"""Shapes differ, and the numbers of elements do not."""
keepdim_warning = Switch()
"""A reduction drops the dimension that it once kept."""
