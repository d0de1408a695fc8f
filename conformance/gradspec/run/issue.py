"""Write a witness up as an issue that can be pasted upstream: what is wrong, in which versions, how to see it.

The numbers are those of the engines that are here, asked now; an engine that is not here is left out. The oracle's
word is in it where the oracle can say, and what documentation says where the witness knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ..judge import shadow as shadows
from ..judge.oracle import Truth
from ..judge.oracle.verdict import departure
from ..outcome import Answers, Array
from ..programs.model import Program
from ..report.summary import fence, text
from ..specs.model import Spec
from ..specs.where import load
from . import wire
from .proof import Proof, proof
from .proof import script as proving
from .records import BackendInfo
from .repro import again, program_of
from .seats import seated
from .weight import weight
from .witness import Witness

WORDS = {
    "wrong-value": "wrong value", "wrong-gradient": "wrong gradient", "wrong-shape": "wrong shape",
    "wrong-dtype": "wrong dtype", "wrong-error": "wrong error", "out-of-memory": "out of memory",
}  # fmt: skip


def issue(witness: Witness, *, in_process: bool = False) -> str:
    """The text, in Markdown; raises EngineMissing where the witness's own engine is not here."""
    lines = _page(witness, in_process) if witness.case.startswith("spec:") else _program(witness, in_process)
    return "\n".join(lines) + "\n"


def _program(witness: Witness, in_process: bool) -> Iterator[str]:
    program = program_of(witness)
    shown = proof(program, witness.judgement)
    engine = witness.backend.partition(":")[0]
    answers, infos = _asked(witness, shown.program if shown else program, in_process)
    source = _script(witness, shown, engine)
    yield f"# {title(witness, program)}\n"
    yield from _facts(witness, infos, str(weight(witness.judgement, program)))
    yield "## To reproduce\n"
    yield f"The script exits with 1 while the bug is there and with 0 when it is gone. It needs {engine} alone.\n"
    yield fence(source, "python") + "\n"
    if shown is not None and shown.label:
        yield from _table(shown, answers)
    yield from _lore(witness)


def title(witness: Witness, program: Program) -> str:
    """One line: the ops, what is wrong, of what, in which dtype."""
    ops = ", ".join(f"`{op}`" for op in dict.fromkeys(step.op for step in program.steps))
    dtypes = ", ".join(dict.fromkeys(leaf.dtype for leaf in program.inputs))
    verdict = WORDS.get(witness.judgement.verdict.value, witness.judgement.verdict.value)
    place = f" ({witness.judgement.where})" if witness.judgement.where else ""
    return f"{ops}: {verdict} in {dtypes}{place}"


def _facts(witness: Witness, infos: Mapping[str, BackendInfo], matters: str) -> Iterator[str]:
    """What is wrong and how much that matters, and in which versions."""
    if witness.lore is not None:
        yield f"{text(witness.lore.claim[0].upper() + witness.lore.claim[1:])}.\n"
    elif witness.judgement.said:
        yield f"{text(witness.judgement.said)}.\n"
    yield f"It is {matters}.\n"
    yield "## Versions\n"
    for id, info in infos.items():
        versions = ", ".join(f"{name} {version}" for name, version in info.versions.items())
        yield f"- {id}: {text(versions)}"
    yield ""


def _script(witness: Witness, shown: Proof | None, engine: str) -> str:
    if shown is not None:
        return proving(shown, engine if engine in ("torch", "refgrad", "jax") else "torch")
    return witness.scripts.get(engine) or next(iter(witness.scripts.values()), "")


def _asked(witness: Witness, program: Program, in_process: bool) -> tuple[dict[str, Answers], dict[str, BackendInfo]]:
    """What everybody answers to the question at fault now, and who that is."""
    ids = list(dict.fromkeys([witness.backend, *(info.id for info in witness.backends)]))
    with seated(ids, ids[1:], in_process=in_process) as seats:
        for seat in seats.values():
            seat.send(wire.Replay(program, 60.0))
        replies = {id: seat.collect() for id, seat in seats.items()}
        infos = {id: seat.info for id, seat in seats.items()}
    return {id: r.outcome for id, r in replies.items() if isinstance(r.outcome, Answers)}, infos


def _table(shown: Proof, answers: Mapping[str, Answers]) -> Iterator[str]:
    """Everybody's answer, and its distance from what is true."""
    yield f"## What engines answer: {shown.label}\n"
    yield "| engine | answer | units in the last place from the truth |"
    yield "| --- | --- | ---: |"
    for id, answer in answers.items():
        refused = answer.refused.get(0) or answer.refused.get(-1)
        array = shadows.at(answer, shown.place)
        said = (
            f"raised {refused}" if refused else f"lacks {', '.join(answer.missing)}" if answer.missing else _show(array)
        )
        yield f"| {id} | {text(said)} | {_ulps(array, shown.truth)} |"
    yield f"| **true** | {_numbers(shown)} | {shown.source} |\n"
    if shown.truth is not None:
        yield (
            "The truth was computed in ball arithmetic from the definition of the operations, its derivatives as"
            " difference quotients at hundreds of bits: by no derivative rule. "
            f"It moves by {shown.truth.conditioning:.2g} units in the last place when the inputs move by one.\n"
        )


def _ulps(array: Array | None, truth: Truth | None) -> str:
    if array is None or truth is None or array.shape != truth.value.shape:
        return ""
    return f"{departure(array, truth).ulps:.3g}"


def _show(array: Array | None) -> str:
    if array is None:
        return "None"
    return f"{array.dtype} {array.numpy().tolist()}"


def _numbers(shown: Proof) -> str:
    shaped = np.array([math.nan if x is None else x for x in shown.true]).reshape(shown.shape)
    return f"{shown.dtype} {shaped.tolist()}"


def _lore(witness: Witness) -> Iterator[str]:
    lore = witness.lore
    if lore is None:
        return
    yield "## What is known\n"
    for name, words in (
        ("Why", lore.why),
        ("Source", lore.source),
        ("Seen in", lore.found),
        ("Upstream", lore.upstream),
    ):
        if words:
            yield f"- {name}: {text(words)}"


def _page(witness: Witness, in_process: bool) -> Iterator[str]:
    """A page's departure: what is documented, the page's own check, and what everybody showed."""
    (spec,) = [spec for spec in load([witness.case.partition(":")[2]]) if spec.id == witness.case.partition(":")[2]]
    infos = {info.id: info for info in witness.backends if info.id == witness.backend}
    yield f"# {spec.claim}\n"
    yield from _facts(witness, infos, str(weight(witness.judgement)))
    yield "## To reproduce\n"
    yield fence(_checks(spec), "python") + "\n"
    yield "## What engines do\n"
    yield "| engine | verdict | |\n| --- | --- | --- |"
    for result in again(witness, in_process=in_process):
        yield f"| {result.backend} | {result.judgement.verdict} | {text(result.judgement.said)} |"
    yield "\n## What documentation says\n"
    yield f"{spec.why}\n" if spec.why else ""
    yield from (f"- {text(source)}" for source in spec.sources)


def _checks(spec: Spec) -> str:
    """The page's checks as they are, each statement with its promise."""
    lines = ["import torch", ""]
    for check in spec.checks:
        for step in check.steps:
            promised = f"{step.promise} {step.kind}: {step.expected}" if step.kind else step.expected
            lines.append(f"{step.source}{f'  # documented: {promised}' if promised else ''}")
    return "\n".join(lines)
