"""torch.utils.checkpoint: keep a function's inputs instead of what it would save, and run it again in backward."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..backward import backward as run_backward
from ..function import Function
from ..modes import enable_grad
from ..random import fork_rng, get_rng_state, set_rng_state
from ..tensor import Tensor


class Checkpoint(Function):
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
        saved = iter(ctx.saved_tensors)
        args = [
            _fresh(next(saved)) if is_tensor else a for is_tensor, a in zip(ctx.is_tensor, ctx.constants, strict=True)
        ]
        with enable_grad():
            out = ctx.again(*args)
        pairs = [(o, g) for o, g in zip(out if isinstance(out, tuple) else (out,), grads, strict=True)
                 if isinstance(o, Tensor) and o.requires_grad]  # fmt: skip
        if pairs:
            run_backward([o for o, _ in pairs], [g for _, g in pairs])
        return None, *[a.grad if isinstance(a, Tensor) else None for a in args]


def _fresh(t: Tensor) -> Tensor:
    return t.detach().requires_grad_(t.requires_grad)  # type: ignore[attr-defined,no-any-return]  # ops are methods


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

    With `preserve_rng_state` the second run draws the random numbers of the first. Gradients of the
    gradient are not supported: the second run is differentiated inside backward.
    """
    begun = get_rng_state()
    runs = 0

    def again(*inputs: Any) -> Any:
        nonlocal runs
        runs += 1
        replay = preserve_rng_state and runs > 1
        with fork_rng() if replay else contextlib.nullcontext():
            if replay:
                set_rng_state(begun)
            return function(*inputs, **kwargs)

    return Checkpoint.apply(again, *args)


__all__ = ["checkpoint"]
