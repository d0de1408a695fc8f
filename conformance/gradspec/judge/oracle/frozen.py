"""What the ops mean whose derivative is not that of their value: what is detached, grafted, or scaled on the way back.

A rule is given its arguments where they are and where they were before anything moved. A clipped
gradient is the derivative of nothing, and has no rule here.
"""

from __future__ import annotations

from .balls import Balls, Rule

RULES: dict[str, Rule] = {
    "detach": lambda _, x0: x0,
    "graft": lambda x, _, x0, value0: value0 + (x - x0),
    "function.scale": lambda x, x0, factor: x0 + factor * (x - x0),
}
"""Around the point where nothing has moved."""


def filled(x: Balls, value: float) -> Balls:
    """One number everywhere."""
    made = x.copy()
    made[...] = value
    return made


PLAIN: dict[str, Rule] = {
    "graft": lambda _, value: value,
    "function.scale": lambda x, **_: x,
    "function.square": lambda x: x * x,
    "function.product": lambda x, y: x * y,
    "fill": filled,
}
"""At that point, and for the ops that are what they seem."""
