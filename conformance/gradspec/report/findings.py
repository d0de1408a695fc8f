"""Gather the cases on which somebody departs, those that show the same thing under the smallest of them.

Also what is told of them: a script for each, and the known divergences that explain the others.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..judge.verdict import Judgement, Verdict
from ..programs.model import Program, encode
from ..run.records import NO_PROGRAM, Result
from ..run.weight import Weight, weight
from ..specs.model import Spec, Step
from .cells import cell, program
from .clean import clean
from .model import Departure, Finding, Known, SpecRow

Cases = Mapping[str, Mapping[str, Result]]
"""Case -> backend -> result, the cases in the order of the run."""


def findings(
    rows: Sequence[SpecRow], spec_cases: Cases, program_cases: Cases, pages: Mapping[str, Spec]
) -> tuple[Finding, ...]:
    """Harness errors first, then the heaviest; those that are alike under the smallest of them."""
    found = [
        _finding(f"spec:{row.id}", row.claim, spec_cases[f"spec:{row.id}"], _script(pages.get(row.id)))
        for row in rows
        if _departing(spec_cases.get(f"spec:{row.id}", {}))
    ]
    found += [_finding(case, "", results, {}) for case, results in program_cases.items() if _departing(results)]
    gathered: dict[object, list[tuple[Finding, Weight]]] = defaultdict(list)
    for finding, heavy in found:
        gathered[_likeness(finding)].append((finding, heavy))
    firsts = []
    for alike in gathered.values():
        (first, heavy), *rest = sorted(alike, key=lambda pair: _size(pair[0]))
        firsts.append((msgspec.structs.replace(first, alike=tuple(other.case for other, _ in rest)), heavy))
    return tuple(finding for finding, _ in sorted(firsts, key=lambda pair: (not pair[0].ours, pair[1])))


def _size(finding: Finding) -> tuple[int, str]:
    """The length of a finding's program as data; equal ones in the order of their names."""
    return len(encode(finding.program)) if finding.program else 0, finding.case


def _departing(results: Mapping[str, Result]) -> list[Result]:
    found = ((r, r.judgement.verdict) for r in results.values())
    return [r for r, verdict in found if verdict.departs or verdict is Verdict.HARNESS_ERROR]


def _finding(case: str, title: str, results: Mapping[str, Result], script: dict[str, str]) -> tuple[Finding, Weight]:
    departing = _departing(results)
    drawn = program(next((r.program for r in departing if r.program), NO_PROGRAM))
    heaviest = min(weight(r.judgement, drawn) for r in departing)
    finding = Finding(
        case=case,
        title=title or _title(departing[0].judgement, drawn),
        departures=tuple(
            Departure(
                backend=r.backend,
                cell=cell(r),
                numbers={clean(k): clean(v) for k, v in r.numbers.items()},
                scripts={clean(k): clean(v) for k, v in r.scripts.items()} or script,
            )
            for r in departing
        ),
        others={r.backend: cell(r) for r in results.values() if r not in departing},
        program=drawn,
        weight=str(heaviest),
    )
    return finding, heaviest


def _title(judgement: Judgement, drawn: Program | None) -> str:
    """The ops of a program and what is wrong where: "`prod`, `mul`: wrong-gradient at grad of x0"."""
    ops = [f"`{op}`" for op in dict.fromkeys(step.op for step in drawn.steps)] if drawn else []
    named = ", ".join(ops[:4]) + (", …" if len(ops) > 4 else "")
    place = f" at {judgement.where}" if judgement.where else ""
    return clean(f"{named}{': ' if named else ''}{judgement.verdict}{place}")


def _likeness(finding: Finding) -> object:
    """Equal for findings that show the same thing: our own error, or signatures; without either, like no other."""
    if finding.ours:
        return tuple((d.backend, d.cell.said) for d in finding.departures)
    if all(d.cell.signature for d in finding.departures):
        return tuple((d.backend, d.cell.verdict, d.cell.signature) for d in finding.departures)
    return finding.case


def _script(page: Spec | None) -> dict[str, str]:
    """The page's own checks as a script in torch's words, for a departure that came without a witness."""
    if page is None:
        return {}
    blocks = ["\n".join(map(_told, check.steps)) for check in page.checks]
    return {"torch's words": clean("import torch\n\n" + "\n\n".join(blocks) + "\n")}


def _told(step: Step) -> str:
    """A statement with what is documented of it; a value is printed, so that the two can be compared."""
    if step.promise == "runs":
        return step.source
    value = step.promise in ("value", "observe") and _is_expression(step.source)
    source = f"print({step.source})" if value else step.source
    if step.promise == "observe":
        return source
    promise = f"{step.promise} {step.kind}: {step.expected}" if step.kind else step.expected
    return f"{source}  # documented: {promise}"


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return False
    return True


def known(results: Iterable[Result]) -> tuple[Known, ...]:
    """The entries of known divergences that were met, by backend, with the cases that each explains."""
    cases: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        if result.judgement.verdict is Verdict.DOCUMENTED:
            cases[result.backend, clean(result.judgement.known)].append(result.case)
    return tuple(Known(backend, id, tuple(found)) for (backend, id), found in sorted(cases.items()))
