"""Give the judge what the driver knows of each backend, and survive the judge.

Judges binds the judges of specs and of programs to the backends of a run: whether they promise
torch's messages, and their known divergences. An error inside a judge is our own bug: it becomes the
verdict `harness-error` of that case, and the run goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..judge import known, modes, programs, specs
from ..judge.verdict import Judgement, Verdict
from ..outcome import Answers, Raised, SpecOutcome
from ..programs.model import Program
from ..specs.model import Spec
from .supervisor import Seat


@dataclass(frozen=True)
class Judges:
    """What is known of the backends, by their ids."""

    torch_messages: Mapping[str, bool]
    known: Mapping[str, known.Known]

    @classmethod
    def of(cls, seats: Mapping[str, Seat]) -> Judges:
        """The judges who know the backends in `seats`; raises BrokenBackend where a table of divergences is broken."""
        return cls(
            {id: seat.torch_messages for id, seat in seats.items()},
            {id: known.load(seat.name, seat.info.versions) for id, seat in seats.items()},
        )

    def spec(self, id: str, spec: Spec, outcome: SpecOutcome) -> Judgement:
        """The verdict on one page."""
        try:
            return specs.judge(spec, outcome, self.torch_messages[id], self.known[id])
        except Exception as error:  # noqa: BLE001 - our own bug must not end the run
            return _own_bug(error)

    def program(self, program: Program, answers: Mapping[str, Answers]) -> dict[str, Judgement]:
        """The verdict on each backend's answers to one program; the reference's own modes are compared besides."""
        try:
            judged = programs.judge_all(program, answers, self.known, torch_messages=self.torch_messages)
            return modes.compared(program, answers, judged)
        except Exception as error:  # noqa: BLE001 - likewise
            return dict.fromkeys(answers, _own_bug(error))

    def stale(self) -> dict[str, list[str]]:
        """By backend, a line for each known divergence that had its chances and did not happen."""
        return {id: lines for id, table in self.known.items() if (lines := table.stale())}


def _own_bug(error: Exception) -> Judgement:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" ({frame.tb_frame.f_code.co_name}, line {frame.tb_lineno})" if frame is not None else ""
    return Judgement(Verdict.HARNESS_ERROR, said=f"the judge failed: {Raised.of(error)}{place}")
