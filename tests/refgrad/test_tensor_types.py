"""`torch.Tensor(...)`, the old classes, limits and promotion of dtypes, equality: all as torch has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one that says what these calls mean")


def told(program: str, engine: Any) -> str:
    """What an expression gives, or how it is refused."""
    try:
        result = eval(program, {"torch": engine, "np": np})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return repr(result)


CALLS = [
    "torch.Tensor()",
    "torch.Tensor([])",
    "torch.Tensor(2, 3).shape",
    "torch.Tensor(size=(2, 3)).shape",
    "torch.Tensor(torch.Size([2, 3])).shape",
    "torch.Tensor((2, 3))",
    "torch.Tensor([3, 6, 4])",
    "torch.Tensor(data=[True])",
    "torch.Tensor(np.ones(2))",
    "torch.Tensor(torch.ones(2, dtype=torch.float64))",
    "torch.Tensor([1.0], dtype=torch.float64)",
    "torch.Tensor([1.0], requires_grad=True)",
    "torch.Tensor(2.5)",
    "torch.Tensor(None)",
    "torch.Tensor(True)",
    "torch.Tensor('a')",
    "torch.Tensor(3, 'a')",
    "torch.Tensor(-1)",
    "torch.ones(2).new([3, 4])",
    "torch.ones(2, dtype=torch.int32).new(2, 3).dtype",
    "torch.FloatTensor([1, 2])",
    "torch.LongTensor([1.5])",
    "torch.LongTensor(2).shape",
    "torch.BoolTensor([1, 0])",
    "torch.ByteTensor([True])",
    "torch.FloatTensor([1.0], requires_grad=True)",
    "torch.FloatTensor",
    "torch.FloatTensor.dtype",
    "torch.FloatTensor.__name__, torch.FloatTensor.__module__",
    "isinstance(torch.ones(1), torch.FloatTensor)",
    "isinstance(torch.ones(1), torch.LongTensor)",
    "isinstance(1, torch.LongTensor)",
    "isinstance(torch.ones(1), torch.cuda.FloatTensor)",
    "torch.cuda.FloatTensor",
    "torch.cuda.is_available(), torch.cuda.device_count()",
    "torch.ones(2).type()",
    "torch.ones(2).type('torch.DoubleTensor')",
    "torch.ones(2).type(torch.DoubleTensor)",
    "torch.ones(2, dtype=torch.float64).type(torch.Tensor)",
    "torch.ones(2).type(torch.int32)",
    "torch.ones(2).type('Foo')",
    "torch.ones(2).type(int)",
    "torch.ones(2).type(3)",
    "torch.finfo()",
    "torch.finfo(torch.float16)",
    "torch.finfo(torch.bfloat16)",
    "torch.finfo(torch.complex128)",
    "torch.finfo(torch.float32).tiny, torch.finfo(torch.float64).bits",
    "torch.finfo(torch.int32)",
    "torch.iinfo(torch.int8)",
    "torch.iinfo(torch.int64).max, torch.iinfo(torch.uint8).bits",
    "torch.iinfo(torch.float32)",
    "torch.is_floating_point(torch.ones(1)), torch.is_floating_point(torch.ones(1).int())",
    "torch.is_nonzero(torch.tensor(3)), torch.is_nonzero(torch.zeros(1))",
    "torch.is_nonzero(torch.ones(2))",
    "torch.equal(torch.ones(2), torch.ones(3))",
    "torch.equal(torch.ones(2), torch.ones(2, dtype=torch.int64))",
    "torch.equal(torch.tensor([float('nan')]), torch.tensor([float('nan')]))",
    "torch.isclose(torch.ones(3), torch.tensor([1.0, 1.00001, float('nan')]))",
    "torch.isclose(torch.tensor([np.inf, np.nan]), torch.tensor([np.inf, np.nan]), equal_nan=True)",
    "torch.isclose(torch.zeros(1), torch.tensor([float('inf')]))",
    "torch.allclose(torch.ones(2), torch.ones(2) + 1e-6)",
    "torch.allclose(torch.ones(2), torch.ones(2, dtype=torch.float64))",
    "torch.half, torch.float, torch.double, torch.short, torch.int, torch.long, torch.cfloat, torch.cdouble",
]


@pytest.mark.parametrize("call", CALLS)
def test_calls_give_or_refuse_what_torch_gives_or_refuses(call: str) -> None:
    assert told(call, refgrad) == told(call, torch)


def test_a_tensor_of_a_tensor_shares_its_memory() -> None:
    t = refgrad.ones(2)
    refgrad.Tensor(t)[0] = 5

    assert t.tolist() == [5.0, 1.0]


def test_a_conversion_that_changes_nothing_is_the_tensor() -> None:
    t = refgrad.ones(2)

    assert t.type(refgrad.FloatTensor) is t


def test_a_class_of_a_missing_device_makes_and_converts_nothing() -> None:
    with pytest.raises(RuntimeError, match=r"no torch.cuda.FloatTensor here"):
        refgrad.cuda.FloatTensor([1])
    with pytest.raises(RuntimeError, match=r"no torch.cuda.FloatTensor here"):
        refgrad.ones(1).type(refgrad.cuda.FloatTensor)


NAMES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


@pytest.mark.parametrize("a", NAMES)
def test_promotion_is_torchs_for_every_pair(a: str) -> None:
    for b in NAMES:
        pair = f"(torch.{a}, torch.{b})"
        for question in ("promote_types", "can_cast"):
            assert told(f"torch.{question}{pair}", refgrad) == told(f"torch.{question}{pair}", torch), (question, pair)


@pytest.mark.parametrize(
    "number", ["True", "2", "2.5", "1j", "torch.ones((), dtype=torch.float64)", "torch.ones(1).double()"]
)
@pytest.mark.parametrize("name", NAMES)
def test_the_dtype_of_a_result_is_torchs(name: str, number: str) -> None:
    call = f"torch.result_type(torch.ones(1, dtype=torch.{name}), {number})"
    if (name, number) == ("float16", "1j"):
        call = call.replace("1j", "1")  # torch's complex32 is no dtype of refgrad

    assert told(call, refgrad) == told(call, torch)
