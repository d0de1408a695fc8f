"""torch.nn.utils: clip gradients, and read all parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..modes import no_grad
from ..ops.join import cat, stack
from ..ops.norm import vector_norm
from ..tensor import Tensor


def _gradients(parameters: Any) -> list[Any]:
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p.grad for p in given if p.grad is not None]  # type: ignore[attr-defined]  # variable.py gives them .grad


def get_total_norm(tensors: Iterable[Any], norm_type: float = 2.0, error_if_nonfinite: bool = False) -> Tensor:
    """The norm of all tensors as if they were one vector; raises RuntimeError if it is not finite and that matters."""
    from ..create import tensor

    parts = [vector_norm(t, float(norm_type)) for t in tensors]
    if not parts:
        return tensor(0.0)
    total: Any = vector_norm(stack(parts), float(norm_type))
    if error_if_nonfinite and not bool(total.isfinite()):
        raise RuntimeError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is non-finite, so it cannot "
            "be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total  # type: ignore[no-any-return]


@no_grad()
def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Shrink all gradients in place by one factor, so that their total norm is at most max_norm; returns the norm."""
    gradients = _gradients(parameters)
    total: Any = get_total_norm(gradients, norm_type, error_if_nonfinite)
    factor = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for g in gradients:
        g.mul_(factor)
    return total  # type: ignore[no-any-return]


@no_grad()
def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of every gradient in place to [-clip_value, clip_value]."""
    for g in _gradients(parameters):
        g.clamp_(-float(clip_value), float(clip_value))


def parameters_to_vector(parameters: Iterable[Any]) -> Tensor:
    """All parameters as one vector."""
    return cat([p.view(-1) for p in parameters])  # type: ignore[no-any-return]


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Let every parameter show its part of the vector."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    at = 0
    for p in parameters:
        p.data = vec[at : at + p.numel()].view_as(p).data  # type: ignore[attr-defined,index]  # ops are methods
        at += p.numel()


__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "vector_to_parameters"]
