"""Modules as functions of their parameters: functional_call, stack_module_state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.join import stack
from ..tensor import Tensor


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: dict[str, Any] | None = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """`module(*args, **kwargs)` with the given tensors in place of its parameters and buffers of these dotted names.

    Several dicts count as one. What shares a tensor with a replaced one is replaced with it, unless `tie_weights` is
    off. With `strict`, every name of the module must be given. Raises ValueError for a name in two dicts.
    """
    given = _joined(parameter_and_buffer_dicts)
    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    _check(module, own, given, strict)
    chosen = {own_name: given[name] for name in given if name in own for own_name in _alike(own, name, tie_weights)}
    chosen.update({name: value for name, value in given.items() if name in own})
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    places = [(_holder(module, name), name.rpartition(".")[2], value) for name, value in chosen.items()]
    before = [(among, last, among[last]) for among, last, _ in places]
    try:
        for among, last, value in places:
            among[last] = value
        return module(*args, **(kwargs or {}))
    finally:
        for among, last, value in before:
            among[last] = value


def _joined(dicts: Any) -> dict[str, Any]:
    """One dict of one or several, in which no name may come twice."""
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence) or not all(isinstance(d, dict) for d in dicts):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    names = [name for d in dicts for name in d]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: value for d in dicts for name, value in d.items()}


def _alike(own: dict[str, Any], name: str, tied: bool) -> list[str]:
    """The names under which the module keeps the same tensor."""
    return [other for other in own if tied and other != name and own[other] is own[name]]


def _check(module: Any, own: dict[str, Any], given: dict[str, Any], strict: bool) -> None:
    unexpected = [name for name in given if name not in own]
    missing = [name for name in own if name not in given and not any(a in given for a in _alike(own, name, True))]
    told = []
    if unexpected and strict:
        told.append("Unexpected key(s): " + ", ".join(map(repr, unexpected)) + ".")
    if missing and strict:
        told.append("Missing key(s): " + ", ".join(map(repr, missing)) + ".")
    if told:
        raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(told))


def _holder(module: Any, name: str) -> dict[str, Any]:
    """The dict in which a module keeps the tensor of a dotted name."""
    path, _, last = name.rpartition(".")
    part = module.get_submodule(path)
    return part._parameters if last in part._parameters else part._buffers  # type: ignore[no-any-return]


def stack_module_state(models: list[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of models of one class, those of the same name stacked: what vmap maps over."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or all(not m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = {
        name: stack([dict(m.named_parameters())[name] for m in models]).detach().requires_grad_(p.requires_grad)
        for name, p in models[0].named_parameters()
    }
    buffers = {
        name: stack([dict(m.named_buffers())[name] for m in models]).detach() for name, _ in models[0].named_buffers()
    }
    return parameters, buffers


__all__ = ["functional_call", "stack_module_state"]
