"""Steps scaled by running means of the gradient and of its square. Source: Kingma and Ba 2015, torch.optim.Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, checked


class Adam(Optimizer):
    """x <- x - lr m / (sqrt(s) + eps), with running means m of g and s of g^2.

    amsgrad                  divide by the largest s so far
    decoupled_weight_decay   shrink x itself, rather than add to g: AdamW (Loshchilov and Hutter 2019)
    """

    counts = True

    def __init__(
        self, params: Any, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        checked("learning rate", lr)
        checked("epsilon value", eps)
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        checked("weight_decay value", weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The two means, and with amsgrad the largest of the second."""
        return ("exp_avg", "exp_avg_sq", *(("max_exp_avg_sq",) if group["amsgrad"] else ()))

    def update(self, x: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], group: dict[str, Any], t: int) -> None:
        """Both means start at 0, for which the division by 1 - beta^t makes up."""
        (first, second), lr = group["betas"], float(group["lr"])
        if group["weight_decay"] and group["decoupled_weight_decay"]:
            x *= 1 - lr * group["weight_decay"]
        elif group["weight_decay"]:
            g = g + group["weight_decay"] * x
        mean, square = kept["exp_avg"], kept["exp_avg_sq"]
        mean += (1 - first) * (g - mean)
        square[...] = second * square + (1 - second) * g * g
        if group["amsgrad"]:
            square = np.maximum(kept["max_exp_avg_sq"], square, out=kept["max_exp_avg_sq"])
        spread = np.sqrt(square) / float(np.sqrt(1 - second**t)) + group["eps"]
        x -= lr / (1 - first**t) * mean / spread


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    def __init__(
        self, params: Any, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False, foreach: bool | None = None,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip
