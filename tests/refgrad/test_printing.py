"""Tensors print as torch prints them, character by character."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one that says how tensors print")

SHAPES = [(), (1,), (0,), (0, 3), (20,), (2, 3), (2, 3, 4), (1001,), (30, 40), (8, 8, 20), (2, 2, 2, 200)]
DTYPES = ["bool", "uint8", "int16", "int64", "float16", "float32", "float64", "complex64", "complex128"]


def both(array: np.ndarray) -> tuple[str, str]:
    return repr(refgrad.from_numpy(array)), repr(torch.from_numpy(array.copy()))


def drawn(shape: tuple[int, ...], dtype: str, scale: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    array = rng.standard_normal(shape) * scale
    if dtype.startswith("complex"):
        array = array + 1j * rng.standard_normal(shape)
    with np.errstate(all="ignore"):  # 1e9 overflows the small dtypes, on purpose
        return np.asarray(array).astype(dtype)


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e-5, 1e5, 1e9])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_dtype_shape_and_magnitude_prints_as_in_torch(shape: tuple[int, ...], dtype: str, scale: float) -> None:
    ours, theirs = both(drawn(shape, dtype, scale))

    assert ours == theirs


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf, -0.0, 12345.0, 1e-10])
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
@pytest.mark.parametrize("shape", [(), (5,), (3, 4)], ids=str)
def test_special_values_between_others_print_as_in_torch(shape: tuple[int, ...], dtype: str, special: float) -> None:
    array = drawn(shape, dtype, 1.0)
    array.reshape(-1)[::2] = special
    ours, theirs = both(array)

    assert ours == theirs


def test_whole_floats_print_as_in_torch() -> None:
    ours, theirs = both(np.array([[-1.0, 2.0], [300.0, np.inf]], np.float32))

    assert ours == theirs == "tensor([[ -1.,   2.],\n        [300.,  inf]])"


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 2},
        {"sci_mode": True},
        {"sci_mode": False},
        {"linewidth": 40},
        {"threshold": 5, "edgeitems": 1},
        {"threshold": 5, "edgeitems": 0},
        {"profile": "short"},
        {"profile": "full"},
        {"profile": "default", "precision": 7},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(3,), (20,), (8, 9), (40, 30)], ids=str)
def test_options_have_the_effect_they_have_in_torch(shape: tuple[int, ...], options: dict[str, Any]) -> None:
    with refgrad.printoptions(**options), torch._tensor_str.printoptions(**options):
        ours, theirs = both(drawn(shape, "float32", 1.0))

    assert ours == theirs


def test_options_come_back_after_the_block() -> None:
    before = refgrad.get_printoptions()
    with refgrad.printoptions(precision=1):
        inside = repr(refgrad.tensor([0.25]))

    assert inside == "tensor([0.2])"
    assert refgrad.get_printoptions() == before


@pytest.mark.parametrize(
    "program",
    [
        "torch.ones(2, requires_grad=True)",
        "torch.ones(2, requires_grad=True) * 2",
        "torch.ones(2, requires_grad=True) + 2",
        "torch.ones(14, requires_grad=True) * 2.5",
        "torch.ones(3, 3, dtype=torch.float64, requires_grad=True).exp()",
        "torch.ones(0, dtype=torch.int64)",
        "torch.ones(0, 2, requires_grad=True)",
        "torch.zeros(2, 0)",
        "torch.tensor(2.5, dtype=torch.float16)",
        "torch.tensor([0.5, 1e-3], dtype=torch.bfloat16)",
        "torch.nn.Parameter(torch.ones(2))",
        "[torch.ones(1)]",
    ],
)
def test_what_stands_behind_the_numbers_is_what_torch_puts_there(program: str) -> None:
    ours, theirs = (repr(eval(program, {"torch": engine})) for engine in (refgrad, torch))

    assert ours == theirs


@pytest.mark.parametrize("linewidth", range(40, 60))
def test_a_note_that_does_not_fit_goes_to_the_next_line_exactly_where_torchs_does(linewidth: int) -> None:
    with refgrad.printoptions(linewidth=linewidth), torch._tensor_str.printoptions(linewidth=linewidth):
        ours, theirs = (repr(engine.ones(3, dtype=engine.float16, requires_grad=True)) for engine in (refgrad, torch))

    assert ours == theirs


@pytest.mark.parametrize("ratio", [999.5, 1000.0, 1000.5])
def test_an_exponent_is_used_from_where_torch_uses_it(ratio: float) -> None:
    ours, theirs = both(np.array([0.25, 0.25 * ratio]))

    assert ours == theirs


def test_a_default_dtype_goes_without_saying() -> None:
    refgrad.set_default_dtype(refgrad.float64)
    try:
        text = repr(refgrad.tensor([0.5])) + repr(refgrad.tensor([0.5], dtype=refgrad.float32))
    finally:
        refgrad.set_default_dtype(refgrad.float32)

    assert text == "tensor([0.5000])tensor([0.5000], dtype=torch.float32)"


def test_a_dual_tensor_shows_its_tangent() -> None:
    with refgrad.autograd.forward_ad.dual_level():
        dual = refgrad.autograd.forward_ad.make_dual(refgrad.ones(2), refgrad.zeros(2))
        text = repr(dual)

    assert text == "tensor([1., 1.], tangent=tensor([0., 0.]))"


def test_only_a_tensor_without_dimensions_is_formatted_as_a_number() -> None:
    number = refgrad.tensor(2.0 / 3, dtype=refgrad.float64)

    assert f"{number:.3f}" == "0.667"
    assert f"{refgrad.tensor(3)}" == "3"
    assert f"{refgrad.ones(1)}" == "tensor([1.])"
    with pytest.raises(TypeError, match=r"unsupported format string"):
        f"{refgrad.ones(1):.3f}"
