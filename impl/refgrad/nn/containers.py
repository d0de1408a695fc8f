"""Modules that consist of others, one after the other, in a list or a dict; lists and dicts of parameters."""

from __future__ import annotations

import itertools
import operator
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Self

from .module import Module
from .parameter import Parameter


class _Numbered(Module):
    """Modules under the names 0, 1, ..., reached as the elements of a list."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index])) if self.keeps_names else type(self)(
                list(self._modules.values())[index]
            )  # fmt: skip
        return self._modules[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        self._modules[self._name(index)] = module

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._name(index)]
        kept = [(name, module) for name, module in self._modules.items() if name not in names]
        self._modules.clear()
        self._modules.update((str(i) if name.isdigit() else name, module) for i, (name, module) in enumerate(kept))

    keeps_names = False

    def _name(self, index: int) -> str:
        size, index = len(self), operator.index(index)
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of range")
        return list(self._modules)[index]

    def append(self, module: Module) -> Self:
        """One more at the end."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self, modules: Any) -> Self:
        """More at the end."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """One more, before the one at `index`."""
        order = list(self._modules.values())
        order.insert(index, module)
        self._modules.clear()
        return self.extend(order)


class Sequential(_Numbered):
    """Modules one after the other, under the names 0, 1, ... or those of an OrderedDict."""

    keeps_names = True

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], dict) else enumerate(args)
        for name, module in named:
            self.register_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """The last module of the one before it, and so on."""
        for module in self:
            input = module(input)
        return input


class ModuleList(_Numbered):
    """A list of modules, whose parameters are found."""

    def __init__(self, modules: Any = ()) -> None:
        super().__init__()
        self.extend(modules or ())

    def __repr__(self) -> str:
        """Equal neighbours on one line."""
        runs = [(text, len([*group])) for text, group in itertools.groupby(map(repr, self))]
        if not runs:
            return f"{type(self).__name__}()"
        lines, at = [], 0
        for text, count in runs:
            name, shown = (f"({at})", text) if count == 1 else (f"({at}-{at + count - 1})", f"{count} x {text}")
            lines.append(f"{name}: " + shown.replace("\n", "\n  "))
            at += count
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"


class ModuleDict(Module):
    """A dict of modules, whose parameters are found."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Any) -> None:
        """More modules, or others under the same names."""
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self[name] = module

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]  # type: ignore[no-any-return]

    def __setitem__(self, key: str, module: Module) -> None:
        self.register_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """The names with their modules."""
        return self._modules.items()

    def pop(self, key: str) -> Module:
        """Take a module out."""
        return self._modules.pop(key)  # type: ignore[no-any-return]


class _Parameters(Module):
    """What lists and dicts of parameters have in common."""

    def __len__(self) -> int:
        return len(self._parameters)

    def _lines(self, kind: Callable[[Any], Any]) -> str:
        """A line for each parameter, with the `kind` of its elements."""
        return "\n".join(
            f"  ({name}): Parameter containing: [{kind(p)} of size {'x'.join(map(str, p.shape))}]"
            for name, p in self._parameters.items()
        )


class ParameterList(_Parameters):
    """A list of parameters, which are found; a tensor becomes one."""

    def __init__(self, values: Any = None) -> None:
        super().__init__()
        for value in values or ():
            self.append(value)

    def append(self, value: Any) -> Self:
        """One more at the end."""
        name = str(len(self))
        self.register_parameter(name, value if isinstance(value, Parameter) else Parameter(value))
        return self

    def extend(self, values: Any) -> Self:
        """More at the end."""
        for value in values:
            self.append(value)
        return self

    def __getitem__(self, index: int) -> Any:
        return list(self._parameters.values())[index]

    def extra_repr(self) -> str:
        """A line for each parameter."""
        return self._lines(lambda p: p.dtype)

    def __setitem__(self, index: int, value: Any) -> None:
        name = list(self._parameters)[index]
        self._parameters[name] = value if isinstance(value, Parameter) else Parameter(value)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())


class ParameterDict(_Parameters):
    """A dict of parameters, which are found; a tensor becomes one."""

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        for name, value in (parameters or {}).items():
            self[name] = value

    def __getitem__(self, key: str) -> Any:
        return self._parameters[key]

    def extra_repr(self) -> str:
        """A line for each parameter."""
        return self._lines(lambda p: p.dtype.tensor_type)

    def __setitem__(self, key: str, value: Any) -> None:
        self._parameters[key] = value if isinstance(value, Parameter) else Parameter(value)

    def __delitem__(self, key: str) -> None:
        del self._parameters[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __contains__(self, key: object) -> bool:
        return key in self._parameters

    def keys(self) -> Any:
        """The names."""
        return self._parameters.keys()

    def values(self) -> Any:
        """The parameters."""
        return self._parameters.values()

    def items(self) -> Any:
        """The names with their parameters."""
        return self._parameters.items()
