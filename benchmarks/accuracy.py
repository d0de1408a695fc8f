"""How many units in the last place each op loses, value and gradient, beside torch and jax, against ball arithmetic.

    python -m benchmarks accuracy [OP ...] [--points N] [--write docs/accuracy.md]

A Row is one op in one dtype; a Loss the worst of one engine there. ABOUT says what is measured and how.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb, ctx

from gradspec import catalogue
from gradspec.backends import registry
from gradspec.backends.protocol import Backend
from gradspec.catalogue.kinks import ELEMENTWISE
from gradspec.catalogue.model import Interval, Op
from gradspec.judge.oracle import Certificate, certify
from gradspec.judge.oracle.balls import Balls, balls
from gradspec.judge.oracle.differences import central
from gradspec.judge.oracle.forward import RULES
from gradspec.judge.oracle.verdict import verdict
from gradspec.outcome import Answers
from gradspec.programs import values
from gradspec.programs.model import Input, Program, Question, Step
from gradspec.programs.pool import nonempty
from gradspec.programs.single import smallest, smooth

ABOUT = """\
An op on single elements is called once on a vector of points: all over its domain, in its tails, near zero and near
whole and half numbers, where most kinks are. Its truth is Arb's value and a difference quotient at 300 bits or more.
A loss is counted element by element, in units of that element: so it says how many digits are left in the tails too,
where everybody may lose all of them ("all"): where a derivative is read from the result, as tanh's and sigmoid's are in
torch and so in refgrad, nothing is left of it once the result has reached its limit. Any other op is a few random
draws, certified by gradspec's oracle, in units of the tensor's largest number. Points whose truth is no normal number
are left out."""

LEFT = """\
What stands here is left so: SciPy's erfc before its tail, where a second formula would cost more than three units are
worth; a loss whose targets have any sign (multilabel_soft_margin_loss), so that its sum crosses zero; and draws of
factorisations, which lose by their condition."""

BITS = (300, 3000)
STEP = 2.0**-100
BACKENDS = ("refgrad", "torch:cpu", "jax:cpu")
WORSE = 2.0
"""By so many units refgrad may lose more than torch without being named."""
DRAWS = 3
SECONDS = 3.0
"""What the oracle may take for one draw."""
REVERSE = (Question("reverse"),)


@dataclass(frozen=True)
class Loss:
    """The worst of one tensor of one engine: units in the last place, and at which arguments."""

    ulps: float
    at: str = ""


@dataclass(frozen=True)
class Row:
    """One op in one dtype: by engine the loss of the value and of the gradient; `lacks` says why there is none."""

    op: Op
    dtype: str
    value: Mapping[str, Loss]
    gradient: Mapping[str, Loss]
    lacks: str = ""


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ops", nargs="*")
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    engines = {id: registry.load(id) for id in BACKENDS}
    ops = [catalogue.get(name) for name in asked.ops] or [*catalogue.in_order(), *catalogue.values.OPS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [row for op in ops for row in measured(op, engines, asked.points)]
    versions = [f"{e.name} {e.versions().get(e.name, '')}".strip() for e in engines.values()]
    text = "\n".join([*page(rows, versions), ""])
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
        print(asked.write)
    else:
        print(text)


def measured(op: Op, engines: Mapping[str, Backend], count: int) -> Iterator[Row]:
    """The op's rows: two dtypes where it works element by element."""
    if op.name not in RULES:
        yield Row(op, "float64", {}, {}, "the oracle has no meaning for it")
    elif op.family in (*ELEMENTWISE, "values") and lies_apart(op):
        for dtype in ("float64", "float32"):
            yield by_element(op, engines, dtype, count)
    else:
        yield by_draws(op, engines)


def lies_apart(op: Op) -> bool:
    """Is the op's value on three elements what it is on each alone?"""
    application = next((a for a in nonempty(op) if set(a.shapes) == {(3,)}), None)
    if application is None or application.result != (3,):
        return False
    inputs = [balls(x) for x in values.inputs(smooth(application))]
    rule = RULES[op.name]
    with ctx.workprec(BITS[0]):
        whole = rule(*inputs, **application.settings)
        parts = [rule(*(x[n : n + 1] for x in inputs), **application.settings) for n in range(3)]
    return all(whole[n].overlaps(parts[n][0]) for n in range(3))


# Ops on single elements.


def by_element(op: Op, engines: Mapping[str, Backend], dtype: str, count: int) -> Row:
    """One call on a vector of points."""
    arrays = points(op, dtype, count)
    settings = op.settings([x.shape for x in arrays])[0]
    program = vector(op, arrays, dtype, settings)
    weights = values.cotangents(program, REVERSE[0])[0] if program.questions else None
    exact = truths(op, arrays, weights, settings, dtype)
    value, gradient = {}, {}
    for id, engine in engines.items():
        answers = answered(engine, program)
        if answers is None:
            continue
        tensors = [answers.values[0], *(answers.questions[0] if answers.questions else ())]
        losses = [lost(t.numpy(), e, arrays, dtype) for t, e in zip(tensors, exact, strict=False) if t is not None]
        value[id] = losses[0]
        if len(losses) > 1:
            gradient[id] = max(losses[1:], key=lambda loss: loss.ulps)
    return Row(op, dtype, value, gradient)


def points(op: Op, dtype: str, count: int) -> list[np.ndarray]:
    """For each slot a vector: half of it anywhere near, a third of any size, the rest beside whole and half numbers."""
    rng = np.random.default_rng(0)
    return [rng.permutation(spread(slot.domain, rng, count)).astype(dtype) for slot in op.slots]


def spread(domain: Interval, rng: np.random.Generator, count: int) -> np.ndarray:
    """Points inside `domain`, all exact in single precision."""
    low, high = domain
    near = rng.uniform(max(low, min(-8.0, high - 16)), min(high, max(8.0, low + 16)), count // 2)
    sizes = np.exp2(rng.uniform(-40, 9, count // 3)) * rng.choice([-1.0, 1.0], count // 3)
    tails = [sizes] + [end + abs(sizes) * sign for end, sign in ((low, 1), (high, -1)) if math.isfinite(end)]
    beside = rng.integers(-14, 15, count - count // 2 - count // 3) / 2 + rng.choice([-1.0, 1.0]) * 2.0**-9
    found = np.concatenate([near, rng.choice(np.concatenate(tails), count // 3), beside]).astype(np.float32)
    inside = found[(found > low) & (found < high)]
    return np.resize(inside, count).astype(np.float64)


def vector(op: Op, arrays: Sequence[np.ndarray], dtype: str, settings: Mapping[str, Any]) -> Program:
    """The op on these very numbers."""
    shape = arrays[0].shape
    inputs = tuple(Input(shape, dtype, exact=values.hexed(x)) for x in arrays)
    step = Step(op.name, tuple(range(len(inputs))), dict(settings), shape, dtype)
    return Program(inputs, (step,), (len(inputs),), REVERSE if op.orders else ())


def truths(
    op: Op, arrays: Sequence[np.ndarray], weights: np.ndarray | None, settings: Mapping[str, Any], dtype: str
) -> list[np.ndarray]:
    """The value, and the weighed derivative by each argument; more bits for the elements that need them."""
    found = [np.full(len(arrays[0]), math.nan) for _ in range(1 if weights is None else 1 + len(arrays))]
    left = np.arange(len(arrays[0]))
    for bits in BITS:
        with ctx.workprec(bits):
            inputs = [balls(x[left].astype(np.float64)) for x in arrays]
            made = [balls(RULES[op.name](*inputs, **settings))]
            if weights is not None:
                made += [
                    balls(weights[left].astype(np.float64)) * slope(RULES[op.name], inputs, n, settings)
                    for n in range(len(arrays))
                ]
            for row, told in zip(found, made, strict=True):
                row[left] = [nearest(x, dtype) for x in told]
            sure = np.all([[certain(x) for x in told] for told in made], axis=0)
        left = left[~sure]
        if not left.size:
            break
    return found


def slope(rule: Callable[..., Balls], inputs: Sequence[Balls], n: int, settings: Mapping[str, Any]) -> Balls:
    """The derivative by the n-th argument, of every element."""

    def along(s: arb) -> Balls:
        return balls(rule(*(x + s * (abs(x) if k == n else 0) for k, x in enumerate(inputs)), **settings))

    return central(along, arb(STEP)) / np.abs(inputs[n])


def certain(x: arb) -> bool:
    """Is it known to more digits than a double has, or beyond all numbers?"""
    return x.is_exact() or not x.is_finite() or x.rel_accuracy_bits() >= 64


def nearest(x: arb, dtype: str) -> float:
    """The truth as a double; nan where it is not known, or is no normal number of `dtype`."""
    if not x.is_finite() or not certain(x):
        return math.nan
    size = abs(float(x))
    limits = np.finfo(dtype)
    return float(x) if size == 0 or limits.tiny <= size <= limits.max else math.nan


def lost(got: np.ndarray, exact: np.ndarray | Sequence[float], arrays: Sequence[np.ndarray], dtype: str) -> Loss:
    """The worst element. What is neither finite nor right is off by all its digits."""
    truth = np.asarray(exact)
    known = ~np.isnan(truth)
    unit = np.spacing(np.maximum(np.abs(truth), np.finfo(dtype).tiny).astype(dtype)).astype(np.float64)
    with np.errstate(all="ignore"):
        ulps = np.where(known, np.abs(got.astype(np.float64) - truth) / unit, 0.0)
    ulps = np.where(known & ~np.isfinite(ulps), math.inf, ulps)
    worst = int(np.argmax(ulps))
    return Loss(float(ulps[worst]), ", ".join(repr(float(x[worst])) for x in arrays))


# All other ops.


def by_draws(op: Op, engines: Mapping[str, Backend]) -> Row:
    """A few draws, certified."""
    value: dict[str, Loss] = {}
    gradient: dict[str, Loss] = {}
    said = ""
    for draw in range(DRAWS):
        program = smooth(smallest(op), REVERSE if op.orders else (), seed=100 * draw)
        certificate = certify(program, seconds=SECONDS)
        if not isinstance(certificate, Certificate):
            said = certificate.reason
            break
        answers = {id: found for id, engine in engines.items() if (found := answered(engine, program))}
        for id, departures in verdict(certificate, answers).items():
            for (question, _), departure in departures.items():
                kept = value if question < 0 else gradient
                kept[id] = max(kept.get(id, Loss(0.0)), Loss(departure.ulps, f"draw {draw}"), key=lambda x: x.ulps)
    return Row(op, "float64", value, gradient, said)


def answered(engine: Backend, program: Program) -> Answers | None:
    """The engine's answers; None where it lacks the op or refuses."""
    answers = engine.answer(program)
    return None if answers.missing or answers.refused.get(-1) else answers


# What is written.


def page(rows: Sequence[Row], versions: Sequence[str]) -> Iterator[str]:
    """The document."""
    yield "# How accurate each op is"
    yield ""
    yield f"<!-- Written by `python -m benchmarks accuracy --write docs/accuracy.md`, {date.today()}. -->"
    yield ""
    yield f"The worst loss of value and gradient in units in the last place: {', '.join(versions)}. {ABOUT}"
    yield ""
    known = [row for row in rows if row.value]
    yield summary(known)
    yield ""
    behind = list(worse(known, "refgrad", "torch:cpu"))
    yield f"## Where refgrad loses more than torch, by over {WORSE:g} units"
    yield ""
    yield from (LEFT, "") if behind else ()
    yield from listed(behind)
    yield ""
    for id in BACKENDS:
        yield f"## The ten worst of {id}"
        yield ""
        yield from listed(sorted(losses(known, id), key=lambda each: -each[3].ulps)[:10])
        yield ""
    yield "## Every op"
    yield ""
    yield f"| op | dtype | {' | '.join(f'{id} value | gradient' for id in BACKENDS)} |"
    yield f"| --- | --- |{' ---: | ---: |' * len(BACKENDS)}"
    for row in known:
        cells = [f"{told(row.value.get(id), row)} | {told(row.gradient.get(id), row)}" for id in BACKENDS]
        yield f"| {row.op.name} | {row.dtype} | {' | '.join(cells)} |"
    yield ""
    yield "## Not measured"
    yield ""
    for row in rows:
        if not row.value:
            yield f"- {row.op.name}: {row.lacks or 'no engine answers'}"


Listed = tuple[Row, str, str, Loss]


def losses(rows: Iterable[Row], id: str) -> Iterator[Listed]:
    """(row, engine, what, loss) of every loss of one engine."""
    for row in rows:
        for what, found in (("value", row.value), ("gradient", row.gradient)):
            if id in found:
                yield row, id, what, found[id]


def worse(rows: Iterable[Row], id: str, than: str) -> Iterator[Listed]:
    """Where one engine loses more than another does."""
    for row, _, what, loss in losses(rows, id):
        theirs = (row.value if what == "value" else row.gradient).get(than)
        if theirs and loss.ulps > theirs.ulps + WORSE:
            yield row, id, what, loss


def summary(rows: Sequence[Row]) -> str:
    """In how many rows who loses more than whom."""
    first, *others = BACKENDS
    told_all = []
    for other in others:
        ours, theirs = (len({id(row) for row, *_ in worse(rows, *pair)}) for pair in ((first, other), (other, first)))
        told_all.append(f"more than {other} in {ours} (less in {theirs})")
    return f"**Of {len(rows)} rows {first} loses, by over {WORSE:g} units, {', '.join(told_all)}.**"


def listed(found: Iterable[Listed]) -> Iterator[str]:
    """A table of losses, engines side by side."""
    yield f"| op | dtype | of the | {' | '.join(BACKENDS)} | at |"
    yield f"| --- | --- | --- |{' ---: |' * len(BACKENDS)} --- |"
    for row, _, what, loss in found:
        side = row.value if what == "value" else row.gradient
        told_all = " | ".join(told(side.get(id), row) for id in BACKENDS)
        yield f"| {row.op.name} | {row.dtype} | {what} | {told_all} | {loss.at} |"


def told(loss: Loss | None, row: Row) -> str:
    """A loss in few digits."""
    if loss is None:
        return ""
    if loss.ulps >= 1 / np.finfo(row.dtype).eps:
        return "all"
    return f"{loss.ulps:.1f}" if loss.ulps < 1e4 else f"{loss.ulps:.1e}"


if __name__ == "__main__":
    main()
