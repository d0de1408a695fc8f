"""Ask every engine every kind of question about every op of the catalogue: the answers are the coverage table.

An Entry is one op with its Cells, by engine and column. A Cell is one word, and the judge's sentence where the word
is not `agrees`. Each op is a program of one step, away from its kinks, on a few numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from ..catalogue import dtypes
from ..catalogue.model import Op
from ..judge import shadow
from ..judge.verdict import Judgement, Verdict
from ..outcome import Answers
from ..programs.model import Mode, Program, Question
from ..programs.single import alone, smallest, smooth
from . import wire
from .judging import Judges
from .supervisor import Seat

Word = Literal["agrees", "documented", "undecided", "unsupported", "raises", "differs", "failed"]

COLUMNS: dict[str, tuple[Mode, ...]] = {
    "value": (),
    "reverse": ("reverse",),
    "forward": ("forward",),
    "second": ("reverse-reverse", "forward-reverse", "reverse-forward", "forward-forward"),
    "complex": ("reverse", "forward"),
}
"""What is asked. The last column asks it of complex numbers, and is kept only if value and both modes are answered."""

PARTS = "pairs"
"""The family whose arguments are the parts of complex numbers already."""

WORDS: dict[Verdict, Word] = {
    Verdict.AGREES: "agrees",
    Verdict.DOCUMENTED: "documented",
    Verdict.UNSPECIFIED: "undecided",
    Verdict.ILL_CONDITIONED: "undecided",
    Verdict.UNSUPPORTED: "unsupported",
    Verdict.WRONG_ERROR: "raises",
    Verdict.CRASH: "failed",
    Verdict.HANG: "failed",
    Verdict.OUT_OF_MEMORY: "failed",
    Verdict.HARNESS_ERROR: "failed",
}
"""How a verdict is called; every other one is `differs`."""


@dataclass(frozen=True)
class Cell:
    """What one engine did with one question: a word, and why it is not `agrees`."""

    mode: str
    word: Word
    said: str = ""


@dataclass(frozen=True)
class Entry:
    """One op: by engine and column the cells, one for each question of the column."""

    op: Op
    cells: Mapping[str, Mapping[str, tuple[Cell, ...]]]


def survey(seats: Mapping[str, Seat], ops: Iterable[Op], limit: float) -> Iterator[Entry]:
    """The entries of `ops`, one by one; no engine works on an op for more than `limit` seconds."""
    judges = Judges.of(seats)
    for op in ops:
        found: dict[str, dict[str, tuple[Cell, ...]]] = {id: {} for id in seats}
        columns = {name: modes for name, modes in COLUMNS.items() if name == "value" or op.orders}
        if op.family == PARTS:
            del columns["complex"]
        real = [name for name in columns if name != "complex"]
        asked: tuple[Mode, ...] = tuple(mode for name in real for mode in columns[name])
        program = smooth(smallest(op), [Question(mode) for mode in asked])
        cells = put(seats, judges, program, limit)
        for id in seats:
            for name in real:
                found[id][name] = tuple(cell for cell in cells[id] if cell.mode in (columns[name] or ("value",)))
        if "complex" in columns:
            cells = put(seats, judges, complexly(op), limit)
            for id, cell in settled(op, {id: gravest(cells[id]) for id in seats}).items():
                found[id]["complex"] = (cell,)
        yield Entry(op, found)


def complexly(op: Op) -> Program:
    """The op on complex numbers; no questions where the reference refuses them, as no one says what comes out."""
    application = smallest(op)
    plain = alone(application, dtype="complex128")
    (made,) = shadow.At({}).answer(plain).values or (None,)
    if made is None:
        return plain
    return alone(application, [Question(mode) for mode in COLUMNS["complex"]], dtype="complex128", result=made.dtype)


def put(seats: Mapping[str, Seat], judges: Judges, program: Program, limit: float) -> dict[str, list[Cell]]:
    """The cells of each engine: that of the value, then one for each question, each judged by itself."""
    request = wire.Replay(program, limit)
    for seat in seats.values():
        seat.send(request)
    replies = {id: seat.collect() for id, seat in seats.items()}
    answers = {id: reply.outcome for id, reply in replies.items() if isinstance(reply.outcome, Answers)}
    found: dict[str, list[Cell]] = {id: [] for id in seats}
    for n in range(-1, len(program.questions)):
        mode = "value" if n < 0 else program.questions[n].mode
        judged = judges.program(
            replace(program, questions=program.questions[n : n + 1] if n >= 0 else ()),
            {id: only(answer, n) for id, answer in answers.items()},
        )
        for id, reply in replies.items():
            found[id].append(told(mode, judged[id]) if id in judged else Cell(mode, "failed", reply.said))
    return found


def only(answers: Answers, question: int) -> Answers:
    """The answers as if nothing but one question had been asked (-1: none)."""
    kept = {0 if n == question else n: raised for n, raised in answers.refused.items() if n in (-1, question)}
    kept = {-1: answers.refused[-1]} if -1 in answers.refused else kept
    return replace(answers, questions=answers.questions[question : question + 1] if question >= 0 else (), refused=kept)


def told(mode: str, judgement: Judgement) -> Cell:
    """A judgement as a cell; of what is known, what the entry says, which is the same for every number."""
    word, said = WORDS.get(judgement.verdict, "differs"), judgement.said
    if word == "agrees" and said:  # both sides refuse: an op that nobody has is not covered
        word = "unsupported"
    if word == "raises" and NOT_THERE in said:
        word = "unsupported"
    if word == "documented":
        said = said.partition("Known (")[2].partition("): ")[2] or said
    return Cell(mode, word, "" if word == "agrees" else said)


NOT_THERE = "is not implemented"
"""How torch's RuntimeErrors say that there is no derivative."""

ORDER: tuple[Word, ...] = ("failed", "differs", "raises", "unsupported", "documented", "undecided", "agrees")


def gravest(cells: Iterable[Cell]) -> Cell:
    """The first of the cells by what is worst."""
    return min(cells, key=lambda cell: ORDER.index(cell.word))


def settled(op: Op, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """Complex cells, where no catalogue promises them and no two engines agree, say nothing of who is right.

    (Of factorisations not even then: their phases are free.)
    """
    alone = sum(cell.word == "agrees" for cell in cells.values()) < 2
    open_to = {"differs", "agrees"} if alone else {"differs"}
    if dtypes.takes(op, "complex128"):
        return dict(cells)
    return {
        id: Cell(cell.mode, "undecided", "nothing is promised") if cell.word in open_to else cell
        for id, cell in cells.items()
    }
