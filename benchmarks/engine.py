"""refgrad beside torch, HIPS autograd, mygrad and hand-written NumPy: CPU time, one thread, as ratios.

A Case is one piece of work, written once per engine. All engines of a case take turns for a number
of rounds, and the median of each is what counts: the machine's noise then falls on all alike.
"""

from __future__ import annotations

import gc
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from ._chart import chart

Work = Callable[[], object]
ROUNDS = 9
PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "speed.svg"
LENGTH = 1000


def engine(name: str):
    """The engine's module, or None where it is not installed."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        return None
    if name == "torch":
        module.set_num_threads(1)
    return module


def training(n: int = 64, wide: int = 1000, hidden: int = 100, out: int = 10) -> Iterator[tuple[str, Work]]:
    """One step of the two-layer net with a ReLU: forward, backward, update."""
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(s).astype(np.float32) for s in ((n, wide), (n, out)))
    first, second = (rng.standard_normal(s).astype(np.float32) for s in ((wide, hidden), (hidden, out)))

    def by_hand():
        w1, w2 = first.copy(), second.copy()

        def step():
            h = x @ w1
            r = np.maximum(h, 0)
            p = r @ w2
            d = p - y
            np.square(d).sum()
            gp = 2.0 * d
            gw2 = r.T @ gp
            gr = gp @ w2.T
            gr[h < 0] = 0
            gw1 = x.T @ gr
            w1[...] -= 1e-6 * gw1
            w2[...] -= 1e-6 * gw2

        return step

    def taped(m):
        tx, ty = m.tensor(x), m.tensor(y)
        w1, w2 = m.tensor(first, requires_grad=True), m.tensor(second, requires_grad=True)

        def step():
            loss = (tx.mm(w1).clamp(min=0).mm(w2) - ty).pow(2).sum()
            loss.backward()
            with m.no_grad():
                w1.sub_(w1.grad * 1e-6)
                w2.sub_(w2.grad * 1e-6)
                w1.grad.zero_()
                w2.grad.zero_()

        return step

    def hips(autograd):
        anp = importlib.import_module("autograd.numpy")
        weights = [first.copy(), second.copy()]
        gradient = autograd.grad(lambda w: anp.sum((anp.dot(anp.maximum(anp.dot(x, w[0]), 0), w[1]) - y) ** 2))

        def step():
            for w, g in zip(weights, gradient(weights), strict=True):
                w -= 1e-6 * g

        return step

    def mygrad(mg):
        weights = [mg.tensor(first.copy()), mg.tensor(second.copy())]

        def step():
            loss = ((mg.matmul(mg.maximum(mg.matmul(x, weights[0]), 0), weights[1]) - y) ** 2).sum()
            loss.backward()
            for w in weights:
                w.data -= 1e-6 * w.grad

        return step

    yield from engines(by_hand, taped, hips, mygrad)


def chain(length: int = LENGTH, backward: bool = True) -> Iterator[tuple[str, Work]]:
    """`length` ops, one after the other, on 16 elements: what an engine costs per op."""
    start = np.linspace(0.1, 1.0, 16, dtype=np.float32)
    half = length // 2

    def by_hand():
        def run():
            y, seen = start, []
            for _ in range(half):
                y = y * 1.0001
                seen.append(y)
                y = np.sin(y)
            y.sum()
            if backward:
                g = np.ones_like(y)
                for x in reversed(seen):
                    g = g * np.cos(x)
                    g = g * 1.0001

        return run

    def taped(m):
        x = m.tensor(start, requires_grad=True)

        def forward():
            y = x
            for _ in range(half):
                y = m.sin(y * 1.0001)
            return y.sum()

        def without():
            with m.no_grad():
                forward()

        return (lambda: forward().backward()) if backward else without

    def hips(autograd):
        anp = importlib.import_module("autograd.numpy")

        def forward(y):
            for _ in range(half):
                y = anp.sin(y * 1.0001)
            return anp.sum(y)

        gradient = autograd.grad(forward)
        return (lambda: gradient(start)) if backward else (lambda: forward(start))

    def mygrad(mg):
        def run():
            y = mg.tensor(start)
            for _ in range(half):
                y = mg.sin(y * 1.0001)
            y.sum().backward()

        return run

    yield from engines(by_hand, taped, hips, mygrad if backward else None)


def large(size: int = 10**6, length: int = 20) -> Iterator[tuple[str, Work]]:
    """`length` ops on a million elements: memory traffic."""
    start = np.linspace(0.1, 1.0, size, dtype=np.float32)

    def by_hand():
        def run():
            y, seen = start, []
            for _ in range(length // 2):
                y = y * 1.0001
                seen.append(y)
                y = np.sin(y)
            y.sum()
            g = np.ones_like(y)
            for x in reversed(seen):
                g = g * np.cos(x)
                g = g * 1.0001

        return run

    def taped(m):
        x = m.tensor(start, requires_grad=True)

        def run():
            y = x
            for _ in range(length // 2):
                y = m.sin(y * 1.0001)
            y.sum().backward()
            x.grad = None

        return run

    yield from engines(by_hand, taped, None, None)


def second_order() -> Iterator[tuple[str, Work]]:
    """The chain's gradient differentiated again, beside its first order."""
    for name in ("refgrad", "torch"):
        m = engine(name)
        if m is None:
            continue
        x = m.tensor(np.linspace(0.1, 1.0, 16, dtype=np.float32), requires_grad=True)

        def value(x=x, m=m):
            y = x
            for _ in range(LENGTH // 2):
                y = m.sin(y * 1.0001)
            return y.sum()

        def twice(x=x, m=m, value=value):
            (g,) = m.autograd.grad(value(), x, create_graph=True)
            return m.autograd.grad(g.sum(), x)

        yield f"{name}, first order", lambda value=value, m=m, x=x: m.autograd.grad(value(), x)
        yield f"{name}, second order", twice


def engines(by_hand, taped, hips, mygrad) -> Iterator[tuple[str, Work]]:
    """(name, work) of every engine that is installed and has a version of the case."""
    yield "NumPy by hand", by_hand()
    for name in ("refgrad", "torch"):
        if (m := engine(name)) is not None:
            yield name, taped(m)
    if hips and (m := engine("autograd")) is not None:
        yield "HIPS autograd", hips(m)
    if mygrad and (m := engine("mygrad")) is not None:
        yield "mygrad", mygrad(m)


def measure(works: list[tuple[str, Work]], repeat: int = 1, rounds: int = ROUNDS) -> dict[str, float]:
    """Median CPU seconds of each work, the works taking turns."""
    times: dict[str, list[float]] = {name: [] for name, _ in works}
    for _, work in works:
        work()
    for _ in range(rounds):
        for name, work in works:
            gc.collect()
            start = time.process_time()
            for _ in range(repeat):
                work()
            times[name].append((time.process_time() - start) / repeat)
    return {name: statistics.median(each) for name, each in times.items()}


def show(title: str, seconds: dict[str, float], per: int = 1) -> None:
    """A table: time, ratio to the first row, ratio of refgrad to each."""
    print(f"\n{title}")
    base = next(iter(seconds.values()))
    own = seconds.get("refgrad")
    for name, each in seconds.items():
        beside = f"   refgrad is {own / each:5.2f} of it" if own and name != "refgrad" else ""
        print(f"  {name:<24}{each * 1e6 / per:12.2f} us  x {each / base:6.2f}{beside}")


def depth() -> None:
    """Cost per op of longer and longer chains, collector on, as a table and a picture; and a million ops."""
    print("\nCost per op of a chain of n multiplications on 16 elements, forward and backward, in us (collector on)")
    lines: dict[str, list[tuple[float, float]]] = {}
    for n, rounds in ((10**3, 30), (10**4, 7), (10**5, 3), (10**6, 1)):
        works = [(name, work) for name, work in multiplications(n) if n < 10**6 or name == "refgrad"]
        for name, seconds in measure(works, rounds=rounds).items():
            lines.setdefault(name, []).append((n, seconds / n * 1e6))
    for name, line in lines.items():
        print(f"  {name:<16}" + "".join(f"{cost:10.2f}" for _, cost in line))
    PICTURE.write_text(chart("CPU time per op, forward and backward, in microseconds", lines, "length of the chain"))


def multiplications(n: int) -> Iterator[tuple[str, Work]]:
    """A chain of n multiplications by 1."""

    def by_hand():
        def run():
            y = np.ones(16, np.float32)
            for _ in range(n):
                y = y * 1.0
            g = np.ones_like(y)
            for _ in range(n):
                g = g * 1.0

        return run

    def taped(m):
        x = m.ones(16, requires_grad=True)

        def run():
            y = x
            for _ in range(n):
                y = y * 1.0
            y.sum().backward()

        return run

    def hips(autograd):
        anp = importlib.import_module("autograd.numpy")

        def value(y):
            for _ in range(n):
                y = y * 1.0
            return anp.sum(y)

        gradient = autograd.grad(value)
        return lambda: gradient(np.ones(16, np.float32))

    yield from engines(by_hand, taped, hips, None)


def memory() -> None:
    """The most that NumPy arrays take at one time in (c); torch's memory is not NumPy's, and is not seen."""
    print("\n(c) peak of the arrays' memory")
    peaks = {}
    for name, work in large():
        if name != "torch":
            work()
            tracemalloc.start()
            work()
            peaks[name] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    for name, peak in peaks.items():
        print(f"  {name:<24}{peak / 1e6:12.1f} MB  x {peak / peaks['NumPy by hand']:6.2f}")


def imports() -> None:
    """What `import refgrad` costs beyond NumPy, once its bytecode lies in the cache, in CPU time."""
    code = "import time, numpy; t = time.process_time(); import refgrad; print(time.process_time() - t)"
    with tempfile.TemporaryDirectory() as cache:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
            "PYTHONPYCACHEPREFIX": cache
        }
        command = [sys.executable, "-c", code]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True, env=environment) for _ in range(6)]
    print(f"\nimport refgrad, beyond NumPy: {statistics.median(float(run.stdout) for run in runs[1:]):.3f} s")


def main() -> None:
    """All cases."""
    show("(a) one step of the two-layer net", measure(list(training()), 20))
    show("(b) chain of 1000 ops on 16 elements, per op", measure(list(chain())), LENGTH)
    show("(b) the same under no_grad, per op", measure(list(chain(backward=False))), LENGTH)
    show("(c) 20 ops on 1e6 elements", measure(list(large())))
    memory()
    show("double backward on (b), per op", measure(list(second_order())), LENGTH)
    depth()
    imports()


if __name__ == "__main__":
    main()
