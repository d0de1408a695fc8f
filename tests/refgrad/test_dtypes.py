"""Which dtype comes out, and which dtypes an op refuses, as torch has it."""

from __future__ import annotations

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that dtypes are compared with")

KINDS = ("bool", "uint8", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128")
BINARY = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "floor": "torch.div(x, y, rounding_mode='floor')",
    "remainder": "x % y", "fmod": "torch.fmod(x, y)", "pow": "x ** y", "hypot": "torch.hypot(x, y)",
    "logaddexp": "torch.logaddexp(x, y)", "copysign": "torch.copysign(x, y)", "heaviside": "torch.heaviside(x, y)",
    "right": "2.5 - x", "number": "x - 1", "scalar": "x + torch.ones((), dtype=y.dtype)",
}  # fmt: skip
UNARY = [
    "abs(x)", "x.square()", "+x", "-x", "x @ x", "x[None] @ x", "x[None] @ x[:, None]", "x.sum()", "x.exp()",
    "F.gelu(x)", "F.softplus(x)", "F.leaky_relu(x)", "F.hardswish(x)", "F.hardtanh(x)", "F.threshold(x, 0, 0)",
]  # fmt: skip
KNOWN = {"float16"}
"""Half precision with complex gives complex32 in torch, which NumPy lacks."""


def answer(engine, text, **dtypes):
    """The dtype of the result by name, or the class of the refusal."""
    names = {name: engine.ones(1, dtype=getattr(engine, kind)) for name, kind in dtypes.items()}
    try:
        result = eval(text, {"torch": engine, "F": engine.nn.functional, **names})  # noqa: S307 - texts of this file
    except (RuntimeError, TypeError) as error:
        return type(error).__name__
    return str(result.dtype)


@pytest.mark.parametrize("text", UNARY)
@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float32", "float64"])
def test_one_operand_gives_torchs_dtype_or_refusal(text, kind):
    assert answer(refgrad, text, x=kind) == answer(torch, text, x=kind)


@pytest.mark.parametrize("text", BINARY.values(), ids=BINARY)
def test_two_operands_give_torchs_dtype_or_refusal(text):
    real = [kind for kind in KINDS if not kind.startswith("complex")]
    found = {(a, b): answer(refgrad, text, x=a, y=b) for a in real for b in real}
    assert found == {(a, b): answer(torch, text, x=a, y=b) for a in real for b in real}


@pytest.mark.parametrize("text", ["x + y", "x - y", "x * y", "x / y"])
def test_complex_operands_promote_as_in_torch(text):
    pairs = [(a, b) for a in KINDS for b in ("complex64", "complex128") if a not in KNOWN]
    found = {pair: answer(refgrad, text, x=pair[0], y=pair[1]) for pair in pairs}
    assert found == {pair: answer(torch, text, x=pair[0], y=pair[1]) for pair in pairs}


def test_float8_is_for_storing():
    x = refgrad.zeros(1, dtype=refgrad.float8_e4m3fn, requires_grad=True)
    assert x.is_floating_point()
    assert x.dtype.itemsize == 1
    assert x.detach().float().tolist() == [0.0]
    with pytest.raises(NotImplementedError, match="\"mul_stub\" not implemented for 'Float8_e4m3fn'"):
        x.detach() * 2


def test_float8_rounds_to_its_three_bits():
    x = refgrad.tensor([1.0, 1.07, 448.0]).to(refgrad.float8_e4m3fn)
    assert x.float().tolist() == [1.0, 1.125, 448.0]


@pytest.mark.parametrize(
    "text", ["x // y", "x % y", "torch.fmod(x, y)", "torch.div(x, y, rounding_mode='trunc')", "x // 0"]
)
def test_integers_are_not_divided_by_zero(text):
    names = {"torch": refgrad, "x": refgrad.tensor([1]), "y": refgrad.tensor([0])}
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        eval(text, names)  # noqa: S307 - texts of this file


def test_floats_are():
    assert (refgrad.tensor([1.0]) // 0).tolist() == [float("inf")]


def test_a_mask_is_not_subtracted_from_a_number():
    mask = refgrad.tensor([True, False])
    with pytest.raises(RuntimeError, match="with a bool tensor is not supported"):
        1.0 - mask
    with pytest.raises(RuntimeError, match="with two bool tensors is not supported"):
        mask - mask


def test_two_numbers_add_up_to_a_tensor():
    assert refgrad.add(5, 5).dtype is refgrad.int64
    assert refgrad.add(5, 5.0).dtype is refgrad.float32


@pytest.mark.parametrize("name", ["uint16", "uint32", "uint64", "complex32"])
def test_a_dtype_that_is_missing_says_what_to_use(name):
    assert not hasattr(refgrad, name)
    with pytest.raises(AttributeError, match=f"refgrad has no {name}: .*; use (int|complex)"):
        getattr(refgrad, name)
