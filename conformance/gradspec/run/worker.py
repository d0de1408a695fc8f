"""Be the process that one engine lives and dies in: `python -m gradspec.run.worker`.

`serve` reads requests from standard input and writes responses to standard output until the input
ends. `handle` turns one request into a Reply; the driver calls it too when it runs an engine in-process.

The engine never sees the two pipes: what it prints itself goes to the log, which is standard error.
When the driver dies, however it dies, the input ends and so does the worker; a worker that is stuck in
native code at that moment still ends at its case's limit, because faulthandler's watchdog is a thread
of C and needs no GIL.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import time
import traceback
from typing import IO

import msgspec

from ..backends import abilities, registry
from ..backends.protocol import Backend
from ..errors import BrokenBackend, GradspecError
from ..judge.verdict import Verdict
from ..outcome import Answers, Outcome, Raised
from ..specs.perform import perform
from . import wire
from .clean import restored
from .records import BackendInfo

MEMORY_SIGNS = ("MemoryError", "OutOfMemoryError", "can't allocate memory", "out of memory", "RESOURCE_EXHAUSTED")
"""How engines say that memory ran out: the names of their errors, or a part of the text."""

LOST_SIGNS = ("CUDA error", "CUDA_ERROR", "HIP error", "BackendCompilerFailed", "InternalTorchDynamoError",
              "TorchRuntimeError")  # fmt: skip
"""How engines say that this process is not to be trusted any more: a kernel has failed and the device answers nothing,
or a compiler has, which may leave a level of forward mode open (torch 2.13: then "Nested forward mode AD is not
supported", whatever is asked)."""


def serve(requests: IO[bytes], responses: IO[bytes]) -> None:
    """Load the engine that the first message names, then answer requests until there are none."""
    body = wire.read(requests)
    start = wire.decode_request(body) if body is not None else None
    if not isinstance(start, wire.Start):
        return
    try:
        backend = registry.load(start.backend)
        info = describe(backend)
    except GradspecError as error:
        wire.write(responses, wire.Declined(type(error).__name__, str(error)))
        return
    bound(start.memory)
    wire.write(responses, wire.Ready(info, backend.torch_messages))
    while (body := wire.read(requests)) is not None:
        request = wire.decode_request(body)
        assert not isinstance(request, wire.Start)
        faulthandler.dump_traceback_later(request.limit, exit=True)
        reply = handle(backend, request)
        faulthandler.cancel_dump_traceback_later()
        large = bool(start.memory) and held() > start.memory / 2  # engines keep what they compile
        wire.write(responses, msgspec.structs.replace(reply, spent=reply.spent or large))


def handle(backend: Backend, request: wire.Perform | wire.Replay) -> wire.Reply:
    """Put one case to `backend`. What escapes from it is the adapter's bug, not the engine's answer."""
    began = time.perf_counter()
    outcome: Outcome | None = None
    verdict, said, spent = None, "", True
    try:
        outcome = _put(backend, request)
        said = complaint(outcome, MEMORY_SIGNS)
        verdict = Verdict.OUT_OF_MEMORY if said else None
        spent = bool(said or complaint(outcome, LOST_SIGNS))
    except MemoryError as error:
        verdict, said = Verdict.OUT_OF_MEMORY, f"MemoryError {error}".strip()
    except SystemExit as error:
        verdict, said = Verdict.CRASH, f"the engine left by SystemExit({error})"
    except Exception as error:  # noqa: BLE001 - an engine's error is in its answer: this is a bug of harness or adapter
        verdict, said = Verdict.HARNESS_ERROR, _where(error)
    return wire.Reply(None if verdict else outcome, verdict, said, time.perf_counter() - began, spent)


def describe(backend: Backend) -> BackendInfo:
    """The backend's own words about itself; BrokenBackend if it cannot find them."""
    try:
        versions = {name: str(version) for name, version in backend.versions().items()}
        able = tuple(sorted(backend.capabilities))
        return BackendInfo(
            registry.identity(backend), able, versions, abilities.ops(backend), abilities.questions(backend)
        )
    except Exception as error:  # noqa: BLE001 - whatever a foreign adapter does wrong becomes one line
        said = f"{backend.name}: it cannot describe itself: {Raised.of(error)}. See backends/protocol.py."
        raise BrokenBackend(said) from None


def complaint(outcome: Outcome, signs: tuple[str, ...]) -> str:
    """The first error in `outcome` that shows one of `signs` in its name or text, or ""."""
    raised = outcome.refused.values() if isinstance(outcome, Answers) else filter(None, [outcome.stopped])
    return next((str(r) for r in raised if any(sign in f"{r.types} {r.message}" for sign in signs)), "")


def bound(memory: int) -> None:
    """Let this process hold at most `memory` bytes of data, where the system can see to that; write no core files.

    RLIMIT_DATA and not RLIMIT_AS: an engine's threads and device drivers reserve addresses by the terabyte.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def held() -> int:
    """The memory that this process holds now, in bytes; at worst the most it ever held, or 0 where nobody says.

    (On Linux ru_maxrss would not do: a process inherits it from the one that started it.)
    """
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(ImportError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    return 0


def _put(backend: Backend, request: wire.Perform | wire.Replay) -> Outcome:
    if isinstance(request, wire.Perform):
        with restored(backend.torch):
            return perform(request.spec, backend)
    return backend.answer(request.program, steps=request.steps)


def _where(error: Exception) -> str:
    """The error and the place it came from, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    return f"{Raised.of(error)}{place}"


def pipes() -> tuple[int, int]:
    """Standard input and output, taken away from where an engine would find them: what it prints goes to the log."""
    requests, responses = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, responses


def main() -> None:
    """Serve on the two pipes."""
    faulthandler.enable()  # a fatal signal leaves its traceback in the log
    requests, responses = pipes()
    serve(os.fdopen(requests, "rb"), os.fdopen(responses, "wb"))
    os._exit(0)  # the engine's own goodbyes take longer than a kill, and matter as little


if __name__ == "__main__":
    main()
