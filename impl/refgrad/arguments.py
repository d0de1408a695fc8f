"""Read the arguments of a call: its tensors and its settings, by position or by any name that torch knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # declared further right
    from .op import Op

NUMPY_SPELLING = {"axis": "dim", "keepdims": "keepdim"}
"""What torch accepts beside its own names."""


def bind(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Split a call into its tensors and its settings; raises TypeError as Python would."""
    if op.variadic:
        return args, tuple(kwargs.get(name, default) for name, default in op.settings.items())
    count = len(op.tensor_names)
    if len(args) >= count:
        tensors, rest = args[:count], args[count:]
        if not kwargs and len(rest) <= len(op.defaults):
            return tensors, rest + op.defaults[len(rest) :]
    else:
        tensors, rest = _named_tensors(op, args, kwargs, count), ()
    if len(rest) > len(op.setting_names):
        most = count + len(op.setting_names)
        raise TypeError(f"{op.name}() takes {most} positional argument{'s' * (most != 1)} but {len(args)} were given")
    values = dict(op.settings)
    values.update(zip(op.setting_names, rest, strict=False))
    for name, value in kwargs.items():
        if name == "out" and value is None:
            continue
        name = NUMPY_SPELLING.get(name, name)
        if name not in values:
            raise TypeError(f"{op.name}() got an unexpected keyword argument '{name}'")
        values[name] = value
    return tensors, tuple(values.values())


def _named_tensors(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], count: int) -> tuple[Any, ...]:
    """Tensors given by keyword: by our name, or by torch's `input` and `other`."""
    tensors = list(args)
    for position in range(len(args), count):
        for name in (op.tensor_names[position], *(("input",), ("other", "exponent"))[min(position, 1)]):
            if name in kwargs:
                tensors.append(kwargs.pop(name))
                break
        else:
            raise TypeError(f"{op.name}() missing 1 required positional argument: '{op.tensor_names[position]}'")
    return tuple(tensors)


__all__ = ["bind"]
