"""Trace a departing program to its cause: the op that departs alone, on the numbers that reach it, and how far.

A Cause is what one departing program comes down to. Known divergences are no causes: they have been traced before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from gradspec.backends.refgrad import Refgrad
from gradspec.judge import known
from gradspec.judge import shadow as shadows
from gradspec.judge.oracle.verdict import departure
from gradspec.judge.programs import judge_all
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Answers
from gradspec.programs import values
from gradspec.programs.edit import cut, exactly
from gradspec.programs.functionalise import functionalise
from gradspec.programs.model import Input, Program, decode
from gradspec.run import wire
from gradspec.run.bench import unanswered
from gradspec.run.proof import proof
from gradspec.run.records import Result
from gradspec.run.seats import seated
from gradspec.run.supervisor import Seat

REFERENCE = "refgrad"
LIMIT = 10.0
SEEDS = 8
"""With so many cotangents each op is put alone, since a loss of digits shows with some and not with others."""


@dataclass(frozen=True)
class Cause:
    """Why a program departs: on `backend` the op called `op` alone does; by how many units in the last place.

    `reference` is refgrad's own distance; None for both where the oracle cannot say. `alone` is a program of that op
    and no other. Where no op departs alone, `op` names them all. Where the judge finds no departure now, since it has
    been mended or the divergence is known since, `verdict` is none and `said` has both words.
    """

    backend: str
    op: str
    verdict: Verdict
    where: str
    ulps: float | None
    reference: float | None
    alone: Program
    said: str


def traced(departed: Iterable[Result]) -> list[Cause]:
    """The cause of every departure, those that were shrunk from others left out."""
    found = {(r.backend, r.case): r for r in departed if not r.numbers}
    causes: list[Cause] = []
    if not found:
        return causes
    with seated(sorted({backend for backend, _ in found})) as seats:
        for (backend, case), result in found.items():
            program = decode(bytes(result.program), case)
            causes.append(cause(program, result, seats[backend]))
    return causes


def cause(program: Program, result: Result, seat: Seat) -> Cause:
    """The smallest part of a program that departs: an op on the numbers that reach it, or some that belong together."""
    program = functionalise(program)
    whole = judged(program, seat)
    if not whole.verdict.departs:
        said = f"{result.judgement.said}. Now: {whole.known or whole.verdict}"
        return Cause(seat.info.id, names(program), whole.verdict, "", None, None, program, said)
    own, steps = Refgrad().answer(program, steps=True), range(len(program.steps))
    single = [alone(program, own, n, seed) for seed in range(SEEDS) for n in steps]
    joined = sorted((cut(program, [len(program.inputs) + n]) for n in steps), key=lambda part: len(part.steps))
    tried = ((part, judged(part, seat)) for part in (*single, *joined))
    part, judgement = next((pair for pair in tried if pair[1].verdict.departs), (program, whole))
    ulps, reference = distances(part, judgement, seat)
    return Cause(seat.info.id, names(part), judgement.verdict, judgement.where, ulps, reference, part, judgement.said)


def names(program: Program) -> str:
    """The ops, each once."""
    return ", ".join(dict.fromkeys(step.op for step in program.steps))


def alone(program: Program, own: Answers, n: int, seed: int) -> Program:
    """Step `n` on the numbers that reach it, asked the same with cotangents and tangents of that seed."""
    step = program.steps[n]
    arrays = [*values.inputs(program), *(shown.numpy() for shown in own.steps if shown is not None)]
    numbers = list(dict.fromkeys(step.args))
    leaves = tuple(
        exactly(program.inputs[a], arrays[a]) if a < len(program.inputs) else
        exactly(Input(*program.meta(a)), arrays[a])
        for a in numbers
    )  # fmt: skip
    only = replace(step, args=tuple(map(numbers.index, step.args)))
    questions = tuple(replace(question, seed=seed) for question in program.questions)
    return Program(leaves, (only,), (len(leaves),), questions)


def judged(program: Program, seat: Seat) -> Judgement:
    """What the judge says of one engine's answers."""
    reply = asked(program, seat)
    if not isinstance(reply.outcome, Answers):
        return unanswered(reply)
    id, shadow = seat.info.id, shadows.cast(program)
    table = {id: known.load(seat.name, seat.info.versions)}
    return judge_all(program, {REFERENCE: shadow.own, id: reply.outcome}, table, shadow)[id]


def asked(program: Program, seat: Seat) -> wire.Reply:
    """One engine's reply to a program."""
    seat.send(wire.Replay(program, LIMIT))
    return seat.collect()


def distances(program: Program, judgement: Judgement, seat: Seat) -> tuple[float | None, float | None]:
    """How far the engine and refgrad are from the certified truth at the place of the departure."""
    shown = proof(program, judgement) if judgement.where else None
    reply = asked(shown.program, seat) if shown else None
    if shown is None or shown.truth is None or reply is None or not isinstance(reply.outcome, Answers):
        return None, None
    theirs, ours = (shadows.at(a, shown.place) for a in (reply.outcome, Refgrad().answer(shown.program)))
    if theirs is None or ours is None:
        return None, None
    return departure(theirs, shown.truth).ulps, departure(ours, shown.truth).ulps
