"""How many random programs a second one core checks, and where the time goes; what a second process adds; and memory.

    python -m benchmarks throughput
    python benchmarks/throughput.py [BACKEND ...] [--programs N] [--seed S] [--memory N] [--over BACKEND ...]

Every part is timed alone on the same programs, in CPU seconds, the best of three rounds: the first round compiles and
fills caches. A run on one core costs the sum of its parts; on more, the engines work at the same time. Read the shares:
a busy machine slows all alike. The first lines weigh a real run; `--memory 50000 --over refgrad` is their long form.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
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
    parser.add_argument("--over", nargs="+", default=["refgrad", "torch:cpu"])
    asked = parser.parse_args()
    memory(asked.memory, asked.over)  # first, before this process loads the engines itself
    print(sharing(4 * asked.programs))
    for name, plan in MIXES.items():
        show(name, parts(plan, asked.backends, asked.programs, asked.seed), asked.programs)


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


def sharing(programs: int) -> str:
    """What a second worker brings to a run of refgrad: in seconds, and in CPU seconds, which count on a busy machine.

    Both are what three times as many programs cost more, so that the start of the engines is left out.
    """
    (alone, cpu), (together, cpus) = (
        [
            (long - short) / (2 * programs)
            for short, long in zip(spent(n, programs), spent(n, 3 * programs), strict=True)
        ]
        for n in (1, 2)
    )
    return (
        f"two workers: {alone / together:.2f} times one, and {2 * cpu / cpus:.2f} times by CPU time a program"
        f" ({1e3 * cpu:.2f} ms with one, {1e3 * cpus:.2f} ms with two)"
    )


def spent(workers: int, programs: int) -> tuple[float, float]:
    """The seconds that a run takes for its programs, and the CPU seconds that it takes, its processes included."""
    before = sum(os.times()[:4])
    with tempfile.TemporaryDirectory() as folder:
        done = driver.run(Selection(("refgrad",), programs=programs), [], Path(folder), workers=workers)
    assert done.footer is not None
    return done.footer.programs_seconds, sum(os.times()[:4]) - before


class Scales(Silent):
    """A watch that weighs the run's processes at each tenth of its programs."""

    def __init__(self, programs: int) -> None:
        self.every, self.seen = max(1, programs // 10), 0

    def decided(self, results: Sequence[Result]) -> None:
        """Count a program, and weigh."""
        self.seen += 1
        if self.seen % self.every == 0:
            driver, *workers = (f"{size / 2**20:.0f}" for size in resident())
            print(f"memory after {self.seen} programs: driver {driver} MB, workers {', '.join(workers)} MB", flush=True)


def resident() -> list[int]:
    """The bytes in memory of this process and of those that it started (Linux)."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    pages = os.sysconf("SC_PAGE_SIZE")
    return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * pages for pid in ("self", *children)]


def memory(programs: int, backends: Sequence[str]) -> None:
    """Print a line for each tenth of a run over so many programs, and one for the file read back for its report."""
    with tempfile.TemporaryDirectory() as folder:
        done = driver.run(Selection(tuple(backends), programs=programs), [], Path(folder), watch=Scales(programs))
        print(f"memory with the run file read back: {resident()[0] / 2**20:.0f} MB, {len(done.results)} results")


if __name__ == "__main__":
    main()
