"""The short way through a call does what dispatch does, and a write at once what a write by way of a copy does."""

import numpy as np
import pytest

import refgrad as torch
from refgrad.dispatch import dispatch
from refgrad.node import OpNode

OPS = {op.Node.__qualname__ + op.name: op for op in (node.op for node in OpNode.__subclasses__())}
SHORT = {
    name: op
    for name, op in OPS.items()
    if len(op.tensor_names) in (1, 2) and op.outputs == 1 and not op.view and not op.variadic
}
WRITING = {name: op for name, op in OPS.items() if op.into is not None}
NUMBERS = {"float": 0.75, "int": 2, "complex": 0.5 + 0.25j, "bool": True}
TYPES = ("float32", "float64", "complex64", "int64", "bool")


def arguments(op, kind, other):
    """Two tensors, or one and a number; the floating ones require grad."""
    made = []
    for n in range(len(op.tensor_names)):
        if n and other in NUMBERS:
            made.append(NUMBERS[other])
            continue
        t = torch.tensor(np.linspace(0.25, 0.75 + n, 4).reshape(2, 2), dtype=getattr(torch, other if n else kind))
        made.append(t.requires_grad_(t.is_floating_point() or t.is_complex()))
    return tuple(made)


def outcome(call):
    """What a call gives: bits, dtype, what it recorded and what that saved; or the error."""
    try:
        out = call()
    except Exception as error:
        return type(error), str(error)
    node = out.grad_fn
    kept = node and [s._a.tobytes() if isinstance(s, torch.Tensor) else getattr(s, "array", s) for s in node.kept]
    kept = kept and [k.tobytes() if isinstance(k, np.ndarray) else k for k in kept]
    history = node and (node.name(), node._edges(), node._shape, node._dtype, node.recipe, kept, node.plain)
    return out._a.tobytes(), out._a.dtype, out._a.shape, out.requires_grad, out.is_inference(), history


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode], ids=lambda m: m.__name__)
@pytest.mark.parametrize("op", SHORT.values(), ids=SHORT)
def test_the_short_way_does_what_dispatch_does(op, mode):
    for kind in TYPES:
        for other in (*TYPES, *NUMBERS) if len(op.tensor_names) == 2 else ("",):
            given = arguments(op, kind, other)
            with mode():
                short, long = outcome(lambda: op.run(*given)), outcome(lambda: dispatch(op, given, op.defaults))
            assert short == long, (kind, other)


def test_views_and_tangents_take_the_long_way():
    x = torch.tensor([1.0, 2.0], requires_grad=True).clone()
    view = x[:1]
    x.mul_(3)

    assert torch.exp(view).grad_fn.next_functions[0][0] is view.grad_fn
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(torch.tensor(2.0), torch.tensor(1.0))

        assert torch.autograd.forward_ad.unpack_dual(dual * dual).tangent.item() == 4.0


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("op", [op for name, op in WRITING.items() if "Atan2" not in name], ids=lambda op: op.name)
def test_a_write_at_once_puts_there_what_the_kernel_computes(op, kind):
    x = np.linspace(-1, 1, 6).reshape(2, 3).astype(kind)
    y = np.linspace(0.5, 3, 6).reshape(2, 3).astype(kind)
    alone = len(op.tensor_names) == 1 and not op.settings
    for others in [()] if alone else [(0.3,), (7,)] if op.settings else [(y,), (y[::-1],), (x,), (0.3,), (7,)]:
        at_once = x.copy()
        with np.errstate(all="ignore"):
            op.into(at_once, *[at_once if other is x else other for other in others])

            np.testing.assert_array_equal(at_once, op.kernel(x, *others), strict=True)


def test_there_are_ops_of_either_kind():
    assert len(SHORT) > 100
    assert len(WRITING) > 20
