"""What this thread records: grad mode, inference mode, the hooks on saved tensors, anomaly mode.

`state` holds one record a thread, as in torch. The classes below change a field for the length of
a `with` block or of a decorated function.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from contextvars import Context
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


class State(threading.local):
    """One thread's modes.

    grad          is the graph being recorded?
    inference     are new tensors inference tensors?
    forward       the numbers of the open forward-mode levels, innermost last (none: nobody watches tangents)
    carried       per open level, the saved outputs that hold a tangent of it
    dual          the number of the level that `make_dual` uses, or 0
    saved_hooks   the (pack, unpack) pairs in force, innermost last; forbidden where saved_hooks_off says why
    mutation_allowed   is allow_mutation_on_saved_tensors open?
    grad_layout   does a first gradient get the strides of its leaf?
    multithreading   may backward use threads? (It does not.)
    anomaly       detect anomalies, and check for NaN (anomaly_nan)
    running       under anomaly detection, the node whose backward is running
    walk          the backward that is running
    transforms    how many functions of torch.func are running
    vmaps         what each open vmap wants of random numbers: "error", "different" or "same"
    quiet         calls a function with NumPy's floating-point warnings off, as torch computes
    """

    def __init__(self) -> None:
        self.grad = True
        self.inference = False
        self.forward: tuple[int, ...] = ()
        self.carried: dict[int, list[Any]] = {}
        self.dual = 0
        self.saved_hooks: list[Any] = []
        self.saved_hooks_off: str | None = None
        self.mutation_allowed = False
        self.grad_layout = True
        self.multithreading = True
        self.anomaly = False
        self.anomaly_nan = True
        self.running: Any = None
        self.walk: Any = None
        self.transforms = 0
        self.vmaps: list[str] = []
        # A context of its own costs 50 ns a call, np.errstate fifteen times that.
        context = Context()
        context.run(np.seterr, all="ignore")
        self.quiet = context.run


state = State()


class Mode:
    """A `with` block or a decorator that sets one mode and puts the old one back, whatever happens."""

    def __init__(self) -> None:
        self._old: list[Any] = []  # a stack: one object may be entered again inside itself

    def enter(self) -> Any:
        """Set the mode; return what `leave` needs to undo it."""
        raise NotImplementedError

    def leave(self, old: Any) -> None:
        """Undo what `enter` did."""
        raise NotImplementedError

    def __enter__(self) -> Self | None:
        self._old.append(self.enter())
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave(self._old.pop())

    def clone(self) -> Mode:
        """A fresh one for each call of a decorated function."""
        return type(self)()

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            return _in_generator(self, function)  # type: ignore[return-value]

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]


def _in_generator(mode: Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    """A generator runs under the mode only while it runs itself, not while its caller holds it."""

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        send: Callable[[], Any] = functools.partial(next, generator)
        while True:
            try:
                with mode.clone():
                    item = send()
            except StopIteration as stop:
                return stop.value
            try:
                received = yield item
                send = functools.partial(generator.send, received)
            except GeneratorExit:
                with mode.clone():
                    generator.close()
                raise
            except BaseException as error:  # noqa: BLE001 - thrown in by the caller, handed on to the generator
                send = functools.partial(generator.throw, error)

    return inside


class _GradMode(Mode):
    """Sets `state.grad`."""

    value: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        # `@torch.no_grad` without parentheses decorates as well.
        self = super().__new__(cls)
        if function is None:
            return self
        Mode.__init__(self)
        return self(function)

    def enter(self) -> bool:
        old, state.grad = state.grad, self.value
        return old

    def leave(self, old: bool) -> None:
        state.grad = old


class no_grad(_GradMode):
    """Record nothing: results do not require grad, though their inputs may."""

    value = False


class enable_grad(_GradMode):
    """Record again, inside `no_grad`."""

    value = True


class set_grad_enabled(Mode):
    """Set grad mode to `mode` at once; as a `with` block, until its end."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self._before, state.grad = state.grad, mode
        self.mode = mode

    def enter(self) -> bool:
        state.grad = self.mode
        return self._before

    def leave(self, old: bool) -> None:
        state.grad = old

    def clone(self) -> set_grad_enabled:
        return set_grad_enabled(self.mode)

    def __call__(self, function: F) -> F:
        state.grad = self._before  # as a decorator it acts inside the function alone
        return super().__call__(function)


class inference_mode(Mode):
    """`no_grad` that also makes tensors which can never take part in a graph."""

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        Mode.__init__(self)
        self.mode = True
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def enter(self) -> tuple[bool, bool, tuple[int, ...]]:
        old = state.inference, state.grad, state.forward
        state.inference = self.mode
        state.grad = not self.mode
        if self.mode:
            state.forward = ()
        return old

    def leave(self, old: tuple[bool, bool, tuple[int, ...]]) -> None:
        state.inference, state.grad, state.forward = old

    def clone(self) -> inference_mode:
        return inference_mode(self.mode)


class set_multithreading_enabled:
    """Note whether backward may use threads, at once or for a `with` block. refgrad's never does."""

    def __init__(self, mode: bool) -> None:
        self._before, state.multithreading = state.multithreading, mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        state.multithreading = self._before


def is_multithreading_enabled() -> bool:
    """May backward use threads?"""
    return state.multithreading


class enforce_grad_layout_policy(Mode):
    """False: a first gradient may keep the strides it arrives with. Acts at once; as a `with` block, until its end."""

    def __init__(self, enable: bool = True) -> None:
        super().__init__()
        self._before, state.grad_layout = state.grad_layout, enable
        self.enable = enable

    def enter(self) -> bool:
        state.grad_layout = self.enable
        return self._before

    def leave(self, old: bool) -> None:
        state.grad_layout = old

    def clone(self) -> enforce_grad_layout_policy:
        return enforce_grad_layout_policy(self.enable)

    def __call__(self, function: F) -> F:
        state.grad_layout = self._before
        return super().__call__(function)


def is_grad_enabled() -> bool:
    """Is this thread recording?"""
    return state.grad


def is_inference_mode_enabled() -> bool:
    """Is this thread in inference mode?"""
    return state.inference
