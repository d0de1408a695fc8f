"""Optimisers: change parameters by their gradients. SGD and Adam, as torch.optim defines them.

An Optimizer holds groups of parameters, each with its settings, and a state for every parameter.
`step()` is one update; `zero_grad()` clears the gradients for the next backward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .modes import enable_grad, no_grad
from .tensor import Tensor, storage


class Optimizer:
    """What optimisers have in common: groups, state, and how a step is taken."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.dtype.tensor_type}"
            )
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """More parameters, with settings of their own where the group gives any."""
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf and not p.retains_grad:
                raise ValueError("can't optimize a non-leaf Tensor")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is None:
                    continue
                if set_to_none:
                    p._grad = None
                else:
                    p._grad = p._grad.detach()
                    p._grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One update of every parameter that has a gradient; `closure` computes the loss anew before."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad(), np.errstate(all="ignore"):
            for group in self.param_groups:
                for p in group["params"]:
                    if p._grad is not None:
                        self._step_of(p, group)
                        storage(p).version += 1
        return loss

    def _step_of(self, p: Tensor, group: dict[str, Any]) -> None:
        x, g, state = p._a, p._grad._a, self.state.setdefault(p, {})  # type: ignore[union-attr]  # step asked
        if x.dtype.kind != "c":
            self.update(x, g, state, group)
        else:  # real and imaginary parts are parameters of their own
            self.update(x.real, g.real, state.setdefault("real", {}), group)
            self.update(x.imag, g.imag, state.setdefault("imag", {}), group)

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change `x` in place by its gradient `g`."""
        raise NotImplementedError


def _checked(**settings: float) -> None:
    for name, value in settings.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {name.replace('_', ' ')}: {value}")


class SGD(Optimizer):
    """Stochastic gradient descent: v <- momentum v + (1 - dampening) g, x <- x - lr v. Source: torch.optim.SGD."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        _checked(learning_rate=lr)
        for name, value in (("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0.0:
                raise ValueError(f"Invalid {name} value: {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                    "nesterov": nesterov, "maximize": maximize}  # fmt: skip
        super().__init__(params, defaults)

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """The first velocity is the gradient itself, undampened."""
        momentum = group["momentum"]
        g = -g if group["maximize"] else g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        if momentum:
            v = state.get("momentum_buffer")
            v = g.copy() if v is None else momentum * v + (1 - group["dampening"]) * g
            state["momentum_buffer"] = v
            g = g + momentum * v if group["nesterov"] else v
        x -= group["lr"] * g


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square. Source: Kingma and Ba 2015, torch.optim.Adam."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        _checked(learning_rate=lr)
        if eps < 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
                    "maximize": maximize}  # fmt: skip
        super().__init__(params, defaults)

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Both means start at 0, for which the division by 1 - beta^t makes up."""
        first, second = group["betas"]
        g = -g if group["maximize"] else g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        t = state["step"] = state.get("step", 0) + 1
        mean = state.get("exp_avg", np.zeros_like(x))
        square = state.get("exp_avg_sq", np.zeros_like(x))
        state["exp_avg"] = mean = mean + (1 - first) * (g - mean)
        state["exp_avg_sq"] = square = second * square + (1 - second) * g * g
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = square = np.maximum(state.get("max_exp_avg_sq", square), square)
        spread = np.sqrt(square) / np.sqrt(1 - second**t) + group["eps"]
        x -= group["lr"] / (1 - first**t) * mean / spread
