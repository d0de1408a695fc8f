"""Hear what a worker says, one message at a time, and no longer than one is ready to wait.

An Inbox gives the bodies of messages (run/wire.py). Polled asks the system for the pipe's next bytes, in the thread
that waits for them: a thread of its own that hands them over costs as much again as everything else a reply takes.
Threaded is that thread, for systems that cannot wait for a pipe with a timeout (Windows). `listen` chooses.
"""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from typing import IO, Protocol

from . import wire

AT_ONCE = 1 << 16
"""Bytes asked of the pipe at a time: what it holds on Linux, and more than most replies have."""

STALLED = 10.0
"""Seconds between two pieces of one message after which it is not expected to go on. A reply that is larger than the
pipe waits there, half written, until somebody has time for it: its rest needs a moment, however late it is."""


class Inbox(Protocol):
    """What a worker has said and nobody has read."""

    def get(self, timeout: float) -> bytes | None:
        """The next message's body, None when the worker has fallen silent; TimeoutError when nothing comes."""

    def close(self) -> None:
        """Hear no more."""


class Polled:
    """Messages read where they are waited for."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pipe = stream.fileno()
        self._poll = select.poll()
        self._poll.register(self._pipe, select.POLLIN)
        self._held = b""

    def get(self, timeout: float) -> bytes | None:
        """The next message's body."""
        until = time.perf_counter() + timeout
        while (size := wire.size(self._held)) is None or len(self._held) < size:
            left = STALLED if self._held else max(0.0, until - time.perf_counter())
            if not self._poll.poll(1e3 * left):
                raise TimeoutError
            piece = os.read(self._pipe, AT_ONCE)
            if not piece:
                return None
            self._held += piece
        whole, self._held = self._held[:size], self._held[size:]
        return whole[wire.HEAD :]

    def close(self) -> None:
        """Close the pipe."""
        self._stream.close()


class Threaded:
    """Messages that a thread reads as they come."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(stream,), daemon=True).start()

    def get(self, timeout: float) -> bytes | None:
        """The next message's body."""
        try:
            return self._said.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None

    def close(self) -> None:
        """Nothing: the thread closes the pipe, when the other side has."""

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            while (body := wire.read(stream)) is not None:
                self._said.put(body)
        self._said.put(None)


def listen(stream: IO[bytes]) -> Inbox:
    """An inbox for what comes out of a pipe."""
    return Polled(stream) if hasattr(select, "poll") else Threaded(stream)
