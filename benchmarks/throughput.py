"""How many random programs a second one core checks, and where the time goes; what a second process adds; and memory.

    python -m benchmarks throughput
    python benchmarks/throughput.py [BACKEND ...] [--programs N] [--seed S] [--memory N]

Every part is timed alone on the same programs, in CPU seconds, the best of three rounds: the first round compiles and
fills caches. A run on one core costs the sum of its parts; on more, the engines work at the same time. Read the shares:
a busy machine slows all alike. `--memory 50000` is the long form of the first lines, which are about a real run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from gradspec.backends import registry
from gradspec.judge import known
from gradspec.judge.programs import judge_all
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Answers
from gradspec.programs.draw import Plan, planned
from gradspec.programs.model import Program, encode
from gradspec.programs.search import turns
from gradspec.run import driver, journal, wire
from gradspec.run.bench import Silent
from gradspec.run.records import SCHEMA, Begin, Header, Result, Selection
from gradspec.run.supervisor import Worker

T = TypeVar("T")

FLOATS = ("float64", "float32")
MIXES = {
    "values and reverse": planned(modes=("reverse",), classes=("generic",), dtypes=FLOATS, mutation=False),
    "with second order": planned(modes=("reverse", "reverse-reverse"), classes=("generic",), dtypes=FLOATS,
                                 mutation=False),
    "default mix": planned(wrong=True),
}  # fmt: skip
"""What is drawn: the first two at generic points in two dtypes, the last as in a run."""


def main() -> None:
    """Print memory, then a line for each mix and each part, then what two processes come to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backends", nargs="*", default=["refgrad", "torch:cpu", "jax:cpu"])
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--memory", type=int, default=2000)
    asked = parser.parse_args()
    for line in memory(asked.memory):  # first, before this process loads the engines itself
        print(line)
    for name, plan in MIXES.items():
        show(name, parts(plan, asked.backends, asked.programs, asked.seed), asked.programs)
    alone, together = (shards(n, asked.programs) for n in (1, 2))
    print(f"two processes: {2 * alone / together:.2f} times one, by CPU time a program")


def show(name: str, seconds: dict[str, float], count: int) -> None:
    """Programs a second, the driver's share, and each part's."""
    whole = sum(seconds.values())
    own = sum(part for engine, part in seconds.items() if ":" not in engine and engine != "refgrad")
    print(f"{name}: {count / whole:.0f} programs a second on one core, the driver's share {own / whole:.0%}")
    for part, spent in seconds.items():
        print(f"{1e3 * spent / count:9.3f} ms  {spent / whole:6.1%}  {part}")


def parts(plan: Plan, backends: Sequence[str], count: int, seed: int) -> dict[str, float]:
    """The CPU seconds of each part of checking the programs."""
    draws, drawing = timed(lambda: draw(plan, count, seed))
    found = {"drawing": drawing}
    answers: dict[str, list[Answers]] = {}
    tables = {}
    for id in backends:
        engine = registry.load(id)
        answers[id], found[id] = timed(lambda engine=engine: [engine.answer(program) for program in draws])
        tables[id] = known.load(id, engine.versions())
    found["way to the workers and back"] = len(backends) * round_trip(draws)
    rows = [dict(zip(answers, row, strict=True)) for row in zip(*answers.values(), strict=True)]
    _, found["judging"] = timed(
        lambda: [judge_all(program, row, tables) for program, row in zip(draws, rows, strict=True)]
    )
    _, found["journal"] = timed(lambda: write(draws, backends))
    return found


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` gives, and the CPU seconds it takes, at best."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        result = work()
        seconds.append(time.process_time() - began)
    return result, min(seconds)


def draw(plan: Plan, count: int, seed: int) -> list[Program]:
    """The programs that a run with this plan and seed draws."""
    return [turn.program for turn in turns(plan, count, seed)]


def round_trip(draws: Sequence[Program]) -> float:
    """The seconds that the driver spends on sending programs to a worker and on reading what it answers.

    The worker's side of it is the same in mirror image, and counted so.
    """
    with Worker("refgrad") as worker:
        worker.started()
        return 2 * timed(lambda: ask(worker, draws))[1]


def ask(worker: Worker, draws: Sequence[Program]) -> None:
    """Put every program to the worker."""
    for program in draws:
        worker.send(wire.Replay(program, 60.0))
        worker.collect()


def write(draws: Sequence[Program], backends: Sequence[str]) -> None:
    """Write down the programs as a run would whose every verdict is `agrees`."""
    agrees = Judgement(Verdict.AGREES, margin=0.125)
    with tempfile.TemporaryDirectory() as folder:
        log = journal.create(Path(folder), Header(SCHEMA, "", "", Selection(()), ()))
        for program in draws:
            case = f"program:{program.id}"
            log.write(*(Begin(case, id) for id in backends), Begin(case, "", msgspec.Raw(encode(program))))
            log.write(*(Result(case, id, agrees, 0.001) for id in backends))
        log.close()


def shards(count: int, programs: int) -> float:
    """The CPU seconds a shard takes, the mean of `count` that work at the same time."""
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        return sum(pool.map(shard, range(count), [programs] * count)) / count


def shard(seed: int, programs: int) -> float:
    """The CPU seconds that checking the reference against itself takes in this process."""
    engine = registry.load("refgrad")
    draws = draw(MIXES["values and reverse"], programs, 0)
    return timed(lambda: [judge_all(program, {"refgrad": engine.answer(program)}, {}) for program in draws])[1]


class Scales(Silent):
    """A watch that weighs the run's processes at each tenth of its programs."""

    def __init__(self, programs: int) -> None:
        self.every, self.seen = max(1, programs // 10), 0
        self.lines: list[str] = []

    def decided(self, results: Sequence[Result]) -> None:
        """Count a program, and weigh."""
        self.seen += 1
        if self.seen % self.every == 0:
            driver, *workers = (f"{size / 2**20:.0f}" for size in resident())
            self.lines.append(f"memory after {self.seen} programs: driver {driver} MB, workers {', '.join(workers)} MB")


def resident() -> list[int]:
    """The bytes in memory of this process and of those that it started (Linux)."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    pages = os.sysconf("SC_PAGE_SIZE")
    return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * pages for pid in ("self", *children)]


def memory(programs: int) -> list[str]:
    """A line for each tenth of a run of refgrad and torch over so many programs."""
    scales = Scales(programs)
    with tempfile.TemporaryDirectory() as folder:
        driver.run(Selection(("refgrad", "torch:cpu"), programs=programs), [], Path(folder), watch=scales)
    return scales.lines


if __name__ == "__main__":
    main()
