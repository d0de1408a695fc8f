"""Draw faults at random: one of some forms of slips in one of the catalogue's ops, as many as one likes.

Whoever writes a fault thinks of what a suite might miss, and whoever mends a suite thinks of the faults. Chance does
neither: the score of a fresh draw is an estimate that nothing was tuned to. Some drawn faults do nothing wrong (a sum
has no keywords to forget): they count as survivors, so that the score is rather too low.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..catalogue.model import Op
from .model import Fault, moving
from .sizes import scrambled


@dataclass(frozen=True)
class Call:
    """A call that was made, the tensors among its arguments that have derivatives, and one of its results."""

    torch: Any
    right: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    value: Any
    part: int | None = None

    @property
    def tensors(self) -> list[Any]:
        """The arguments that may have a gradient."""
        return [x for x in self.args if numeric(self.torch, x)]

    @property
    def first(self) -> Any:
        """The first of them."""
        return self.tensors[0]

    def again(self, change: Callable[[Any], Any], **kwargs: Any) -> Any:
        """The same result of the call with its tensors changed."""
        value = self.right(*(change(x) if numeric(self.torch, x) else x for x in self.args), **kwargs)
        return value if self.part is None else value[self.part]

    def without(self, number: int) -> Any:
        """The call with one of its tensors taken for a constant."""
        constant = self.tensors[number] if len(self.tensors) > number else None
        return self.again(lambda x: flat(self.torch, x) if x is constant else x, **self.kwargs)

    def flat_where(self, condition: Any) -> Any:
        """The value, a constant where the condition holds, if it is one of each element."""
        same = condition.shape == self.value.shape
        return self.torch.where(condition, self.value.detach(), self.value) if same else self.value

    def flat_if(self, condition: bool) -> Any:
        """The value, with slope 0 if the condition holds."""
        return flat(self.torch, self.value) if condition else self.value


def flat(torch: Any, x: Any) -> Any:
    """The same numbers with slope 0, and a history."""
    return torch.where(torch.zeros(tuple(x.shape), dtype=torch.bool), x, x.detach())


def numeric(torch: Any, x: Any) -> bool:
    """Is it a tensor that has derivatives?"""
    return isinstance(x, torch.Tensor) and (x.is_floating_point() or x.is_complex())


FORMS: dict[str, tuple[str, str, Callable[[Call], Any]]] = {}
"""By name: what kind of slip, what an op does then, and what has the derivatives that come instead."""


def form(kind: str) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """A form of slips, called by the function's name and said by its first line."""

    def written(bend: Callable[[Call], Any]) -> Callable[[Call], Any]:
        FORMS[bend.__name__] = (kind, (bend.__doc__ or "").strip(), bend)
        return bend

    return written


@form("wrong rule")
def sign(call: Call) -> Any:
    """has a gradient with the wrong sign."""
    return -call.value


@form("wrong rule")
def thousandth(call: Call) -> Any:
    """has a gradient that is off by a thousandth."""
    return call.value * 1.001


@form("wrong rule")
def first(call: Call) -> Any:
    """has no gradient by its first tensor."""
    return call.without(0)


@form("wrong rule")
def second(call: Call) -> Any:
    """has no gradient by its second tensor."""
    return call.without(1)


@form("wrong rule")
def third(call: Call) -> Any:
    """has no gradient by its third tensor."""
    return call.without(2)


@form("only in forward mode")
def tangent(call: Call) -> Any:
    """has a tangent that is off by a hundredth."""
    return call.value * 1.01 if moving(call.torch, *call.tensors) else call.value


@form("only in reverse mode")
def reverse(call: Call) -> Any:
    """has a gradient that is off by a hundredth, and a right tangent."""
    return call.value if moving(call.torch, *call.tensors) else call.value * 1.01


@form("only in second order")
def curve(call: Call) -> Any:
    """has a second derivative with a square too much."""
    gap = call.value - call.value.detach()
    return call.value + gap * gap


@form("off by one in cumulative ops")
def last(call: Call) -> Any:
    """has no gradient by the last of its results along the last dimension."""
    value = call.value
    if not value.dim() or not value.shape[-1]:
        return value
    return call.torch.cat([value[..., :-1], value[..., -1:].detach()], -1)


@form("only in batches")
def batch(call: Call) -> Any:
    """has a gradient for the first of a batch alone, in three dimensions and more."""
    value = call.value
    return value if value.dim() < 3 or not value.numel() else call.torch.cat([value[:1], value[1:].detach()], 0)


@form("only on size-1 dims")
def one(call: Call) -> Any:
    """has no gradient where the last dimension of its first tensor has size 1."""
    return call.flat_if(call.first.dim() > 0 and call.first.shape[-1] == 1)


@form("only on size-1 dims")
def point(call: Call) -> Any:
    """has no gradient where its first tensor has no dimensions."""
    return call.flat_if(not call.first.dim())


@form("only in some layouts")
def transposed(call: Call) -> Any:
    """has the gradient of a transposed matrix in the order of memory."""
    return call.again(lambda x: scrambled(call.torch, x), **call.kwargs)


@form("only in some layouts")
def expanded(call: Call) -> Any:
    """has no gradient where its first tensor is expanded."""
    x = call.first
    return call.flat_if(any(n > 1 and step == 0 for n, step in zip(x.shape, x.stride(), strict=True)))


@form("only in some layouts")
def offset(call: Call) -> Any:
    """has no gradient where its first tensor begins inside its memory."""
    return call.flat_if(call.first.storage_offset() > 0)


@form("only in float32 or its tails")
def single(call: Call) -> Any:
    """has a gradient that is off by a thousandth in float32."""
    return call.value * 1.001 if call.value.dtype == call.torch.float32 else call.value


@form("only in float32 or its tails")
def half(call: Call) -> Any:
    """has no gradient in float16 and bfloat16."""
    return call.flat_if(call.value.dtype in (call.torch.float16, call.torch.bfloat16))


@form("only in float32 or its tails")
def far(call: Call) -> Any:
    """has slope 0 where its first tensor is above 4."""
    return call.value if call.first.is_complex() else call.flat_where(call.first > 4)


@form("only at zeros and infinities")
def zero(call: Call) -> Any:
    """has slope 0 at zeros of its first tensor."""
    return call.flat_where(call.first == 0)


@form("only on ties and kinks")
def tie(call: Call) -> Any:
    """has no gradient where all elements of its first tensor are equal."""
    x = call.first
    if x.is_complex() or x.numel() < 2:
        return call.value
    return call.torch.where(call.torch.amax(x) == call.torch.amin(x), call.value.detach(), call.value)


@form("complex conjugate missing")
def imaginary(call: Call) -> Any:
    """has a gradient with the wrong sign for complex numbers."""
    return -call.value if any(x.is_complex() for x in call.tensors) else call.value


@form("setting ignored backward")
def option(call: Call) -> Any:
    """has the gradient of a call without its keywords, where that gives the same shape."""
    try:
        other = call.again(lambda x: x)
    except (TypeError, ValueError, RuntimeError):  # a keyword that it cannot do without
        return call.value
    return other if numeric(call.torch, other) and other.shape == call.value.shape else call.value


MEETING = frozenset({"view_as_real", "complex", "tensor", "eye", "arange", "full_like"})
"""What templates call beside the op itself."""


def targets(ops: Sequence[Op]) -> list[str]:
    """The names in torch of the ops that have a derivative."""
    found = []
    for op in ops:
        called = [name for name in re.findall(r"torch\.([A-Za-z_.0-9]+)\(", op.torch) if name not in MEETING]
        mine = [name for name in called if name.rpartition(".")[2] in op.name.split(".")]
        found += mine[:1] if op.orders else []
    return list(dict.fromkeys(found))


def drawn(ops: Sequence[Op], number: int, seed: int) -> list[Fault]:
    """So many different faults, every form in every op equally likely."""
    every = [(slip, target) for slip in FORMS for target in targets(ops)]
    return [made(*chosen) for chosen in random.Random(seed).sample(every, min(number, len(every)))]  # noqa: S311


def made(slip: str, target: str) -> Fault:
    """The fault of one form in one op."""
    kind, said, _ = FORMS[slip]
    name = f"{target.replace('.', '-').replace('_', '-')}-{slip}-drawn"
    return Fault(name, f"{target} {said}", kind, (target,), functools.partial(bent, slip), True, origin="drawn")


def bent(slip: str, torch: Any, right: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What has the derivatives that come in the place of a right call's, result by result."""
    value, bend = right(*args, **kwargs), FORMS[slip][2]
    if not any(numeric(torch, x) for x in args):
        return None
    if not isinstance(value, tuple):
        return bend(Call(torch, right, args, kwargs, value)) if numeric(torch, value) else None
    calls = (Call(torch, right, args, kwargs, part, n) for n, part in enumerate(value))
    return tuple(bend(call) if numeric(torch, call.value) else None for call in calls)
