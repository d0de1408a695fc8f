"""torch.utils.checkpoint: keep a function's inputs instead of what it would save, and run it again in backward.

Without reentry, saved tensors are packed into their numbers; the first one that backward asks for runs the function
again, and what that saves is handed out under the same numbers. The graph is the function's own, so that gradients of
gradients work. With reentry (the older way) a custom Function runs it again and goes back through that.
Source: torch.utils.checkpoint.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..backward import backward as run_backward
from ..function import Function
from ..hooks import saved_tensors_hooks
from ..modes import enable_grad, state
from ..random import fork_rng, get_rng_state, set_rng_state
from ..tensor import Tensor


class CheckpointError(RuntimeError):
    """The second run did not save what the first run saved."""


class CheckpointFunction(Function):
    """Runs a function without recording; its backward runs it again, recording, and goes back through that."""

    @staticmethod
    def forward(ctx: Any, again: Callable[..., Any], *args: Any) -> Any:
        ctx.again = again
        ctx.constants = [None if isinstance(a, Tensor) else a for a in args]
        ctx.is_tensor = [isinstance(a, Tensor) for a in args]
        ctx.save_for_backward(*[a for a in args if isinstance(a, Tensor)])
        return again(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if state.walk is not None and state.walk.wanted is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        saved = iter(ctx.saved_tensors)
        args = [
            _fresh(next(saved)) if is_tensor else a for is_tensor, a in zip(ctx.is_tensor, ctx.constants, strict=True)
        ]
        with enable_grad():
            out = ctx.again(*args)
        pairs = [(o, g) for o, g in zip(out if isinstance(out, tuple) else (out,), grads, strict=True)
                 if isinstance(o, Tensor) and o.requires_grad]  # fmt: skip
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        run_backward([o for o, _ in pairs], [g for _, g in pairs])
        return None, *[a.grad if isinstance(a, Tensor) else None for a in args]


def _fresh(t: Tensor) -> Tensor:
    return t.detach().requires_grad_(t.requires_grad)  # type: ignore[attr-defined,no-any-return]  # ops are methods


class _Frame:
    """What one call saved, by number, and what the second run saved under the same numbers.

    again   runs the function once more
    count   how many tensors the first run saved
    found   number -> tensor, from the last second run; each is handed out once, then backward is at another time
    """

    def __init__(self, again: Callable[[], Any]) -> None:
        self.again = again
        self.count = 0
        self.found: dict[int, Tensor] = {}

    def pack(self, _: Tensor) -> int:
        """The number of what is saved next."""
        self.count += 1
        return self.count - 1

    def unpack(self, number: int) -> Tensor:
        """What the second run saved under this number."""
        if number not in self.found:
            kept: list[Tensor] = []
            with enable_grad(), saved_tensors_hooks(lambda t: kept.append(t.detach()), _not_needed):  # type: ignore[attr-defined]
                self.again()
            if len(kept) != self.count:
                raise CheckpointError(
                    "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                    f"recomputation.\nNumber of tensors saved during forward: {self.count}\n"
                    f"Number of tensors saved during recomputation: {len(kept)}."
                )
            self.found = dict(enumerate(kept))
        return self.found.pop(number)


def _not_needed(_: Any) -> Tensor:
    raise RuntimeError("what a second run saves is not for a backward of its own")


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which backward keeps the arguments alone.

    With `preserve_rng_state` the second run draws the random numbers of the first. With `use_reentrant` gradients of
    the gradient are not supported, nor is `autograd.grad`; torch advises False, and warns where nothing is said.
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
            "calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, "
            "but if you need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs "
            "for more details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    begun = get_rng_state()

    @contextlib.contextmanager
    def replay() -> Iterator[None]:
        with fork_rng() if preserve_rng_state else contextlib.nullcontext():
            if preserve_rng_state:
                set_rng_state(begun)
            yield

    if use_reentrant:
        return _reentrant(function, args, replay)
    if not state.grad:
        return function(*args, **kwargs)

    def again() -> None:
        with replay():
            function(*args, **kwargs)

    frame = _Frame(again)
    with saved_tensors_hooks(frame.pack, frame.unpack):
        return function(*args, **kwargs)


def _reentrant(function: Callable[..., Any], args: tuple[Any, ...], replay: Callable[[], Any]) -> Any:
    if not any(a.requires_grad for a in args if isinstance(a, Tensor)):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=3)
    runs = 0

    def again(*inputs: Any) -> Any:
        nonlocal runs
        runs += 1
        with replay() if runs > 1 else contextlib.nullcontext():
            return function(*inputs)

    return CheckpointFunction.apply(again, *args)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True
) -> Any:
    """The functions one after another, checkpointed in so many segments; the last segment is not."""
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. "
            "In version 2.9 we will raise an exception if use_reentrant is not passed. use_reentrant=False is "
            "recommended, but if you need to preserve the current default behavior, you can pass use_reentrant=True. "
            "Refer to docs for more details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    parts: list[Callable[[Any], Any]] = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(parts) // segments
    for start in range(0, size * (segments - 1), size):
        segment = _Segment(parts[start : start + size])
        input = checkpoint(segment, input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state)
    return _Segment(parts[size * (segments - 1) :])(input)


class _Segment:
    """Functions one after another."""

    def __init__(self, functions: Sequence[Callable[[Any], Any]]) -> None:
        self.functions = functions

    def __call__(self, input: Any) -> Any:
        for function in self.functions:
            input = function(input)
        return input


__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]
