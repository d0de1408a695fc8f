"""Plans for the learning rate: what it is after so many calls of `step()`, as a factor of what it was at first.

A plan remembers each group's first rate as `initial_lr`. Source of the formulas: torch.optim.lr_scheduler.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from .optimizer import Optimizer


class LRScheduler:
    """What plans have in common.

    last_epoch   how many steps of the plan were made
    base_lrs     each group's first rate
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer, self.last_epoch = optimizer, last_epoch
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def rate(self, first: float, group: int) -> float:
        """The rate now of a group that began with `first`."""
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """One step on (or to `epoch`): set the rates of all groups."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        for i, (group, first) in enumerate(zip(self.optimizer.param_groups, self.base_lrs, strict=True)):
            group["lr"] = self.rate(first, i)

    def get_last_lr(self) -> list[float]:
        """The rates that were last set."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All that it keeps, but the optimiser."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict`."""
        self.__dict__.update(state_dict)


class LambdaLR(LRScheduler):
    """A factor that a function of the number of steps gives: one function, or one for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas: list[Callable[[int], float]] = (
            list(lr_lambda) if isinstance(lr_lambda, list | tuple) else [lr_lambda] * groups
        )
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def rate(self, first: float, group: int) -> float:
        """The rate now."""
        return first * self.lr_lambdas[group](self.last_epoch)


class StepLR(LRScheduler):
    """Times gamma every step_size steps."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, first: float, group: int) -> float:
        """The rate now."""
        return first * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """Times gamma at every milestone."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, first: float, group: int) -> float:
        """The rate now."""
        return first * self.gamma ** sum(m <= self.last_epoch for m in self.milestones)


class ExponentialLR(LRScheduler):
    """Times gamma every step."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, first: float, group: int) -> float:
        """The rate now."""
        return first * self.gamma**self.last_epoch


class CosineAnnealingLR(LRScheduler):
    """Half a cosine down to eta_min in T_max steps, and up again in as many."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, first: float, group: int) -> float:
        """The rate now."""
        return self.eta_min + (first - self.eta_min) * (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2


__all__ = ["CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "MultiStepLR", "StepLR"]
