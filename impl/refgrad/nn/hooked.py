"""How a Module is called: `forward`, between the hooks that were registered on it.

A hook gets the module and what forward takes and gives; backward hooks see gradients (see backward_hooks.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..graph import RemovableHandle, _Hooks
from ..tensor import Tensor
from .backward_hooks import Crossing


class Hooked:
    """What can be called, and watched at it.

    _before, _after      hooks around forward, by position: (module, args, kwargs) and (module, args, kwargs, output)
    _backward            hooks after the module's backward; _backward_before: before it
    _backward_last       hooks of the old kind, on the last node alone
    """

    _before: _Hooks
    _after: _Hooks
    _backward: _Hooks
    _backward_before: _Hooks
    _backward_last: _Hooks
    forward: Callable[..., Any]

    def __call__(self, *input: Any, **named: Any) -> Any:
        """`forward`, between the hooks."""
        for hook in list(self._before.values()):
            input, named = hook(self, input, named)
        crossing = None
        if self._backward or self._backward_before:
            crossing = Crossing(self, list(self._backward.values()), list(self._backward_before.values()))
            input = crossing.enter(input)
        output = self.forward(*input, **named)
        for hook in list(self._after.values()):
            replaced = hook(self, input, named, output)
            output = output if replaced is None else replaced
        if self._backward_last:
            self._hook_last_node(output if isinstance(output, Tensor) else output[0])
        return output if crossing is None else crossing.leave(output)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """`hook(module, input)` runs before forward and may replace the input.

        With `with_kwargs` it is `hook(module, args, kwargs)`, which may return other args and kwargs.
        """
        return _placed(self._before, _before_by_position(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """`hook(module, input, output)` runs after forward and may replace the output.

        With `with_kwargs` it is `hook(module, args, kwargs, output)`.
        """
        adapted = hook if with_kwargs else lambda module, input, named, output: hook(module, input, output)
        return _placed(self._after, adapted, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` sees the gradients on both sides and may replace the first."""
        self._refuse_both(self._backward_last)
        return self._backward.add(hook)  # type: ignore[no-any-return]

    def register_full_backward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_output)` runs before the module's backward and may replace the gradients."""
        return self._backward_before.add(hook)  # type: ignore[no-any-return]

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` sees the gradients of the last operation alone.

        This function is deprecated in favor of `register_full_backward_hook`.
        """
        self._refuse_both(self._backward)
        return self._backward_last.add(hook)  # type: ignore[no-any-return]

    def _hook_last_node(self, output: Tensor) -> None:
        if output.grad_fn is not None:
            for hook in self._backward_last.values():
                output.grad_fn.register_hook(functools.partial(hook, self))

    @staticmethod
    def _refuse_both(others: _Hooks) -> None:
        if others:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. "
                "Please use only one of them."
            )


def _placed(hooks: _Hooks, hook: Callable[..., Any], prepend: bool) -> RemovableHandle:
    """Register a hook, behind the others or before them."""
    handle: RemovableHandle = hooks.add(hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _before_by_position(hook: Callable[..., Any], with_kwargs: bool) -> Callable[..., Any]:
    """A pre-forward hook as a function from (module, args, kwargs) to the args and kwargs to go on with."""

    def run(module: Any, input: Any, named: Any) -> Any:
        if not with_kwargs:
            replaced = hook(module, input)
            input = input if replaced is None else replaced if isinstance(replaced, tuple) else (replaced,)
            return input, named
        replaced = hook(module, input, named)
        if replaced is None:
            return input, named
        if not (isinstance(replaced, tuple) and len(replaced) == 2):
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
            )
        return replaced

    return run
