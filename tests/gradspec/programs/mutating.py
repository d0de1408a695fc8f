"""Programs that write, view, detach and hook, for tests: drawn from evenly random bytes."""

from __future__ import annotations

from random import Random

from gradspec import catalogue
from gradspec.catalogue import memory
from gradspec.programs import Program
from gradspec.programs.draw import FRAME, STEP, Draft, decoded, planned
from gradspec.programs.functionalise import is_pure


def mutating(count: int, seed: int = 1, *, dtypes: tuple[str, ...] = ("float64",), steps: int = 6) -> list[Program]:
    """So many programs that are not pure, with generic numbers."""
    random = Random(seed)
    names = [op.name for op in catalogue.in_order() if memory.fresh(op) or op.name in memory.VIEWS]
    plan = planned(dtypes=dtypes, classes=["generic"], ops=names, mutation=True)
    found: list[Program] = []
    while len(found) < count:
        bytes_ = [random.randbytes(STEP) for _ in range(random.randint(2, steps))]
        program = decoded(Draft(random.getrandbits(31), random.randbytes(FRAME), bytes_), plan)
        if not is_pure(program):
            found.append(program)
    return found
