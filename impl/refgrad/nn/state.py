"""What a Module keeps, by name: which names may be taken, and how the state leaves it and comes back.

A state dict maps dotted names to tensors. Loading copies into the tensors that are there.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from ..modes import no_grad
from ..tensor import Tensor

if TYPE_CHECKING:
    from .module import Module


class _IncompatibleKeys(NamedTuple):
    """What `load_state_dict` found in only one of the two."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        missing, unexpected = self
        told = f"_IncompatibleKeys(missing_keys={missing}, unexpected_keys={unexpected})"
        return told if missing or unexpected else "<All keys matched successfully>"

    __str__ = __repr__


def check_name(module: Module, kind: str, name: Any, among: str) -> None:
    """May the module keep a `kind` (parameter, buffer, module) under this name? Raises as torch does."""
    if among not in module.__dict__:
        raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')
    if hasattr(module, name) and name not in module.__dict__[among]:
        raise KeyError(f"attribute '{name}' already exists")


def type_name(value: Any) -> str:
    """The type of a value, as torch names it in errors."""
    return value.dtype.tensor_type if isinstance(value, Tensor) else type(value).__name__


def state_dict(module: Module, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """Parameters and persistent buffers under their dotted names."""
    state = OrderedDict() if destination is None else destination
    for path, part in module.named_modules(remove_duplicate=False):
        buffers = {n: b for n, b in part._buffers.items() if n not in part._transient}
        for name, value in {**part._parameters, **buffers}.items():
            if value is not None:
                state[prefix + (f"{path}.{name}" if path else name)] = value if keep_vars else value.detach()
    return state


def load(module: Module, given: Any, strict: bool, assign: bool) -> _IncompatibleKeys:
    """Copy (or with `assign`, put) what a state dict holds into the parameters and buffers of the same names."""
    if not hasattr(given, "keys"):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(given)}.")
    own = state_dict(module, None, "", True)
    missing, unexpected = [n for n in own if n not in given], [n for n in given if n not in own]
    wrong = []
    if strict and missing:
        wrong.append("Missing key(s) in state_dict: " + ", ".join(f'"{n}"' for n in missing) + ". ")
    if strict and unexpected:
        wrong.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{n}"' for n in unexpected) + ". ")
    with no_grad():
        for name in (n for n in own if n in given):
            if own[name].shape != given[name].shape:
                wrong.append(
                    f"size mismatch for {name}: copying a param with shape {given[name].shape} from checkpoint, the "
                    f"shape in current model is {own[name].shape}."
                )
            elif assign:
                path, _, last = name.rpartition(".")
                setattr(module.get_submodule(path), last, _as_kind(own[name], given[name]))
            else:
                own[name].copy_(given[name])
    if wrong:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(wrong))
    return _IncompatibleKeys(missing, unexpected)


def _as_kind(own: Any, given: Any) -> Any:
    """What takes the place of `own`: a Parameter where that is one."""
    if type(own) is Tensor or isinstance(given, type(own)):
        return given
    return type(own)(given, requires_grad=own.requires_grad)


__all__ = ["check_name", "load", "state_dict", "type_name"]
