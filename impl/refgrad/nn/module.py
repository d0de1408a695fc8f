"""A Module: a function with parameters, which it and the modules inside it keep under names.

Whatever Parameter, Module or registered buffer is assigned to an attribute is found again by
`parameters()`, `state_dict()` and the optimisers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

from .. import dtypes
from ..graph import _Hooks
from ..tensor import Tensor
from .hooked import Hooked
from .parameter import Parameter
from .state import check_name, load, state_dict, type_name


class Module(Hooked):
    """Subclass it, assign parameters and modules in `__init__` (after `super().__init__()`), write `forward`.

    training   is it being trained? dropout and batch normalisation ask
    """

    training: bool

    def __init__(self) -> None:
        own = self.__dict__
        own["training"] = True
        own["_parameters"], own["_buffers"], own["_modules"] = {}, {}, {}
        own["_transient"] = set()
        own["_before"], own["_after"] = _Hooks(), _Hooks()
        own["_backward"], own["_backward_before"], own["_backward_last"] = _Hooks(), _Hooks(), _Hooks()

    def forward(self, *input: Any) -> Any:
        """The computation; every subclass writes its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # Attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if "_parameters" not in self.__dict__:
            if isinstance(value, Parameter | Module):
                kind = "parameters" if isinstance(value, Parameter) else "module"
                raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
            return object.__setattr__(self, name, value)
        for kind, among in ((Parameter, "_parameters"), (Module, "_modules")):
            if isinstance(value, kind):
                self._forget(name)
                self.__dict__[among][name] = value
                return None
            if name in self.__dict__[among]:
                if value is not None:
                    wanted = "torch.nn.Parameter or None" if kind is Parameter else "torch.nn.Module or None"
                    what = "parameter" if kind is Parameter else "child module"
                    raise TypeError(f"cannot assign '{type_name(value)}' as {what} '{name}' ({wanted} expected)")
                self.__dict__[among][name] = None
                return None
        if name in self._buffers:
            self._buffers[name] = value
            return None
        return object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        for among in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(among, {})
            if name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def _forget(self, name: str) -> bool:
        known = [d for d in (self._parameters, self._buffers, self._modules, self.__dict__) if name in d]
        for among in known:
            del among[name]
        return bool(known)

    def __dir__(self) -> list[str]:
        kept = [name for among in ("_parameters", "_buffers", "_modules") for name in self.__dict__.get(among, {})]
        return [*object.__dir__(self), *kept]

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Keep `param` (or None, for one that is left out) under `name`."""
        check_name(self, "parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type_name(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                f"express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is part of the state and no parameter."""
        check_name(self, "buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type_name(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Keep a module under `name`."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type_name(module)} is not a Module subclass")
        check_name(self, "module", name, "_modules")
        self._modules[name] = module

    add_module = register_module

    # What it consists of

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module under `prefix`, and those inside it under dotted names; each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all those inside it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one."""
        return ((name, child) for name, child in self._modules.items() if child is not None)

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one."""
        return (child for _, child in self.named_children())

    def _named(self, among: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in module.__dict__[among].items():
                if value is not None and not (once and id(value) in seen):
                    seen.add(id(value))
                    yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters under their dotted names; a shared one once."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, here and (with `recurse`) in the modules inside."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers under their dotted names."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, here and in the modules inside."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of this dotted name; "" is this one."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def _get(self, target: str, among: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        if name not in module.__dict__[among]:
            raise AttributeError(f"`{name}` is not {what}")
        return getattr(module, name)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of this dotted name."""
        return self._get(target, "_parameters", "an nn.Parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of this dotted name."""
        return self._get(target, "_buffers", "a buffer")  # type: ignore[no-any-return]

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers under their dotted names, detached unless `keep_vars`."""
        return state_dict(self, destination, prefix, keep_vars)

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copy what a `state_dict` holds into the parameters and buffers; returns the names that only one had."""
        return load(self, state_dict, strict, assign)

    # What can be done with all of it

    def train(self, mode: bool = True) -> Self:
        """Training mode on (or off), here and in the modules inside."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Training mode off."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let all parameters require grad, or none."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            clear(parameter, set_to_none)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module, the innermost first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **named: Any) -> Self:
        """Convert floating parameters and buffers in place: `to(torch.float64)`."""
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.is_floating_point() or tensor.is_complex():
                tensor.data = tensor.data.to(*args, **named)  # type: ignore[attr-defined]
                if tensor.grad is not None:  # type: ignore[attr-defined]
                    tensor.grad.data = tensor.grad.data.to(*args, **named)  # type: ignore[attr-defined]
        return self

    def double(self) -> Self:
        """Parameters and buffers as float64."""
        return self.to(dtypes.float64)

    def float(self) -> Self:
        """Parameters and buffers as float32."""
        return self.to(dtypes.float32)

    def half(self) -> Self:
        """Floating parameters and buffers as float16."""
        return self.to(dtypes.float16)

    def type(self, dst_type: Any) -> Self:
        """All parameters and buffers as this dtype."""
        return self.to(dst_type)

    def cpu(self) -> Self:
        """Itself: everything is on the CPU."""
        return self

    def extra_repr(self) -> str:
        """What stands between the brackets when the module is printed."""
        return ""

    def __repr__(self) -> str:
        own = self.extra_repr().split("\n") if self.extra_repr() else []
        lines = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in self._modules.items()]
        if len(own) < 2 and not lines:
            return f"{type(self).__name__}({''.join(own)})"
        return f"{type(self).__name__}(\n  " + "\n  ".join([*own, *lines]) + "\n)"


def clear(tensor: Tensor, set_to_none: bool) -> None:
    """Drop a tensor's gradient, or cut it from its history and fill it with zeros."""
    grad: Any = tensor._grad
    if grad is None:
        return
    if set_to_none:
        tensor._grad = None
    else:
        if grad.grad_fn is not None:
            grad.detach_()
        else:
            grad.requires_grad_(False)
        grad.zero_()
