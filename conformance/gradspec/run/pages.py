"""Run specs: put each page to every engine, judge what it showed, and run departures again.

The lines that promise nothing (`# => ?`) are held against the first backend that answered: who
agrees everywhere else and differs there is `unspecified`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..judge import specs as judge
from ..judge.verdict import Judgement, Verdict
from ..outcome import SpecOutcome
from ..specs.model import Spec
from . import wire
from .bench import Bench, twice, unanswered
from .judging import Judges
from .records import Result


def run(bench: Bench, spec: Spec, judges: Judges) -> None:
    """Decide one page on every backend that has no verdict on it yet."""
    case = f"spec:{spec.id}"
    backends = bench.open_for(case)
    if not backends:
        bench.watch.decided(())
        return
    request = wire.Perform(spec, max(bench.limit, spec.seconds))
    bench.begin(case, backends)
    replies = bench.put(request, backends)
    results = [_result(bench, case, spec, request, id, reply, judges) for id, reply in replies.items()]
    bench.decide(_compared(bench, case, spec, results))


def _result(
    bench: Bench, case: str, spec: Spec, request: wire.Perform, id: str, reply: wire.Reply, judges: Judges
) -> Result:
    """One backend's result; a departure is put to it once more."""
    last = [reply]

    def judgement() -> Judgement:
        outcome = last[-1].outcome
        return judges.spec(id, spec, outcome) if isinstance(outcome, SpecOutcome) else unanswered(last[-1])

    def again() -> Judgement:
        last.append(bench.put(request, [id])[id])
        return judgement()

    final = twice(judgement(), again)
    outcome = last[-1].outcome
    return Result(case, id, final, last[-1].seconds, outcome if isinstance(outcome, SpecOutcome) else None)


def _compared(bench: Bench, case: str, spec: Spec, results: list[Result]) -> list[Result]:
    """The results, with `unspecified` where a backend agrees but differs from the first on an observed line."""
    known = {**bench.ledger.before(case), **{result.backend: result for result in results}}
    seated = [known[id] for id in bench.seats if id in known]
    shown = {r.backend: r.outcome for r in seated if r.outcome is not None and not r.outcome.missing}
    return [_against_first(spec, result, shown) for result in results]


def _against_first(spec: Spec, result: Result, shown: Mapping[str, SpecOutcome]) -> Result:
    first = next(iter(shown), None)
    if first is None or first == result.backend or result.judgement.verdict is not Verdict.AGREES:
        return result
    differs = judge.unspecified(spec, {id: shown[id] for id in (first, result.backend)})
    return result if differs is None else msgspec.structs.replace(result, judgement=differs)
