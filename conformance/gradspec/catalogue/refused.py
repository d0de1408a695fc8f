"""Calls that every engine must refuse: programs/wrong.py puts one of them at the end of a program.

They are written in torch's words; an engine without those words lacks them.
"""

from __future__ import annotations

from . import shapes
from .intervals import same
from .model import Op, Slot


def refused(name: str, torch: str, defines: str = "") -> Op:
    """An entry of one tensor."""
    return Op(f"refused.{name}", torch, (Slot("input"),), shapes.same, bounds=same, family="refused", act=True,
              defines=defines)  # fmt: skip


TWICE = """\
def backward_twice(x):
    y = (x * x).sum()
    y.backward()
    y.backward()
"""

RESIZING = """\
def hooked(x):
    y = x * 1
    y.register_hook(lambda g: g.sum())
    y.sum().backward()
"""

MANY = """\
class Many(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g, g
"""

OPS = (
    refused("backward_twice", "backward_twice({0})", TWICE),
    refused("hook_that_resizes", "hooked({0})", RESIZING),
    refused("too_many_gradients", "Many.apply({0}).sum().backward()", MANY),
    refused("backward_of_many", "{0}.backward()"),
    refused("backward_without_history", "{0}.detach().sum().backward()"),
    refused("gradient_of_another_shape", "{0}.backward(torch.ones(7))"),
    refused("integers_with_gradient", "{0}.detach().long().requires_grad_()"),
    refused("view_across_strides", "{0}.contiguous().transpose(0, -1).view(-1)"),
    refused("hook_without_history", "{0}.detach().register_hook(lambda g: g)"),
    refused("retain_without_history", "{0}.detach().retain_grad()"),
    refused("flag_of_a_result", "({0} * 1).requires_grad_(False)"),
    refused("unused_input", "torch.autograd.grad(({0} * 1).sum(), torch.ones(3).requires_grad_())"),
    refused("numpy_of_a_result", "({0} * 1).numpy()"),
)
