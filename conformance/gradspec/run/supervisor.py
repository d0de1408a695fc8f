"""Keep an engine at arm's length: start its worker, put cases to it, kill it at its limit, replace it.

A Seat is where an engine sits, whatever process it lives in: `send` a case, `collect` its Reply. A
Worker is a seat in a process of its own, which survives nothing and is replaced after everything; an
InProcess is a seat in this very process, for debugging.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from typing import Protocol, Self

from .. import errors
from ..backends import registry
from ..errors import BrokenBackend
from ..judge.verdict import Verdict
from . import inbox, wire, worker
from .records import BackendInfo

START = 180.0
"""Seconds an engine may take to load: a cold import of torch with CUDA on a busy machine, with room."""

STARTS = 3
"""How often in a row a replacement may fail to start before the run gives up on the engine."""

FIRST = 4.0
"""How many limits the first case of a fresh worker may take: engines load and compile lazily."""

GRACE = 1.0
"""Seconds past its limit after which a worker is killed that did not end by itself."""


class Seat(Protocol):
    """Where an engine answers cases, one at a time."""

    name: str
    """What it was asked for as: "torch"."""
    info: BackendInfo
    torch_messages: bool

    def send(self, request: wire.Perform | wire.Replay) -> None:
        """Put a case to the engine."""

    def collect(self) -> wire.Reply:
        """Wait for what comes of it; never longer than the case's limit and the grace."""

    def close(self) -> None:
        """Let the engine go."""


class InProcess:
    """An engine in this process: breakpoints work, and a crash of the engine is a crash of the run."""

    def __init__(self, backend: str) -> None:
        self.name = backend
        self._backend = registry.load(backend)
        self.info = worker.describe(self._backend)
        self.torch_messages = self._backend.torch_messages

    def send(self, request: wire.Perform | wire.Replay) -> None:
        """Keep the case until it is collected."""
        self._request = request

    def collect(self) -> wire.Reply:
        """Run the case here and now, without a limit."""
        return worker.handle(self._backend, self._request)

    def close(self) -> None:
        """Nothing to let go."""


class Worker:
    """An engine in a disposable process. `started` must be called once before the first case."""

    info: BackendInfo
    torch_messages: bool

    def __init__(self, backend: str, memory: int = 0) -> None:
        self.name = backend
        self.memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._fresh, self._busy = True, False
        self._sent = 0.0
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as the seat
        self._launch()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def started(self) -> Self:
        """Wait until the engine is loaded; raises what the engine says (EngineMissing, DeviceMissing, ...)."""
        ready = self._ready()
        self.info, self.torch_messages = ready.info, ready.torch_messages
        return self

    def send(self, request: wire.Perform | wire.Replay) -> None:
        """Put a case to the engine, in a fresh worker if the last one is gone or has grown too large."""
        if self._process is None:
            self._replace()
        limit = request.limit * (FIRST if self._fresh else 1.0)
        self._request = wire.Perform(request.spec, limit) if isinstance(request, wire.Perform) else \
            wire.Replay(request.program, limit, request.steps)  # fmt: skip
        self._sent = time.perf_counter()
        self._busy = True
        self._log.truncate(0)
        try:
            self._write(self._request)
        except OSError:  # it died between two cases: this one has nothing to do with it
            self._replace()
            self._write(self._request)

    def collect(self) -> wire.Reply:
        """The reply; CRASH or HANG, and no worker, where none came."""
        limit = self._request.limit
        try:
            body = self._inbox.get(timeout=max(0.0, self._sent + limit + GRACE - time.perf_counter()))
        except TimeoutError:
            self.kill()
            return wire.Reply(verdict=Verdict.HANG, said=_hung(limit, ""), seconds=limit)
        self._fresh = self._busy = False
        if body is None:
            return self._died(limit)
        reply = wire.decode_response(body)
        assert isinstance(reply, wire.Reply)
        if reply.spent:
            self.kill()
        return reply

    def close(self) -> None:
        """Let the worker end by closing its input, and make sure that it did; a busy one is not waited for."""
        if self._process is not None and not self._busy:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.5)
        self.kill()
        self._log.close()

    def kill(self) -> None:
        """End the worker and whatever it started, at once."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
        process.wait()
        self._inbox.close()
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # a last message may still lie in its buffer
            process.stdin.close()

    def _launch(self) -> None:
        """Begin to start a worker; it loads its engine while others do."""
        self._fresh, self._busy = True, False
        self._sent = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", worker.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the driver, which ends the workers in its own order
        )
        assert self._process.stdout is not None
        self._inbox = inbox.listen(self._process.stdout)
        with contextlib.suppress(OSError):  # a worker that is dead already is noticed when it should be ready
            self._write(wire.Start(self.name, self.memory))

    def _ready(self) -> wire.Ready:
        try:
            body = self._inbox.get(timeout=START)
        except TimeoutError:
            self.kill()
            raise BrokenBackend(f"{self.name}: did not load in {START:g} s. Load it by hand to see why.") from None
        if body is None:
            reply = self._died(START)
            raise BrokenBackend(f"{self.name}: {reply.said} while it loaded. Load it by hand to see why.")
        response = wire.decode_response(body)
        if isinstance(response, wire.Declined):
            self.kill()
            raise getattr(errors, response.error, BrokenBackend)(response.message)
        assert isinstance(response, wire.Ready)
        return response

    def _replace(self) -> None:
        """Start a worker in the place of the last one; the error of the last try after STARTS in a row."""
        for attempt in range(1, STARTS + 1):
            self.kill()
            self._launch()
            try:
                self._ready()
                return
            except errors.GradspecError as error:
                if attempt == STARTS:
                    raise BrokenBackend(f"{self.name}: could not be started again in {STARTS} tries: {error}") from None

    def _write(self, message: wire.Request) -> None:
        assert self._process is not None and self._process.stdin is not None
        wire.write(self._process.stdin, message)

    def _died(self, limit: float) -> wire.Reply:
        """What a worker that fell silent died of: its own watchdog, a signal, or an exit."""
        seconds = time.perf_counter() - self._sent
        assert self._process is not None
        code = self._process.wait()
        self.kill()
        self._log.seek(0)
        log = self._log.read().decode(errors="replace")
        if "Timeout (" in log and seconds >= limit:
            return wire.Reply(verdict=Verdict.HANG, said=_hung(limit, log), seconds=seconds)
        how = f"died of {signal.Signals(-code).name}" if code < 0 else f"left with exit code {code}"
        if code == -signal.SIGKILL:
            how += ", with which a system short of memory kills"
        place = _place(log.rpartition("Current thread")[2]) if "Fatal Python error" in log else last_line(log)
        return wire.Reply(verdict=Verdict.CRASH, said=f"the process {how}{place}", seconds=seconds)


def environment() -> dict[str, str]:
    """This process's, so that a worker imports what the driver would, with one thread an engine."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return threads | os.environ | {"PYTHONPATH": path}


def _hung(limit: float, log: str) -> str:
    return f"no answer within {limit:g} s{_place(log.rpartition('Thread 0x')[2])}"


def _place(dump: str) -> str:
    """The innermost frame of a traceback that faulthandler wrote: " in backward (torch/_tensor.py:630)"."""
    frame = re.search(r'File "(?P<file>[^"]*)", line (?P<line>\d+) in (?P<name>.*)', dump)
    if frame is None:
        return ""
    file = "/".join(frame["file"].replace("\\", "/").split("/")[-2:])
    return f" in {frame['name']} ({file}:{frame['line']})"


def last_line(log: str) -> str:
    """The last thing the worker wrote, in brackets."""
    lines = log.strip().splitlines()
    return f" ({lines[-1][:200]})" if lines else ""
