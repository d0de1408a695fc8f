"""Seat the engines of a run, and see that all of them leave at its end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Sequence

from ..errors import DeviceMissing, EngineMissing, GradspecError
from .supervisor import InProcess, Seat, Worker

MEMORY = 8 * 2**30
"""How many bytes of data a worker may hold, on a machine that has twice as many."""


@contextlib.contextmanager
def seated(
    backends: Sequence[str],
    optional: Collection[str] = (),
    *,
    in_process: bool = False,
    share: int = 1,
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[dict[str, Seat]]:
    """The engines called `backends`, in their seats by id; they load at the same time.

    One in `optional` that is not here is left out, with a note; any other is an error, before
    anything runs. With a `share` of N, so many runs have the machine's memory between them.
    """
    with contextlib.ExitStack() as stack:
        launched = [
            (name, None if in_process else stack.enter_context(Worker(name, memory(name) // share)))
            for name in backends
        ]
        seats: dict[str, Seat] = {}
        for name, worker in launched:
            try:
                seat = InProcess(name) if worker is None else worker.started()
            except (EngineMissing, DeviceMissing) as error:
                if name not in optional:
                    raise
                note(f"left out: {error}")
                continue
            seats.setdefault(seat.info.id, seat)  # "torch" and "torch:cpu" are one
        if not seats:
            raise GradspecError("no backend to run on. Name one: --backend torch:cpu.")
        yield seats


def memory(backend: str) -> int:
    """The bytes that a worker may hold: half the machine at most; no limit where a card's driver maps its own."""
    if any(part.startswith(("cuda", "gpu")) for part in backend.split(":")[1:]):
        return 0
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return min(MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)
    return MEMORY
