"""A Spec is one documented behaviour: a claim, why anyone cares, checks, and where it is documented.

A Step is one statement of a check and what the spec promises about it; a Check is one fenced
block of steps with the capabilities that it needs. All of it is frozen data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Promise = Literal["runs", "value", "observe", "raises", "warns"]
Level = Literal["must", "should", "observed", "legacy"]
Functional = Literal["core", "adapt", "no"]

LEVELS: tuple[Level, ...] = ("must", "should", "observed", "legacy")
FUNCTIONAL: tuple[Functional, ...] = ("core", "adapt", "no")


@dataclass(frozen=True)
class Step:
    """One statement, the line of the page it starts on, and its promise."""

    line: int
    source: str
    promise: Promise = "runs"
    expected: str = ""
    """`value`: a literal. `raises`, `warns`: the text, in which `...` stands for anything."""
    kind: str = ""
    """`raises`, `warns`: the class name."""


@dataclass(frozen=True)
class Check:
    """One fenced block: steps that share names, and the capabilities they need."""

    line: int
    steps: tuple[Step, ...]
    needs: frozenset[str]


@dataclass(frozen=True)
class Spec:
    """One page. `id` is the path below specs/ without its suffix: "backward/accumulates"."""

    id: str
    claim: str
    why: str
    checks: tuple[Check, ...]
    sources: tuple[str, ...]
    inventory: tuple[str, ...] = ()
    level: Level = "must"
    since: str = ""
    seconds: float = 0.0
    """A time limit of its own, for the few pages that train something (0: the run's)."""
    text: str = ""
    """The whole page, for the report."""

    @property
    def chapter(self) -> str:
        """The folder the page lies in."""
        return self.id.split("/", 1)[0]
