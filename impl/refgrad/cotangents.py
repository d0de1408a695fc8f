"""What derivatives must make of unusual questions: zero, undefined and batched cotangents, missing tangents.

Each check raises GradcheckError where a function's backward (or jvp) does not hold to it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import backward, errors
from .errors import GradcheckError
from .func import vmap
from .function import Function
from .jacobians import checked, differentiable, tangents_of
from .tensor import Tensor, wrap

Checked = Callable[..., Any]


def check_scaling(outputs: Sequence[Tensor], inputs: Sequence[Any], masked: bool) -> None:
    """A cotangent of zero must give gradients of zero."""
    if not outputs:
        return
    xs = [inputs[i] for i in checked(inputs)]
    for g in backward.grad(
        outputs, xs, [wrap(np.zeros_like(o._a)) for o in outputs], retain_graph=True, allow_unused=True
    ):
        if g is not None and not (np.allclose(g._a, 0) if masked else np.all(g._a == 0)):
            raise GradcheckError("backward not multiplied by grad_output")


class _Undefined(Function):
    """Passes its argument on, and no gradient back."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.view_as(x)  # type: ignore[attr-defined, no-any-return]  # ops are methods

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Nothing is needed."""

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> None:
        """No gradient."""


def check_undefined(func: Checked, inputs: Sequence[Any]) -> None:
    """Outputs whose gradient is undefined, all of them and each in turn, must count as zero."""
    xs = [inputs[i] for i in checked(inputs)]
    count = len(differentiable(func(*inputs)))
    choices = [set(range(count)), *({k} for k in range(count) if count > 1)]
    for undefined in choices if count else ():
        outs = [_Undefined.apply(o) if k in undefined else o for k, o in enumerate(differentiable(func(*inputs)))]
        try:
            found = backward.grad(outs, xs, [wrap(np.zeros_like(o._a)) for o in outs], allow_unused=True)
        except RuntimeError as error:
            _warn_undefined()
            raise errors.undefined_not_handled() from error
        if any(g is not None and np.any(g._a != 0) for g in found):
            _warn_undefined()
            raise errors.undefined_not_zero()


def _warn_undefined() -> None:
    warnings.warn(
        "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may "
        "break existing callers of this function. If this is true for you, you can call this function with "
        '"check_undefined_grad=False" to disable the feature',
        stacklevel=4,
    )


def check_undefined_forward(func: Checked, inputs: Sequence[Any]) -> None:
    """An input without a tangent must count as one with a tangent of zero."""
    places = checked(inputs)
    for i in places:
        others = {k: np.float64(1.0) for k in places if k != i}
        zero, none = tangents_of(func, inputs, others), tangents_of(func, inputs, {**others, i: None})
        for k, (a, b) in enumerate(zip(zero, none, strict=True)):
            if not np.allclose(a, b):
                raise errors.undefined_tangent(k, inputs[i], wrap(b), wrap(a))


def check_batched(inputs: Sequence[Any], out: Tensor, number: int) -> None:
    """The gradients of a batch of cotangents must be those of each, one by one."""
    xs = [inputs[i] for i in checked(inputs)]
    rng = np.random.default_rng(0)
    batch = wrap(rng.standard_normal((2, *out.shape)).astype(out._a.dtype))

    def pull(v: Tensor) -> tuple[Tensor, ...]:
        found = backward.grad(out, xs, v, retain_graph=True, allow_unused=True, materialize_grads=True)
        return tuple(found)

    expected = [np.stack(shards) for shards in zip(*[[g._a for g in pull(wrap(v))] for v in batch._a], strict=True)]
    try:
        result = vmap(pull)(batch)
    except RuntimeError as error:
        raise GradcheckError(f"While computing batched gradients, got: {error}") from error
    for i, (got, want) in enumerate(zip(result, expected, strict=True)):
        if not np.allclose(got._a, want):
            raise errors.batched_mismatch(number, i, got, wrap(want))


__all__ = ["check_batched", "check_scaling", "check_undefined", "check_undefined_forward"]
