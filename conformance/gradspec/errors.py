"""Every way gradspec can refuse, and the exit code it leaves with.

::

    GradspecError                   2  something you asked for cannot be done as asked
    ├── UnknownName                 2  no such backend, spec, op, capability, question
    ├── BrokenSpec                  2  a page of specs/ that cannot be read or breaks a rule
    ├── BrokenProgram               2  a program or witness that cannot be decoded
    ├── EngineMissing               3  the engine is not installed
    ├── DeviceMissing               3  the engine is there, the device is not
    ├── BrokenBackend               3  the adapter cannot be imported or does not keep the protocol
    ├── Unsupported                 3  an adapter's word for what its engine lacks; becomes the verdict `unsupported`
    ├── UnreadableRun               4  a run file that is truncated, foreign or from a newer gradspec
    ├── ContradictingRuns           4  runs that cannot be merged into one
    ├── NothingChecked              4  a run in which no case really ran: there is nothing to report
    └── CannotWrite                 5  the report folder or the journal cannot be written

The other exit codes of the command line: 0 nothing departs, 1 something departs
(or broke, for ``compare``), 6 a harness error (our own bug), 130 interrupted.

A message is one line: *what* is wrong, *where*, and *what to do now*.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

OK, DEPARTS, USAGE, ENGINE, RUN_FILE, OUTPUT, HARNESS, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


class GradspecError(Exception):
    """Something the user asked for that cannot be done as asked; one line, no traceback."""

    exit_code = USAGE


class UnknownName(GradspecError):
    """A name that nothing answers to, with the nearest one that something does."""

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str], now: str = "") -> UnknownName:
        """`kind` is the noun ("backend", "spec"), `known` the names there are, `now` the advice."""
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        advice = now or (f"Known: {', '.join(known)}." if 0 < len(known) <= 12 else "")
        return cls(" ".join(f"unknown {kind} {name!r}.{hint} {advice}".split()))


class BrokenSpec(GradspecError):
    """A page of specs/ that cannot be read, or that breaks a rule of the format."""


class BrokenProgram(GradspecError):
    """A program or witness file that cannot be decoded."""


class EngineMissing(GradspecError):
    """The engine is not installed here."""

    exit_code = ENGINE


class DeviceMissing(GradspecError):
    """The engine is installed; the device it was asked to use is not there."""

    exit_code = ENGINE


class BrokenBackend(GradspecError):
    """An adapter that cannot be imported, or that does not keep the protocol."""

    exit_code = ENGINE


class Unsupported(GradspecError):
    """The engine, or our adapter for it, lacks what a case asks for: the case is `unsupported` there, never wrong."""

    exit_code = ENGINE


class UnreadableRun(GradspecError):
    """A run file that is truncated, foreign, or written by a newer gradspec."""

    exit_code = RUN_FILE


class ContradictingRuns(GradspecError):
    """Runs that disagree about the same case of the same backend, or about the suite itself."""

    exit_code = RUN_FILE


class NothingChecked(GradspecError):
    """A run in which no case really ran: every number of its report would be a quotient by zero."""

    exit_code = RUN_FILE


class CannotWrite(GradspecError):
    """The report folder or the journal cannot be written."""

    exit_code = OUTPUT
