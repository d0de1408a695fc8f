"""alpha, out=, in place, a number in the middle; and shapes that change in place."""

from __future__ import annotations

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one that says what these calls mean")


@pytest.fixture(autouse=True)
def every_warning() -> None:
    """Warnings that torch gives once are given in every test."""
    refgrad.set_warn_always(True)


def test_alpha_scales_what_is_added_or_subtracted() -> None:
    a, b = refgrad.tensor([1.0, 2.0]), refgrad.tensor([1.0, 1.0])

    assert refgrad.add(a, b, alpha=10).tolist() == [11.0, 12.0]
    assert a.sub(b, alpha=10).tolist() == [-9.0, -8.0]
    assert a.add_(b, alpha=10) is a
    assert a.tolist() == [11.0, 12.0]


def test_a_number_in_the_middle_is_deprecated_and_is_alpha() -> None:
    a, b = refgrad.ones(2), refgrad.ones(2)
    with pytest.warns(UserWarning, match=r"This overload of add is deprecated:\n\tadd\(Tensor input, Number alpha"):
        r = refgrad.add(a, 10, b)

    assert r.tolist() == [11.0, 11.0]


def test_a_warning_is_given_once_unless_every_time_is_asked_for() -> None:
    refgrad.set_warn_always(False)
    a = refgrad.ones(2)
    try:
        with pytest.warns(UserWarning, match="of sub is deprecated"):
            refgrad.sub(a, 2, a)
        refgrad.sub(a, 2, a)  # any warning would be an error here
    finally:
        refgrad.set_warn_always(True)

    assert refgrad.is_warn_always_enabled()


def test_a_third_tensor_is_refused() -> None:
    a = refgrad.ones(2)
    with pytest.raises(TypeError, match=r"add\(\) takes 2 positional arguments but 3 were given"):
        refgrad.add(a, a, a)
    with pytest.raises(
        TypeError, match=r"clamp\(\) received an invalid combination of arguments - got \(Tensor, int, int, Tensor\)"
    ):
        refgrad.clamp(a, 0, 1, a)


def test_out_receives_the_result_and_is_returned() -> None:
    a, result = refgrad.tensor([-1.0, 3.0]), refgrad.zeros(2)

    assert refgrad.clamp(a, 0, 2, out=result) is result
    assert result.tolist() == [0.0, 2.0]
    assert refgrad.mul(a, 2, out=result).tolist() == [-2.0, 6.0]
    assert result._version == 2


def test_out_of_another_shape_is_resized_with_a_warning() -> None:
    result = refgrad.zeros(3)
    with pytest.warns(UserWarning, match=r"An output with one or more elements was resized since it had shape \[3\]"):
        refgrad.add(refgrad.ones(2), 1, out=result)

    assert result.tolist() == [2.0, 2.0]
    assert refgrad.add(refgrad.ones(2), 1, out=refgrad.Tensor()).tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    "call",
    [
        "torch.add(torch.ones(2), torch.ones(2), out=torch.zeros(2, dtype=torch.int64))",
        "torch.add(torch.ones(2, requires_grad=True), torch.ones(2), out=torch.zeros(2))",
        "torch.mul(torch.ones(2), torch.ones(2), out=torch.zeros(2, requires_grad=True))",
        "torch.ones(2).add_(torch.ones(3, 2))",
        "torch.ones(2, requires_grad=True).add_(1)",
        "torch.ones(2, requires_grad=True).t_()",
        "torch.ones(2, requires_grad=True).resize_(1)",
        "torch.ones(2).set_(torch.ones(2).double())",
    ],
)
def test_refusals_are_torchs(call: str) -> None:
    texts = []
    for engine in (refgrad, torch):
        with pytest.raises(RuntimeError) as refused:
            eval(call, {"torch": engine})
        texts.append(str(refused.value))

    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("add_", "(b)"),
        ("add_", "(b, alpha=3)"),
        ("sub_", "(b, alpha=3)"),
        ("mul_", "(b)"),
        ("div_", "(b)"),
        ("div_", "(b, rounding_mode='floor')"),
        ("pow_", "(2)"),
        ("clamp_", "(-0.5, 1.5)"),
        ("clamp_", "(b)"),
        ("clamp_min_", "(0.0)"),
        ("clamp_max_", "(1.0)"),
        ("addcmul_", "(b, b, value=2)"),
        ("addcdiv_", "(b, b + 3, value=2)"),
    ],
)
def test_writing_in_place_gives_torchs_values_and_gradients(method: str, arguments: str) -> None:
    program = f"""
x = torch.tensor([-1.0, 0.5, 2.0], dtype=torch.float64, requires_grad=True)
b = torch.tensor([0.5, -2.0, 3.0], dtype=torch.float64)
y = x * 2
same = y.{method}{arguments} is y
(y * b).sum().backward()
"""
    ours, theirs = {"torch": refgrad}, {"torch": torch}
    exec(program, ours)
    exec(program, theirs)

    assert ours["same"]
    assert ours["y"].tolist() == pytest.approx(theirs["y"].tolist(), rel=1e-15)
    assert ours["x"].grad.tolist() == pytest.approx(theirs["x"].grad.tolist(), rel=1e-15)


@pytest.mark.parametrize("change", ["t_()", "transpose_(0, 1)", "unsqueeze_(1)", "squeeze_()", "swapdims_(0, 1)"])
def test_shapes_change_in_place_without_moving_data_and_are_recorded(change: str) -> None:
    program = f"""
x = torch.arange(6.0).reshape(2, 3).requires_grad_()
y = x * 1
before, version = y.data_ptr(), y._version
same = y.{change} is y
weights = torch.arange(6.0).reshape(y.shape)
(y * weights).sum().backward()
told = same, y.data_ptr() == before, y._version - version, y.shape, y.stride(), x.grad.tolist()
"""
    ours, theirs = {"torch": refgrad}, {"torch": torch}
    exec(program, ours)
    exec(program, theirs)

    assert ours["told"] == theirs["told"]


RESIZED = [
    "torch.arange(6.0).resize_(2)",
    "torch.arange(6.0).resize_((3, 1))",
    "torch.arange(6.0).reshape(2, 3).t().resize_(2)",
    "torch.arange(6.0).reshape(2, 3)[1].resize_(2)",
    "torch.arange(2.0).resize_(4)[:2]",
    "torch.ones(2).set_(torch.zeros(3))",
    "torch.ones(2).set_()",
]


@pytest.mark.parametrize("call", RESIZED)
def test_a_resized_tensor_reads_the_same_memory(call: str) -> None:
    assert repr(eval(call, {"torch": refgrad})) == repr(eval(call, {"torch": torch}))


def test_what_shared_the_memory_of_a_resized_tensor_still_does() -> None:
    x = refgrad.arange(4.0)
    y = x.detach().resize_(2)
    y[0] = 9

    assert x.tolist() == [9.0, 1.0, 2.0, 3.0]
