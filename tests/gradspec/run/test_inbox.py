"""Facts about hearing a worker: whole messages, silence, a closed pipe, a message larger than the pipe."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator
from typing import IO

import pytest

from gradspec.run import wire
from gradspec.run.inbox import Inbox, Polled, Threaded

Said = tuple[Inbox, IO[bytes]]

KINDS = [
    pytest.param(Polled, marks=pytest.mark.skipif(not hasattr(select, "poll"), reason="this system has no poll")),
    Threaded,
]


@pytest.fixture(params=KINDS)
def said(request: pytest.FixtureRequest) -> Iterator[Said]:
    """An inbox, and the other end of its pipe."""
    ear, mouth = os.pipe()
    inbox = request.param(os.fdopen(ear, "rb"))
    with os.fdopen(mouth, "wb", buffering=0) as stream:
        yield inbox, stream
    inbox.close()


def message(body: bytes) -> bytes:
    """A body behind its length."""
    return len(body).to_bytes(wire.HEAD, "little") + body


def test_messages_come_one_by_one(said: Said) -> None:
    inbox, stream = said
    stream.write(message(b"first") + message(b"") + message(b"second"))
    assert [inbox.get(1.0) for _ in range(3)] == [b"first", b"", b"second"]


def test_silence_is_a_timeout(said: Said) -> None:
    with pytest.raises(TimeoutError):
        said[0].get(0.01)


def test_a_closed_pipe_is_none_even_within_a_message(said: Said) -> None:
    inbox, stream = said
    stream.write(message(b"whole") + message(b"cut short")[:-3])
    stream.close()
    assert [inbox.get(1.0), inbox.get(1.0)] == [b"whole", None]


@pytest.mark.skipif(not hasattr(select, "poll"), reason="this system has no poll")
def test_a_message_larger_than_the_pipe_is_heard_however_late_it_is_asked_for() -> None:
    ear, mouth = os.pipe()
    inbox, body = Polled(os.fdopen(ear, "rb")), b"x" * 2_000_000

    def write() -> None:
        with contextlib.suppress(OSError), os.fdopen(mouth, "wb", buffering=0) as stream:
            rest = memoryview(message(body))
            while rest:
                rest = rest[stream.write(rest) :]

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert select.select([ear], [], [], 1.0)[0]
        assert inbox.get(0.0) == body
    finally:
        inbox.close()
        writer.join()
