"""How fast programs are drawn, how many of them run, and how evenly the ops are spread.

    python benchmarks/drawing.py [count] [seed]

With torch installed every program is put to it; without it validity is not measured.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections import Counter
from statistics import median

from gradspec import catalogue
from gradspec.backends import registry
from gradspec.programs import Program
from gradspec.programs.draw import planned
from gradspec.programs.search import turns


def main(count: int = 2000, seed: int = 0) -> None:
    plan = planned()
    list(turns(plan, 50, seed))  # the tables of applications are made once
    start = time.perf_counter()
    made = [turn.program for turn in turns(plan, count, seed)]
    seconds = time.perf_counter() - start
    print(
        f"drawn     {count} programs in {seconds:.2f} s: {1000 * seconds / count:.2f} ms each, {count / seconds:.0f}/s"
    )
    print(f"distinct  {len({p.id for p in made}) / count:.1%}")
    if importlib.util.find_spec("torch"):
        print(f"run       {validity(made):.2%} of them in torch")
    describe(made)


def validity(made: list[Program]) -> float:
    """The share of the programs that torch runs."""
    engine = registry.load("torch:cpu")
    return sum(-1 not in engine.answer(program).refused for program in made) / len(made)


def describe(made: list[Program]) -> None:
    """What the programs are made of."""
    steps = Counter(step.op for program in made for step in program.steps)
    shapes = Counter(step.shape for program in made for step in program.steps)
    kinds = {
        (step.op, str(step.settings), step.dtype, *map(program.meta, step.args))
        for program in made
        for step in program.steps
    }
    total = steps.total()
    print(f"steps     {total / len(made):.1f} a program, median {median(len(p.steps) for p in made)}")
    print(f"ops       {len(steps)} of {len(catalogue.ops())}; most: {share(steps, total, 6)}")
    print(f"never     {', '.join(sorted(set(catalogue.ops()) - set(steps))) or 'none'}")
    print(f"shapes    {len(shapes)}; most: {share(shapes, total, 6)}")
    print(f"to build  {len(kinds)} different (op, settings, dtype, shapes) for an engine that compiles each")
    modes = Counter(question.mode for program in made for question in program.questions)
    print(f"questions {share(modes, len(made), 3)} of the programs")


def share(counter: Counter, total: int, count: int) -> str:
    """The most frequent, in percent."""
    return ", ".join(f"{name} {number / total:.1%}" for name, number in counter.most_common(count))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
