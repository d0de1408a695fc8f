"""What optimisers have in common: groups of parameters with their settings, a state for every parameter, a step.

`step()` is one update; `zero_grad()` clears the gradients for the next backward. A rule (`update`) works on arrays, in
place: nothing of it is recorded. What it keeps for a parameter are tensors, under torch's names.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from ..dtypes import get_default_dtype
from ..modes import enable_grad, no_grad
from ..tensor import Tensor, storage, wrap

HOW: dict[str, Any] = {"foreach": None, "fused": None, "capturable": False, "differentiable": False}
"""torch's settings of how a step is computed: they are kept, and change nothing here."""


class Optimizer:
    """Groups of parameters, each with its settings, and a state for every parameter.

    defaults       the settings of a group that gives none of its own
    param_groups   the groups: settings, and the tensors under "params"
    state          parameter -> what the rule keeps for it
    counts         does the rule keep the number of steps, as "step"?
    """

    counts = False

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.dtype.tensor_type}"
            )
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        if defaults.get("differentiable"):
            raise NotImplementedError("refgrad's optimisers work on arrays: a step cannot be differentiated")
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """More parameters, with settings of their own where the group gives any."""
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in "
                "sets will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf and not p.retains_grad:
                raise ValueError("can't optimize a non-leaf Tensor")
        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        if not {p for group in self.param_groups for p in group["params"]}.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**param_group, **self.defaults, **param_group, "params": params})

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
        x, g = p._a, p._grad._a  # type: ignore[union-attr]  # step asked
        state, names = self.state[p], self.kept(group)
        t = 1 if not state else 2
        if not state and self.counts:
            state["step"] = wrap(np.zeros((), np.float64 if get_default_dtype().itemsize == 8 else np.float32))
        for name in names:
            if name not in state:
                state[name] = wrap(np.zeros_like(x))
        if self.counts:
            state["step"]._a[...] += 1
            t = int(state["step"]._a)
        g = -g if group["maximize"] else g
        arrays = {name: state[name]._a for name in names}
        if x.dtype.kind != "c":
            self.update(x, g, arrays, group, t)
        else:  # real and imaginary parts are parameters of their own
            self.update(x.real, g.real, {name: a.real for name, a in arrays.items()}, group, t)
            self.update(x.imag, g.imag, {name: a.imag for name, a in arrays.items()}, group, t)

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The names of the tensors that the rule keeps for a parameter; they begin with zeros."""
        raise NotImplementedError

    def update(self, x: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], group: dict[str, Any], t: int) -> None:
        """Change `x` and what is kept for it, in place, by the gradient `g`.

        t   which step this is, from 1; a rule that does not count is told 2 for all later ones
        """
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Groups and states as data; parameters are numbered in their order."""
        numbers = {p: i for i, p in enumerate(dict.fromkeys(p for g in self.param_groups for p in g["params"]))}
        groups = [{**_settings(g), "params": [numbers[p] for p in g["params"]]} for g in self.param_groups]
        return {"state": {numbers[p]: kept for p, kept in self.state.items() if kept}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the groups' settings and the states of a `state_dict`, whose tensors are shared as in torch."""
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        pairs = list(zip(groups, self.param_groups, strict=True))
        if any(len(given["params"]) != len(own["params"]) for given, own in pairs):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        own_of = {i: p for given, own in pairs for i, p in zip(given["params"], own["params"], strict=True)}
        self.state = defaultdict(dict)
        for i, kept in state_dict["state"].items():
            self.state[own_of[i]] = dict(kept)
        self.param_groups = [{**deepcopy(_settings(given)), "params": own["params"]} for given, own in pairs]

    def __repr__(self) -> str:
        told = [
            f"Parameter Group {i}\n" + "".join(f"    {key}: {value}\n" for key, value in sorted(_settings(g).items()))
            for i, g in enumerate(self.param_groups)
        ]
        return f"{type(self).__name__} (\n" + "\n".join(told) + ")"


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key != "params"}


def checked(name: str, value: float) -> None:
    """Refuse a setting below 0."""
    if not value >= 0.0:
        raise ValueError(f"Invalid {name}: {value}")
