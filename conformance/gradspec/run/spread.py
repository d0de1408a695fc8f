"""Do one piece of work on many things, in several processes that are forked from this one.

A fork has everything that was loaded, drawn or patched before it, as it was, at the places where it was: nothing
is sent but the number of a thing and what came of it.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_task: list[Callable[[int], Any]] = []
"""In a forked process: what is done with a number."""


def spread(work: Callable[[T], R], things: Sequence[T], workers: int, at_once: int = 1) -> Iterator[R]:
    """What `work` makes of each of `things`, in their order; with one worker here, with more in as many forks.

    `at_once` things are handed out together, where each is done quickly. What comes back is pickled.
    """
    if workers < 2 or len(things) < 2:
        yield from map(work, things)
        return
    context = multiprocessing.get_context("fork")
    with context.Pool(min(workers, len(things)), _begin, (lambda n: work(things[n]),)) as pool:
        yield from pool.imap(_done, range(len(things)), at_once)
        pool.close()
        pool.join()


def _begin(task: Callable[[int], Any]) -> None:
    """An interrupt is this process's to handle, and a fork ends without a word when it is told to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _task.append(task)


def _done(number: int) -> Any:
    return _task[-1](number)
