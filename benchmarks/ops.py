"""refgrad beside torch, op by op on 100,000 elements and one core: CPU time of forward, and of forward and backward.

    python -m benchmarks ops [OP ...] [--size N] [--rounds R] [--write docs/op-speed.md]

A Case is one op at shapes of that size, which are those that programs use, each dimension stretched by one factor
until the largest tensor is full; LARGE has those that may not be stretched so. The engines take turns, and the
least of all rounds counts. A Timed is what came; what is slow has a reason in DECISIONS.md, or is told to have none.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import refgrad
from benchmarks._reasons import Why, reasons
from gradspec import catalogue
from gradspec.catalogue.call import function
from gradspec.catalogue.kinks import ELEMENTWISE
from gradspec.catalogue.model import Op, Shape
from gradspec.programs.build import inside
from gradspec.programs.pool import nonempty

SLOW = 3.0
LEAST = 3e-4
"""A round lasts at least so many seconds: shorter work is repeated."""

PICTURE, WINDOWS, VOLUME = (4, 8, 56, 56), (8, 8, 3, 3), (2, 4, 24, 24, 24)
LARGE: dict[str, tuple[Shape, ...]] = {
    "combinations": ((448,),),
    "soft_margin_loss": ((18, 5555),),
    "hinge_embedding_loss": ((18, 5555),),
    "margin_ranking_loss": ((18, 5555), (18, 5555)),
    "cosine_embedding_loss": ((18, 5555), (18, 5555)),
    "linalg.cross": ((33_000, 3), (33_000, 3)),
    "view_as_complex": ((50_000, 2),),
    "grid_sample.bilinear": ((1, 2, 224, 224), (1, 224, 224, 2)),
    "grid_sample.nearest": ((1, 2, 224, 224), (1, 224, 224, 2)),
    "grid_sample.bicubic": ((1, 2, 224, 224), (1, 224, 224, 2)),
    "grid_sample.bilinear3d": ((1, 2, 36, 36, 36), (1, 36, 36, 36, 3)),
    "conv1d": ((8, 8, 1600), (8, 8, 3)),
    "conv1d.same": ((8, 8, 1600), (8, 8, 3)),
    "conv2d": (PICTURE, WINDOWS),
    "conv2d.grouped": (PICTURE, (8, 4, 2, 2)),
    "stft": ((100_000,), (4,)),
    "conv3d": (VOLUME, (4, 4, 3, 3, 3)),
    "conv_transpose1d": ((8, 8, 1600), (8, 8, 3)),
    "conv_transpose2d": (PICTURE, WINDOWS),
    "conv_transpose3d": (VOLUME, (4, 4, 3, 3, 3)),
}
"""The ops whose windows stay small when their pictures grow, and those whose settings grow faster than their result."""


@dataclass(frozen=True)
class Case:
    """An op at large shapes."""

    op: Op
    shapes: tuple[Shape, ...]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Timed:
    """Seconds of (refgrad, torch): forward, and forward with backward (None: no derivative); `lacks` says why none."""

    case: Case
    forward: tuple[float, float] = (0.0, 0.0)
    both: tuple[float, float] | None = None
    lacks: str = ""

    @property
    def ratio(self) -> float:
        """The worse of the two ratios."""
        return max(mine / theirs for mine, theirs in filter(None, (self.forward, self.both)))

    @property
    def slow(self) -> bool:
        """Is it slower than it should be?"""
        return not self.lacks and self.ratio > SLOW


def main() -> None:
    """The table, and the twenty worst."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ops", nargs="*")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    ops = [catalogue.get(name) for name in asked.ops] or [*catalogue.in_order(), *catalogue.values.OPS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [timed(case(op, asked.size), torch, asked.size, asked.rounds) for op in ops]
    why = reasons()
    text = "\n".join([*page(rows, why, asked.size, f"torch {torch.__version__}"), ""])
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    for line in summary(rows, why):
        print(line)


def case(op: Op, size: int) -> Case:
    """The op with its largest tensor of about `size` elements."""
    if op.name in LARGE:
        shapes = LARGE[op.name]
        settings = next(s for s in op.settings(shapes) if op.shape(shapes, s) is not None)
        return Case(op, shapes, arrays_of(settings))
    rank = 1 if op.family in (*ELEMENTWISE, "values") else 2
    ways = sorted(nonempty(op), key=lambda a: abs(max(map(len, a.shapes)) - rank) + (1 in sum(a.shapes, ())))
    best = Case(op, ways[0].shapes, ways[0].settings)
    for way in ways[:4]:
        found = stretched(op, way.shapes, size)
        if found and elements(found) > 2 * elements(best):
            return found
        best = found or best
    return best


def stretched(op: Op, shapes: tuple[Shape, ...], size: int) -> Case | None:
    """Every dimension but those of size 1 times the largest factor that fits."""

    def at(factor: int) -> Case | None:
        larger = tuple(tuple(d if d == 1 else d * factor for d in shape) for shape in shapes)
        if max(map(full, larger)) > size:
            return None
        settings = next((s for s in op.settings(larger) if fits(op, larger, s, size)), None)
        return None if settings is None else Case(op, larger, arrays_of(settings))

    found, factor, step = None, 1, 1 << 16
    while step:
        made = at(factor + step)
        found, factor = (made, factor + step) if made else (found, factor)
        step >>= 1
    return found


def fits(op: Op, shapes: tuple[Shape, ...], settings: Mapping[str, Any], size: int) -> bool:
    """Do the settings suit the shapes, and is the result no larger than asked?"""
    result = op.shape(shapes, settings)
    return result is not None and full(result) <= size


def full(shape: Shape) -> int:
    """How many elements it has."""
    return int(np.prod(shape, dtype=np.int64))


def elements(case: Case) -> int:
    """Those of the largest tensor."""
    return max(map(full, (*case.shapes, case.op.shape(case.shapes, case.settings) or ())))


def arrays_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Many indices as arrays: reading tuples is not what is timed."""
    return {k: np.array(v) if count(v) > 64 else v for k, v in settings.items()}


def count(setting: Any) -> int:
    """How many numbers it is made of."""
    return sum(map(count, setting)) if isinstance(setting, tuple) else 1


def timed(case: Case, torch: Any, size: int, rounds: int) -> Timed:
    """The least CPU time of some rounds, the engines taking turns."""
    if 10 * elements(case) < size:
        return Timed(case, lacks="its shapes cannot be stretched")
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(*inside(s.domain), shape) for s, shape in zip(case.op.slots, case.shapes, strict=True)]
    try:
        pairs = [works(case, engine, arrays) for engine in (refgrad, torch)]
        forward = least([pair[0] for pair in pairs], rounds)
        both = least([pair[1] for pair in pairs], rounds) if all(pair[1] for pair in pairs) else None
    except Exception as error:  # noqa: BLE001 - an op that cannot be stretched is no reason to lose the table
        return Timed(case, lacks=f"{type(error).__name__}: {' '.join(str(error).split())[:120]}")
    return Timed(case, forward, both)


Work = Callable[[], object]


def works(case: Case, engine: Any, arrays: Sequence[np.ndarray]) -> tuple[Work, Work | None]:
    """Forward, and forward with backward, in one engine."""
    call = function(case.op.torch, "torch", defines=case.op.defines)
    leaves = [engine.tensor(a, requires_grad=case.op.orders > 0) for a in arrays]

    def forward() -> Any:
        return call(engine, *leaves, **case.settings)

    made = forward()
    if not made.requires_grad:
        return forward, None
    weights = engine.ones_like(made.detach())
    return forward, lambda: engine.autograd.grad(forward(), leaves, weights, allow_unused=True)


def least(pair: Sequence[Work | None], rounds: int, shortest: float = LEAST) -> tuple[float, float]:
    """Seconds of each work at its best; a round lasts `shortest` seconds at least."""
    best = [float("inf")] * len(pair)
    repeats = [max(1, round(shortest / max(once(work, 1), 1e-7))) for work in pair]
    for _ in range(rounds):
        for n, work in enumerate(pair):
            best[n] = min(best[n], once(work, repeats[n]))
    return best[0], best[1]


def once(work: Any, repeat: int) -> float:
    """CPU seconds of one call, of `repeat`."""
    began = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - began) / repeat


def ranked(rows: Sequence[Timed]) -> list[Timed]:
    """The slowest first."""
    return sorted((row for row in rows if not row.lacks), key=lambda row: -row.ratio)


def too_slow(rows: Sequence[Timed], why: Why) -> str:
    """How many take longer than they should, and how many of them for no reason, in a sentence."""
    forward = sum(row.forward[0] > SLOW * row.forward[1] for row in rows)
    both = [row.both for row in rows if row.both]
    slow = sum(mine > SLOW * theirs for mine, theirs in both)
    lacking = [row.case.op.name for row in rows if row.slow and row.case.op.name not in why]
    return (
        f"More than {SLOW:g} times as long as in torch take {forward} of {len(rows)} ops forwards, and {slow} of"
        f" {len(both)} with their backward; without a reason in DECISIONS.md: {', '.join(lacking) or 'none of them'}."
    )


def summary(rows: Sequence[Timed], why: Why) -> Iterator[str]:
    """How many are too slow, the twenty worst, and all that are slow by their reasons."""
    measured = ranked(rows)
    yield f"{too_slow(measured, why)} The twenty worst:"
    for row in measured[:20]:
        yield "  ".join(cells(row, why)).rstrip()
    by_reason: dict[str, list[str]] = {}
    for row in measured:
        if row.slow:
            by_reason.setdefault(reason(row, why), []).append(f"{row.case.op.name} {row.ratio:.1f}")
    yield from (f"{cause}: {', '.join(ops)}" for cause, ops in by_reason.items())
    yield from (f"not measured: {row.case.op.name}: {row.lacks}" for row in rows if row.lacks)


def reason(row: Timed, why: Why) -> str:
    """Why it is slow, if it is."""
    return why.get(row.case.op.name, "without a reason") if row.slow else ""


def cells(row: Timed, why: Why) -> list[str]:
    """One row of the table: op, shapes, ratios, milliseconds of refgrad and torch, and why it is slow."""
    shapes = " ".join("x".join(map(str, shape)) or "1" for shape in row.case.shapes)
    found = [row.case.op.name, shapes]
    for pair in (row.forward, row.both):
        found += ["", "", ""] if pair is None else [f"{pair[0] / pair[1]:.2f}", *(f"{1e3 * s:.3f}" for s in pair)]
    return [*found, reason(row, why)]


def page(rows: Sequence[Timed], why: Why, size: int, version: str) -> Iterator[str]:
    """The document."""
    measured = ranked(rows)
    yield from ("# How fast each op is", "")
    yield f"<!-- Written by `python -m benchmarks ops --write docs/op-speed.md`, {date.today()}. -->"
    yield ""
    yield (
        f"CPU time of refgrad over that of {version}, {date.today()}, NumPy {np.__version__}: one thread, float64, the"
        f" largest tensor of about {size:,} elements, the least of several rounds in which the engines take turns."
        f" {too_slow(measured, why)} [DECISIONS.md](../DECISIONS.md#slower-than-torch) says more of each reason. A busy"
        " machine moves a ratio by some tenths."
    )
    for title, chosen in (("The twenty worst", measured[:20]), ("Every op", [row for row in rows if not row.lacks])):
        yield from ("", f"## {title}", "")
        yield "| op | shapes | forward | refgrad ms | torch ms | with backward | refgrad ms | torch ms | why |"
        yield f"| --- | --- |{' ---: |' * 6} --- |"
        yield from (f"| {' | '.join(cells(row, why))} |" for row in chosen)
    if lacking := [row for row in rows if row.lacks]:
        yield from ("", "## Not measured", "")
        yield from (f"- {row.case.op.name}: {row.lacks}" for row in lacking)


if __name__ == "__main__":
    main()
