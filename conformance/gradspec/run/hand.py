"""Be one more pair of hands of a run, with engines of its own: `python -m gradspec.run.hand`.

`lend` takes items from standard input and answers on standard output (share.py). It draws the programs
itself, puts them to its engines and judges; it shrinks nothing and writes no file.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from ..errors import GradspecError
from ..programs.draw import planned
from ..programs.search import turns
from . import journal, pages, share, worker
from .bench import Bench, Silent
from .driver import drawing
from .fuzz import Fuzz
from .judging import Judges
from .records import Record, Result
from .seats import seated


class Told(journal.Journal):
    """A journal that is kept elsewhere."""

    def __init__(self, file: int) -> None:
        self._file, self.path = file, Path("the run that this is a part of")

    def write(self, *records: Record) -> None:
        """Send the records; raises OSError where the run is gone."""
        share.say(self._file, *records)  # type: ignore[arg-type] # a hand writes neither Header nor Footer

    def close(self) -> None:
        """It is closed elsewhere too."""


def lend(orders: IO[bytes], file: int) -> None:
    """Join the run that the first message describes, and take what it deals until it deals no more."""
    join = share.order(orders.readline())
    assert isinstance(join, share.Join)
    selection = join.header.selection
    before: Sequence[Result] = journal.read(join.resumed).results if join.resumed else ()
    with seated(selection.backends, share=join.workers) as seats:
        bench = Bench.of(seats, Told(file), Silent(), selection.limit, before)
        judges = Judges.of(seats)
        fuzz = Fuzz(bench, judges)
        plan = drawing(join.header.backends) if selection.programs else planned()
        share.say(file, share.Done())
        for line in orders:
            item = share.order(line)
            if isinstance(item, share.Pages):
                for spec in item.specs:
                    pages.run(bench, spec, judges)
                    share.say(file, share.Turned())
                share.say(file, share.Done())
            elif isinstance(item, share.Batch):
                departed: list[share.Departed] = []
                for turn in turns(plan, item.count, selection.seed, item.start):
                    ran = fuzz.ran
                    departed += share.departed(turn.number, fuzz.check(turn.program))
                    share.say(file, share.Turned(fuzz.ran > ran))
                share.say(file, share.Done(tuple(departed)))
        known = judges.known
        share.say(file, share.Left({id: dict(table.met) for id, table in known.items()},
                                   {id: dict(table.happened) for id, table in known.items()}))  # fmt: skip


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Lend a hand; the run learns of its end by the end of what it says, and of an error by its words."""
    signal.signal(signal.SIGTERM, _leave)
    orders, words = worker.pipes()
    try:
        lend(os.fdopen(orders, "rb"), words)
    except KeyboardInterrupt:
        os._exit(0)  # the engines are closed, and nobody listens
    except BrokenPipeError:
        sys.exit("the run is gone")
    except GradspecError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
