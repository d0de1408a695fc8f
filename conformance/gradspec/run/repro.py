"""Run a witness again, on its own backend and on those it was compared with, as far as they are here."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import BrokenProgram
from ..outcome import Answers, SpecOutcome
from ..programs.model import Program, decode
from ..specs.where import load
from . import wire
from .bench import unanswered
from .judging import Judges
from .records import Result
from .seats import seated
from .supervisor import Seat
from .witness import Witness


def program_of(witness: Witness) -> Program:
    """The program of a witness; BrokenProgram where it has none, as one of a spec has none."""
    if not witness.program:
        now = "Only random programs can be asked this." if witness.case.startswith("spec:") else "Was the file edited?"
        raise BrokenProgram(f"{witness.case}: the witness has no program. {now}")
    return decode(bytes(witness.program), witness.case)


def answered(witness: Witness, limit: float = 10.0, *, in_process: bool = False) -> dict[str, Answers]:
    """What every engine that is here answers to the witness's program now; the witness's own comes first.

    An engine that is not here, or gives no answers, is left out.
    """
    ids = dict.fromkeys([witness.backend, *(info.id for info in witness.backends)])
    request = wire.Replay(program_of(witness), limit)
    with seated(list(ids), list(ids), in_process=in_process) as seats:
        replies = _asked(seats, request)
    return {id: reply.outcome for id, reply in replies.items() if isinstance(reply.outcome, Answers)}


def _asked(seats: Mapping[str, Seat], request: wire.Perform | wire.Replay) -> dict[str, wire.Reply]:
    """One request to everybody at once."""
    for seat in seats.values():
        seat.send(request)
    return {id: seat.collect() for id, seat in seats.items()}


def again(witness: Witness, limit: float = 10.0, *, in_process: bool = False) -> list[Result]:
    """What every backend does with the witness's case now; the witness's own comes first.

    Raises EngineMissing or DeviceMissing where the witness's own backend is not here, and UnknownName
    where its spec is gone.
    """
    kind, _, id = witness.case.partition(":")
    others = [info.id for info in witness.backends if info.id != witness.backend]
    if kind == "spec":
        (spec,) = [spec for spec in load([id]) if spec.id == id]
        request: wire.Perform | wire.Replay = wire.Perform(spec, max(limit, spec.seconds))
        others = []
    else:
        request = wire.Replay(program_of(witness), limit, steps=True)
    with seated([witness.backend, *others], others, in_process=in_process) as seats:
        judges = Judges.of(seats)
        replies = _asked(seats, request)
    if isinstance(request, wire.Replay):
        answers = {id: reply.outcome for id, reply in replies.items() if isinstance(reply.outcome, Answers)}
        judged = judges.program(request.program, answers)
    else:
        judged = {
            id: judges.spec(id, request.spec, reply.outcome)
            for id, reply in replies.items()
            if isinstance(reply.outcome, SpecOutcome)
        }
    return [
        Result(witness.case, id, judged.get(id) or unanswered(reply), reply.seconds) for id, reply in replies.items()
    ]
