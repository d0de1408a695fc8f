"""Join the runs of several machines, or the shards of one campaign, into one run.

Cases are joined by content: a spec by its id, a program by the hash of what it is. The same case on
the same backend may come twice, and then must have got the same verdict; the merged run keeps the one
nearer to the limit. Its header holds the headers of its parts, and each result the number of its part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from ..errors import ContradictingRuns
from ..judge.verdict import Verdict
from ..run.journal import Run
from ..run.records import BackendInfo, Begin, Footer, Header, Result

SIDE_BY_SIDE = {Verdict.AGREES, Verdict.UNSPECIFIED}
"""No contradiction: which of the two it is depends on the backends that were run beside it."""


def merge(runs: Sequence[Run]) -> Run:
    """One run of `runs`, in their order. Raises ContradictingRuns where they cannot all be true of one suite.

    Different seeds and different selections are no contradiction: programs join, and a backend that was
    not given a spec shows as not run on it.
    """
    if not runs:
        raise ContradictingRuns("no runs to merge. Name at least one run file.")
    parts = [header for run in runs for header in _parts(run)]
    first = parts[0]
    for part in parts[1:]:
        if part.gradspec != first.gradspec:
            raise ContradictingRuns(
                f"{_name(first)} was made by gradspec {first.gradspec} and {_name(part)} by {part.gradspec}: "
                "their specs may differ. Run one of them again."
            )
    results = _results(runs, parts)
    return Run(_header(parts), _begun(runs), results, _footer(runs, results))


def _parts(run: Run) -> tuple[Header, ...]:
    """The runs that were really run: a merged run may be merged again."""
    return run.header.parts or (run.header,)


def _name(header: Header) -> str:
    return f"the run of {header.started}{f' on {header.platform}' if header.platform else ''}"


def _header(parts: Sequence[Header]) -> Header:
    first = parts[0]
    infos: dict[str, tuple[BackendInfo, Header]] = {}
    for part in parts:
        for info in part.backends:
            known, at = infos.setdefault(info.id, (info, part))
            if known != info:
                raise ContradictingRuns(
                    f"{info.id} is {_versions(known)} in {_name(at)} and {_versions(info)} in {_name(part)}. "
                    "Compare the two with `gradspec compare` instead."
                )
    selection = replace(
        first.selection,
        backends=tuple(infos),
        specs=tuple(dict.fromkeys(spec for part in parts for spec in part.selection.specs)),
        programs=sum(part.selection.programs for part in parts),
        replay=tuple(dict.fromkeys(path for part in parts for path in part.selection.replay)),
    )
    backends = tuple(info for info, _ in infos.values())
    return replace(
        first, started=min(p.started for p in parts), selection=selection, backends=backends, parts=tuple(parts)
    )


def _versions(info: BackendInfo) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in info.versions.items()) or "without versions"
    return f"{versions} with {len(info.capabilities)} capabilities"


def _begun(runs: Sequence[Run]) -> tuple[Begin, ...]:
    return tuple({(b.case, b.backend): b for run in reversed(runs) for b in reversed(run.begun)}.values())[::-1]


def _results(runs: Sequence[Run], parts: Sequence[Header]) -> tuple[Result, ...]:
    merged: dict[tuple[str, str], Result] = {}
    offset = 0
    for run in runs:
        for result in run.results:
            result = replace(result, part=offset + result.part)
            known = merged.setdefault((result.case, result.backend), result)
            verdicts = {known.judgement.verdict, result.judgement.verdict}
            if len(verdicts) > 1 and verdicts != SIDE_BY_SIDE:
                raise ContradictingRuns(
                    f"{result.case} on {result.backend}: {known.judgement.verdict} in {_name(parts[known.part])}, "
                    f"{result.judgement.verdict} in {_name(parts[result.part])}. Run this case again on both."
                )
            if _weight(result) > _weight(known):
                merged[result.case, result.backend] = result
        offset += len(_parts(run))
    return tuple(merged.values())


def _weight(result: Result) -> tuple[bool, float]:
    """Of two results on one case the heavier one stays: a difference over none, then the larger margin."""
    return result.judgement.verdict is Verdict.UNSPECIFIED, result.judgement.margin or 0.0


def _footer(runs: Sequence[Run], results: Sequence[Result]) -> Footer | None:
    """The sums, a program drawn in several runs counted once; a run that was cut makes the whole one cut."""
    footers = [run.footer for run in runs if run.footer is not None]
    if len(footers) < len(runs):
        return None
    counts: dict[str, Counter[str]] = {}
    for result in results:
        counts.setdefault(result.backend, Counter())[result.judgement.verdict.value] += 1
    drawn = [{r.case for r in run.results if r.case.startswith("program:")} for run in runs]
    again = sum(map(len, drawn)) - len(set().union(*drawn))
    return Footer(
        ended=max(footer.ended for footer in footers),
        seconds=sum(footer.seconds for footer in footers),
        complete=all(footer.complete for footer in footers),
        counts={backend: dict(of) for backend, of in counts.items()},
        programs_drawn=sum(footer.programs_drawn for footer in footers) - again,
        programs_run=max(0, sum(footer.programs_run for footer in footers) - again),
    )
