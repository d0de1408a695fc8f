"""How fast programs are drawn, how many of them run, and how evenly the ops are spread.

    python benchmarks/drawing.py [count] [seed]

With torch installed every program is run once, forward only; without it validity is not measured.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections import Counter
from collections.abc import Callable
from statistics import median

from gradspec import catalogue
from gradspec.catalogue.call import function
from gradspec.programs import Program, programs, values
from gradspec.programs.search import batch_seed, batches, drawn


def main(count: int = 2000, seed: int = 0) -> None:
    drawn(programs(), 50, seed)  # the tables of applications are made once
    start = time.perf_counter()
    made = [p for batch, size in batches(count) for p in drawn(programs(), size, batch_seed(seed, batch))]
    seconds = time.perf_counter() - start
    print(
        f"drawn     {count} programs in {seconds:.2f} s: {1000 * seconds / count:.2f} ms each, {count / seconds:.0f}/s"
    )
    print(f"distinct  {len({p.id for p in made}) / count:.1%}")
    if importlib.util.find_spec("torch"):
        print(f"run       {validity(made):.2%} of them in torch")
    describe(made)


def validity(made: list[Program]) -> float:
    """The share of the programs that run in torch and whose values are all finite."""
    import torch

    return sum(map(runner(torch), made)) / len(made)


def runner(torch: object) -> Callable[[Program], bool]:
    """A function that runs a program and tells whether it came through."""

    def runs(program: Program) -> bool:
        try:
            tensors = [torch.tensor(array) for array in values.inputs(program)]
            for step in program.steps:
                call = function(catalogue.get(step.op).torch, "torch")
                tensors.append(call(torch, *(tensors[n] for n in step.args), **step.settings))
        except Exception as error:  # noqa: BLE001 - whatever torch raises makes the program invalid
            print(f"          {program.id}: {error}")
            return False
        return all(bool(tensor.isfinite().all()) for tensor in tensors)

    return runs


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
