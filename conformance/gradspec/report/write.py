"""Write a report's folder: the page, the data, the summary, the JUnit file and the badges.

Everything is drawn before the first file is touched, and every file appears whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..errors import BrokenSpec, CannotWrite
from ..run.journal import FILE, Run
from ..specs.model import Spec
from ..specs.read import read
from ..specs.where import ids, pages
from .badge import badges
from .build import build
from .junit import junit
from .model import Report, encode
from .page import page
from .summary import summary


def write(run: Run, folder: Path | str, specs: Iterable[Spec] | None = None) -> Report:
    """Write the report of `run` into `folder`, made if need be; `specs` are the suite's own where not given.

    Raises NothingChecked where the run checked nothing and CannotWrite where a file cannot be written.
    A merged run, which lies in no file yet, is written along as run.jsonl.
    """
    folder = Path(folder)
    texts = list(_own_pages(run) if specs is None else specs)
    report = build(run, texts)
    files: dict[str, bytes | str] = {
        "index.html": page(report, texts),
        "report.json": encode(report),
        "report.md": summary(report),
        "junit.xml": junit(report),
        **badges(report),
    }
    if run.header.parts:
        records = (run.header, *run.begun, *run.results, *([run.footer] if run.footer else []))
        files[FILE] = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    for name, content in files.items():
        put(folder / name, content)
    return report


def put(path: Path, content: bytes | str) -> None:
    """Write a file so that a reader finds the old one or the new one, never half; raises CannotWrite."""
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise CannotWrite(f"{path}: cannot write: {error.strerror}. Name another folder for the report.") from None


def _own_pages(run: Run) -> Iterable[Spec]:
    """The suite's pages that the run names; one that is gone or broken by now is shown by its id."""
    known = frozenset(ids())
    named = (*run.header.selection.specs, *(r.case.removeprefix("spec:") for r in run.results))
    for id in dict.fromkeys(named):
        if id in known:
            try:
                yield read(pages() / f"{id}.md", id)
            except BrokenSpec:
                continue
