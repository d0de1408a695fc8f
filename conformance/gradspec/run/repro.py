"""Run a witness again, on its own backend and on those it was compared with, as far as they are here."""

from __future__ import annotations

from ..errors import BrokenProgram
from ..outcome import Answers, SpecOutcome
from ..programs.model import decode
from ..specs.where import load
from . import wire
from .bench import unanswered
from .judging import Judges
from .records import Result
from .seats import seated
from .witness import Witness


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
    elif witness.program:
        request = wire.Replay(decode(bytes(witness.program), witness.case), limit, steps=True)
    else:
        raise BrokenProgram(f"{witness.case}: the witness has no program. Was the file edited?")
    with seated([witness.backend, *others], others, in_process=in_process) as seats:
        judges = Judges.of(seats)
        for seat in seats.values():
            seat.send(request)
        replies = {id: seat.collect() for id, seat in seats.items()}
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
