"""Memory, and how often it was written: what a tensor shares with its views.

A Storage is the version counter that a tensor, its views and its detached twins have in common.
It is made when the first of these appears, or at the first write: most tensors never need one.
It also knows whether a NumPy array shows the same memory, which then must not move.
"""

from __future__ import annotations


class Storage:
    """How many in-place writes this memory has seen. Source: torch "In-place correctness checks".

    resizable   may `resize_` take larger memory in its place?
    """

    __slots__ = ("resizable", "version")

    def __init__(self) -> None:
        self.version = 0
        self.resizable = True
