"""Descent along the gradient, with momentum (SGD), or scaled by a running mean of its square (RMSprop)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import HOW, Optimizer, checked


class SGD(Optimizer):
    """Stochastic gradient descent: v <- momentum v + (1 - dampening) g, x <- x - lr v. Source: torch.optim.SGD."""

    def __init__(
        self, params: Any, lr: float = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None, differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:  # fmt: skip
        checked("learning rate", lr)
        checked("momentum value", momentum)
        checked("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The velocity."""
        return ("momentum_buffer",) if group["momentum"] else ()

    def update(self, x: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], group: dict[str, Any], t: int) -> None:
        """The first velocity is the gradient itself, undampened."""
        momentum = group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        if momentum:
            v = kept["momentum_buffer"]
            v[...] = g if t == 1 else momentum * v + (1 - group["dampening"]) * g
            g = g + momentum * v if group["nesterov"] else v
        x -= float(group["lr"]) * g


class RMSprop(Optimizer):
    """x <- x - lr g / (sqrt(mean of g^2) + eps); `centered` takes the variance. Source: torch.optim.RMSprop."""

    counts = True

    def __init__(
        self, params: Any, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
        momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        checked("learning rate", lr)
        checked("epsilon value", eps)
        checked("momentum value", momentum)
        checked("weight_decay value", weight_decay)
        checked("alpha value", alpha)
        how = HOW | {"capturable": capturable, "foreach": foreach, "differentiable": differentiable}
        del how["fused"]
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "maximize": maximize, **how,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The mean of the square, and what momentum and centring need."""
        momentum = ("momentum_buffer",) if group["momentum"] > 0 else ()
        return ("square_avg", *momentum, *(("grad_avg",) if group["centered"] else ()))

    def update(self, x: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], group: dict[str, Any], t: int) -> None:
        """The mean is not made up for having begun at 0."""
        share = 1 - group["alpha"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        square = kept["square_avg"]
        square[...] = group["alpha"] * square + share * g * g
        if group["centered"]:
            mean = kept["grad_avg"]
            mean += share * (g - mean)
            square = square - mean * mean
        scaled = g / (np.sqrt(square) + group["eps"])
        if group["momentum"] > 0:
            v = kept["momentum_buffer"]
            v[...] = scaled = group["momentum"] * v + scaled
        x -= float(group["lr"]) * scaled
