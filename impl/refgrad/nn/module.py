"""A Module: a function with parameters, which it and the modules inside it keep under names.

Whatever Parameter, Module or registered buffer is assigned to an attribute is found again by
`parameters()`, `state_dict()` and the optimisers.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Self

from .. import dtypes
from ..graph import RemovableHandle, _Hooks
from ..modes import no_grad
from ..tensor import Tensor
from .backward_hooks import Crossing
from .parameter import Parameter


class Module:
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

    def __call__(self, *input: Any, **named: Any) -> Any:
        """`forward`, between the hooks."""
        for hook in list(self._before.values()):
            replaced = hook(self, input)
            if replaced is not None:
                input = replaced if isinstance(replaced, tuple) else (replaced,)
        crossing = None
        if self._backward or self._backward_before:
            crossing = Crossing(self, list(self._backward.values()), list(self._backward_before.values()))
            input = crossing.enter(input)
        output = self.forward(*input, **named)
        for hook in list(self._after.values()):
            replaced = hook(self, input, output)
            output = output if replaced is None else replaced
        if self._backward_last:
            self._hook_last_node(output if isinstance(output, Tensor) else output[0])
        return output if crossing is None else crossing.leave(output)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, input)` runs before forward and may replace the input."""
        return self._before.add(hook)  # type: ignore[no-any-return]

    def register_forward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, input, output)` runs after forward and may replace the output."""
        return self._after.add(hook)  # type: ignore[no-any-return]

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` sees the gradients on both sides and may replace the first."""
        self._refuse_both(self._backward_last)
        return self._backward.add(hook)  # type: ignore[no-any-return]

    def register_full_backward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_output)` runs before the module's backward and may replace the gradients."""
        return self._backward_before.add(hook)  # type: ignore[no-any-return]

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` sees the gradients of the last operation alone.

        This function is deprecated in favor of `register_full_backward_hook`.
        """
        self._refuse_both(self._backward)
        return self._backward_last.add(hook)  # type: ignore[no-any-return]

    def _hook_last_node(self, output: Tensor) -> None:
        if output.grad_fn is not None:
            for hook in self._backward_last.values():
                output.grad_fn.register_hook(functools.partial(hook, self))

    @staticmethod
    def _refuse_both(others: _Hooks) -> None:
        if others:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. "
                "Please use only one of them."
            )

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
                    raise TypeError(f"cannot assign '{type(value).__name__}' as {what} '{name}' ({wanted} expected)")
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

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Keep `param` (or None, for one that is left out) under `name`."""
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is part of the state and no parameter."""
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Keep a module under `name`."""
        self._modules[name] = module

    add_module = register_module

    # What it consists of

    def named_modules(self, memo: set[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module under `prefix`, and those inside it under dotted names; each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name)

    def modules(self) -> Iterator[Module]:
        """This module and all those inside it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one."""
        return ((name, child) for name, child in self._modules.items() if child is not None)

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one."""
        return (child for _, child in self.named_children())

    def _named(self, among: str, prefix: str, recurse: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for path, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, value in module.__dict__[among].items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{path}.{name}" if path else name), value

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """The parameters under their dotted names; a shared one once."""
        return self._named("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, here and (with `recurse`) in the modules inside."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """The buffers under their dotted names."""
        return self._named("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, here and in the modules inside."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def state_dict(self) -> OrderedDict[str, Tensor]:
        """Parameters and persistent buffers under their dotted names, detached."""
        state: OrderedDict[str, Tensor] = OrderedDict()
        for path, module in self.named_modules():
            buffers = {n: b for n, b in module._buffers.items() if n not in module._transient}
            for name, value in {**module._parameters, **buffers}.items():
                if value is not None:
                    state[f"{path}.{name}" if path else name] = value.detach()
        return state

    def load_state_dict(self, state_dict: dict[str, Tensor], strict: bool = True) -> None:
        """Copy what a `state_dict` holds into the parameters and buffers of the same names."""
        own = self.state_dict()
        missing, unexpected = [n for n in own if n not in state_dict], [n for n in state_dict if n not in own]
        if strict and (missing or unexpected):
            wrong = [f"Missing key(s) in state_dict: {missing}."] if missing else []
            wrong += [f"Unexpected key(s) in state_dict: {unexpected}."] if unexpected else []
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(wrong))
        with no_grad():
            for name in own.keys() & state_dict.keys():
                own[name].copy_(state_dict[name])  # type: ignore[attr-defined]

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

    def extra_repr(self) -> str:
        """What stands between the brackets when the module is printed."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in self.named_children()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return f"{type(self).__name__}(\n  " + "\n  ".join([*filter(None, [self.extra_repr()]), *lines]) + "\n)"


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
