"""Write down what happens in a run as it happens, and read it back, whole or cut.

A Journal is an open run file: JSON Lines, one record a line, every line appended by a single
`os.write`, so that a run killed at any moment leaves at most its last line cut. A Run is such a
file read back: the header, what was begun, what came of it, and the footer if it came to that.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..errors import CannotWrite, UnreadableRun
from .records import SCHEMA, Begin, Footer, Header, Record, Result

FILE = "run.jsonl"
"""The journal's name inside a report folder."""

PREVIOUS = "previous.jsonl"
"""Where the journal of the run before goes when a folder is used again."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


@dataclass(frozen=True)
class Run:
    """A run file as data. `footer` is None where the run was cut; the last word on a case counts."""

    header: Header
    begun: tuple[Begin, ...]
    results: tuple[Result, ...]
    footer: Footer | None

    @property
    def complete(self) -> bool:
        """Was everything that was selected run?"""
        return self.footer is not None and self.footer.complete


class Journal:
    """A run file open for appending."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise _cannot_write(path, error) from None

    def write(self, *records: Record) -> None:
        """Append `records` with one system call; raises CannotWrite, and then what was written before still stands."""
        rest = memoryview(b"".join(_encode(record) + b"\n" for record in records))
        try:
            while rest:  # one turn, but for a disk that fills in the middle
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    def close(self) -> None:
        """Hand the file back; nothing is buffered, so there is nothing to lose."""
        os.close(self._file)


def create(folder: Path, header: Header) -> Journal:
    """Open the journal of a new run in `folder`; the journal of the run before is kept as previous.jsonl."""
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(folder / PREVIOUS)
    except OSError as error:
        raise _cannot_write(path, error) from None
    journal = Journal(path)
    journal.write(header)
    return journal


def reopen(path: Path) -> Journal:
    """Open the journal of a partial run to go on with it; a last line that was cut is taken away first."""
    try:
        whole = path.read_bytes().rfind(b"\n") + 1
        os.truncate(path, whole)
    except OSError as error:
        raise _cannot_write(path, error) from None
    return Journal(path)


def locate(path: str | os.PathLike[str]) -> Path:
    """The run file that `path` means: itself, or the journal inside a report folder."""
    path = Path(path)
    return path / FILE if path.is_dir() else path


def read(path: str | os.PathLike[str]) -> Run:
    """Read a run file (or the one in a report folder). A last line that was cut is passed over.

    Raises UnreadableRun where the file is missing, foreign, damaged or from a newer gradspec.
    """
    path = locate(path)
    try:
        *lines, cut = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        raise UnreadableRun(f"{path}: no such run file. `gradspec run` writes one into its report folder.") from None
    except OSError as error:
        raise UnreadableRun(f"{path}: cannot be read: {error.strerror}.") from None
    if not lines:
        state = "cut before its first line ended" if cut else "empty"
        raise UnreadableRun(f"{path}: not a run file of gradspec: it is {state}. Run `gradspec run` again.")
    header = _header(path, lines[0])
    records = [_record(path, number, line) for number, line in enumerate(lines[1:], 2)]
    results = {(r.case, r.backend): r for r in records if isinstance(r, Result)}
    return Run(
        header=header,
        begun=tuple(r for r in records if isinstance(r, Begin)),
        results=tuple(results.values()),
        footer=records[-1] if records and isinstance(records[-1], Footer) else None,
    )


class _Kind(msgspec.Struct):
    kind: str
    schema: int


def _header(path: Path, line: bytes) -> Header:
    """The first line, after a look at who wrote it."""
    try:
        about = msgspec.json.decode(line, type=_Kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        about = None
    if about is None or about.kind != "header":
        raise UnreadableRun(f"{path}: not a run file of gradspec: its first line is no header. Give a run.jsonl.")
    if about.schema > SCHEMA:
        raise UnreadableRun(
            f"{path}: written in schema {about.schema}, this gradspec reads up to {SCHEMA}. Upgrade gradspec."
        )
    header = _record(path, 1, line)
    assert isinstance(header, Header)
    return header


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        record: Record = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableRun(f"{path}:{number}: damaged line: {error}. Was the file edited?") from None
    return record


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"{path}: cannot write: {error.strerror}. Free some space, or give another --report folder.")
