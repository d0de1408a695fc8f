"""How many random programs a second one core checks, and where the time goes.

    python benchmarks/throughput.py [BACKEND ...] [--programs N] [--seed S]

Every part is timed alone on the same programs, the best of three rounds: drawing, each engine's
answers, the way to its worker and back, judging, and the journal. A run on one core costs their sum;
on more, the engines work at the same time. Read the shares: a busy machine slows all alike.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from gradspec.backends import registry
from gradspec.judge.programs import judge_all
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Answers
from gradspec.programs.draw import programs
from gradspec.programs.model import Program, encode
from gradspec.programs.search import batch_seed, batches, drawn
from gradspec.run import journal, wire
from gradspec.run.records import SCHEMA, Begin, Header, Result, Selection
from gradspec.run.supervisor import Worker

T = TypeVar("T")


def main() -> None:
    """Print one line a part: milliseconds a program, and its share of the whole."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backends", nargs="*", default=["refgrad", "torch:cpu", "jax:cpu"])
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()

    draws, seconds = timed(lambda: draw(asked.programs, asked.seed))
    parts = {"drawing": seconds}
    answers: dict[str, list[Answers]] = {}
    for id in asked.backends:
        engine = registry.load(id)
        answers[id], parts[id] = timed(lambda engine=engine: [engine.answer(program) for program in draws])
        parts[f"{id}, way to a worker and back"] = round_trip(id, draws)
    table = [dict(zip(answers, row, strict=True)) for row in zip(*answers.values(), strict=True)]
    _, parts["judging"] = timed(
        lambda: [judge_all(program, row, {}) for program, row in zip(draws, table, strict=True)]
    )
    _, parts["journal"] = timed(lambda: write(draws, asked.backends))

    whole = sum(parts.values())
    steps = sum(len(program.steps) for program in draws) / len(draws)
    print(f"{len(draws)} programs of {steps:.1f} steps: {len(draws) / whole:.0f} a second on one core")
    for name, seconds in parts.items():
        print(f"{1e3 * seconds / len(draws):9.3f} ms  {seconds / whole:6.1%}  {name}")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` gives, and the seconds it takes, at best: the first round compiles and fills caches."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - began)
    return result, min(seconds)


def draw(count: int, seed: int) -> list[Program]:
    """The programs that a run with this seed draws."""
    return [program for batch, size in batches(count) for program in drawn(programs(), size, batch_seed(seed, batch))]


def round_trip(id: str, draws: Sequence[Program]) -> float:
    """The seconds that a worker's answers take beyond those that it computes for."""
    with Worker(id) as worker:
        worker.started()
        inside, seconds = timed(lambda: ask(worker, draws))
        return max(seconds - inside, 0.0)


def ask(worker: Worker, draws: Sequence[Program]) -> float:
    """Put every program to the worker; the seconds that it computed."""
    seconds = 0.0
    for program in draws:
        worker.send(wire.Replay(program, 60.0))
        seconds += worker.collect().seconds
    return seconds


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


if __name__ == "__main__":
    main()
