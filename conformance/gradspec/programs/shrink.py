"""Make a program that departs as small as it gets: first the bytes that it was drawn from, then the program itself.

A Check takes a Program and raises a Departure where an engine departs. `descend` goes from anything to a smaller one
for as long as something holds; `smallest` does so with drafts, where fewer and smaller bytes mean a simpler program,
and then with programs, which can be smaller than any bytes say.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

from .cells import Feature
from .draw import Draft, Plan, decoded
from .edit import simpler
from .model import Program

Thing = TypeVar("Thing")

Check = Callable[[Program], None]


class Departure(Exception):
    """What a check raises: an engine departs. Under one `signature` duplicates gather."""

    def __init__(self, signature: str, said: str = "") -> None:
        super().__init__(said or signature)
        self.signature = signature


def smallest(check: Check, program: Program, departure: Departure, draft: Draft | None = None,
             plan: Plan | None = None) -> tuple[Program, Departure]:  # fmt: skip
    """The smallest program found with the signature of `departure`, and how it departs.

    `program` was decoded from `draft` for `plan`, or from none. What departs otherwise counts as agreeing.
    """

    def departs(candidate: Program) -> Departure | None:
        try:
            check(candidate)
        except Departure as again:
            return again if again.signature == departure.signature else None
        return None

    best = program
    if draft is not None and plan is not None:
        lowest = descend(
            draft, functools.partial(lower, plan=plan), lambda candidate: departs(decoded(candidate, plan)) is not None
        )
        best = decoded(lowest, plan)
    best = descend(best, lambda found: list(simpler(found)), lambda candidate: departs(candidate) is not None)
    return (best, again) if (again := departs(best)) else (program, departure)


def descend(start: Thing, smaller: Callable[[Thing], Sequence[Thing]], holds: Callable[[Thing], bool]) -> Thing:
    """From `start` to a thing of whose `smaller` ones none holds.

    After a step down the search goes on where it was, since what failed just now mostly fails again.
    """
    best, found, at, idle = start, smaller(start), 0, 0
    while idle < len(found):
        candidate = found[at % len(found)]
        if holds(candidate):
            best, idle = candidate, 0
            found = smaller(best)
        else:
            at, idle = at + 1, idle + 1
    return best


def lower(draft: Draft, plan: Plan) -> list[Draft]:
    """The next smaller drafts, the most taken away first: what is shown, steps, strings of bytes, single bytes."""
    found = [draft._replace(shows=shows) for shows in duller(draft.shows, plan)] if draft.shows else []
    found += [draft._replace(steps=steps) for steps in fewer(draft.steps)]
    found += [draft._replace(frame=frame) for frame in plainer(draft.frame)]
    for n, step in enumerate(draft.steps):
        found += [draft._replace(steps=[*draft.steps[:n], less, *draft.steps[n + 1 :]]) for less in plainer(step)]
    return [*found, draft._replace(seed=0)] if draft.seed else found


def duller(shows: Feature, plan: Plan) -> list[Feature | None]:
    """Nothing to show, or the same op with less that is particular about it, as far as the plan allows."""
    plain = {"then": [""], "dtype": plan.dtypes, "layout": ["contiguous"], "values": plan.classes}
    changed = ((axis, places[0]) for axis, places in plain.items() if getattr(shows, axis) not in places[:1])
    return [None, *(shows._replace(**{axis: place}) for axis, place in changed)]


def fewer(steps: list[bytes]) -> list[list[bytes]]:
    """The steps without a half, a quarter, ..., one of them; never none."""
    found, size = [], len(steps) // 2
    while size:
        found += [steps[:at] + steps[at + size :] for at in range(0, len(steps), size)]
        size //= 2
    return [left for left in found if left]


def plainer(text: bytes) -> list[bytes]:
    """The text with all bytes 0, then each by itself, halved, and one less."""
    found = [bytes(len(text))] if any(text) else []
    for at, byte in enumerate(text):
        found += [
            text[:at] + bytes([less]) + text[at + 1 :] for less in dict.fromkeys((0, byte // 2, byte - 1)) if byte
        ]
    return found
