"""Each fault after a report is a fault: one line shows it in every engine, and its harmless twin does not."""

from __future__ import annotations

import warnings

import pytest
from reported_slips import SHOWN

import refgrad
from gradspec.faults.model import load, planted

REPORTED = {name: fault for name, fault in load().items() if fault.origin == "reported"}


def shown(line: str, t) -> str:
    """What a line gives, in full."""

    def distinct(x):
        return (t.arange(1, x.numel() + 1, dtype=t.float64).reshape(tuple(x.shape)) * 0.5).to(x.dtype)

    def v(*numbers):
        return t.tensor([float(n) for n in numbers], dtype=t.float64, requires_grad=True)

    def s(*numbers):
        return t.tensor([float(n) for n in numbers], dtype=t.float32, requires_grad=True)

    def z(*numbers):
        return t.tensor([complex(n) for n in numbers], dtype=t.complex128, requires_grad=True)

    def m(*shape):
        return distinct(t.zeros(shape, dtype=t.float64)).requires_grad_()

    def q(*shape):
        x = distinct(t.zeros(shape, dtype=t.float64))
        return (t.cos(x * x) + 2 * t.eye(shape[-2], shape[-1], dtype=t.float64)).requires_grad_()

    def leaves(inputs):
        return [x.detach().clone().requires_grad_() for x in inputs]

    def g(function, *inputs, create=False):
        inputs = leaves(inputs)
        out = function(*inputs)
        return out, t.autograd.grad(out, inputs, distinct(out), create_graph=create, allow_unused=True)

    def h(function, *inputs):
        inputs = leaves(inputs)
        out = function(*inputs)
        slopes = t.autograd.grad(out, inputs, distinct(out), create_graph=True)
        total = sum((slope * distinct(slope)).sum() for slope in slopes)
        return t.autograd.grad(total, inputs, allow_unused=True) if total.requires_grad else None

    def f(function, *inputs):
        ad = t.autograd.forward_ad
        with ad.dual_level():
            return ad.unpack_dual(function(*(ad.make_dual(x.detach(), distinct(x)) for x in inputs))).tangent

    scope = {"t": t, "F": t.nn.functional, "v": v, "s": s, "z": z, "m": m, "q": q, "g": g, "h": h, "f": f}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return digits(eval(line, scope))  # noqa: S307 - the lines are ours


def digits(result) -> str:
    """A result as text, every element of every tensor in it to ten digits."""
    if isinstance(result, (tuple, list)):
        return f"({', '.join(map(digits, result))})"
    if hasattr(result, "tolist"):
        flat = result.detach().resolve_conj().reshape(-1).tolist()
        return f"{str(result.dtype).rpartition('.')[2]}{tuple(result.shape)} {[f'{n:.10g}' for n in flat]}"
    return repr(result)


def test_every_reported_fault_is_shown():
    assert set(SHOWN) == set(REPORTED)


@pytest.mark.parametrize("name", REPORTED)
def test_a_reported_fault_changes_what_its_line_gives(name):
    right = shown(SHOWN[name], refgrad)
    with planted(refgrad, REPORTED[name]):
        wrong = shown(SHOWN[name], refgrad)
    with planted(refgrad, REPORTED[name], harmless=True):
        harmless = shown(SHOWN[name], refgrad)

    assert wrong != right
    assert harmless == right


@pytest.mark.parametrize("name", REPORTED)
def test_the_same_slip_shows_in_torch(name):
    torch = pytest.importorskip("torch", reason="the fault is planted in it")

    right = shown(SHOWN[name], torch)
    with planted(torch, REPORTED[name]):
        wrong = shown(SHOWN[name], torch)

    assert wrong != right
