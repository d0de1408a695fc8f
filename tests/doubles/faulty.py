"""Engines that misbehave in exactly one way each, and one that behaves: NumPy, and no torch anywhere.

Each answers a program with its number of inputs, and a spec's `torch.answer()` with 42, until it
meets a program that is `bad` or a spec's `torch.trouble()`; then it does what it is named after.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradspec.errors import BrokenBackend, DeviceMissing, EngineMissing
from gradspec.outcome import Answers, Array
from gradspec.programs.model import Program

BAD = 13
OPS = frozenset({"add", "mul", "sub", "div", "sin", "cos", "tanh", "exp", "sum", "reshape", "where", "maximum"})
"""So few that some sixty programs have several sines."""


def bad(program: Program) -> bool:
    """Has it a first input with seed BAD, or a sine in it?"""
    return program.inputs[0].seed == BAD or any(step.op == "sin" for step in program.steps)


class Good:
    """Answers everything, rightly."""

    capabilities = frozenset({"ops", "tape"})
    torch_messages = False

    def __init__(self, device: str = "") -> None:
        self.torch = SimpleNamespace(answer=lambda: 42, trouble=self.misbehave, wait=lambda: time.sleep(30))
        self.name = f"doubles.faulty:{type(self).__name__}"
        self.device = device

    def versions(self) -> dict[str, str]:
        return {"double": "1"}

    def namespace(self, needs: frozenset[str]) -> Any:
        return self.torch

    def has_op(self, name: str) -> bool:
        return name in OPS

    def numpy(self, value: Any) -> np.ndarray | None:
        return value if isinstance(value, np.ndarray) else None

    def dtype_name(self, value: Any) -> str:
        return str(value.dtype)

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        if bad(program):
            self.misbehave()
        return Answers((Array.of(np.float64(self.count(program))),))

    def count(self, program: Program) -> int:
        """The right answer."""
        return len(program.inputs)

    def misbehave(self) -> None:
        """Do the one thing."""


class Segfaults(Good):
    def misbehave(self) -> None:
        ctypes.string_at(0)


class Sleeps(Good):
    def misbehave(self) -> None:
        time.sleep(1000)


class HoldsTheLock(Good):
    """Hangs in native code that never gives the GIL back."""

    def misbehave(self) -> None:
        ctypes.PyDLL(None).sleep(1000)


class IsKilled(Good):
    def misbehave(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Exits(Good):
    def misbehave(self) -> None:
        sys.exit(3)


class Devours(Good):
    """Takes memory without bounds (up to a gigabyte, lest a broken guard hurt)."""

    def misbehave(self) -> None:
        for _ in range(64):
            self.__dict__.setdefault("eaten", []).append(np.ones(2**21))


class Prints(Good):
    """Writes where only the worker may write, as native code does, and reads what only the worker may read."""

    def misbehave(self) -> None:
        print("hello", flush=True)
        os.write(1, b"more hello\n")
        os.write(2, b"and alas\n")
        sys.stdin.read()


class Raises(Good):
    """Lets an error escape, which an adapter must not."""

    def misbehave(self) -> None:
        raise KeyError("a bug of the adapter")


class DiesOnce(Good):
    """Dies in its first process and never again: nothing that can be shown twice."""

    def misbehave(self) -> None:
        mark = os.environ["DIES_ONCE"]
        if not os.path.exists(mark):
            open(mark, "x").close()
            os.abort()


class Lies(Good):
    """Answers 41 to a spec, and one too many to a bad program."""

    def count(self, program: Program) -> int:
        return len(program.inputs) + bad(program)

    def __init__(self, device: str = "") -> None:
        super().__init__(device)
        self.torch.answer = lambda: 41


class LiesOnce(Good):
    """Answers 41 to a spec the first time."""

    def __init__(self, device: str = "") -> None:
        super().__init__(device)
        answers = iter([41])
        self.torch.answer = lambda: next(answers, 42)


class NotInstalled(Good):
    def __init__(self, device: str = "") -> None:
        raise EngineMissing("double is not installed.")


class NoDevice(Good):
    def __init__(self, device: str = "") -> None:
        raise DeviceMissing("double sees no device here.")


class Unloadable(Good):
    def __init__(self, device: str = "") -> None:
        os.abort()


class LoadsOnce(Segfaults):
    """Loads in its first process and never again."""

    def __init__(self, device: str = "") -> None:
        super().__init__(device)
        mark = os.environ["LOADS_ONCE"]
        if os.path.exists(mark):
            raise BrokenBackend("double loads only once.")
        open(mark, "x").close()
