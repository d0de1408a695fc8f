"""What the driver and a worker say to each other, and how it is framed.

A Start names the engine; Ready or Declined answers it. Perform carries a spec and Replay a
program; a Reply answers either. A message is four bytes of length and that much msgpack.
"""

from __future__ import annotations

import struct
from typing import IO

import msgspec

from ..judge.verdict import Verdict
from ..outcome import Outcome
from ..programs.model import Program
from ..specs.model import Spec
from .records import BackendInfo


class Start(msgspec.Struct, frozen=True, tag=True):
    """Load this backend; then live within `memory` bytes (0: as many as there are)."""

    backend: str
    memory: int = 0


class Perform(msgspec.Struct, frozen=True, tag=True):
    """Perform the checks of a spec, within `limit` seconds."""

    spec: Spec
    limit: float


class Replay(msgspec.Struct, frozen=True, tag=True):
    """Answer a program's questions, within `limit` seconds; `steps` asks for every step's value."""

    program: Program
    limit: float
    steps: bool = False


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The engine is loaded; `torch_messages` as in backends/protocol.py."""

    info: BackendInfo
    torch_messages: bool = False


class Declined(msgspec.Struct, frozen=True, tag=True):
    """The engine cannot be loaded: the name of a class in errors.py, and its one line."""

    error: str
    message: str


class Reply(msgspec.Struct, frozen=True, tag=True):
    """What came of a case: an outcome, or a verdict that needs no judge and its sentence."""

    outcome: Outcome | None = None
    verdict: Verdict | None = None
    """CRASH, HANG, OUT_OF_MEMORY or HARNESS_ERROR, where there is no outcome."""
    said: str = ""
    seconds: float = 0.0
    spent: bool = False
    """Should the worker be replaced? It has grown too large, or the engine says that its device is lost."""


Request = Start | Perform | Replay
Response = Ready | Declined | Reply

_encode = msgspec.msgpack.Encoder().encode
_LENGTH = struct.Struct("<I")

decode_request = msgspec.msgpack.Decoder(Request).decode
decode_response = msgspec.msgpack.Decoder(Response).decode


HEAD = _LENGTH.size
"""Bytes before the body."""


def size(begun: bytes) -> int | None:
    """The bytes that a message takes which begins so, its head included; None while that is not to be seen."""
    return HEAD + int(_LENGTH.unpack_from(begun)[0]) if len(begun) >= HEAD else None


def write(stream: IO[bytes], message: Request | Response) -> None:
    """Send one message."""
    body = _encode(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read(stream: IO[bytes]) -> bytes | None:
    """Receive the body of one message; None once the other side is gone."""
    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None
