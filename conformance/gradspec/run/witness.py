"""Keep what shows a departure as one file each, which `gradspec repro` runs again.

A Witness is one departure of one backend: the case, the judgement, the versions, and for a program
the program itself with standalone scripts and the numbers of every engine. A run's witnesses follow
from its journal: one per backend and signature, the smallest there is. What is known of one that is
kept for good (run/corpus.py) is its Lore.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec

from ..errors import BrokenProgram, CannotWrite
from ..judge.verdict import Judgement
from .journal import Run
from .records import NO_PROGRAM, BackendInfo, Result

FORMAT = 1
"""The version of the JSON form. A reader refuses a newer one."""

FOLDER = "witnesses"
"""Where they lie inside a report folder."""


class Lore(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a departure that is kept."""

    claim: str
    """What is wrong, in one sentence."""
    wrong: dict[str, str]
    """The engines that are wrong, and in which versions: {"torch": ">=2.11"}."""
    truth: str
    """What is right, and whose word that is."""
    why: str = ""
    source: str = ""
    found: str = ""
    """In which version, and when: "torch 2.13.0, 2026-11-23"."""
    upstream: str = "not reported yet, as far as is known"
    devices: tuple[str, ...] = ("cpu",)
    """Where it was seen; elsewhere nobody knows whether it happens."""


class Witness(msgspec.Struct, frozen=True, omit_defaults=True):
    """One departure, with all that is needed to see it again."""

    case: str
    """"spec:backward/accumulates" or "program:<id>"."""
    backend: str
    judgement: Judgement
    backends: tuple[BackendInfo, ...]
    """Who was asked, and in which versions."""
    program: msgspec.Raw = NO_PROGRAM
    scripts: dict[str, str] = {}
    numbers: dict[str, str] = {}
    lore: Lore | None = None
    format: int = FORMAT


def witnesses(run: Run) -> list[Witness]:
    """The run's departures: for each backend and signature the one with the smallest program."""
    smallest: dict[tuple[str, str], Result] = {}
    for result in run.results:
        if result.judgement.verdict.departs:
            key = result.backend, result.judgement.signature or result.case
            if key not in smallest or _size(result) < _size(smallest[key]):
                smallest[key] = result
    backends = run.header.backends
    return [
        Witness(r.case, r.backend, r.judgement, backends, r.program, r.scripts, r.numbers) for r in smallest.values()
    ]


def name(witness: Witness) -> str:
    """The file's name: words of the backend and the signature for a person, eight digits against collisions."""
    key = f"{witness.backend} {witness.judgement.signature or witness.case}"
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:80].rstrip("-")
    return f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.json"


def save(run: Run, folder: Path) -> list[Path]:
    """Write the run's witnesses into `folder`/witnesses, in the place of those of the run before."""
    folder = folder / FOLDER
    try:
        for old in folder.glob("*.json"):
            old.unlink()
        paths = []
        for witness in witnesses(run):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name(witness)
            path.write_bytes(msgspec.json.format(msgspec.json.encode(witness), indent=1) + b"\n")
            paths.append(path)
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot write: {error.strerror}. Give another folder.") from None
    return paths


def read(path: Path) -> Witness:
    """Read a witness back; BrokenProgram with what is wrong."""
    try:
        witness = msgspec.json.decode(path.read_bytes(), type=Witness)
    except OSError as error:
        raise BrokenProgram(
            f"{path}: cannot be read: {error.strerror}. A run writes them into its report folder, under {FOLDER}/."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenProgram(f"{path}: not a witness of gradspec: {error}. Was the file cut or edited?") from None
    if witness.format > FORMAT:
        raise BrokenProgram(
            f"{path}: written in format {witness.format}, this gradspec reads up to {FORMAT}. Upgrade gradspec."
        )
    return witness


def _size(result: Result) -> int:
    return len(bytes(result.program))
